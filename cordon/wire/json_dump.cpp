#include <array>

#include "cordon/base/text.h"
#include "cordon/wire/json.h"

namespace cordon::wire {

namespace {

// RFC 8259 7: what must be escaped, by its short form where it has one.
void append_escaped(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  out += "\\u00";
  out += kHex[static_cast<unsigned char>(c) >> 4U];
  out += kHex[static_cast<unsigned char>(c) & 0x0FU];
}

bool is_plain(char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; }

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// Bytes that are no UTF-8 become U+FFFD: what we write can always be read again.
std::size_t append_character(std::string& out, std::string_view rest) {
  const char c = rest.front();
  const auto code = static_cast<unsigned char>(c);
  if (code < 0x20 || c == '"' || c == '\\') {
    append_escaped(out, c);
    return 1;
  }
  const auto length = utf8_length(rest);
  out += length == 0 ? kReplacement : rest.substr(0, length);
  return length == 0 ? 1 : length;
}

// Writes one value; indent < 0 means compact.
class Writer {
 public:
  explicit Writer(int indent) : indent_(indent) {}
  void write(const Json& value, int level);
  std::string take() { return std::move(out_); }

 private:
  void line(int level) {
    if (indent_ < 0) return;
    out_ += '\n';
    out_.append(static_cast<std::size_t>(level * indent_), ' ');
  }

  // The items of a container with their commas and line ends.
  template <class Items, class WriteItem>
  void items(char open, const Items& items, char close, int level, WriteItem write_item) {
    out_ += open;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i > 0) out_ += ',';
      line(level + 1);
      write_item(items[i]);
    }
    if (!items.empty()) line(level);
    out_ += close;
  }

  std::string out_;
  int indent_;
};

void Writer::write(const Json& value, int level) {
  if (value.is_object()) {
    items('{', value.object(), '}', level, [&](const JsonMember& member) {
      append_json_string(out_, member.name);
      out_ += indent_ < 0 ? ":" : ": ";
      write(member.value, level + 1);
    });
  } else if (value.is_array()) {
    items('[', value.array(), ']', level, [&](const Json& item) { write(item, level + 1); });
  } else if (value.is_string()) {
    append_json_string(out_, value.text());
  } else if (value.is_number()) {
    out_ += value.number_text();
  } else {
    out_ += value.is_null() ? "null" : value.boolean() ? "true" : "false";
  }
}

std::string written(const Json& value, int indent) {
  Writer writer(indent);
  writer.write(value, 0);
  return writer.take();
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && is_plain(text[plain])) ++plain;
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (!text.empty()) text.remove_prefix(append_character(out, text));
  }
  out += '"';
}

std::string Json::dump() const { return written(*this, -1); }
std::string Json::pretty() const { return written(*this, 2); }

}  // namespace cordon::wire
