#include "cordon/vault/vault.h"

#include <sys/stat.h>

#include <algorithm>
#include <functional>
#include <set>

#include "cordon/base/file.h"
#include "cordon/crypto/digest.h"
#include "cordon/vault/test_vault.h"

namespace cordon::vault {
namespace {

std::string flipped(std::string bytes, std::size_t at) {
  bytes[at] = static_cast<char>(bytes[at] ^ 1);
  return bytes;
}

TEST(VaultTest, what_was_sealed_opens_in_this_vault_and_in_one_opened_later) {
  const TestVault test;
  const auto entry = test.kept(about(kSubject));
  const auto later = test.another();
  for (const auto* vault : {test.vault.get(), later.get()}) {
    const auto opened = vault->open(as_bytes(entry), {});
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(opened->header, "who decided what");
    EXPECT_EQ(opened->analyst, "features");
    ASSERT_EQ(opened->personal.size(), 1U);
    EXPECT_EQ(opened->personal[0].payload, "the identifier");
    EXPECT_FALSE(opened->personal[0].erased);
    EXPECT_EQ(opened->personal[0].pseudonym, vault->pseudonym(kSubject));
  }
}

TEST(VaultTest, nothing_stands_in_clear) {
  const TestVault test;
  const auto entry = test.kept(about(kSubject, kSubject));
  for (const std::string_view text :
       {kSubject, kSubject.substr(5), std::string_view("decided"), std::string_view("amf1"),
        std::string_view("features"), std::string_view("own-profile")}) {
    EXPECT_EQ(entry.find(text), std::string::npos) << text;
  }
}

TEST(VaultTest, groups_not_asked_for_stay_closed) {
  const TestVault test;
  const auto entry = test.kept(about(kSubject));
  const auto opened = test.vault->open(as_bytes(entry), {.header = true, .analyst = false, .personal = false});
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->header, "who decided what");
  EXPECT_EQ(opened->analyst, "");
  EXPECT_EQ(opened->personal[0].payload, std::nullopt);
  EXPECT_FALSE(opened->personal[0].erased);
}

TEST(VaultTest, terms_are_the_index_keys_and_come_sorted) {
  const TestVault test;
  const auto entry = test.kept(about(kSubject));
  const auto parsed = parse_entry(as_bytes(entry));
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(std::ranges::is_sorted(parsed->terms));
  const std::set<Term> found(parsed->terms.begin(), parsed->terms.end());
  EXPECT_EQ(found,
            (std::set<Term>{test.vault->term(1, "caller:amf1"), test.vault->term(1, "rule:own-profile-only")}));
  EXPECT_EQ(test.vault->term(7, "caller:amf1"), 0U);
}

TEST(VaultTest, a_term_is_the_same_however_often_and_among_however_many_it_is_sealed) {
  const TestVault test;
  for (int i = 0; i < 6000; ++i) {
    const auto text = std::format("caller:{}{}", i % 3 == 0 ? std::string(120, 'x') : std::string(), i / 2);
    auto record = about(kSubject);
    record.terms = {text, "rule:own-profile-only"};
    const auto entry = test.kept(record);
    const auto parsed = parse_entry(as_bytes(entry));
    ASSERT_TRUE(parsed);
    ASSERT_EQ(std::set<Term>(parsed->terms.begin(), parsed->terms.end()),
              (std::set<Term>{test.vault->term(1, text), test.vault->term(1, "rule:own-profile-only")}));
  }
}

TEST(VaultTest, keys_of_one_record_open_it_and_no_other) {
  const TestVault test;
  const auto one = test.kept(about(kSubject));
  const auto other = test.kept(about(kSubject));
  const auto keys = test.vault->record_keys(as_bytes(one), {});
  ASSERT_TRUE(keys);
  const auto opened = open_with(as_bytes(one), *keys);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->personal[0].payload, "the identifier");
  EXPECT_EQ(open_with(as_bytes(other), *keys).error().kind, ErrorKind::corrupt);
  for (const auto& part :
       {RecordKeys{keys->header, {}, {}}, RecordKeys{{}, keys->analyst, {}}, RecordKeys{{}, {}, keys->personal}}) {
    EXPECT_TRUE(open_with(as_bytes(one), part));
    EXPECT_FALSE(open_with(as_bytes(other), part));
  }
  // Nor does a key open another group of the same record.
  EXPECT_FALSE(open_with(as_bytes(one), {keys->analyst, {}, {}}));
  EXPECT_FALSE(open_with(as_bytes(one), {{}, {}, {keys->header}}));
  EXPECT_FALSE(open_with(as_bytes(one), {{}, {}, {keys->personal[0], keys->personal[0]}}));
}

TEST(VaultTest, one_subject_twice_in_a_record_has_two_keys) {
  const TestVault test;
  auto clear = about(kSubject);
  clear.personal.push_back({kSubject, "the identifier"});
  const auto entry = test.kept(clear);
  const auto keys = test.vault->record_keys(as_bytes(entry), {});
  ASSERT_TRUE(keys);
  EXPECT_NE(keys->personal[0], keys->personal[1]);
  EXPECT_EQ(open_with(as_bytes(entry), *keys)->personal[1].payload, "the identifier");
}

TEST(VaultTest, wiped_keys_are_gone) {
  RecordKeys keys{Bytes(32, 1), Bytes(32, 2), {Bytes(32, 3), std::nullopt}};
  wipe_keys(keys);
  EXPECT_FALSE(keys.header || keys.analyst);
  EXPECT_TRUE(keys.personal.empty());
}

TEST(VaultTest, every_altered_byte_of_an_entry_is_noticed) {
  const TestVault test;
  const auto entry = test.kept(about(kSubject));
  for (std::size_t i = 0; i < entry.size(); ++i) {
    const auto opened = test.vault->open(as_bytes(flipped(entry, i)), {});
    const bool unknown_subject = opened && !opened->personal[0].payload;  // the pseudonym itself: no such key
    EXPECT_TRUE(!opened || unknown_subject) << i;
  }
}

TEST(VaultTest, entries_with_parts_left_out_open) {
  const TestVault test;
  const auto entry = test.kept({.kind = EntryKind::start, .header = "begun"});
  const auto opened = test.vault->open(as_bytes(entry), {});
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->header, "begun");
  EXPECT_TRUE(opened->personal.empty());
  EXPECT_EQ(parse_entry(as_bytes(entry))->kind, EntryKind::start);
}

TEST(VaultTest, texts_of_every_length_of_head_open) {
  const TestVault test;
  for (const auto size : std::initializer_list<std::size_t>{1, 100, 207, 208, 300, 60'000}) {
    const std::string text(size, 'x');
    const auto entry = test.kept({.header = text});
    EXPECT_EQ(test.vault->open(as_bytes(entry), {})->header, text) << size;
  }
}

TEST(VaultTest, what_cannot_be_sealed_is_refused_and_leaves_nothing) {
  const TestVault test;
  std::string entry = "before";
  auto many = about(kSubject);
  many.terms.assign(9, "t");
  auto crowd = about(kSubject);
  crowd.personal.assign(5, {kSubject, "x"});
  const std::string long_text(66'000, 'x');
  for (const auto& clear : {many, crowd, about(""), about(kSubject, long_text), Clear{.kind = EntryKind{0}},
                            about(kSubject, std::string_view(long_text).substr(0, 65'400))}) {
    const auto sealed = test.vault->seal(clear, entry);
    ASSERT_FALSE(sealed);
    EXPECT_EQ(sealed.error().kind, ErrorKind::invalid_input);
    EXPECT_EQ(entry, "before");
  }
}

TEST(VaultTest, nonces_never_repeat) {
  const TestVault test;
  std::set<EntryNonce> seen;
  for (int i = 0; i < 3; ++i) {
    const auto entry = test.kept(about(kSubject));
    EXPECT_TRUE(seen.insert(parse_entry(as_bytes(entry))->nonce).second);
  }
}

TEST(VaultTest, a_second_writer_is_refused_and_a_reader_is_not) {
  const TestVault test;
  const auto entry = test.kept(about(kSubject));
  const auto second = test.another();
  std::string bytes;
  const auto sealed = second->seal(about(kSubject), bytes);
  ASSERT_FALSE(sealed);
  EXPECT_EQ(sealed.error().kind, ErrorKind::unavailable);
  EXPECT_TRUE(second->open(as_bytes(entry), {}));
}

TEST(VaultTest, a_reader_sees_subjects_that_came_after_it) {
  const TestVault test;
  const auto reader = test.another();
  const auto first = test.kept(about(kSubject));
  EXPECT_EQ(reader->open(as_bytes(first), {})->personal[0].payload, "the identifier");
  const auto second = test.kept(about(kOtherSubject));
  EXPECT_EQ(reader->open(as_bytes(second), {})->personal[0].payload, "the identifier");
}

TEST(VaultTest, keys_that_were_never_synced_are_gone_and_the_rest_opens) {
  TestVault test;
  std::string entry;
  ASSERT_TRUE(test.vault->seal(about(kSubject), entry));
  test.vault.reset();
  const auto opened = test.another()->open(as_bytes(entry), {});
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->header, "who decided what");
  EXPECT_EQ(opened->personal[0].payload, std::nullopt);
  EXPECT_FALSE(opened->personal[0].erased);
}

TEST(VaultTest, a_table_a_crash_left_half_written_is_repaired_by_the_next_writer_and_readers_follow) {
  TestVault test;
  const auto kept = test.kept(about(kSubject));
  static_cast<void>(test.kept(about(kOtherSubject)));
  test.vault.reset();
  const auto file = test.folder / "subjects-1";
  auto bytes = *read_file(file);
  std::fill_n(bytes.end() - 30, 30, '\0');
  ASSERT_TRUE(write_file(file, bytes, 0600));
  const auto reader = test.another();
  EXPECT_EQ(reader->open(as_bytes(kept), {})->personal[0].payload, "the identifier");
  test.vault = test.another();
  const auto fresh = test.kept(about(kOtherSubject));
  for (const auto& entry : {kept, fresh}) {
    EXPECT_EQ(reader->open(as_bytes(entry), {})->personal[0].payload, "the identifier");
    EXPECT_EQ(test.vault->open(as_bytes(entry), {})->personal[0].payload, "the identifier");
  }
}

TEST(VaultTest, files_are_for_the_owner_alone_and_hold_no_key_in_clear) {
  const TestVault test;
  static_cast<void>(test.kept(about(kSubject)));
  struct stat status{};
  ASSERT_EQ(::stat(test.folder.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
  const auto keys = test.keys();
  const auto epochs = read_epochs(*keys);
  ASSERT_TRUE(epochs);
  for (const auto& file : std::filesystem::directory_iterator(test.folder)) {
    ASSERT_EQ(::stat(file.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0077U, 0U) << file.path();
    const auto content = *read_file(file.path());
    for (const auto& secret :
         {keys->kek(), epochs->back().header.view(), epochs->back().table.view(), epochs->back().pseudonym.view()}) {
      EXPECT_EQ(content.find(as_text(secret)), std::string::npos) << file.path();
      EXPECT_EQ(content.find(to_base64(secret)), std::string::npos) << file.path();
    }
    EXPECT_EQ(content.find(kSubject), std::string::npos) << file.path();
  }
}

TEST(VaultTest, a_vault_is_not_made_over_another_nor_found_where_none_is) {
  const TestVault test;
  EXPECT_EQ(Vault::create(test.folder, test.root, test.clock).error().kind, ErrorKind::invalid_input);
  const auto missing = Vault::open(test.place / "nowhere", test.root, test.clock);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::not_found);
  EXPECT_NE(missing.error().message.find("cordon log keys init"), std::string::npos);
}

TEST(VaultTest, an_entry_of_another_vault_does_not_open) {
  const TestVault test;
  const TestVault other;
  const auto entry = test.kept(about(kSubject));
  EXPECT_EQ(other.vault->open(as_bytes(entry), {}).error().kind, ErrorKind::corrupt);
  auto far = entry;
  far[3] = 9;  // the epoch
  EXPECT_EQ(test.vault->open(as_bytes(far), {}).error().kind, ErrorKind::not_found);
}

// === Pseudonyms

// All subscribers of one network, tried one after the other: what an attacker with the log's tiles can do.
std::optional<std::string> dictionary(const Pseudonym& wanted,
                                      const std::function<crypto::Sha256Digest(BytesView)>& hash) {
  for (int number = 21'000; number < 22'000; ++number) {
    const auto subject = std::format("imsi-9997000000{:05}", number);
    const auto digest = hash(as_bytes(subject));
    if (std::ranges::equal(wanted, BytesView(digest).first(wanted.size()))) return subject;
  }
  return std::nullopt;
}

TEST(VaultTest, a_dictionary_finds_the_subject_of_an_unkeyed_hash_and_not_of_a_pseudonym) {
  const TestVault test;
  Pseudonym unkeyed;
  std::ranges::copy(BytesView(crypto::sha256(as_bytes(kSubject))).first(unkeyed.size()), unkeyed.begin());
  EXPECT_EQ(dictionary(unkeyed, crypto::sha256), kSubject);

  const auto pseudonym = test.vault->pseudonym(kSubject);
  ASSERT_TRUE(pseudonym);
  EXPECT_EQ(dictionary(*pseudonym, crypto::sha256), std::nullopt);
  const auto guessed = crypto::Secret::random(32);
  EXPECT_EQ(dictionary(*pseudonym, [&](BytesView text) { return crypto::hmac_sha256(guessed.view(), text); }),
            std::nullopt);
  // With the key it is easy: that is why closed epochs keep theirs under dual control.
  const auto key = test.vault->pseudonym_key();
  EXPECT_EQ(dictionary(*pseudonym, [&](BytesView text) { return crypto::hmac_sha256(key, text); }), kSubject);
}

TEST(VaultTest, the_spools_key_stays_the_same) {
  const TestVault test;
  EXPECT_EQ(test.vault->spool_key().size(), 32U);
  EXPECT_EQ(test.vault->spool_key(), test.another()->spool_key());
}

// === Epochs

TEST(VaultTest, without_custodians_no_epoch_ends) {
  const TestVault test;
  const auto rotated = test.vault->rotate();
  ASSERT_FALSE(rotated);
  EXPECT_NE(rotated.error().message.find("cordon log keys custodian add"), std::string::npos);
  EXPECT_EQ(test.vault->epoch(), 1U);
}

TEST(VaultTest, a_new_epoch_has_new_pseudonyms_and_terms_and_old_records_still_open) {
  const TestVault test;
  test.add_custodians();
  const auto old = test.kept(about(kSubject));
  const auto old_pseudonym = test.vault->pseudonym(kSubject);
  const auto old_key = test.vault->pseudonym_key();
  const auto old_term = test.vault->term(1, "caller:amf1");
  const auto rotated = test.vault->rotate();
  ASSERT_TRUE(rotated) << rotated.error().message;
  EXPECT_EQ(test.vault->epoch(), 2U);
  const auto fresh = test.kept(about(kSubject));
  EXPECT_NE(test.vault->pseudonym(kSubject), old_pseudonym);
  EXPECT_NE(test.vault->pseudonym_key(), old_key);
  EXPECT_EQ(test.vault->term(1, "caller:amf1"), old_term);
  EXPECT_NE(test.vault->term(2, "caller:amf1"), old_term);
  EXPECT_TRUE(std::ranges::contains(parse_entry(as_bytes(fresh))->terms, test.vault->term(2, "caller:amf1")));
  const auto reader = test.another();
  for (const auto& entry : {old, fresh}) {
    EXPECT_EQ(reader->open(as_bytes(entry), {})->personal[0].payload, "the identifier");
    EXPECT_EQ(test.vault->open(as_bytes(entry), {})->header, "who decided what");
  }
}

TEST(VaultTest, a_rotation_by_another_process_is_seen_at_once_and_loses_no_new_key) {
  const TestVault test;
  test.add_custodians();
  static_cast<void>(test.kept(about(kSubject)));
  std::string before;
  ASSERT_TRUE(test.vault->seal(about(kOtherSubject), before));  // its key is not durable yet
  ASSERT_TRUE(test.another()->rotate());
  std::string after;
  ASSERT_TRUE(test.vault->seal(about(kOtherSubject), after));
  ASSERT_TRUE(test.vault->sync());
  EXPECT_EQ(parse_entry(as_bytes(before))->epoch, 1U);
  EXPECT_EQ(parse_entry(as_bytes(after))->epoch, 2U);
  const auto reader = test.another();
  EXPECT_EQ(reader->open(as_bytes(before), {})->personal[0].payload, "the identifier");
  EXPECT_EQ(reader->open(as_bytes(after), {})->personal[0].payload, "the identifier");
}

}  // namespace
}  // namespace cordon::vault
