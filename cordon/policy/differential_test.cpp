// The engine against the plain second reading of naive.h, on generated rules and requests.
#include <algorithm>

#include "cordon/policy/naive.h"
#include "cordon/policy/test_support.h"

namespace cordon::policy {
namespace {

constexpr std::uint32_t kSets = 1500;
constexpr int kRequestsEach = 4;

// Entities over two stores, as the enforcement point has them.
struct Stores {
  Entities beneath;
  Entities above{&beneath};
};

void fill(Stores& stores, const naive::World& world) {
  bool under = false;
  for (const auto& [uid, entity] : world.entities) {
    under = !under;
    EXPECT_TRUE((under ? stores.beneath : stores.above).add(entity));
  }
}

naive::Answer plain(const Decision& decision) {
  naive::Answer answer{.allow = decision.allow, .determining = decision.determining, .errors = {}};
  for (const EvaluationError& error : decision.errors) answer.errors.push_back(error.policy);
  return answer;
}

struct Tally {
  int allowed = 0, refused = 0, erring = 0;
};

void compare(const std::string& text, const PolicySet& set, const std::vector<naive::Rule>& rules,
             const naive::World& world, Tally& tally) {
  Stores stores;
  fill(stores, world);
  for (const Profile profile : {Profile::reference, Profile::fail_closed}) {
    const auto wanted = naive::decided(rules, world, profile == Profile::fail_closed);
    const auto indexed = plain(set.decide(world.request, stores.above, profile));
    ASSERT_EQ(indexed, wanted) << text;
    ASSERT_EQ(plain(set.decide(world.request, stores.above, profile, Search::every)), wanted) << text;
    ++(wanted.allow ? tally.allowed : tally.refused);
    tally.erring += wanted.errors.empty() ? 0 : 1;
  }
}

TEST(Differential, GeneratedRulesAreDecidedAsThePlainReadingDoes) {
  Tally tally;
  for (std::uint32_t seed = 0; seed < kSets; ++seed) {
    naive::Generator generator(seed);
    const auto rules = generator.rules();
    std::string text;
    for (const naive::Rule& rule : rules) text += naive::written(rule);
    const auto set = PolicySet::parse(text, "generated.cedar");
    ASSERT_TRUE(set) << seed << "\n" << set.error().message;
    for (int i = 0; i < kRequestsEach; ++i) compare(text, *set, rules, generator.world(), tally);
    if (testing::Test::HasFatalFailure()) FAIL() << "seed " << seed;
  }
  // The cases must not all be of one kind, or the comparison would prove little.
  EXPECT_GT(tally.allowed, 500);
  EXPECT_GT(tally.refused, 500);
  EXPECT_GT(tally.erring, 500);
}

// A rule whose scope names entities may be written as a template and a link: the answer is that of the rule.
TEST(Differential, TemplatesWithLinksDecideAsTheRulesTheyStandFor) {
  std::size_t links = 0;
  for (std::uint32_t seed = 0; seed < kSets / 3; ++seed) {
    naive::Generator generator(seed);
    auto rules = generator.rules();
    std::string text;
    Reading reading;
    for (std::size_t i = 0; i < rules.size(); ++i) {
      const std::string id = "policy" + std::to_string(i);
      const Link link = naive::link_of(rules[i], "template" + std::to_string(i), id);
      rules[i].linked = link.principal || link.resource;
      text += naive::written(rules[i]);
      reading.ids.push_back(rules[i].linked ? link.template_id : id);
      if (rules[i].linked) reading.links.push_back(link);
    }
    links += reading.links.size();
    const auto set = PolicySet::parse(text, "generated.cedar", reading);
    ASSERT_TRUE(set) << seed << "\n" << set.error().message;
    const naive::World world = generator.world();
    Stores stores;
    fill(stores, world);
    auto wanted = naive::decided(rules, world, true), found = plain(set->decide(world.request, stores.above));
    for (auto* answer : {&wanted, &found}) {  // links stand behind the policies
      std::ranges::sort(answer->determining);
      std::ranges::sort(answer->errors);
    }
    ASSERT_EQ(found, wanted) << seed << "\n" << text;
  }
  EXPECT_GT(links, 500U);
}

TEST(Differential, NearMissesNeverFailOnGeneratedRules) {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    naive::Generator generator(seed);
    std::string text;
    for (const naive::Rule& rule : generator.rules()) text += naive::written(rule);
    const PolicySet set = parsed(text);
    const naive::World world = generator.world();
    Stores stores;
    fill(stores, world);
    for (const NearMiss& miss : set.near_misses(world.request, stores.above)) {
      EXPECT_FALSE(miss.because.empty()) << text;
      EXPECT_FALSE(set.find(miss.policy)->forbid);
    }
  }
}

}  // namespace
}  // namespace cordon::policy
