// A token that is known is checked without allocating. A program of its own, because it replaces operator new.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <new>

#include "cordon/tokens/test_tokens.h"

namespace {
std::atomic<std::size_t> allocations{0};
}  // namespace

[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace cordon::tokens {
namespace {

using namespace test;

TEST(Allocation, IsCountedAtAll) {
  const auto before = allocations.load();
  const auto kept = std::make_unique<std::string>(100, 'x');
  EXPECT_GT(allocations.load(), before);
}

TEST(Allocation, AKnownTokenIsCheckedWithoutAny) {
  const TestIssuer nrf;
  Verifier verifier({nrf.issuer()}, {});
  auto claims = good_claims();
  claims.certificate = digest_of(1);
  claims.slices = {"2", "1-000001"};
  claims.audience = {kNrf, kUdm};
  const auto token = nrf.sign(claims);
  const auto occasion = at_udm();
  const Rules rules;
  ASSERT_TRUE(verifier.token(token, kAt));
  const auto before = allocations.load();
  for (int i = 0; i < 100; ++i) {
    const auto known = verifier.token(token, kAt);
    ASSERT_TRUE(known && !first_fault((*known)->claims, occasion, rules));
  }
  EXPECT_EQ(allocations.load(), before);
}

}  // namespace
}  // namespace cordon::tokens
