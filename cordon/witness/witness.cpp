#include "cordon/witness/witness.h"

#include <algorithm>

#include "cordon/base/text.h"
#include "cordon/wire/http1_server.h"

namespace cordon::witness {

using transparency::Checkpoint;
using transparency::Note;
using transparency::NoteSignature;
using wire::Response;
using wire::text_response;

namespace {

constexpr std::size_t kMostNoteBytes = 128U << 10;
constexpr std::size_t kMostOriginBytes = 16U << 20;
constexpr const char* kOrigins = "origins";

std::string lines_of(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += word + "\n";
  return out;
}

}  // namespace

// --- its memory ---

Result<void> Witness::create(journal::Disk& state) {
  if (auto locked = state.lock(); !locked) return locked;
  return journal::replace_file(state, kOrigins, "");
}

Result<std::unique_ptr<Witness>> Witness::open(std::shared_ptr<journal::Disk> state, std::vector<KnownLog> logs,
                                               std::vector<transparency::NoteSigner> signers, const Clock& clock,
                                               Tell tell) {
  if (auto locked = state->lock(); !locked) return std::unexpected(locked.error());
  std::unique_ptr<Witness> witness(new Witness(std::move(state), std::move(signers), clock, std::move(tell)));
  if (auto loaded = witness->load(std::move(logs)); !loaded) return std::unexpected(loaded.error());
  return witness;
}

Result<void> Witness::load(std::vector<KnownLog> logs) {
  const auto remembered = journal::read_all(*state_, kOrigins, kMostOriginBytes);
  if (!remembered) {
    if (remembered.error().kind != ErrorKind::not_found) return std::unexpected(remembered.error());
    return fail(
        ErrorKind::corrupt,
        std::format("{}/{} is gone: a witness that forgot what it cosigned must not go on with its keys; bring "
                    "its folder back, or begin anew with other keys and a new folder",
                    state_->name(), kOrigins));
  }
  for (const auto line : split(*remembered, '\n')) {
    if (!line.empty()) origins_.emplace_back(line);
  }
  const auto files = state_->list("");
  if (!files) return std::unexpected(files.error());
  for (auto& known : logs) {
    const auto hash = origin_hash(known.origin);
    Log log{std::move(known), std::nullopt};
    if (std::ranges::contains(origins_, hash) || std::ranges::contains(*files, hash)) {
      auto latest = latest_of(hash, log.known.origin);
      if (!latest) return std::unexpected(latest.error());
      log.latest = std::move(*latest);
    }
    logs_.emplace(hash, std::move(log));
  }
  return {};
}

// The witness's own signatures vouch for what it reads back: nobody else can have written it.
Result<Witness::Latest> Witness::latest_of(const std::string& file, const std::string& origin) const {
  const auto spoilt = [&](std::string_view why) {
    return fail(
        ErrorKind::corrupt,
        std::format("{}/{}: {} (log {}); what was cosigned last is not known, so this witness must not go on: "
                    "bring the file back, or begin anew with other keys and a new folder",
                    state_->name(), file, why, printable(origin)));
  };
  const auto text = journal::read_all(*state_, file, kMostNoteBytes);
  if (!text) return spoilt(text.error().message);
  auto note = transparency::parse_note(*text);
  if (!note) return spoilt(note.error().message);
  auto checkpoint = transparency::parse_checkpoint(note->text);
  if (!checkpoint) return spoilt(checkpoint.error().message);
  if (checkpoint->origin != origin) return spoilt("it is a checkpoint of another log");
  std::int64_t time = 0;
  for (const auto& signer : signers_) {
    const auto verified = transparency::verify_signature(*note, signer.verifier());
    if (!verified) return spoilt("not cosigned by this witness: " + verified.error().message);
    time = std::max(time, verified->time.value_or(0));
  }
  return Latest{std::move(*note), std::move(*checkpoint), time};
}

// The note first: when its origin is listed, the note is there.
Result<void> Witness::keep(const Latest& latest) {
  const auto hash = origin_hash(latest.checkpoint.origin);
  if (auto kept = journal::replace_file(*state_, hash, latest.note.whole()); !kept) return kept;
  if (std::ranges::contains(origins_, hash)) return {};
  auto origins = origins_;
  origins.push_back(hash);
  if (auto kept = journal::replace_file(*state_, kOrigins, lines_of(origins)); !kept) return kept;
  origins_ = std::move(origins);
  return {};
}

std::vector<Witness::Cosigned> Witness::cosigned() const {
  std::vector<Cosigned> out;
  for (const auto& [hash, log] : logs_) {
    out.push_back({log.known.origin, log.latest ? log.latest->checkpoint.size : 0});
  }
  return out;
}

// --- its answers ---

Response Witness::answer(const wire::Request& request) {
  constexpr std::string_view kMonitor = "/checkpoint";
  const bool add = request.path == "/add-checkpoint";
  if (!add && !request.path.ends_with(kMonitor)) return text_response(404, "no such resource");
  if (request.method != (add ? "POST" : "GET")) {
    auto refused = text_response(405, "method not allowed");
    refused.headers.push_back({"allow", add ? "POST" : "GET"});
    return refused;
  }
  if (!add) return monitor(std::string_view(request.path).substr(0, request.path.size() - kMonitor.size()));
  if (failure_) return text_response(503, "this witness cannot keep what it cosigns");
  return add_checkpoint(request.body);
}

Response Witness::monitor(std::string_view path) const {
  if (path.starts_with('/')) path.remove_prefix(1);
  const auto found = logs_.find(path);
  if (found == logs_.end() || !found->second.latest) return text_response(404, "nothing cosigned for that log");
  return {200,
          {{"content-type", "text/plain; charset=utf-8"}, {"cache-control", "no-cache"}},
          found->second.latest->note.whole()};
}

// In the order of C2SP tlog-witness, add-checkpoint.
Response Witness::add_checkpoint(std::string_view body) {
  const auto request = transparency::parse_add_checkpoint(body);
  if (!request) return text_response(400, request.error().message);
  const auto checkpoint = transparency::parse_checkpoint(request->checkpoint.text);
  if (!checkpoint) return text_response(400, checkpoint.error().message);
  const auto found = logs_.find(origin_hash(checkpoint->origin));
  if (found == logs_.end()) return text_response(404, "unknown log");
  auto signatures = signatures_of(request->checkpoint, found->second.known.keys);
  if (!signatures) return text_response(403, signatures.error().message);
  if (auto refused = objection(*request, *checkpoint, found->second)) return *refused;
  return cosign(found->second, *checkpoint, std::move(*signatures));
}

std::optional<Response> Witness::objection(const transparency::AddCheckpoint& request, const Checkpoint& checkpoint,
                                           const Log& log) {
  const auto size = log.latest ? log.latest->checkpoint.size : 0;
  if (request.old_size > checkpoint.size) return text_response(400, "the old size is above the checkpoint's");
  if (request.old_size != size) {
    return Response{409, {{"content-type", "text/x.tlog.size"}}, std::to_string(size) + "\n"};
  }
  if (checkpoint.size == 0 && checkpoint.root != transparency::empty_root()) {
    return text_response(422, "the root of an empty log is the hash of nothing");
  }
  if (size == 0) {
    return request.consistency.empty() ? std::nullopt
                                       : std::optional(text_response(422, "a proof from size 0 has no hashes"));
  }
  const auto held = transparency::verify_consistency(size, log.latest->checkpoint.root, checkpoint.size,
                                                     checkpoint.root, request.consistency);
  if (held) return std::nullopt;
  const auto proof = checkpoint.size == size ? keep_equivocation(request.checkpoint, log) : std::string();
  if (tell_) {
    tell_({proof.empty() ? "refused a checkpoint that was not shown to continue the last one"
                         : "a log signed two histories",
           checkpoint.origin, checkpoint.size, size, proof});
  }
  return text_response(422, held.error().message);
}

// One size, two roots, both signed by the log: this convicts it before anybody. Only the first is kept, so that
// nobody fills our disk with proofs; not being able to keep it changes no answer.
std::string Witness::keep_equivocation(const Note& note, const Log& log) {
  const auto found = compare(log.latest->note, note, log.known, nullptr);
  if (!found || !*found) return {};
  const auto file = origin_hash(log.known.origin) + ".equivocation";
  const bool kept =
      state_->open(file, journal::OpenMode::read) || journal::replace_file(*state_, file, (*found)->text());
  return kept ? std::format("{}/{}", state_->name(), file) : std::string("(could not be written)");
}

Response Witness::cosign(Log& log, const Checkpoint& checkpoint, std::vector<NoteSignature> of_log) {
  Latest latest{{checkpoint.text(), std::move(of_log)}, checkpoint, 0};
  // "the consistent tree head with the largest size the cosigner has observed" as of a time: it never goes back, even
  // when the clock does, and is never 0.
  const auto now = std::chrono::floor<std::chrono::seconds>(clock_.now());
  latest.time = std::max({now.time_since_epoch().count(), log.latest ? log.latest->time : 0, std::int64_t{1}});
  std::string lines;
  for (const auto& signer : signers_) {
    auto signature = signer.sign(latest.note.text, WallTime(std::chrono::seconds(latest.time)));
    if (!signature) return text_response(500, "cannot sign");
    lines += signature->line();
    latest.note.signatures.push_back(std::move(*signature));
  }
  if (auto kept = keep(latest); !kept) {
    if (tell_) {
      tell_({"cannot keep a checkpoint: " + kept.error().message,
             checkpoint.origin,
             checkpoint.size,
             log.latest ? log.latest->checkpoint.size : 0,
             {}});
    }
    if (kept.error().kind != ErrorKind::no_space) failure_ = kept.error();
    return text_response(503, "cannot keep what would be cosigned");
  }
  log.latest = std::move(latest);
  return {200, {{"content-type", "text/plain; charset=utf-8"}}, std::move(lines)};
}

}  // namespace cordon::witness
