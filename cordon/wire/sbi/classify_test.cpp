#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "cordon/wire/sbi/catalogue.h"

namespace cordon::wire::sbi {
namespace {

struct Line {
  std::string method, target, expected;
};

std::vector<Line> lines_of(std::string_view name) {
  std::ifstream file(std::string(CORDON_SOURCE_DIR "/cordon/wire/sbi/vectors/") + std::string(name));
  std::vector<Line> result;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    const auto space = line.find(' ');
    const auto arrow = line.find(" => ");
    result.push_back({line.substr(0, space), line.substr(space + 1, arrow - space - 1),
                      arrow == line.npos ? "" : line.substr(arrow + 4)});
  }
  return result;
}

std::string shown(const Classified& classified) {
  std::string out(classified.operation->action);
  for (const auto& [name, value] : classified.path) out += std::format(" {}={}", name, value);
  if (!classified.query.empty()) out += " ?";
  for (const auto& [name, value] : classified.query) out += std::format(" {}={}", name, value);
  return out;
}

std::string shown(const Unclassified& refused) {
  return std::format("{} {} {}", refused.status, refused.cause.empty() ? "-" : refused.cause, refused.message);
}

std::string outcome(std::string_view method, std::string_view target) {
  const auto result = classify(method, target);
  return result ? shown(*result) : shown(result.error());
}

TEST(Classify, NamesOperationAndParametersOfEveryVector) {
  const auto lines = lines_of("classified.txt");
  EXPECT_GE(lines.size(), 30U);
  for (const auto& line : lines) EXPECT_EQ(outcome(line.method, line.target), line.expected) << line.target;
}

TEST(Classify, RefusesEveryVectorWithItsReason) {
  const auto lines = lines_of("refused.txt");
  EXPECT_GE(lines.size(), 45U);
  for (const auto& line : lines) EXPECT_EQ(outcome(line.method, line.target), line.expected);
}

TEST(Classify, KnowsAllExchangesOfTheRecordedCore) {
  const auto lines = lines_of("recorded-paths.txt");
  EXPECT_EQ(lines.size(), 448U);
  for (const auto& line : lines) {
    const auto result = classify(line.method, line.target);
    EXPECT_TRUE(result) << line.method << ' ' << line.target << ": " << result.error().message;
  }
}

std::string sample_of(std::string_view parameter) {
  if (parameter == "nfInstanceID") return "f990ed9a-e555-41f1-9dea-7f66d0edecbf";
  if (parameter == "servingPlmnId") return "99970";
  if (parameter == "pduSessionId") return "5";
  if (parameter == "gpsi") return "msisdn-491725670014";
  return "imsi-999700000021309";
}

std::string sample_path(const Operation& operation) {
  std::string path(operation.version.empty() ? "" : std::format("/{}/{}", operation.service, operation.version));
  for (std::string_view rest = operation.path; !rest.empty();) {
    const auto open = rest.find('{');
    path += rest.substr(0, open);
    if (open == rest.npos) break;
    const auto close = rest.find('}');
    path += sample_of(rest.substr(open + 1, close - open - 1));
    rest.remove_prefix(close + 1);
  }
  return path;
}

TEST(Classify, FindsEveryOperationOfTheCatalogueByItsTemplate) {
  for (const auto& operation : operations()) {
    const auto result = classify(operation.method, sample_path(operation));
    ASSERT_TRUE(result) << operation.action << ": " << result.error().message;
    EXPECT_EQ(result->operation->action, operation.action);
  }
}

TEST(Classify, BoundsLengthAndNumberOfParameters) {
  const std::string path = "/nnrf-disc/v1/nf-instances?a=";
  EXPECT_TRUE(classify("GET", path + std::string(8'192 - path.size(), 'x')));
  EXPECT_EQ(outcome("GET", path + std::string(8'193 - path.size(), 'x')),
            "414 - 8193 bytes of path and query, 8192 are allowed");
  std::string many = "/nnrf-disc/v1/nf-instances?p0=";
  for (int i = 1; i < 64; ++i) many += std::format("&p{}=", i);
  EXPECT_EQ(classify("GET", many)->query.size(), 64U);
  EXPECT_EQ(outcome("GET", many + "&p64="), "400 INVALID_QUERY_PARAM query: 65 parameters, 64 are allowed");
  EXPECT_EQ(classify("GET", "/npcf-bdtpolicycontrol/v1/bdtpolicies/" + std::string(513, 'x')).error().cause,
            "MANDATORY_IE_INCORRECT");
  EXPECT_EQ(classify("GET", "/nnrf-nfm/v1" + std::string(4'000, '/')).error().status, 400);
  std::string deep = "/nnrf-nfm/v1";
  for (int i = 0; i < 4'000; ++i) deep += "/x";
  EXPECT_EQ(classify("GET", deep).error().status, 404);
  EXPECT_EQ(classify("GET", "/" + std::string(200, 'n')).error().status, 400);
}

TEST(Classify, ParametersOutliveTheTextTheyCameFrom) {
  auto target = std::make_unique<std::string>("/nnrf-disc/v1/nf-instances?target-nf-type=UDM");
  const auto first = classify("GET", *target).value();
  target.reset();
  const auto copy = std::make_unique<Classified>(first);
  EXPECT_EQ(copy->query_value("target-nf-type"), "UDM");
  EXPECT_EQ(copy->query_value("requester-nf-type"), std::nullopt);
  EXPECT_EQ(copy->path_value("nfInstanceID"), std::nullopt);
  EXPECT_EQ(classify("GET", "/nudm-sdm/v2/imsi-00101")->path_value("supi"), "imsi-00101");
}

TEST(Catalogue, HoldsTheCountedOperationsUnderUniqueNames) {
  std::set<std::string_view> actions, services;
  std::size_t callbacks = 0;
  for (const auto& operation : operations()) {
    actions.insert(operation.action);
    services.insert(operation.service);
    callbacks += operation.callback ? 1 : 0;
    EXPECT_EQ(operation.action, std::format("{}:{}", operation.service, operation.id));
    EXPECT_EQ(find_operation(operation.action), &operation);
  }
  EXPECT_EQ(operations().size(), 810U + 12U);  // the catalogue and its deviations: catalogue/README.md
  EXPECT_EQ(actions.size(), operations().size());
  EXPECT_EQ(services.size(), 127U + 2U);
  EXPECT_EQ(callbacks, 11U);
  EXPECT_EQ(find_operation("nnrf-nfm:Nothing"), nullptr);
  EXPECT_EQ(find_operation("zzz"), nullptr);
}

TEST(Catalogue, TellsProducerAccessAndScopes) {
  const auto& registration = *find_operation("nnrf-nfm:RegisterNFInstance");
  EXPECT_EQ(registration.producer, "NRF");
  EXPECT_EQ(registration.spec, "TS 29.510");
  EXPECT_EQ(registration.access, Access::write);
  EXPECT_FALSE(registration.callback);
  ASSERT_EQ(registration.scopes.size(), 2U);
  EXPECT_EQ(registration.scopes[0], "nnrf-nfm");
  EXPECT_EQ(registration.scopes[1], "nnrf-nfm:nf-instance:write");
  EXPECT_EQ(find_operation("nnrf-nfm:DeregisterNFInstance")->access, Access::remove);
  EXPECT_TRUE(find_operation("nnrf-nfm:onNFStatusEvent")->callback);
  EXPECT_EQ(find_operation("nudm-ueau:DeleteAuthWithoutId")->scopes.size(),
            find_operation("nudm-ueau:DeleteAuth")->scopes.size());
}

}  // namespace
}  // namespace cordon::wire::sbi
