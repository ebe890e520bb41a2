// What tests of this room share: messages from files, and an inspector that answers in words.
#pragma once

#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "cordon/inspection/message_file.h"

namespace cordon::inspection {

inline std::vector<KeptMessage> messages_in(const std::string& path) {
  std::ifstream file(path);
  std::vector<KeptMessage> result;
  for (std::string line; std::getline(file, line);) result.push_back(parse_message(line).value());
  return result;
}

// "schema.type at /x"; those that only warn or observe have their mode before them.
inline std::vector<std::string> words_of(const std::vector<Said>& all) {
  std::vector<std::string> result;
  for (const auto& said : all) {
    const auto mode = said.mode == "block" ? "" : said.mode + ' ';
    const auto place = said.place.empty() ? "/" : said.place;
    result.push_back(said.rule == "malformed-body" ? "malformed: " + said.why : mode + said.rule + " at " + place);
  }
  return result;
}

class Desk {
 public:
  explicit Desk(std::string_view overlay = {}) : rules_(load(overlay)), inspector_(rules_) {}

  using Words = std::vector<std::string>;

  Words request(std::string_view method, std::string_view path, std::string_view body,
                std::string_view type = "application/json", const KnowsHost* host = nullptr) {
    KeptMessage message;
    message.request.method = method;
    message.request.path = path;
    message.request.body = body;
    if (!body.empty()) message.request.headers = {{"content-type", std::string(type)}};
    return words_of(inspect_message(inspector_, message, host));
  }

  Words response(std::string_view action, const wire::Response& response, const KnowsHost* host = nullptr) {
    Words result;
    for (const auto& found : inspector_.response(*wire::sbi::find_operation(action), response, host)) {
      const auto mode = found.mode == Mode::block ? "" : std::string(name_of(found.mode)) + ' ';
      result.push_back(mode + (*rules_)[found.rule].id + " at " + (found.place.empty() ? "/" : found.place));
    }
    return result;
  }

  Rules& rules() { return *rules_; }
  Inspector& inspector() { return inspector_; }

 private:
  static std::shared_ptr<Rules> load(std::string_view overlay) {
    auto rules = Rules::load(overlay, "test.yaml");
    if (!rules) throw std::runtime_error(rules.error().message);
    return *rules;
  }

  std::shared_ptr<Rules> rules_;
  Inspector inspector_;
};

}  // namespace cordon::inspection
