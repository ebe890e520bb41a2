// "METHOD TARGET": what is accepted, written again from template and parameters, is the same operation with the same
// parameters.
#include <cstdint>
#include <cstdlib>
#include <format>

#include "cordon/wire/sbi/catalogue.h"

namespace {

using namespace cordon::wire::sbi;

std::string encoded(std::string_view text) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string out;
  for (const char c : text) {
    out += kPlain.contains(c) ? std::string(1, c) : std::format("%{:02X}", static_cast<std::uint8_t>(c));
  }
  return out;
}

std::string written_again(const Classified& classified) {
  const auto& operation = *classified.operation;
  std::string out = operation.version.empty() ? "" : std::format("/{}/{}", operation.service, operation.version);
  std::size_t next = 0;
  for (std::string_view rest = operation.path; !rest.empty();) {
    const auto open = rest.find('{');
    out += rest.substr(0, open);
    if (open == rest.npos) break;
    out += encoded(classified.path.at(next++).value);
    rest.remove_prefix(rest.find('}') + 1);
  }
  char separator = '?';
  for (const auto& [name, value] : classified.query) {
    out += std::format("{}{}={}", separator, name, encoded(value));
    separator = '&';
  }
  return out;
}

bool same(const std::vector<Parameter>& one, const std::vector<Parameter>& other) {
  return std::ranges::equal(one, other, [](const Parameter& left, const Parameter& right) {
    return left.name == right.name && left.value == right.value;
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto space = text.find(' ');
  if (space == text.npos) return 0;
  const auto method = text.substr(0, space);
  const auto first = classify(method, text.substr(space + 1));
  if (!first) {
    if (first.error().status < 400 || first.error().message.empty()) std::abort();
    return 0;
  }
  const auto target = written_again(*first);
  if (target.size() > 8'192) return 0;  // escapes made it longer than any target may be
  const auto second = classify(method, target);
  if (!second || second->operation != first->operation) std::abort();
  if (!same(first->path, second->path) || !same(first->query, second->query)) std::abort();
  return 0;
}
