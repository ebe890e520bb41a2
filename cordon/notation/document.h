// Text with choices of where to break lines, after Wadler's "A prettier printer" (2003): a group is set on one line
// when it fits, else each of its own line breaks is taken.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cordon::notation {

// A node of a Document.
using Doc = std::uint32_t;

// Makes nodes and renders them. Text is viewed, not copied: it must outlive the document.
class Document {
 public:
  Document();

  static constexpr Doc kNothing = 0;
  static constexpr Doc kSpace = 1;
  static constexpr Doc kLine = 2;      // a space, or a line break
  static constexpr Doc kSoftLine = 3;  // nothing, or a line break
  static constexpr Doc kHardLine = 4;  // always a line break

  Doc text(std::string_view text);
  Doc join(std::vector<Doc> parts);
  Doc nest(std::size_t deeper, Doc inner);  // columns
  Doc group(Doc inner);

  void clear();  // forgets every node

  // Lines without anything on them are left out, and so are spaces at the end of a line.
  std::string render(Doc root, std::size_t width) const;

 private:
  enum class Kind : std::uint8_t { nothing, text, line, soft_line, hard_line, join, nest, group };
  struct Node {
    Kind kind;
    std::uint32_t first = 0;  // join: in parts_; nest and group: the node inside; nest: columns in `second`
    std::uint32_t second = 0;
    std::string_view text = {};
  };
  struct Rendering;

  Doc add(Node node);

  std::vector<Node> nodes_;
  std::vector<Doc> parts_;
};

}  // namespace cordon::notation
