#include "cordon/vault/subject_table.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "cordon/base/file.h"
#include "cordon/base/temporary_folder.h"

namespace cordon::vault {
namespace {

Pseudonym number(std::uint32_t value) {
  Pseudonym out{};
  for (unsigned i = 0; i < 4; ++i) out[i] = static_cast<std::uint8_t>(value >> (8 * i));
  out[9] = 1;
  return out;
}

struct SubjectTableTest : testing::Test {
  TemporaryFolder place;
  std::filesystem::path file = place / "subjects-1";
  crypto::Secret key = crypto::Secret::random(32);

  SubjectTable table() {
    auto loaded = SubjectTable::load(file, 1, key.view());
    EXPECT_TRUE(loaded) << loaded.error().message;
    return std::move(*loaded);
  }
  // What each of them opens to, as text.
  static std::string found(const SubjectTable& in, std::uint32_t subject) {
    const auto result = in.find(number(subject));
    if (!result) return result.error().message;
    return *result ? std::string((*result)->text()) : "nothing";
  }
  std::vector<std::string> fill(std::uint32_t count) {
    auto filled = table();
    std::vector<std::string> keys;
    for (std::uint32_t i = 0; i < count; ++i) {
      const auto made = filled.add(number(i));
      EXPECT_TRUE(made);
      keys.emplace_back(made->text());
    }
    EXPECT_TRUE(filled.flush());
    return keys;
  }
  std::string content() { return *read_file(file, 1U << 30); }
};

TEST_F(SubjectTableTest, keys_are_found_before_and_after_they_are_durable) {
  auto one = table();
  const auto made = one.add(number(7));
  ASSERT_TRUE(made);
  EXPECT_EQ(found(one, 7), made->text());
  EXPECT_TRUE(one.has_pending());
  EXPECT_EQ(found(table(), 7), "nothing");
  ASSERT_TRUE(one.flush());
  EXPECT_FALSE(one.has_pending());
  EXPECT_EQ(found(one, 7), made->text());
  EXPECT_EQ(found(table(), 7), made->text());
  EXPECT_EQ(found(table(), 8), "nothing");
}

TEST_F(SubjectTableTest, many_subjects_keep_their_keys) {
  const auto keys = fill(5000);
  const auto again = table();
  EXPECT_EQ(again.size(), 5000U);
  for (std::uint32_t i = 0; i < 5000; i += 13) EXPECT_EQ(found(again, i), keys[i]);
  EXPECT_EQ(content().size(), kSubjectHeader + 5000 * kSubjectRow);
}

TEST_F(SubjectTableTest, a_torn_end_is_ignored_and_overwritten) {
  const auto keys = fill(3);
  const auto whole = content();
  for (const auto cut : std::initializer_list<std::size_t>{1, 40, kSubjectRow - 1}) {
    ASSERT_TRUE(write_file(file, whole.substr(0, whole.size() - cut)));
    auto torn = table();
    EXPECT_EQ(torn.size(), 2U);
    EXPECT_EQ(found(torn, 1), keys[1]);
    EXPECT_EQ(found(torn, 2), "nothing");
    const auto made = torn.add(number(2));
    ASSERT_TRUE(made && torn.flush());
    EXPECT_EQ(content().size(), whole.size());
    EXPECT_EQ(found(table(), 2), made->text());
  }
}

TEST_F(SubjectTableTest, rows_half_written_near_the_end_are_destroyed_and_older_damage_is_told) {
  const auto keys = fill(4);
  auto bytes = content();
  std::fill_n(bytes.end() - 30, 30, '\0');  // the last page never reached the disk
  ASSERT_TRUE(write_file(file, bytes));
  auto damaged = table();
  EXPECT_NE(found(damaged, 3).find("does not unwrap"), std::string::npos);
  EXPECT_EQ(damaged.repair_end(), 1U);
  EXPECT_EQ(found(damaged, 3), "nothing");
  EXPECT_EQ(found(damaged, 2), keys[2]);
  EXPECT_EQ(damaged.repair_end(), 0U);
  EXPECT_EQ(content().size(), kSubjectHeader + 3 * kSubjectRow);
}

TEST_F(SubjectTableTest, a_row_moved_to_another_subject_does_not_unwrap) {
  fill(2);
  auto bytes = content();
  std::swap_ranges(bytes.begin() + kSubjectHeader, bytes.begin() + kSubjectHeader + 10,
                   bytes.begin() + kSubjectHeader + kSubjectRow);
  ASSERT_TRUE(write_file(file, bytes));
  EXPECT_NE(found(table(), 0).find("was altered"), std::string::npos);
}

TEST_F(SubjectTableTest, a_file_of_another_epoch_or_kind_is_corrupt) {
  fill(1);
  EXPECT_EQ(SubjectTable::load(file, 2, key.view()).error().kind, ErrorKind::corrupt);
  ASSERT_TRUE(write_file(file, "short"));
  EXPECT_EQ(SubjectTable::load(file, 1, key.view()).error().kind, ErrorKind::corrupt);
  EXPECT_EQ(destroy_rows(file, 1, [](BytesView) { return true; }).error().kind, ErrorKind::corrupt);
  EXPECT_EQ(open_for_rows(file, 1).error().kind, ErrorKind::corrupt);
}

TEST_F(SubjectTableTest, destroyed_rows_leave_no_byte_in_the_old_file_nor_the_new) {
  const auto keys = fill(10);
  const auto before = content();
  const auto row = before.substr(kSubjectHeader + 4 * kSubjectRow, kSubjectRow);
  const auto old = open_file(file, O_RDONLY);  // the file as it was, after its name went to another
  ASSERT_TRUE(old);
  const auto destroyed = destroy_rows(file, 1, [](BytesView bytes) { return pseudonym_of(bytes) == number(4); });
  EXPECT_EQ(destroyed, 1U);
  std::string remains(before.size(), '\0');
  ASSERT_EQ(::pread(old->get(), remains.data(), remains.size(), 0), static_cast<ssize_t>(remains.size()));
  EXPECT_EQ(remains.find(row.substr(12)), std::string::npos);
  EXPECT_EQ(content().find(row.substr(12)), std::string::npos);
  EXPECT_EQ(content().size(), before.size() - kSubjectRow);
  const auto after = table();
  EXPECT_EQ(found(after, 4), "nothing");
  EXPECT_EQ(found(after, 9), keys[9]);
}

TEST_F(SubjectTableTest, a_copy_left_by_an_interrupted_run_is_removed) {
  fill(3);
  ASSERT_TRUE(write_file(place / "subjects-1.new", "left over"));
  EXPECT_EQ(destroy_rows(file, 1, [](BytesView) { return false; }), 0U);
  EXPECT_FALSE(std::filesystem::exists(place / "subjects-1.new"));
  EXPECT_EQ(destroy_rows(place / "subjects-9", 9, [](BytesView) { return true; }), 0U);
}

TEST_F(SubjectTableTest, pending_keys_survive_a_table_read_anew) {
  auto one = table();
  const auto made = one.add(number(1));
  ASSERT_TRUE(made);
  auto other = table();
  other.put_pending(one.take_pending());
  EXPECT_EQ(found(other, 1), made->text());
  ASSERT_TRUE(other.flush());
  EXPECT_EQ(found(table(), 1), made->text());
}

TEST_F(SubjectTableTest, a_full_disk_keeps_what_is_pending_for_the_next_time) {
  auto one = table();
  ASSERT_TRUE(one.add(number(1)));
  ASSERT_TRUE(make_folder(file));  // the file cannot be opened
  EXPECT_FALSE(one.flush());
  EXPECT_TRUE(one.has_pending());
  std::filesystem::remove(file);
  EXPECT_TRUE(one.flush());
}

}  // namespace
}  // namespace cordon::vault
