#include "cordon/evidence/notebook.h"

#include <gtest/gtest.h>

namespace cordon::evidence {
namespace {

class Writer final : public Client {
 public:
  explicit Writer(Loop& loop) : loop_(loop) {}
  void append(Record record, Done done, std::optional<SpoolMark>) override {
    Result<std::uint64_t> answer = kept.size();
    if (error) {
      answer = std::unexpected(*error);
    } else {
      kept.push_back(std::move(record));
    }
    loop_.defer([done = std::move(done), answer] { done(answer); });
  }
  bool connected() const override { return !error; }
  std::shared_ptr<const Pseudonyms> pseudonyms() const override { return nullptr; }

  std::optional<Error> error;
  std::vector<Record> kept;

 private:
  Loop& loop_;
};

class Notes : public testing::Test {
 protected:
  void keep(std::string reason) {
    Record record;
    record.kind = "snapshot";
    record.reason = std::move(reason);
    notebook.keep(std::move(record));
  }
  bool until_empty() {
    for (int round = 0; round < 5000 && notebook.waiting() > 0; ++round) loop.run_once(std::chrono::milliseconds(1));
    return notebook.waiting() == 0;
  }

  Loop loop;
  Writer writer{loop};
  Notebook notebook{loop, writer};
};

TEST_F(Notes, ReachTheLogInOrderOnceItIsThere) {
  writer.error = Error{ErrorKind::unavailable, "away"};
  keep("one");
  keep("two");
  for (int round = 0; round < 5; ++round) loop.run_once(std::chrono::milliseconds(1));
  EXPECT_EQ(notebook.waiting(), 2U);
  writer.error.reset();
  ASSERT_TRUE(until_empty());
  ASSERT_EQ(writer.kept.size(), 2U);
  EXPECT_EQ(writer.kept[0].reason, "one");
  EXPECT_EQ(writer.kept[1].reason, "two");
}

TEST_F(Notes, ThatDoNotFitAreCountedAndTheCountIsRecorded) {
  writer.error = Error{ErrorKind::unavailable, "away"};
  for (int i = 0; i < 1003; ++i) keep("note");
  writer.error.reset();
  ASSERT_TRUE(until_empty());
  ASSERT_EQ(writer.kept.size(), 1001U);
  EXPECT_EQ(writer.kept.back().kind, "gap");
  EXPECT_TRUE(writer.kept.back().reason.starts_with("3 notes"));
}

TEST_F(Notes, ThatTheLogRefusesAreNotTriedForEver) {
  writer.error = Error{ErrorKind::invalid_input, "no record"};
  keep("one");
  ASSERT_TRUE(until_empty());
  EXPECT_TRUE(writer.kept.empty());
}

TEST(NotesLeft, DoNothingAfterTheirNotebookIsGone) {
  Loop loop;
  Writer writer{loop};
  {
    Notebook notebook(loop, writer);
    notebook.keep({});
  }
  loop.run_once(std::chrono::milliseconds(1));
  EXPECT_EQ(writer.kept.size(), 1U);
}

}  // namespace
}  // namespace cordon::evidence
