#include "cordon/wire/problem.h"

#include <gtest/gtest.h>

#include "cordon/wire/json.h"

namespace cordon::wire {
namespace {

TEST(Problem, CarriesEveryMemberOfTs29571) {
  const auto response = to_response({.status = 403,
                                     .title = "Forbidden",
                                     .cause = "MODIFICATION_NOT_ALLOWED",
                                     .detail = "policy 7 says \"no\"",
                                     .instance = "urn:cordon:record:17"});
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(find_header(response.headers, "content-type"), "application/problem+json");
  EXPECT_EQ(response.body,
            R"({"title":"Forbidden","status":403,"cause":"MODIFICATION_NOT_ALLOWED","detail":"policy 7 says \"no\"",)"
            R"("instance":"urn:cordon:record:17"})");
  EXPECT_TRUE(parse_json(response.body));
}

TEST(Problem, LeavesOutWhatIsEmpty) {
  EXPECT_EQ(to_response({.status = 500, .title = {}, .cause = {}, .detail = {}, .instance = {}}).body,
            R"({"status":500})");
}

}  // namespace
}  // namespace cordon::wire
