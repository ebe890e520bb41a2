#include "cordon/transparency/note.h"

#include <gtest/gtest.h>

#include <fstream>

#include "cordon/transparency/test_log.h"

namespace cordon::transparency {
namespace {

struct Published {
  std::string key;
  std::string note;
};

std::vector<Published> published() {
  std::vector<Published> all;
  std::ifstream in(CORDON_SOURCE_DIR "/cordon/transparency/vectors/notes.txt");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("key ")) all.push_back({line.substr(4), ""});
    if (line.starts_with("line ")) all.back().note += line == "line -" ? "\n" : line.substr(5) + "\n";
  }
  return all;
}

TEST(Note, VerifiesThePublishedOnes) {
  int verified = 0;
  for (const auto& [vkey, text] : published()) {
    const auto key = VerifierKey::parse(vkey);
    ASSERT_TRUE(key) << key.error().message;
    EXPECT_EQ(key->text(), vkey);
    if (text.empty()) continue;
    auto note = parse_note(text).value();
    EXPECT_EQ(note.whole(), text);
    EXPECT_TRUE(verify_signature(note, *key)) << vkey;
    EXPECT_FALSE(verify_signature(note, *key)->time);
    note.text.insert(0, " ");
    EXPECT_EQ(verify_signature(note, *key).error().kind, ErrorKind::corrupt);
    ++verified;
  }
  EXPECT_EQ(verified, 3);
}

// === The form of a note

constexpr std::string_view kLine = "\u2014 a.example AAAAAQID\n";

class WrongNote : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Note, WrongNote,
                         testing::Values("", "\n", "text\n", "text\n\n", "\n\n", "text\n\u2014 a.example AAAAAQID\n",
                                         "text\n\n\u2014 a.example AAAAAQID",
                                         "text\n\n\u2014 a.example AAAAAQID\nmore\n",
                                         "text\n\n- a.example AAAAAQID\n", "text\n\n\u2014 a.example\n",
                                         "text\n\n\u2014  AAAAAQID\n", "text\n\n\u2014 a+b AAAAAQID\n",
                                         "text\n\n\u2014 a\u00a0b AAAAAQID\n", "text\n\n\u2014 a\u2003b AAAAAQID\n",
                                         "text\n\n\u2014 a AAAAAQID AAAAAQID\n", "text\n\n\u2014 a AAAAAQ==\n",
                                         "text\n\n\u2014 a AAAAAQI\n", "text\n\n\u2014 a !!!!\n",
                                         "text\n\n\u2014a AAAAAQID\n", "te\txt\n\n\u2014 a AAAAAQID\n",
                                         "te\rxt\n\n\u2014 a AAAAAQID\n", "te\xffxt\n\n\u2014 a AAAAAQID\n",
                                         "text\n\n\u2014 a\xc3 AAAAAQID\n", "text\n\n\u2014 a\x7f AAAAAQID\n"));
TEST_P(WrongNote, IsRefused) { EXPECT_FALSE(parse_note(GetParam())); }

TEST(Note, IsDividedByItsLastEmptyLine) {
  const auto note = parse_note(std::format("one\n\n\ntwo\n\n{}{}", kLine, kLine)).value();
  EXPECT_EQ(note.text, "one\n\n\ntwo\n");
  ASSERT_EQ(note.signatures.size(), 2U);
  EXPECT_EQ(note.signatures[0].name, "a.example");
  EXPECT_EQ(note.signatures[0].id, 1U);
  EXPECT_EQ(note.signatures[0].signature, (Bytes{2, 3}));
  EXPECT_EQ(note.signatures[0].line(), kLine);
}

TEST(Note, HasAtMost64SignaturesIn64KiB) {
  std::string text = "text\n\n";
  for (int i = 0; i < 64; ++i) text += kLine;
  EXPECT_TRUE(parse_note(text));
  EXPECT_TRUE(parse_note(text + std::string(kLine)).error().message.contains("64 signatures"));
  EXPECT_TRUE(parse_note(std::string(65'537, 'a')).error().message.contains("64 KiB"));
}

// === Checkpoints

TEST(Checkpoint, ReadsWhatItWrites) {
  for (const std::uint64_t size : {0ULL, 1ULL, 20852163ULL, ~0ULL}) {
    const Checkpoint checkpoint{"example.com/behind the sofa", size, leaf_hash(as_bytes("x"))};
    EXPECT_EQ(parse_checkpoint(checkpoint.text()).value(), checkpoint);
  }
  // C2SP tlog-checkpoint, the example
  const auto text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
  EXPECT_EQ(parse_checkpoint(text)->size, 20852163U);
  EXPECT_EQ(parse_checkpoint(text)->text(), text);
}

constexpr std::string_view kRoot = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

TEST(Checkpoint, RefusesEverythingElse) {
  for (const std::string& text :
       {std::string(), std::string("a\n"), std::string("a\n1\n"), std::string("a\n1\n\n"),
        std::format("\n1\n{}", kRoot), std::format("a\n01\n{}", kRoot), std::format("a\n-1\n{}", kRoot),
        std::format("a\n+1\n{}", kRoot), std::format("a\n\n{}", kRoot),
        std::format("a\n18446744073709551616\n{}", kRoot), std::format("a\n1 \n{}", kRoot),
        std::format("a\n1\n{}extension\n", kRoot), std::format("a\n1\n{}\n", kRoot), std::string("a\n1\nAAAA\n"),
        std::format("a\n1\n{}", kRoot.substr(0, kRoot.size() - 1)), std::format("a\xff\n1\n{}", kRoot),
        std::format("a\tb\n1\n{}", kRoot)}) {
    EXPECT_FALSE(parse_checkpoint(text)) << text;
  }
  EXPECT_TRUE(parse_checkpoint(std::format("a\n1\n{}more\n", kRoot)).error().message.contains("extension"));
}

// === Keys

class EveryType : public testing::TestWithParam<SignatureType> {};
INSTANTIATE_TEST_SUITE_P(Note, EveryType,
                         testing::Values(SignatureType::ed25519, SignatureType::ed25519_cosignature,
                                         SignatureType::ml_dsa_44));

TEST_P(EveryType, SignsAndVerifiesCheckpoints) {
  const auto signer = test_signer("w.example/one", GetParam());
  const auto text = Checkpoint{"log.example", 70'000, leaf_hash({})}.text();
  const auto signature = signer.sign(text, test_time()).value();
  Note note{.text = text, .signatures = {signature}};
  const auto read = parse_note(note.whole()).value();
  const auto key = VerifierKey::parse(signer.verifier().text()).value();
  EXPECT_EQ(key.id, signer.verifier().id);
  const auto verified = verify_signature(read, key);
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(verified->time,
            GetParam() == SignatureType::ed25519 ? std::nullopt : std::optional<std::int64_t>(1'700'000'000));
}

TEST_P(EveryType, RefusesEveryChange) {
  const auto signer = test_signer("w.example/one", GetParam());
  const auto text = Checkpoint{"log.example", 70'000, leaf_hash({})}.text();
  const Note note{.text = text, .signatures = {signer.sign(text, test_time()).value()}};
  const auto refused = [&](const Note& changed) { return verify_signature(changed, signer.verifier()).error().kind; };
  for (std::size_t i = 0; i < 16; ++i) {
    auto changed = note;
    auto& bytes = changed.signatures[0].signature;
    bytes[i * bytes.size() / 16] ^= 0x80;
    EXPECT_EQ(refused(changed), ErrorKind::corrupt) << i;
  }
  for (const auto size : {0UZ, 7UZ, 8UZ, 9UZ, 63UZ, 71UZ}) {
    auto changed = note;
    changed.signatures[0].signature.resize(size);
    EXPECT_EQ(refused(changed), ErrorKind::corrupt) << size;
  }
  auto changed = note;
  changed.text = Checkpoint{"log.example", 70'001, leaf_hash({})}.text();
  EXPECT_EQ(refused(changed), ErrorKind::corrupt);
  changed.text = Checkpoint{"log.example2", 70'000, leaf_hash({})}.text();
  EXPECT_EQ(refused(changed), ErrorKind::corrupt);
}

TEST_P(EveryType, NeedsALineOfNameAndKeyId) {
  const auto signer = test_signer("w.example/one", GetParam());
  const auto text = Checkpoint{"log.example", 1, leaf_hash({})}.text();
  Note note{.text = text, .signatures = {signer.sign(text, test_time()).value()}};
  note.signatures[0].id ^= 1U;
  EXPECT_EQ(verify_signature(note, signer.verifier()).error().kind, ErrorKind::not_found);
  note.signatures[0].id ^= 1U;
  note.signatures[0].name = "w.example/two";
  EXPECT_EQ(verify_signature(note, signer.verifier()).error().kind, ErrorKind::not_found);
}

TEST_P(EveryType, NeedsItsKindOfKeyAndAName) {
  const auto other = GetParam() == SignatureType::ml_dsa_44 ? crypto::KeyKind::ed25519 : crypto::KeyKind::ml_dsa_44;
  const auto wrong = crypto::PrivateKey::generate(other).value();
  EXPECT_TRUE(NoteSigner::of("a", GetParam(), wrong).error().message.contains("needs a key of the kind"));
  const auto right = test_signer("a", GetParam()).verifier().key;
  for (const std::string name : {"", "a b", "a+b", "a\nb", "a\u2028b"})
    EXPECT_FALSE(VerifierKey::of(name, GetParam(), right));
  EXPECT_TRUE(VerifierKey::of(std::string(255, 'n'), GetParam(), right));
  EXPECT_FALSE(VerifierKey::of(std::string(256, 'n'), GetParam(), right));
  EXPECT_FALSE(VerifierKey::of("a", GetParam(), {}));
}

TEST_P(EveryType, CannotSignBefore1970) {
  EXPECT_TRUE(test_signer("a", GetParam())
                  .sign(Checkpoint{"a", 0, empty_root()}.text(), WallTime{std::chrono::seconds{-1}})
                  .error()
                  .message.contains("clock"));
}

TEST(VerifierKey, RefusesWhatIsNotOne) {
  const std::string good = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
  ASSERT_TRUE(VerifierKey::parse(good));
  const auto replaced = [&](std::string_view what, std::string_view with) {
    auto text = good;
    return text.replace(text.find(what), what.size(), with);
  };
  for (const auto& text :
       {std::string(), std::string("a"), std::string("a+b"), replaced("530d903a", "530d903b"),
        replaced("530d903a", "530D903A"), replaced("530d903a", "30d903a"), replaced("foo", "bar"),
        replaced("foo", "f o"), replaced("example.com/foo", ""), replaced("Aek", "Bek"), replaced("Aek", "Dek"),
        replaced("Aek", "!ek"), replaced("AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", ""), replaced("yeRr", ""),
        good + "AAAA", good + std::string(5'000, 'A')}) {
    EXPECT_FALSE(VerifierKey::parse(text)) << text;
  }
  EXPECT_TRUE(VerifierKey::parse(replaced("530d903a", "530d903b")).error().message.contains("530d903a"));
}

TEST(Note, MlDsaSignsOnlyCheckpoints) {
  const auto signer = test_signer("a", SignatureType::ml_dsa_44);
  EXPECT_FALSE(signer.sign("any text\n", test_time()));
  const Note note{.text = "any text\n", .signatures = {{"a", signer.verifier().id, Bytes(2428)}}};
  EXPECT_FALSE(verify_signature(note, signer.verifier()));
  EXPECT_FALSE(signer.sign(Checkpoint{std::string(256, 'o'), 1, {}}.text(), test_time()));
  EXPECT_TRUE(signer.sign(Checkpoint{std::string(255, 'o'), 1, {}}.text(), test_time()));
}

TEST(Note, CountsTheLatestOfSeveralSignaturesOfAKey) {
  const auto signer = test_signer("a", SignatureType::ed25519_cosignature);
  const auto text = Checkpoint{"a", 1, {}}.text();
  Note note{.text = text,
            .signatures = {signer.sign(text, test_time()).value(),
                           signer.sign(text, test_time() + std::chrono::seconds{9}).value(),
                           signer.sign(text, test_time() - std::chrono::seconds{9}).value()}};
  EXPECT_EQ(verify_signature(note, signer.verifier())->time, 1'700'000'009);
  note.signatures[2].signature.back() ^= 1;
  EXPECT_EQ(verify_signature(note, signer.verifier()).error().kind, ErrorKind::corrupt);
}

TEST(Note, RefusesTimesBeyond63Bits) {
  const auto signer = test_signer("a", SignatureType::ed25519_cosignature);
  const auto key = signer.verifier();
  Note note{.text = "a\n0\n", .signatures = {{"a", key.id, Bytes(72, 0xff)}}};
  EXPECT_EQ(verify_signature(note, key).error().kind, ErrorKind::corrupt);
}

// === The log's own signatures

TEST(LogSigner, SignsTwiceUnderTheOrigin) {
  const auto log = test_log_signer("log.example/a");
  const Checkpoint checkpoint{"log.example/a", 7, leaf_hash({})};
  const auto note = log.sign(checkpoint, test_time()).value();
  ASSERT_EQ(note.signatures.size(), 2U);
  EXPECT_TRUE(verify_signature(note, log.classic.verifier()));
  EXPECT_EQ(verify_signature(note, log.post_quantum.verifier())->time, 1'700'000'000);
  EXPECT_EQ(parse_checkpoint(note.text).value(), checkpoint);
  EXPECT_FALSE(log.sign(Checkpoint{"log.example/b", 7, {}}, test_time()));
  EXPECT_FALSE(log.sign(checkpoint, WallTime{std::chrono::seconds{-1}}));
}

}  // namespace
}  // namespace cordon::transparency
