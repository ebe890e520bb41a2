#include "cordon/crypto/jose_header.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "cordon/base/text.h"

namespace cordon::crypto {

namespace {

constexpr std::size_t kMostMembers = 32;
constexpr int kDeepest = 8;

// Each function reads one thing at the cursor and answers false, or nothing, when it is not there.
class Outline {
 public:
  explicit Outline(std::string_view text) : rest_(text) {}

  bool take(char wanted) {
    skip_blanks();
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool at_end() {
    skip_blanks();
    return rest_.empty();
  }

  // The text between the quotes as written; a caller that compares it refuses escapes.
  std::optional<std::string_view> string() {
    if (!take('"')) return std::nullopt;
    for (std::size_t i = 0; i < rest_.size(); ++i) {
      const auto c = static_cast<unsigned char>(rest_[i]);
      if (c < 0x20) return std::nullopt;
      if (c == '"') {
        const auto text = rest_.substr(0, i);
        rest_.remove_prefix(i + 1);
        return text;
      }
      if (c == '\\') ++i;
    }
    return std::nullopt;
  }

  bool value(int depth = 0) {
    skip_blanks();
    if (rest_.empty() || depth > kDeepest) return false;
    switch (rest_.front()) {
      case '"':
        return string().has_value();
      case '{':
        return take('{') && items('}', depth, true);
      case '[':
        return take('[') && items(']', depth, false);
      default:
        return word();
    }
  }

 private:
  void skip_blanks() {
    const auto start = std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size());
    rest_.remove_prefix(start);
  }

  bool items(char end, int depth, bool named) {
    if (take(end)) return true;
    do {
      if (named && !(string() && take(':'))) return false;
      if (!value(depth + 1)) return false;
    } while (take(','));
    return take(end);
  }

  // A number, true, false or null; which one is the full parser's business.
  bool word() {
    const auto fits = [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '+' || c == '-' || c == '.' || c == 'E';
    };
    const auto end = std::ranges::find_if_not(rest_, fits);
    const auto size = static_cast<std::size_t>(end - rest_.begin());
    rest_.remove_prefix(size);
    return size > 0;
  }

  std::string_view rest_;
};

std::unexpected<Error> refuse(std::string message) {
  return fail(ErrorKind::invalid_input, "JWS header: " + std::move(message));
}

bool has_escape(std::string_view text) { return text.contains('\\'); }

// A name spelt with escapes could be alg in disguise.
Result<std::string_view> member_name(Outline& outline, std::vector<std::string_view>& seen) {
  const auto name = outline.string();
  if (!name || !outline.take(':')) return refuse("not a JSON object");
  if (has_escape(*name)) return refuse("a member's name is spelt with escapes");
  if (std::ranges::contains(seen, *name)) return refuse(std::format("'{}' is there twice", printable(*name)));
  if (seen.size() >= kMostMembers) return refuse("more than 32 members");
  if (*name == "crit" || *name == "b64") return refuse(std::format("'{}' asks for an extension unknown here", *name));
  seen.push_back(*name);
  return *name;
}

Result<std::string> algorithm_value(Outline& outline) {
  const auto value = outline.string();
  if (!value || value->empty() || has_escape(*value)) return refuse("alg is not a plain string");
  return std::string(*value);
}

}  // namespace

Result<std::string> algorithm_in_header(std::string_view json) {
  Outline outline(json);
  std::vector<std::string_view> seen;
  Result<std::string> algorithm = refuse("alg is missing");
  if (!outline.take('{')) return refuse("not a JSON object");
  if (outline.take('}')) return algorithm;
  do {
    const auto name = member_name(outline, seen);
    if (!name) return std::unexpected(name.error());
    if (*name != "alg") {
      if (!outline.value()) return refuse(std::format("the value of '{}' is malformed", printable(*name)));
      continue;
    }
    algorithm = algorithm_value(outline);
    if (!algorithm) return algorithm;
  } while (outline.take(','));
  if (!outline.take('}') || !outline.at_end()) return refuse("not a JSON object");
  return algorithm;
}

}  // namespace cordon::crypto
