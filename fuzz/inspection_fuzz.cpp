// "METHOD PATH\nCONTENT-TYPE\nBODY": inspected as request and as answer, the same every time, and within bounds.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "cordon/inspection/inspect.h"

namespace {

using namespace cordon;

std::vector<std::string> places(std::span<const inspection::Finding> findings) {
  std::vector<std::string> out;
  for (const auto& finding : findings) out.push_back(std::to_string(finding.rule) + finding.place);
  if (out.size() > inspection::kMaxFindings) std::abort();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static inspection::Inspector inspector(inspection::Rules::load("", "").value());
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto line = [&] {
    const auto result = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), result.size() + 1));
    return result;
  };
  const auto target = line();
  const auto type = line();
  const auto space = target.find(' ');
  auto classified =
      wire::sbi::classify(target.substr(0, space), space == target.npos ? "" : target.substr(space + 1));
  if (!classified)
    classified = wire::sbi::classify("PUT", "/nnrf-nfm/v1/nf-instances/9a1b2c3d-0001-4001-8001-000000000001");
  const inspection::KnowsHost known = [](std::string_view host) { return host.size() % 2 == 0; };
  wire::sbi::Body body;
  if (wire::sbi::read_body(body, *classified->operation, type, text)) {
    const auto first = places(inspector.request(*classified, body, &known));
    if (first != places(inspector.request(*classified, body, &known))) std::abort();
  }
  const wire::Response response{
      200, {{"content-type", std::string(type)}, {"location", std::string(target)}}, std::string(text)};
  places(inspector.response(*classified->operation, response, &known));
  return 0;
}
