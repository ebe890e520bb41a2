#include "cordon/witness/monitor.h"

#include <gtest/gtest.h>

#include "cordon/base/file.h"
#include "cordon/base/temporary_folder.h"
#include "cordon/journal/simulated_disk.h"
#include "cordon/wire/test_http1.h"
#include "cordon/witness/file_site.h"
#include "cordon/witness/resources.h"
#include "cordon/witness/test_log.h"
#include "cordon/witness/witness.h"

namespace cordon::witness {
namespace {

class MonitorTest : public testing::Test {
 protected:
  // A witness that cosigned what that log showed it, as a monitor sees it.
  Place witness(const std::string& name, const TestLog& log, std::uint64_t size) {
    auto disk = std::make_shared<journal::SimulatedDisk>();
    EXPECT_TRUE(Witness::create(*disk));
    auto keys = test_cosigner(name);
    trust_ += "witness " + name + " " + keys[0].verifier().text() + "\n";
    std::shared_ptr<Witness> made = Witness::open(disk, {log.known()}, std::move(keys), clock_).value();
    if (size != 0) {
      EXPECT_EQ(
          made->answer({.method = "POST", .path = "/add-checkpoint", .body = log.add_checkpoint(0, size)}).status,
          200);
    }
    const auto read = [made](const std::string& path) -> Result<std::string> {
      auto response = made->answer({.method = "GET", .path = "/" + path});
      if (response.status != 200) return fail(ErrorKind::not_found, path);
      return response.body;
    };
    return {.name = "witness " + name,
            .checkpoint = origin_hash(log.origin()) + "/checkpoint",
            .read = read,
            .tiles = false};
  }
  static Place place(const std::string& name, const TestLog& log) { return {.name = name, .read = log.reader()}; }
  transparency::TrustPolicy policy() const {
    return transparency::parse_trust_policy(log_.trust_lines() + trust_ + "quorum none\n", "trust").value();
  }
  Comparison compare_all(const std::vector<Place>& places) const {
    return compare_places(places, log_.known(), policy());
  }

  ManualClock clock_;
  TestLog log_;
  std::string trust_;
};

TEST_F(MonitorTest, OneHistoryAtDifferentSizesIsAllRight) {
  log_.grow(300);
  const auto result =
      compare_all({place("log", log_), witness("w1", log_, 300), witness("w2", log_, 200), witness("w3", log_, 0)});
  EXPECT_TRUE(result.proofs.empty());
  EXPECT_TRUE(result.undecided.empty());
  ASSERT_EQ(result.seen.size(), 4U);
  EXPECT_EQ(result.seen[1].witnesses, std::vector<std::string>{"w1"});
  EXPECT_EQ(result.seen[2].checkpoint.size, 200U);
  EXPECT_EQ(result.seen[3].error->kind, ErrorKind::not_found);
  EXPECT_EQ(result.newest->text, log_.checkpoint(300).text());
}

TEST_F(MonitorTest, EquivocationToTwoWitnessesIsFoundAndProved) {
  log_.grow(300);
  auto fork = log_;
  fork.rewrite(7, "another");
  const auto result = compare_all({place("log", log_), witness("w1", log_, 300), witness("w2", fork, 300)});
  ASSERT_EQ(result.proofs.size(), 1U);
  EXPECT_TRUE(verify_equivocation(result.proofs[0], log_.known()));
}

TEST_F(MonitorTest, InconsistentSizesAreProvedWithTheTreeOfWhoeverHasIt) {
  log_.grow(300);
  auto fork = log_;
  fork.rewrite(7, "another");
  const auto small = witness("w2", fork, 256);
  const auto result = compare_all({small, place("log", log_)});
  ASSERT_EQ(result.proofs.size(), 1U);
  EXPECT_TRUE(verify_equivocation(result.proofs[0], log_.known()));
  // The witness has the larger one, whose tree nobody shows: not decided, and said so.
  auto lagging = log_;
  lagging.truncate(200);
  const auto unknown = compare_all({place("log", lagging), small});
  EXPECT_TRUE(unknown.proofs.empty());
  ASSERT_EQ(unknown.undecided.size(), 1U);
  EXPECT_TRUE(unknown.undecided[0].starts_with("log (size 200) and witness w2 (size 256): "));
  EXPECT_EQ(compare_all({place("log", lagging), small, place("mirror", fork)}).proofs.size(), 2U);
}

TEST_F(MonitorTest, UnreachableAndFalsePlacesAreToldApart) {
  log_.grow(10);
  TestLog impostor(log_.origin());
  impostor.grow(10);
  auto garbage = log_;
  garbage.files["checkpoint"] = "hello";
  const Place away{.name = "away", .read = [](const std::string&) -> Result<std::string> {
                     return fail(ErrorKind::unavailable, "no answer in time");
                   }};
  const auto result = compare_all({place("log", log_), place("impostor", impostor), place("garbage", garbage), away});
  EXPECT_TRUE(result.proofs.empty());
  EXPECT_FALSE(result.seen[0].error);
  EXPECT_EQ(result.seen[1].error->kind, ErrorKind::corrupt);
  EXPECT_TRUE(result.seen[2].error);
  EXPECT_EQ(result.seen[3].error->kind, ErrorKind::unavailable);
}

TEST_F(MonitorTest, RemembersWhatItSawAndFindsAHistoryThatWasReplaced) {
  const TemporaryFolder folder;
  const auto memory = folder / "seen";
  log_.grow(300);
  const auto first = monitor({place("log", log_)}, log_.known(), policy(), memory);
  ASSERT_TRUE(first && first->proofs.empty());
  EXPECT_EQ(read_file(memory).value(), log_.files.at("checkpoint"));
  auto thief = log_;
  thief.rewrite(7, "nothing happened");
  thief.grow(400);
  const auto second = monitor({place("log", thief)}, log_.known(), policy(), memory);
  ASSERT_TRUE(second);
  ASSERT_EQ(second->proofs.size(), 1U);
  EXPECT_EQ(read_file(memory).value(), log_.files.at("checkpoint"));  // kept as evidence
  const auto files = write_proofs(*second, folder.path());
  ASSERT_TRUE(files);
  const auto proof = parse_equivocation(read_file(files->front()).value());
  ASSERT_TRUE(proof) << proof.error().message;
  EXPECT_TRUE(verify_equivocation(*proof, log_.known()));
  // A log that only went back shows nothing false, but the memory does not go back with it.
  log_.truncate(200);
  ASSERT_TRUE(monitor({place("log", log_)}, log_.known(), policy(), memory));
  EXPECT_TRUE(read_file(memory)->contains("\n300\n"));
}

TEST_F(MonitorTest, AMemoryThatCannotBeReadOrWrittenIsAnError) {
  const TemporaryFolder folder;
  log_.grow(3);
  ASSERT_TRUE(write_file(folder / "seen", "hello"));
  EXPECT_FALSE(monitor({place("log", log_)}, log_.known(), policy(), folder / "seen"));
  EXPECT_FALSE(monitor({place("log", log_)}, log_.known(), policy(), folder / "no/such/folder"));
  EXPECT_FALSE(monitor({place("log", log_)}, log_.known(), policy(), folder.path()));
  Comparison fork;
  fork.proofs.push_back({{}, log_.note(3), log_.note(3), {}});
  EXPECT_FALSE(write_proofs(fork, folder / "no/such/folder"));
}

// --- over HTTP and from folders ---

class SiteTest : public MonitorTest {
 protected:
  void write() {
    for (const auto& [path, content] : log_.files) {
      ASSERT_TRUE(make_folder((folder_ / ("public/" + path)).parent_path()));
      ASSERT_TRUE(write_file(folder_ / ("public/" + path), content));
    }
    ASSERT_TRUE(write_file(folder_ / "public/log.vkeys", "x\n"));
    ASSERT_TRUE(make_folder(folder_ / "public/shards/1/tile/0"));
    for (const auto* file : {"shards/1/tile/0/000", "shards/1/closed", "retention.json", "half.new", ".hidden"}) {
      ASSERT_TRUE(write_file(folder_ / "public" / file, "y\n"));
    }
    ASSERT_TRUE(write_file(folder_ / "secret", "key"));
  }
  static wire::Response get(const FileSite& site, const std::string& path) {
    return site.answer({.method = "GET", .path = path});
  }
  TemporaryFolder folder_;
};

TEST_F(SiteTest, ServesTheFilesOfALogAsTheStandardSays) {
  log_.grow(600);
  write();
  const FileSite site(folder_ / "public");
  for (const auto& [path, content] : log_.files) {
    const auto answer = get(site, "/" + path);
    EXPECT_EQ(answer.status, 200) << path;
    EXPECT_EQ(answer.body, content) << path;
    const bool tile = path != "checkpoint";
    EXPECT_EQ(wire::find_header(answer.headers, "content-type"),
              tile ? "application/octet-stream" : "text/plain; charset=utf-8");
    EXPECT_EQ(wire::find_header(answer.headers, "cache-control"),
              tile ? "public, max-age=31536000, immutable" : "no-cache");
  }
  EXPECT_EQ(get(site, "/log.vkeys").body, "x\n");
  const std::pair<std::string, std::string_view> more[] = {{"/shards/1/tile/0/000", "application/octet-stream"},
                                                           {"/shards/1/closed", "text/plain; charset=utf-8"},
                                                           {"/retention.json", "application/json"}};
  for (const auto& [path, type] : more) {
    EXPECT_EQ(get(site, path).body, "y\n") << path;
    EXPECT_EQ(wire::find_header(get(site, path).headers, "content-type"), type) << path;
  }
  EXPECT_EQ(site.answer({.method = "POST", .path = "/checkpoint"}).status, 405);
}

TEST_F(SiteTest, NothingElseIsServed) {
  log_.grow(3);
  write();
  const FileSite site(folder_ / "public");
  std::filesystem::create_symlink(folder_ / "secret", folder_ / "public/tile/0/001");
  std::filesystem::create_directory(folder_ / "public/tile/0/002");
  for (const auto* path : {"/",
                           "//checkpoint",
                           "/checkpoint/",
                           "/../secret",
                           "/tile/../../secret",
                           "/tile/0/../../../secret",
                           "/tile/0/%2e%2e/secret",
                           "/checkpoint?x",
                           "/secret",
                           "/tile/0",
                           "/tile/0/0",
                           "/tile/64/000",
                           "/tile/0/000",
                           "/tile/0/001",
                           "/tile/0/002",
                           "/tile/0/000.p/3/x",
                           "/tile/0/000.p/03",
                           "/tile/entries/x000/000",
                           "/half.new",
                           "/.hidden",
                           "/shards/../checkpoint",
                           "/shards/1/tile/0/0",
                           "/a/b/c/d/e/f/g/h/i",
                           "/index/000",
                           "/lock"}) {
    const auto answer = get(site, path);
    EXPECT_NE(answer.status, 200) << path;
    EXPECT_FALSE(answer.body.contains("key")) << path;
  }
}

TEST_F(SiteTest, PlacesAreReadFromFoldersAndOverHttp) {
  log_.grow(600);
  write();
  const wire::test::RunningServer server(
      [site = FileSite(folder_ / "public")](const wire::Request& request) { return site.answer(request); });
  for (const auto& where :
       {folder_.path().string(), (folder_ / "public").string(), server.url(), server.url() + "/"}) {
    const auto from = log_place("log", where);
    ASSERT_TRUE(from) << from.error().message;
    EXPECT_EQ(from->read("checkpoint").value(), log_.files.at("checkpoint"));
    EXPECT_EQ(from->read("tile/0/007").error().kind, ErrorKind::not_found);
    EXPECT_EQ(with_full_tiles(from->read)("tile/0/000.p/3").value(), log_.files.at("tile/0/000").substr(0, 96));
    const auto bundle = with_full_tiles(from->read)("tile/entries/000.p/3").value();
    EXPECT_TRUE(log_.files.at("tile/entries/000").starts_with(bundle));
    EXPECT_EQ(transparency::split_bundle(bundle, 3)->size(), 3U);
    EXPECT_EQ(with_full_tiles(from->read)("tile/0/007.p/3").error().kind, ErrorKind::not_found);
  }
  EXPECT_FALSE(log_place("log", (folder_ / "nowhere").string()));
  EXPECT_FALSE(log_place("log", "https://log.example"));
}

TEST_F(SiteTest, WhatAPlaceAnswersElseIsAnError) {
  const wire::test::RunningServer server([](const wire::Request& request) {
    if (request.path == "/packed") return wire::Response{200, {{"content-encoding", "gzip"}}, "x"};
    return wire::Response{503, {}, ""};
  });
  const auto read = resources_of(server.url()).value();
  EXPECT_EQ(read("packed").error().kind, ErrorKind::invalid_input);
  EXPECT_EQ(read("checkpoint").error().kind, ErrorKind::unavailable);
}

TEST_F(SiteTest, WitnessesOfAPolicyAreAskedOnce) {
  log_.grow(3);
  const auto keys = test_cosigner("w");
  auto text = log_.trust_lines();
  for (const auto& key : keys) {
    text += "witness w" + std::to_string(key.verifier().id) + " " + key.verifier().text() + " http://127.0.0.1:1\n";
  }
  text += "witness silent " + test_cosigner("s")[0].verifier().text() + "\nquorum none\n";
  const auto places = witness_places(transparency::parse_trust_policy(text, "trust").value(), log_.origin());
  ASSERT_TRUE(places) << places.error().message;
  ASSERT_EQ(places->size(), 1U);
  EXPECT_EQ(places->front().checkpoint, origin_hash(log_.origin()) + "/checkpoint");
}

}  // namespace
}  // namespace cordon::witness
