// HKDF (RFC 5869) over SHA-256 or SHA-384.
#pragma once

#include "cordon/base/bytes.h"
#include "cordon/base/result.h"

namespace cordon::crypto {

enum class HkdfHash { sha256, sha384 };

// Extract, then expand to size octets (1 to 255 times the hash's length). Wipe the result after use.
Result<Bytes> hkdf(HkdfHash hash, BytesView secret, BytesView salt, BytesView info, std::size_t size);

Result<Bytes> hkdf_extract(HkdfHash hash, BytesView secret, BytesView salt);
Result<Bytes> hkdf_expand(HkdfHash hash, BytesView pseudorandom_key, BytesView info, std::size_t size);

}  // namespace cordon::crypto
