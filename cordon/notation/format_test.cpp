#include "cordon/notation/comments.h"
#include "cordon/notation/document.h"
#include "cordon/notation/notation.h"
#include "cordon/notation/test_support.h"

namespace cordon::notation {
namespace {

std::string formatted(std::string_view text, const Style& style = {}) {
  const auto read = notation::format(text, "test.cedar", style);
  return read ? *read : read.error().message;
}

TEST(Format, IsWhatTheReferenceMakesOfPolicies) {
  const auto rows = vector_rows("format.txt");
  EXPECT_GE(rows.size(), 50U);
  for (const auto& row : rows) {
    const wire::Json pair = json(row[0]);
    EXPECT_EQ(formatted(pair.find("text")->text()), pair.find("formatted")->text());
  }
}

TEST(Format, StaysAsItIs) {
  for (const auto& row : vector_rows("format.txt")) {
    const std::string once = formatted(json(row[0]).find("text")->text());
    EXPECT_EQ(formatted(once), once);
  }
}

// Where a comma is left out, the reference forgets the comments beside it.
TEST(Format, KeepsCommentsBesideWhatItLeavesOut) {
  const std::string text = formatted(
      "permit(principal, action, resource // one\n, // two\n) when { [1, // three\n2 // four\n, // five\n] == {a: 1, "
      "// six\n} };");
  for (const std::string_view comment : {"// one", "// two", "// three", "// four", "// five", "// six"}) {
    EXPECT_NE(text.find(comment), std::string::npos) << comment << "\n" << text;
  }
  EXPECT_EQ(text.find(",\n]"), std::string::npos);
}

TEST(Format, LeavesNoSpaceAtTheEndOfALine) {
  const std::string text = formatted("permit(principal,\n// above\naction,\n// above\nresource);");
  EXPECT_EQ(text.find(" \n"), std::string::npos) << text;
}

TEST(Format, KeepsToTheWidthAndIndentAsked) {
  EXPECT_EQ(formatted("permit(principal,action,resource)when{principal.abc==resource.abc&&context.x};",
                      {.width = 20, .indent = 4}),
            "permit\n(principal, action, resource)\n"
            "when\n"
            "{\n"
            "    principal.abc == resource.abc &&\n"
            "    context.x\n"
            "};\n");
}

TEST(Format, RefusesWhatDoesNotParse) {
  EXPECT_TRUE(formatted("permit(principal").starts_with("test.cedar:1:")) << formatted("permit(principal");
  EXPECT_TRUE(formatted("permit(\xFF").starts_with("test.cedar:1:"));
}

TEST(Document, BreaksAGroupOnlyWhenItDoesNotFit) {
  Document document;
  const Doc words =
      document.group(document.nest(2, document.join({document.text("one"), Document::kLine, document.text("two"),
                                                     Document::kSoftLine, document.text("three")})));
  EXPECT_EQ(document.render(words, 12), "one twothree");
  EXPECT_EQ(document.render(words, 11), "one\n  two\n  three");
  EXPECT_EQ(document.render(Document::kNothing, 10), "");
  EXPECT_EQ(document.group(document.nest(2, document.join({Document::kNothing}))), Document::kNothing);
}

TEST(Document, CountsCharactersNotBytes) {
  Document document;
  const Doc words = document.group(document.join({document.text("é"), Document::kLine, document.text("é")}));
  EXPECT_EQ(document.render(words, 3), "é é");
}

}  // namespace
}  // namespace cordon::notation
