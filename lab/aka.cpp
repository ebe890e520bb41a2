#include "lab/aka.h"

namespace cordon::lab {

namespace {

// TS 33.220 B.2.0: S = FC || P0 || L0 || P1 || L1 ...
class KdfInput {
 public:
  explicit KdfInput(std::uint8_t function_code) : bytes_{function_code} {}
  KdfInput& add(BytesView parameter) {
    bytes_.insert(bytes_.end(), parameter.begin(), parameter.end());
    bytes_.push_back(static_cast<std::uint8_t>(parameter.size() >> 8U));
    bytes_.push_back(static_cast<std::uint8_t>(parameter.size()));
    return *this;
  }
  BytesView bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

Bytes joined(BytesView one, BytesView other) {
  Bytes out(one.begin(), one.end());
  out.insert(out.end(), other.begin(), other.end());
  return out;
}

Sqn concealed(const Sqn& sqn, const AnonymityKey& ak) {
  Sqn out{};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(sqn[i] ^ ak[i]);
  return out;
}

Block last_half(const Digest& digest) {
  Block out{};
  std::copy(digest.begin() + 16, digest.end(), out.begin());
  return out;
}

// TS 33.501 A.4.
Block res_star_from(const Milenage::Keys& keys, const Block& rand, std::string_view serving_network) {
  const auto input = KdfInput(0x6b).add(as_bytes(serving_network)).add(rand).add(keys.res);
  return last_half(crypto::hmac_sha256(joined(keys.ck, keys.ik), input.bytes()));
}

// TS 33.102 6.3.3: MAC-S is computed with an AMF of zeros.
constexpr AuthenticationField kResyncField{0, 0};

}  // namespace

AuthenticationVector make_vector(const Credentials& credentials, const Sqn& sqn, const Block& rand,
                                 std::string_view serving_network) {
  const Milenage milenage(credentials.k, credentials.opc);
  const auto keys = milenage.keys(rand);
  const Sqn hidden = concealed(sqn, keys.ak);
  const Mac mac = milenage.macs(rand, sqn, credentials.amf).network;
  AuthenticationVector vector{.rand = rand, .autn = {}, .xres_star = {}, .kausf = {}};
  auto end = std::ranges::copy(hidden, vector.autn.begin()).out;
  end = std::ranges::copy(credentials.amf, end).out;
  std::ranges::copy(mac, end);
  vector.xres_star = res_star_from(keys, rand, serving_network);
  // TS 33.501 A.2.
  const auto input = KdfInput(0x6a).add(as_bytes(serving_network)).add(hidden);
  vector.kausf = crypto::hmac_sha256(joined(keys.ck, keys.ik), input.bytes());
  return vector;
}

Block res_star(const Credentials& credentials, const Block& rand, std::string_view serving_network) {
  return res_star_from(Milenage(credentials.k, credentials.opc).keys(rand), rand, serving_network);
}

Block hres_star(const Block& rand, const Block& res_star) {
  return last_half(crypto::sha256(joined(rand, res_star)));
}

Digest kseaf_of(const Digest& kausf, std::string_view serving_network) {
  return crypto::hmac_sha256(kausf, KdfInput(0x6c).add(as_bytes(serving_network)).bytes());
}

Result<Sqn> resynchronise(const Credentials& credentials, const Block& rand, BytesView auts) {
  if (auts.size() != 14) return fail(ErrorKind::invalid_input, "auts: 14 bytes expected");
  const Milenage milenage(credentials.k, credentials.opc);
  Sqn hidden{};
  std::ranges::copy(auts.first(6), hidden.begin());
  const Sqn sqn = concealed(hidden, milenage.resync_ak(rand));
  if (!std::ranges::equal(milenage.macs(rand, sqn, kResyncField).resync, auts.subspan(6))) {
    return fail(ErrorKind::permission, "auts: MAC-S does not verify");
  }
  return sqn;
}

Bytes make_auts(const Credentials& credentials, const Block& rand, const Sqn& sqn_of_usim) {
  const Milenage milenage(credentials.k, credentials.opc);
  return joined(concealed(sqn_of_usim, milenage.resync_ak(rand)),
                milenage.macs(rand, sqn_of_usim, kResyncField).resync);
}

Sqn plus(const Sqn& sqn, std::uint64_t by) {
  std::uint64_t value = by;
  for (std::size_t i = 0; i < sqn.size(); ++i) value += std::uint64_t{sqn[i]} << (8 * (5 - i));
  Sqn out{};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(value >> (8 * (5 - i)));
  return out;
}

}  // namespace cordon::lab
