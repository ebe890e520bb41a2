#include "cordon/schema/names.h"

#include <gtest/gtest.h>

namespace cordon::schema {
namespace {

TEST(SchemaNames, KeywordsOfPoliciesAreNoIdentifiers) {
  for (const char* word : {"true", "false", "if", "then", "else", "in", "is", "like", "has", "", "1a", "a b"}) {
    EXPECT_FALSE(is_identifier(word)) << word;
  }
  for (const char* word : {"entity", "type", "Set", "__cedar", "_", "a1"}) EXPECT_TRUE(is_identifier(word)) << word;
}

TEST(SchemaNames, EveryPartOfANameIsAnIdentifier) {
  EXPECT_TRUE(is_name("A::B::C"));
  for (const char* name : {"", "::A", "A::", "A::in", "A:B", "A :: B"}) EXPECT_FALSE(is_name(name)) << name;
}

TEST(SchemaNames, CedarsNamespaceIsFoundInAnyPart) {
  EXPECT_TRUE(names_cedar("__cedar"));
  EXPECT_TRUE(names_cedar("A::__cedar::B"));
  EXPECT_FALSE(names_cedar("A::__cedar2"));
}

TEST(SchemaNames, BaseAndNamespaceJoinAndPart) {
  EXPECT_EQ(base_name("A::B::C"), "C");
  EXPECT_EQ(base_name("C"), "C");
  EXPECT_EQ(qualified("A::B", "C"), "A::B::C");
  EXPECT_EQ(qualified("", "C"), "C");
}

TEST(SchemaNames, OnlyFourBuiltInTypesAreExtensions) {
  EXPECT_EQ(built_in("Long"), TypeKind::integer);
  EXPECT_EQ(extension_type("Long"), std::nullopt);
  EXPECT_EQ(extension_type("duration"), TypeKind::duration);
  EXPECT_EQ(extension_type("decimal"), TypeKind::decimal);
  EXPECT_EQ(built_in("Set"), std::nullopt);
}

}  // namespace
}  // namespace cordon::schema
