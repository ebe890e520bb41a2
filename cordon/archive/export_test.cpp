#include "cordon/archive/export.h"

#include "cordon/archive/test_log.h"
#include "cordon/wire/cbor.h"

namespace cordon::archive {

namespace {

const ManualClock kClock(test_time());

Export collected(const TestLog& made, ExportRequest request = {.indices = {7, 3, 599, 3}, .about = "incident 12"}) {
  return collect(made.reader(), request, kClock).value();
}

std::string written(const Export& content) {
  const auto signer = test_keys().signer();
  return write_export(content, &signer).value();
}

std::string why_not(std::string_view file, const transparency::TrustPolicy& trust = test_keys().trust()) {
  const auto parsed = parse_export(file);
  if (!parsed) return parsed.error().message;
  const auto verdict = verify_export(*parsed, trust);
  return verdict ? "" : verdict.error().message;
}

TEST(Export, VerifiesOfflineWithTheTrustPolicyAlone) {
  const auto file = written(collected(TestLog(600)));
  const auto parsed = parse_export(file);
  ASSERT_TRUE(parsed) << parsed.error().message;
  const auto verdict = verify_export(*parsed, test_keys().trust());
  ASSERT_TRUE(verdict) << verdict.error().message;
  EXPECT_EQ(verdict->entries, 3U);
  EXPECT_EQ(verdict->checkpoint.size, 600U);
  EXPECT_TRUE(verdict->is_signed);
  EXPECT_EQ(parsed->content.about, "incident 12");
  EXPECT_EQ(parsed->content.time, test_time());
  EXPECT_EQ(parsed->content.entries[0].index, 3U);
  EXPECT_EQ(parsed->content.entries[2].entry, TestLog().entry(599));
}

TEST(Export, CarriesReleasedKeysAndReceipts) {
  ExportRequest request{.indices = {1, 2}, .about = "", .released = Bytes{1, 2, 3}};
  std::vector<std::uint64_t> done;
  request.progress = [&](std::uint64_t at, std::uint64_t) { done.push_back(at); };
  request.receipt = [](const LogReader&, const ExportedEntry& entry) -> Result<Bytes> {
    return Bytes{static_cast<std::uint8_t>(entry.index)};
  };
  const auto parsed = parse_export(written(collected(TestLog(600), request))).value();
  EXPECT_EQ(parsed.content.released, (Bytes{1, 2, 3}));
  EXPECT_EQ(parsed.content.entries[1].receipt, Bytes{2});
  EXPECT_EQ(done, (std::vector<std::uint64_t>{1, 2}));
  request.receipt = [](const LogReader&, const ExportedEntry&) -> Result<Bytes> { return fail(ErrorKind::io, "x"); };
  EXPECT_FALSE(collect(TestLog(600).reader(), request, kClock));
}

TEST(Export, MayBeUnsignedAndSaysSo) {
  const auto file = write_export(collected(TestLog(600)), nullptr).value();
  const auto verdict = verify_export(parse_export(file).value(), test_keys().trust());
  ASSERT_TRUE(verdict) << verdict.error().message;
  EXPECT_FALSE(verdict->is_signed);
}

TEST(Export, IsRefusedWhenAnyByteIsChanged) {
  const auto file = written(collected(TestLog(20), {.indices = {3}, .about = "a"}));
  for (std::size_t at = 0; at < file.size(); at += 3) {
    auto altered = file;
    altered[at] = static_cast<char>(altered[at] ^ 1);
    EXPECT_NE(why_not(altered), "") << at;
  }
  for (std::size_t size = 0; size < file.size(); size += 41) EXPECT_NE(why_not(file.substr(0, size)), "") << size;
  EXPECT_NE(why_not(file + "x"), "");
}

TEST(Export, IsRefusedFromAnotherLogOrSigner) {
  const auto file = written(collected(TestLog(600)));
  EXPECT_NE(why_not(file, other_keys().trust()), "");
  EXPECT_NE(why_not(file, test_keys().trust("other")).find("names no key"), std::string::npos);
  const auto stranger = other_keys().signer();
  EXPECT_NE(why_not(write_export(collected(TestLog(600)), &stranger).value()), "");
}

TEST(Export, IsRefusedWithAnEntryTheLogDoesNotHold) {
  auto content = collected(TestLog(600));
  content.entries[1].entry = "forged";
  EXPECT_NE(why_not(written(content)).find("export: entry 7: "), std::string::npos);
  content = collected(TestLog(600));
  content.entries[1].index = 8;
  EXPECT_NE(why_not(written(content)), "");
}

TEST(Export, DemandsTheQuorumItIsTold) {
  const auto witness = crypto::PrivateKey::generate(crypto::KeyKind::ed25519).value();
  const auto signer =
      transparency::NoteSigner::of("w.example", transparency::SignatureType::ed25519_cosignature, witness).value();
  auto trust = test_keys().trust();
  trust.witnesses.push_back({"w", signer.verifier(), ""});
  trust.quorum = "w";
  const auto verdict = verify_export(parse_export(written(collected(TestLog(600)))).value(), trust);
  ASSERT_TRUE(verdict);
  EXPECT_FALSE(verdict->witnessed.quorum);
}

TEST(Export, FollowsChangedKeys) {
  TestFolder folder;
  TestLog(600).save(folder.log.open_part());
  ASSERT_TRUE(rotate_keys(folder.log, folder.signer_of(), kClock));
  const auto content = collect(folder.reader(), {.indices = {5}, .about = ""}, kClock).value();
  ASSERT_EQ(content.rotations.size(), 1U);
  const auto signer = folder.signer_of()(std::string(kTestOrigin)).value();
  EXPECT_EQ(why_not(write_export(content, &signer).value()), "");  // one who knows the old keys only
  auto without = content;
  without.rotations.clear();
  EXPECT_NE(why_not(write_export(without, &signer).value()), "");
}

TEST(Export, RefusesEntriesThatAreNotThere) {
  EXPECT_FALSE(collect(TestLog(5).reader(), {.indices = {5}, .about = ""}, kClock));
  EXPECT_FALSE(collect(TestLog(5).reader(), {.indices = {}, .about = std::string(5000, 'x')}, kClock));
}

TEST(Export, RefusesShapesItDoesNotWrite) {
  const auto note = TestLog(5).note.whole();
  const auto content = [&](const std::function<void(wire::CborWriter&)>& entries, std::uint64_t members = 6,
                           std::string_view about = "") {
    std::string bytes, file;
    wire::CborWriter out(bytes);
    out.map(members).unsigned_integer(1).text(note).unsigned_integer(2);
    entries(out);
    out.unsigned_integer(3).array(0).unsigned_integer(4).text(about).unsigned_integer(5);
    out.text("2026-11-21T00:00:00.000000Z").unsigned_integer(6).null();
    wire::CborWriter(file).array(3).unsigned_integer(1).bytes(as_bytes(bytes)).text("");
    return file;
  };
  const std::vector<std::uint8_t> hash(32), half(16);
  EXPECT_EQ(why_not(content([](auto& out) { out.array(0); })), "");
  EXPECT_NE(why_not(content([](auto& out) { out.array(0); }, 5)), "");
  EXPECT_NE(why_not(content([](auto& out) { out.array(0); }, 6, std::string(5000, 'x'))).find("takes more"),
            std::string::npos);
  EXPECT_NE(why_not(content([](auto& out) { out.array(1).array(3).null().null().null(); })).find("array of four"),
            std::string::npos);
  EXPECT_NE(why_not(content([&](auto& out) {
              out.array(1).array(4).unsigned_integer(0).bytes(hash).array(1).bytes(half).null();
            })).find("32 bytes"),
            std::string::npos);
  EXPECT_NE(why_not(content([&](auto& out) {
              out.array(1).array(4).unsigned_integer(0).bytes(hash).array(65);
              for (int i = 0; i < 65; ++i) out.bytes(hash);
              out.null();
            })).find("65 hashes"),
            std::string::npos);
  EXPECT_NE(why_not(content([&](auto& out) {
              out.array(2);
              for (int i = 0; i < 2; ++i) out.array(4).unsigned_integer(1).bytes(hash).array(0).null();
            })).find("not in order"),
            std::string::npos);
  const std::vector<std::uint8_t> long_entry(70'000);
  EXPECT_NE(why_not(content([&](auto& out) {
              out.array(1).array(4).unsigned_integer(1).bytes(long_entry).array(0).null();
            })).find("too long"),
            std::string::npos);
  std::string file;
  wire::CborWriter(file).array(3).unsigned_integer(2).null().null();
  EXPECT_NE(why_not(file).find("version 2"), std::string::npos);
}

}  // namespace

}  // namespace cordon::archive
