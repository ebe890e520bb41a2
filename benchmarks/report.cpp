#include "benchmarks/report.h"

#include <algorithm>
#include <print>

#include "cordon/wire/json.h"

namespace cordon::bench {

namespace {

wire::Json to_json(const Figure& figure) {
  wire::Json json{wire::JsonObject{}};
  json.set("name", figure.name)
      .set("value", figure.value)
      .set("unit", figure.unit)
      .set("statistic", figure.statistic);
  if (figure.peer) {
    wire::Json peer{wire::JsonObject{}};
    peer.set("name", figure.peer->name).set("value", figure.peer->value);
    json.set("peer", peer).set("ratio", figure.ratio());
  } else {
    json.set("peer", wire::Json{}).set("ratio", wire::Json{});
  }
  return json;
}

std::string number(double value) {
  return value >= 1000 ? std::format("{:.0f}", value) : std::format("{:.4g}", value);
}

}  // namespace

void print(const std::string& bench, const std::vector<Figure>& figures, bool json) {
  if (json) {
    wire::JsonArray list;
    for (const auto& figure : figures) list.push_back(to_json(figure));
    wire::Json out{wire::JsonObject{}};
    out.set("bench", bench).set("results", std::move(list));
    std::println("{}", out.dump());
    return;
  }
  std::println("{:<52} {:>12} {:<14} {:<16} {:<26} {:>12} {:>7}", bench, "value", "unit", "statistic", "peer",
               "value", "ratio");
  for (const auto& figure : figures) {
    std::println("{:<52} {:>12} {:<14} {:<16} {:<26} {:>12} {:>7}", figure.name, number(figure.value), figure.unit,
                 figure.statistic, figure.peer ? figure.peer->name : "",
                 figure.peer ? number(figure.peer->value) : "",
                 figure.peer ? std::format("{:.2f}", figure.ratio()) : "");
  }
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values.empty() ? 0 : values[values.size() / 2];
}

}  // namespace cordon::bench
