#include "cordon/wire/sbi/uri_host.h"

#include <algorithm>

namespace cordon::wire::sbi {

namespace {

constexpr std::size_t kMaxHost = 253;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool starts_with_any_case(std::string_view text, std::string_view small) {
  return text.size() >= small.size() && std::ranges::equal(text.substr(0, small.size()), small, {}, lower);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_character(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || c == '.' || c == '-' || c == '_'; }
bool is_address_character(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || c == ':' || c == '.'; }

bool is_port_or_nothing(std::string_view text) {
  if (text.empty()) return true;
  text.remove_prefix(1);
  return !text.empty() && text.size() <= 5 && std::ranges::all_of(text, is_digit);
}

struct Authority {
  std::string_view host, port;  // the port with its colon
  bool address = false;         // was in brackets
};

std::optional<Authority> authority_of(std::string_view text) {
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == text.npos) return std::nullopt;
    const auto port = text.substr(close + 1);
    if (!port.empty() && port.front() != ':') return std::nullopt;
    return Authority{text.substr(1, close - 1), port, true};
  }
  const auto colon = std::min(text.find(':'), text.size());
  return Authority{text.substr(0, colon), text.substr(colon), false};
}

}  // namespace

bool is_http(std::string_view uri) {
  return starts_with_any_case(uri, "http://") || starts_with_any_case(uri, "https://");
}

std::optional<std::string> uri_host(std::string_view uri) {
  if (!is_http(uri)) return std::nullopt;
  uri.remove_prefix(uri.find("//") + 2);
  const auto authority = authority_of(uri.substr(0, uri.find_first_of("/?#")));
  if (!authority || !is_port_or_nothing(authority->port)) return std::nullopt;
  std::string host(authority->host);
  std::ranges::transform(host, host.begin(), lower);
  if (host.empty() || host.size() > kMaxHost) return std::nullopt;
  if (!std::ranges::all_of(host, authority->address ? is_address_character : is_name_character)) return std::nullopt;
  return host;
}

}  // namespace cordon::wire::sbi
