#include "lab/aka.h"

#include <gtest/gtest.h>

namespace cordon::lab {
namespace {

template <std::size_t kSize>
std::array<std::uint8_t, kSize> hex(std::string_view text) {
  return array_from_hex<kSize>(text).value();
}

TEST(Aes128, EncryptsTheExampleOfFips197) {
  const Aes128 cipher(hex<16>("000102030405060708090a0b0c0d0e0f"));
  EXPECT_EQ(to_hex(cipher.encrypt(hex<16>("00112233445566778899aabbccddeeff"))), "69c4e0d86a7b0430d8cdb78070b4c55a");
}

// TS 35.208 4.3, test set 1.
TEST(Milenage, MatchesTestSetOneOfTs35208) {
  const auto k = hex<16>("465b5ce8b199b49faa5f0a2ee238a6bc");
  const auto opc = Milenage::opc_of(k, hex<16>("cdc202d5123e20f62b6d676ac72cb318"));
  EXPECT_EQ(to_hex(opc), "cd63cb71954a9f4e48a5994e37a02baf");
  const Milenage milenage(k, opc);
  const auto rand = hex<16>("23553cbe9637a89d218ae64dae47bf35");
  const auto macs = milenage.macs(rand, hex<6>("ff9bb4d0b607"), hex<2>("b9b9"));
  EXPECT_EQ(to_hex(macs.network), "4a9ffac354dfafb3");
  EXPECT_EQ(to_hex(macs.resync), "01cfaf9ec4e871e9");
  const auto keys = milenage.keys(rand);
  EXPECT_EQ(to_hex(keys.res), "a54211d5e3ba50bf");
  EXPECT_EQ(to_hex(keys.ak), "aa689c648370");
  EXPECT_EQ(to_hex(keys.ck), "b40ba9a3c58b2a05bbf0d987b21bf8cb");
  EXPECT_EQ(to_hex(keys.ik), "f769bcd751044604127672711c6d3441");
  EXPECT_EQ(to_hex(milenage.resync_ak(rand)), "451e8beca43b");
}

constexpr std::string_view kServingNetwork = "5G:mnc070.mcc999.3gppnetwork.org";

Credentials recorded_subscriber() {
  return {.k = hex<16>("465b5ce8b199b49faa5f0a2ee238a6bc"), .opc = hex<16>("e8ed289deba952e4283b54e88e6183ca")};
}

// The recorded core's own first authentication (exchanges 93 to 96) must come out of our functions byte for byte.
TEST(Aka, ReproducesTheRecordedAuthentication) {
  const auto rand = hex<16>("0a0ca7cc1e5daa681e1f8f10cd5552a3");
  const auto vector = make_vector(recorded_subscriber(), hex<6>("000000000040"), rand, kServingNetwork);
  EXPECT_EQ(to_hex(vector.autn), "62888f0fa2aa80002783eaca68312745");
  EXPECT_EQ(to_hex(vector.xres_star), "d5b452922185bb5f76afe09a69c0b55a");
  EXPECT_EQ(to_hex(vector.kausf), "f4a365c02cd46b45a62a686a603b0cf4404c83dbaeaf0593da939de12e8e6ce4");
  EXPECT_EQ(to_hex(hres_star(rand, vector.xres_star)), "e821298357c3089e8d2140878edda2c9");
  EXPECT_EQ(to_hex(kseaf_of(vector.kausf, kServingNetwork)),
            "d01a26801523abf3828f07e771deb08dbb11da11b5429205fc8c628a82b9bf44");
  EXPECT_EQ(res_star(recorded_subscriber(), rand, kServingNetwork), vector.xres_star);
}

TEST(Aka, ReadsTheRecordedResynchronisation) {
  const auto rand = hex<16>("0d627c2db99162e0a8359e355f5b1f61");
  const auto auts = hex<14>("994decdf2be4d1b3925a55f1e8e3");
  const auto sqn = resynchronise(recorded_subscriber(), rand, auts);
  ASSERT_TRUE(sqn) << sqn.error().message;
  EXPECT_EQ(to_hex(make_auts(recorded_subscriber(), rand, *sqn)), to_hex(auts));
  EXPECT_EQ(to_hex(plus(*sqn, 0x21)), "000011223365");
}

TEST(Aka, RefusesAForgedResynchronisation) {
  const auto rand = hex<16>("0d627c2db99162e0a8359e355f5b1f61");
  EXPECT_FALSE(resynchronise(recorded_subscriber(), rand, hex<14>("994decdf2be4d1b3925a55f1e8e4")));
  EXPECT_FALSE(resynchronise(recorded_subscriber(), rand, hex<13>("994decdf2be4d1b3925a55f1e8")));
}

TEST(Aka, CarriesWhenTheSequenceNumberGrows) { EXPECT_EQ(to_hex(plus(hex<6>("0000ffffffff"), 1)), "000100000000"); }

TEST(Aka, RefusesHexadecimalOfAnotherLength) {
  EXPECT_FALSE(array_from_hex<16>("00"));
  EXPECT_FALSE(array_from_hex<1>("zz"));
}

}  // namespace
}  // namespace cordon::lab
