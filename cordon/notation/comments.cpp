#include "cordon/notation/comments.h"

#include <algorithm>

#include "cordon/base/text.h"

namespace cordon::notation {

namespace {

// Between tokens there is nothing but white space and comments, so every `//` starts one.
std::vector<std::string_view> comments_in(std::string_view blank) {
  std::vector<std::string_view> found;
  for (std::size_t at = blank.find("//"); at != std::string_view::npos; at = blank.find("//", at)) {
    const std::size_t end = std::min(blank.find_first_of("\n\r", at), blank.size());
    found.push_back(trim(blank.substr(at, end - at)));
    at = end;
  }
  return found;
}

}  // namespace

std::vector<Commented> with_comments(std::string_view text, const std::vector<policy::Token>& tokens) {
  std::vector<Commented> read;
  read.reserve(tokens.size());
  std::size_t end = 0;
  for (const policy::Token& token : tokens) {
    const std::string_view blank = text.substr(end, token.begin - end);
    auto comments = comments_in(blank);
    // What stands on the line of the token before belongs to it.
    const bool same_line = !read.empty() && !comments.empty() &&
                           comments[0].data() < blank.data() + std::min(blank.find('\n'), blank.size());
    if (same_line) {
      read.back().behind = comments[0];
      comments.erase(comments.begin());
    }
    read.push_back({token.kind, text.substr(token.begin, token.end - token.begin), std::move(comments), {}});
    end = token.end;
  }
  return read;
}

std::vector<std::string_view> comments_of(const std::vector<Commented>& tokens) {
  std::vector<std::string_view> all;
  for (const Commented& token : tokens) {
    all.insert(all.end(), token.above.begin(), token.above.end());
    if (!token.behind.empty()) all.push_back(token.behind);
  }
  std::ranges::sort(all);
  return all;
}

}  // namespace cordon::notation
