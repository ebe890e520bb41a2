// What inspection costs a body: tokens, schema and overlay, beside parsing the same bytes into a tree of values.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "benchmarks/report.h"
#include "cordon/inspection/message_file.h"

namespace cordon::bench {
namespace {

constexpr int kRuns = 5;

struct Sample {
  inspection::KeptMessage message;
  wire::sbi::Classified classified;
  std::string type;
};

std::vector<Sample> bodies(const char* path) {
  std::vector<Sample> result;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    auto message = inspection::parse_message(line).value();
    if (message.request.body.empty()) continue;
    auto classified = wire::sbi::classify(message.request.method, message.request.path).value();
    const std::string type(wire::find_header(message.request.headers, "content-type").value_or(""));
    if (type == "application/json") result.push_back({std::move(message), std::move(classified), type});
  }
  return result;
}

// A subscription of exactly 512 bytes, as the benchmark of the proxy sends.
std::vector<Sample> body_of_512() {
  std::string body =
      R"({"nfStatusNotificationUri":"http://127.0.1.5:7777/nnrf-nfm/v1/nf-status-notify","reqNfInstanceId":)"
      R"("f990ed9a-e555-41f1-9dea-7f66d0edecbf","reqNfType":"AMF","reqNotifEvents":["NF_REGISTERED",)"
      R"("NF_DEREGISTERED"],"subscrCond":{"nfType":"SMF"},"reqPlmnList":[)";
  const std::string plmn = R"({"mcc":"999","mnc":"70"})";
  while (body.size() + plmn.size() + 3 < 512 - 20) body += plmn + ",";
  body += plmn + "]";
  body += std::string(512 - body.size() - 1, ' ') + "}";
  inspection::KeptMessage message;
  message.request.body = body;
  return {{message, wire::sbi::classify("POST", "/nnrf-nfm/v1/subscriptions").value(), "application/json"}};
}

double nanoseconds_each(const std::vector<Sample>& samples, const std::function<void(const Sample&)>& work) {
  const auto rounds = 60'000 / samples.size();
  for (const auto& sample : samples) work(sample);
  std::vector<double> runs;
  for (int run = 0; run < kRuns; ++run) {
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < rounds; ++i) {
      for (const auto& sample : samples) work(sample);
    }
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
    runs.push_back(took.count() / static_cast<double>(rounds * samples.size()));
  }
  return median(runs);
}

void measure(std::vector<Figure>& figures, const std::string& what, const std::vector<Sample>& samples) {
  inspection::Inspector inspector(inspection::Rules::load("", "").value());
  wire::sbi::Body body;
  const auto read = [&](const Sample& sample) {
    if (!wire::sbi::read_body(body, *sample.classified.operation, sample.type, sample.message.request.body))
      std::abort();
  };
  const auto tree = nanoseconds_each(samples, [](const Sample& sample) {
    if (!wire::parse_json(sample.message.request.body)) std::abort();
  });
  const Peer peer{"parsing into a tree alone", tree};
  figures.push_back({what + ": tokens", nanoseconds_each(samples, read), "ns", "median of 5", peer});
  const auto whole = nanoseconds_each(samples, [&](const Sample& sample) {
    read(sample);
    if (inspection::worst_of(inspector.request(sample.classified, body, nullptr)) == inspection::Mode::block)
      std::abort();
  });
  figures.push_back({what + ": tokens, schema and overlay", whole, "ns", "median of 5", peer});
}

}  // namespace
}  // namespace cordon::bench

int main(int argc, char** argv) {
  using namespace cordon::bench;
  const bool json = argc > 1 && std::string_view(argv[1]) == "--json";
  std::vector<Figure> figures;
  measure(figures, "body of 512 bytes", body_of_512());
  measure(figures, "recorded body", bodies(CORDON_SOURCE_DIR "/lab/recordings/registration.jsonl"));
  print("inspection", figures, json);
  return 0;
}
