#include "cordon/witness/cosigners.h"

#include <algorithm>
#include <charconv>
#include <thread>

#include "cordon/base/text.h"
#include "cordon/transparency/witness_request.h"

namespace cordon::witness {

using transparency::Checkpoint;
using transparency::Note;
using transparency::NoteSignature;

namespace {

constexpr int kMostRounds = 3;  // ask, learn the size it has, ask again; once more when it moved meanwhile
constexpr wire::Http1Limits kAnswerLimits{.body_bytes = 64U << 10};

class HttpLink final : public WitnessLink {
 public:
  explicit HttpLink(wire::HttpUrl url) : client_(std::move(url), kAnswerLimits) {}
  Result<wire::Response> add_checkpoint(std::string body, std::chrono::milliseconds limit) override {
    return client_.post("/add-checkpoint", "text/plain; charset=utf-8", std::move(body), limit);
  }

 private:
  wire::Http1Client client_;
};

// 409: the size the witness has, in decimal and a line end.
std::optional<std::uint64_t> size_told(const wire::Response& response) {
  std::string_view text = response.body;
  if (response.status != 409 || !text.ends_with('\n')) return std::nullopt;
  text.remove_suffix(1);
  std::uint64_t size = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), size);
  if (text.empty() || parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return size;
}

}  // namespace

Result<std::unique_ptr<WitnessLink>> http_link(const std::string& url) {
  auto parsed = wire::HttpUrl::parse(url);
  if (!parsed) return std::unexpected(parsed.error());
  return std::make_unique<HttpLink>(std::move(*parsed));
}

// One call of cosign(): the checkpoint, who is still to be asked, and what came of it.
struct HttpCosigners::Round {
  const Note& note;
  Checkpoint checkpoint;
  std::vector<Place*> open;  // to ask in the next round
  std::vector<NoteSignature> signatures{};
  std::vector<std::string> complaints{};

  struct Asked {
    Place* place;
    std::string body;
    Result<wire::Response> answer = fail(ErrorKind::internal, "not asked");
  };

  void complain(const Place& place, std::string_view what) {
    std::string names;
    for (const auto& witness : place.witnesses) names += (names.empty() ? "" : ", ") + witness.name;
    complaints.push_back(std::format("{}: {}", names, what));
  }
  std::optional<std::string> body_for(const Place& place, const transparency::HashSource& tree);
  bool take(const Place& place, const wire::Response& response);
};

std::optional<std::string> HttpCosigners::Round::body_for(const Place& place, const transparency::HashSource& tree) {
  transparency::AddCheckpoint request{place.size, {}, note};
  if (place.size != 0 && place.size != checkpoint.size) {
    auto proof = transparency::consistency_proof(tree, place.size, checkpoint.size);
    if (!proof) {
      complain(place, proof.error().message);
      return std::nullopt;
    }
    request.consistency = std::move(*proof);
  }
  return request.text();
}

// The lines of an answer that are this witness's and hold. "The client MUST ignore any cosignatures from unknown
// keys."
bool HttpCosigners::Round::take(const Place& place, const wire::Response& response) {
  const auto before = signatures.size();
  const auto lines = transparency::parse_note(note.text + "\n" + response.body);
  if (!lines) return false;
  for (const auto& witness : place.witnesses) {
    for (const auto& line : lines->signatures) {
      if (line.name != witness.key.name || line.id != witness.key.id) continue;
      if (!transparency::verify_signature({note.text, {line}}, witness.key)) continue;
      signatures.push_back(line);
      break;
    }
  }
  return signatures.size() != before;
}

Result<std::unique_ptr<HttpCosigners>> HttpCosigners::of(transparency::TrustPolicy policy, const Clock& clock,
                                                         Options options) {
  std::unique_ptr<HttpCosigners> cosigners(new HttpCosigners(std::move(policy), clock, std::move(options)));
  if (auto connected = cosigners->connect(); !connected) return std::unexpected(connected.error());
  return cosigners;
}

Result<void> HttpCosigners::connect() {
  for (const auto& witness : policy_.witnesses) {
    if (witness.url.empty()) continue;
    auto place = std::ranges::find(places_, witness.url, &Place::url);
    if (place == places_.end()) {
      auto link = options_.link(witness.url);
      if (!link) return std::unexpected(within("witness " + witness.name, link.error()));
      place = places_.insert(places_.end(), Place{witness.url, {}, std::move(*link)});
    }
    place->witnesses.push_back(witness);
  }
  return {};
}

void HttpCosigners::failed(Place& place) {
  place.pause = std::clamp(2 * place.pause, options_.pause, options_.longest_pause);
  place.not_before = clock_.steady() + place.pause;
}

// Asks everybody still to be asked, each in a thread of its own; proofs are made here, for the tree is not for
// several threads. Whoever told another size is asked again in the next round.
void HttpCosigners::ask_all(Round& round, const transparency::HashSource& tree, SteadyTime deadline) {
  std::vector<Round::Asked> asked;
  for (auto* place : std::exchange(round.open, {})) {
    if (auto body = round.body_for(*place, tree)) asked.push_back({place, std::move(*body)});
  }
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock_.steady());
  const auto limit = std::max(left, std::chrono::milliseconds(0));
  {
    std::vector<std::jthread> threads;
    for (auto& each : asked) {
      threads.emplace_back(
          [&each, limit] { each.answer = each.place->link->add_checkpoint(std::move(each.body), limit); });
    }
  }
  for (auto& [place, body, answer] : asked) {
    if (!answer) {
      round.complain(*place, answer.error().message);
      failed(*place);
      continue;
    }
    place->pause = {};
    const auto size = size_told(*answer);
    if (answer->status == 200 && round.take(*place, *answer)) {
      place->size = round.checkpoint.size;
    } else if (size && *size > round.checkpoint.size) {
      round.complain(*place,
                     std::format("it has cosigned size {} of this log, which has {} now: the log was set back, "
                                 "or somebody else has its keys",
                                 *size, round.checkpoint.size));
    } else if (size && *size != place->size) {
      place->size = *size;
      round.open.push_back(place);
    } else {
      round.complain(*place, answer->status == 200 ? std::string("its answer has no cosignature that holds")
                                                   : std::format("refused with {}: {}", answer->status,
                                                                 printable(trim(answer->body), 120)));
      failed(*place);
    }
  }
}

HttpCosigners::Outcome HttpCosigners::cosign(const Note& note, const transparency::HashSource& tree) {
  auto checkpoint = transparency::parse_checkpoint(note.text);
  if (!checkpoint) return {{}, false, checkpoint.error().message};
  const auto now = clock_.steady();
  const auto deadline = now + options_.deadline;
  Round round{note, std::move(*checkpoint), {}};
  for (auto& place : places_) {
    if (now >= place.not_before) {
      round.open.push_back(&place);
    } else {
      const auto wait = std::chrono::ceil<std::chrono::seconds>(place.not_before - now);
      round.complain(place, std::format("it failed and is asked again in {}", wait));
    }
  }
  for (int times = 0; times < kMostRounds && !round.open.empty(); ++times) ask_all(round, tree, deadline);
  for (auto* place : round.open) round.complain(*place, "it changes its size all the time");

  Note whole = note;
  whole.signatures.insert(whole.signatures.end(), round.signatures.begin(), round.signatures.end());
  const auto held = transparency::verify_checkpoint(whole, policy_);
  Outcome outcome{std::move(round.signatures), held && held->quorum, {}};
  if (outcome.quorum) return outcome;
  outcome.why = held ? "the quorum of witnesses was not met" : held.error().message;
  for (const auto& complaint : round.complaints) outcome.why += "; " + complaint;
  return outcome;
}

}  // namespace cordon::witness
