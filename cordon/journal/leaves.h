// Entries on their way from the journal to the tiles, each behind the zero byte its leaf hash begins with (RFC
// 6962 2.1).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cordon::journal {

class Leaves {
 public:
  void add(std::string_view entry) {
    bytes_.push_back('\0');
    bytes_.append(entry);
    ends_.push_back(bytes_.size());
  }
  void clear() {
    bytes_.clear();
    ends_.clear();
  }
  std::size_t count() const { return ends_.size(); }
  std::size_t bytes() const { return bytes_.size(); }
  std::string_view leaf(std::size_t i) const {  // zero byte and entry
    const auto begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(bytes_).substr(begin, ends_[i] - begin);
  }
  std::string_view entry(std::size_t i) const { return leaf(i).substr(1); }

 private:
  std::string bytes_;
  std::vector<std::size_t> ends_;
};

}  // namespace cordon::journal
