// The tree of a YAML document with the place of every node, and the errors found while reading it.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/config.h"

namespace cordon {

struct ConfigPlace {
  std::size_t line = 1;  // counted from 1, as editors do
  std::size_t column = 1;
};

struct ConfigMap::Node {
  enum class Kind {
    scalar,
    list,
    map,
    absent,  // stands for a map that is not in the file
    wrong,   // stands for a map where the file has something else: already reported, so its reader keeps quiet
  };

  Kind kind = Kind::scalar;
  ConfigPlace place;
  std::string value{};         // of a scalar
  bool quoted = false;         // a quoted scalar is always text
  std::vector<Node> items{};   // of a list or a map, in the file's order
  std::string key{};           // of an item of a map
  ConfigPlace key_place = {};  // where that key stands
  const Node* find(std::string_view wanted) const;
  bool is_nothing() const;  // "key:" with no value, null or ~
};

class ConfigErrors {
 public:
  ConfigErrors(std::string file, ConfigMap::Node root) : file_(std::move(file)), root_(std::move(root)) {}

  void add(ConfigPlace place, std::string_view path, std::string_view message);
  const ConfigMap::Node& root() const { return root_; }
  const ConfigMap::Node& stand_in(ConfigMap::Node::Kind kind, ConfigPlace place);
  std::string text() const;  // in the order of the file, one a line; empty when there are none

 private:
  struct Line {
    ConfigPlace place;
    std::string text;
  };
  std::string file_;
  ConfigMap::Node root_;
  std::deque<ConfigMap::Node> stand_ins_;  // a deque: maps hold pointers to its nodes
  std::vector<Line> lines_;
};

// The refusals listed at Config::parse.
Result<ConfigMap::Node> parse_yaml(std::string_view yaml, std::string_view file);

}  // namespace cordon
