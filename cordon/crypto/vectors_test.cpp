// Every file of vectors/ against the code: records of "name = value" lines with blank lines between.
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "cordon/base/text.h"
#include "cordon/crypto/aead.h"
#include "cordon/crypto/digest.h"
#include "cordon/crypto/hkdf.h"
#include "cordon/crypto/jws.h"

namespace cordon::crypto {
namespace {

class Record {
 public:
  std::string text(const std::string& name) const { return fields_.at(name); }
  Bytes bytes(const std::string& name) const { return from_hex(text(name)).value(); }
  bool empty() const { return fields_.empty(); }
  void add(std::string_view line) {
    const auto sign = line.find('=');
    fields_[std::string(trim(line.substr(0, sign)))] = trim(line.substr(sign + 1));
  }

 private:
  std::map<std::string, std::string> fields_;
};

std::vector<Record> records(const std::string& file) {
  std::ifstream in(std::string(CORDON_SOURCE_DIR "/cordon/crypto/vectors/") + file);
  std::vector<Record> found(1);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('#')) continue;
    if (!line.empty()) {
      found.back().add(line);
    } else if (!found.back().empty()) {
      found.emplace_back();
    }
  }
  EXPECT_FALSE(found.back().empty()) << file;
  return found;
}

template <class Array>
std::string hex(const Array& bytes) {
  return to_hex(bytes);
}

TEST(Vectors, Sha2) {
  for (const auto& record : records("sha2.txt")) {
    const auto message = record.bytes("message");
    const bool small = record.text("hash") == "sha256";
    EXPECT_EQ(small ? hex(sha256(message)) : hex(sha384(message)), record.text("digest"));
    if (!small) continue;
    EXPECT_EQ(hex(Sha256().add(message).finish()), record.text("digest"));
  }
}

TEST(Vectors, HmacSha256) {
  for (const auto& record : records("hmac_sha256.txt")) {
    EXPECT_EQ(hex(hmac_sha256(record.bytes("key"), record.bytes("message"))), record.text("mac"));
  }
}

TEST(Vectors, HkdfSha256) {
  for (const auto& record : records("hkdf_sha256.txt")) {
    const auto size = record.bytes("okm").size();
    const auto prk = hkdf_extract(HkdfHash::sha256, record.bytes("secret"), record.bytes("salt")).value();
    EXPECT_EQ(hex(prk), record.text("prk"));
    EXPECT_EQ(hex(hkdf_expand(HkdfHash::sha256, prk, record.bytes("info"), size).value()), record.text("okm"));
    EXPECT_EQ(
        hex(hkdf(HkdfHash::sha256, record.bytes("secret"), record.bytes("salt"), record.bytes("info"), size).value()),
        record.text("okm"));
  }
}

TEST(Vectors, Aead) {
  for (const auto& record : records("aead.txt")) {
    const auto algorithm = record.text("algorithm") == "aes-256-gcm" ? Aead::aes_256_gcm : Aead::chacha20_poly1305;
    const auto key = record.bytes("key");
    const auto nonce = record.bytes("nonce");
    const auto associated = record.bytes("associated");
    const auto sealed = seal(algorithm, key, nonce, record.bytes("plain"), associated).value();
    EXPECT_EQ(hex(sealed), record.text("sealed"));
    EXPECT_EQ(hex(open(algorithm, key, nonce, sealed, associated).value()), record.text("plain"));
    for (std::size_t i = 0; i < sealed.size(); ++i) {
      auto altered = sealed;
      altered[i] ^= 1;
      EXPECT_EQ(open(algorithm, key, nonce, altered, associated).error().kind, ErrorKind::corrupt);
    }
  }
}

TEST(Vectors, Ed25519) {
  for (const auto& record : records("ed25519.txt")) {
    const auto key = PublicKey::from_der(record.bytes("key")).value();
    EXPECT_TRUE(key.verify(record.bytes("message"), record.bytes("signature")));
    EXPECT_FALSE(key.verify(as_bytes("x"), record.bytes("signature")));
  }
}

TEST(Vectors, Jws) {
  for (const auto& record : records("jws.txt")) {
    const auto key = PublicKey::from_der(record.bytes("key")).value();
    const auto algorithm = jws_algorithm(record.text("algorithm")).value();
    const auto content = verify_jws(record.text("jws"), key, algorithm);
    ASSERT_TRUE(content) << record.text("section") << ": " << content.error().message;
    EXPECT_NE(content->header.find(record.text("algorithm")), std::string::npos);
  }
}

// FIPS 180-4 examples: one million times 'a'.
TEST(Digest, HashesInPiecesAndCopiesItsState) {
  Sha256 hash;
  const Bytes piece(1000, 'a');
  for (int i = 0; i < 500; ++i) hash.add(piece);
  Sha256 copy = hash;
  for (int i = 0; i < 500; ++i) copy.add(piece);
  constexpr auto* kMillion = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
  EXPECT_EQ(hex(copy.finish()), kMillion);
  hash.add(as_bytes("other"));
  EXPECT_NE(hex(hash.finish()), kMillion);
  EXPECT_EQ(hash.finish(), sha256({}));  // finish() starts anew
  hash = copy;
  Sha256 moved = std::move(copy);
  EXPECT_EQ(moved.add(as_bytes("abc")).finish(), hash.add(as_bytes("abc")).finish());
}

TEST(Digest, TakesEmptyKeysAndData) {
  EXPECT_EQ(hex(hmac_sha256({}, {})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Digest, ComparesInConstantTime) {
  EXPECT_TRUE(constant_time_equal({}, {}));
  EXPECT_TRUE(constant_time_equal(as_bytes("abc"), as_bytes("abc")));
  EXPECT_FALSE(constant_time_equal(as_bytes("abc"), as_bytes("abd")));
  EXPECT_FALSE(constant_time_equal(as_bytes("abc"), as_bytes("ab")));
}

TEST(Aead, RefusesWrongSizes) {
  const Bytes key(32);
  const Bytes nonce(12);
  EXPECT_FALSE(seal(Aead::aes_256_gcm, BytesView(key).first(16), nonce, {}, {}));
  EXPECT_FALSE(seal(Aead::aes_256_gcm, key, BytesView(nonce).first(8), {}, {}));
  EXPECT_FALSE(open(Aead::aes_256_gcm, BytesView(key).first(16), nonce, {}, {}));
  EXPECT_EQ(open(Aead::chacha20_poly1305, key, nonce, Bytes(15), {}).error().kind, ErrorKind::corrupt);
}

TEST(Aead, RefusesAnotherKeyNonceOrContext) {
  for (const auto algorithm : {Aead::aes_256_gcm, Aead::chacha20_poly1305}) {
    const Bytes key(32, 1);
    const Bytes nonce(12, 2);
    const auto sealed = seal(algorithm, key, nonce, as_bytes("record"), as_bytes("purpose")).value();
    EXPECT_EQ(as_text(open(algorithm, key, nonce, sealed, as_bytes("purpose")).value()), "record");
    EXPECT_FALSE(open(algorithm, Bytes(32, 3), nonce, sealed, as_bytes("purpose")));
    EXPECT_FALSE(open(algorithm, key, Bytes(12, 3), sealed, as_bytes("purpose")));
    EXPECT_FALSE(open(algorithm, key, nonce, sealed, as_bytes("other")));
    EXPECT_FALSE(open(algorithm, key, nonce, sealed, {}));
  }
}

TEST(Aead, SealsOneMessageAfterAnotherAsItSealsEachAlone) {
  const Bytes key(kAeadKeySize, 7);
  Sealer sealer(key);
  for (std::uint8_t round = 0; round < 3; ++round) {
    const Bytes nonce(kAeadNonceSize, round);
    const Bytes plain(round * 20U, 1);
    const Bytes associated(round, 2);
    Bytes sealed(plain.size() + kAeadTagSize);
    ASSERT_TRUE(sealer.seal(nonce, plain, associated, sealed));
    EXPECT_EQ(sealed, seal(Aead::aes_256_gcm, key, nonce, plain, associated).value());
  }
  Bytes room(kAeadTagSize + 1);
  EXPECT_FALSE(sealer.seal(Bytes(kAeadNonceSize), {}, {}, room));
  EXPECT_FALSE(Sealer(Bytes(16)).seal(Bytes(kAeadNonceSize), {}, {}, std::span(room).first(kAeadTagSize)));
}

TEST(Hkdf, HoldsItsLimits) {
  const Bytes secret(32, 7);
  EXPECT_FALSE(hkdf(HkdfHash::sha256, secret, {}, {}, 0));
  EXPECT_EQ(hkdf(HkdfHash::sha256, secret, {}, {}, 255 * 32).value().size(), 255U * 32);
  EXPECT_FALSE(hkdf(HkdfHash::sha256, secret, {}, {}, 255 * 32 + 1));
  EXPECT_TRUE(hkdf(HkdfHash::sha384, secret, {}, {}, 255 * 48));
  EXPECT_FALSE(hkdf_expand(HkdfHash::sha256, Bytes(31), {}, 32));
  EXPECT_TRUE(hkdf({}, {}, {}, {}, 32));
}

// RFC 5869 with SHA-384 has no published vector: the two ways through it must agree, and differ from SHA-256.
TEST(Hkdf, AgreesWithItselfOverSha384) {
  const Bytes secret(32, 7);
  const auto info = as_bytes("cordon");
  const auto prk = hkdf_extract(HkdfHash::sha384, secret, {}).value();
  EXPECT_EQ(prk.size(), 48U);
  const auto both = hkdf(HkdfHash::sha384, secret, {}, info, 32).value();
  EXPECT_EQ(hkdf_expand(HkdfHash::sha384, prk, info, 32).value(), both);
  EXPECT_NE(hkdf(HkdfHash::sha256, secret, {}, info, 32).value(), both);
}

}  // namespace
}  // namespace cordon::crypto
