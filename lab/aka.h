// 5G-AKA (TS 33.501 6.1.3.2 and Annex A) over Milenage: the vectors of the UDM, the checks of the AUSF, the USIM's
// answers.
#pragma once

#include <algorithm>
#include <array>
#include <format>
#include <string>
#include <string_view>

#include "cordon/base/bytes.h"
#include "cordon/base/result.h"
#include "cordon/crypto/digest.h"
#include "lab/milenage.h"

namespace cordon::lab {

using Digest = crypto::Sha256Digest;

struct Credentials {
  Block k{};
  Block opc{};
  AuthenticationField amf{0x80, 0x00};
};

struct AuthenticationVector {
  Block rand{};
  Block autn{};
  Block xres_star{};
  Digest kausf{};
};

// What a UDM makes for one registration. serving_network: "5G:mnc070.mcc999.3gppnetwork.org".
AuthenticationVector make_vector(const Credentials& credentials, const Sqn& sqn, const Block& rand,
                                 std::string_view serving_network);

// What the USIM and the phone answer to RAND: RES*. The lab's UE does not check AUTN.
Block res_star(const Credentials& credentials, const Block& rand, std::string_view serving_network);

Block hres_star(const Block& rand, const Block& res_star);               // A.5
Digest kseaf_of(const Digest& kausf, std::string_view serving_network);  // A.6

// TS 33.102 6.3.5: the USIM's sequence number out of AUTS, once its MAC-S is right.
Result<Sqn> resynchronise(const Credentials& credentials, const Block& rand, BytesView auts);
// The USIM's side of it.
Bytes make_auts(const Credentials& credentials, const Block& rand, const Sqn& sqn_of_usim);

Sqn plus(const Sqn& sqn, std::uint64_t by);

// Fixed-size hexadecimal, as the SBI writes keys and challenges.
template <std::size_t kSize>
Result<std::array<std::uint8_t, kSize>> array_from_hex(std::string_view text) {
  auto bytes = from_hex(text);
  if (!bytes) return std::unexpected(bytes.error());
  if (bytes->size() != kSize) return fail(ErrorKind::invalid_input, std::format("{} bytes expected", kSize));
  std::array<std::uint8_t, kSize> out{};
  std::ranges::copy(*bytes, out.begin());
  return out;
}

}  // namespace cordon::lab
