// How every benchmark reports: a table for people, one JSON object for tools, a peer beside every figure.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace cordon::bench {

struct Peer {
  std::string name;
  double value = 0;
};

struct Figure {
  std::string name;
  double value = 0;
  std::string unit;
  std::string statistic;  // "median of 5", "p99", ...
  std::optional<Peer> peer;

  double ratio() const { return peer && peer->value != 0 ? value / peer->value : 0; }
};

void print(const std::string& bench, const std::vector<Figure>& figures, bool json);

double median(std::vector<double> values);

}  // namespace cordon::bench
