// One YAML file read against a schema: every error names file, line, key and the remedy, all reported at once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/result.h"

namespace cordon {

class ConfigErrors;

// A map of the document. Reading a key marks it as known; finish() reports the keys nobody read, with the nearest
// known name as a hint. A wrong value is noted in the document's errors and the fallback is returned, so reading goes
// on.
class ConfigMap {
 public:
  std::string required_text(std::string_view key);
  std::string text(std::string_view key, std::string_view fallback);
  std::optional<std::string> optional_text(std::string_view key);
  std::int64_t number(std::string_view key, std::int64_t fallback, std::int64_t least, std::int64_t most);
  bool flag(std::string_view key, bool fallback);  // true or false, nothing else
  std::string choice(std::string_view key, std::string_view fallback, const std::vector<std::string>& allowed);
  std::vector<std::string> texts(std::string_view key);  // a list of scalars; absent: empty
  std::vector<ConfigMap> maps(std::string_view key);     // a list of maps; absent: empty
  ConfigMap map(std::string_view key);                   // absent: an empty map
  bool has(std::string_view key) const;
  std::vector<std::string> keys() const;                      // of maps whose keys are names of the user's
  bool is_map(std::string_view key) const;                    // for keys that are a text or a map
  bool is_list(std::string_view key) const;                   // for keys that are a text or a list
  void note(std::string_view key, std::string_view message);  // an error of the caller's own at that key's place
  void finish();

  struct Node;
  ConfigMap(const Node* node, std::string path, std::shared_ptr<ConfigErrors> errors);

 private:
  const Node* read(std::string_view key);  // and marks the key as known; null: absent
  const std::vector<Node>* list(std::string_view key, std::string_view expected);
  ConfigMap child(std::string_view key, const Node& node);
  void refuse(std::string_view key, const Node& node, std::string_view expected);
  std::string path_of(std::string_view key) const;

  const Node* node_;  // never null. Owned by the document that errors_ keeps alive
  std::string path_;
  std::shared_ptr<ConfigErrors> errors_;
  std::vector<std::string> known_;
};

class Config {
 public:
  // Refuses: more than 1 MiB, depth over 32, aliases, duplicate keys, several documents, a root that is no map.
  static Result<Config> parse(std::string_view yaml, std::string_view file);
  static Result<Config> load(const std::filesystem::path& path);

  ConfigMap& root() { return *root_; }
  // The values below each key of the root, written the same way whatever the file's layout: two files that mean the
  // same have the same sections.
  std::map<std::string, std::string> sections() const;
  // All errors, one a line: "cordon.yaml:12:9: proxy.port: expected a number from 1 to 65535, found 'abc'".
  Result<void> check() const;

 private:
  std::shared_ptr<ConfigErrors> errors_;
  std::shared_ptr<ConfigMap> root_;
};

}  // namespace cordon
