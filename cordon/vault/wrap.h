// One key under another: AES-256-GCM with a random nonce in front, bound to what the key is for.
#pragma once

#include <string_view>

#include "cordon/crypto/secret.h"

namespace cordon::vault {

Result<Bytes> wrap(BytesView under, BytesView key, std::string_view purpose);
Result<crypto::Secret> unwrap(BytesView under, BytesView wrapped, std::string_view purpose);  // corrupt

// A key out of another for one purpose (HKDF-SHA-256, RFC 5869).
Result<crypto::Secret> derive(BytesView from, std::string_view purpose);

}  // namespace cordon::vault
