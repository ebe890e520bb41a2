#include <print>

#include "app/cordon/log_commands.h"
#include "app/cordon/log_keys.h"
#include "app/cordon/output.h"
#include "cordon/evidence/pseudonym.h"
#include "cordon/vault/backup.h"

namespace cordon::app {

namespace {

std::unexpected<Error> wrong(std::string what) { return fail(ErrorKind::invalid_input, std::move(what)); }

// What a request about one subscriber says. The reason goes into the log in clear of the subscriber: it may not name
// him.
struct Request {
  std::string subject;
  std::string reason;
};

Result<Request> read_request(const Arguments& arguments, std::string_view command) {
  if (arguments.words().empty()) {
    return wrong(std::format("say whom: cordon {} imsi-999700000021309 --reason TEXT", command));
  }
  Request out{evidence::canonical_identifier(arguments.words()[0]), arguments.option("--reason").value_or("")};
  if (out.reason.empty()) return wrong("say why, for the record: --reason TEXT (without naming the subscriber)");
  const auto value = out.subject.substr(out.subject.find('-') + 1);
  if (out.reason.contains(value)) return wrong("the reason names the subscriber: it would stand in the log for ever");
  return out;
}

std::vector<std::string> details_of(const std::vector<vault::ErasedRow>& rows,
                                    const std::vector<vault::Approval>& approvals) {
  std::vector<std::string> out;
  for (const auto& row : rows) out.push_back("erased " + row.text());
  for (const auto& approval : approvals) out.push_back("approved by " + approval.name);
  return out;
}

void print(const vault::Forgotten& forgotten, bool json) {
  if (json) {
    wire::JsonArray rows;
    for (const auto& row : forgotten.rows) rows.emplace_back(row.text());
    wire::Json out{wire::JsonObject{}};
    out.set("erased", std::move(rows));
    print_json(out.set("pending", wire::JsonArray(forgotten.pending.begin(), forgotten.pending.end())));
    return;
  }
  for (const auto& row : forgotten.rows) {
    std::println("epoch {}: the key of p:{} is destroyed", row.epoch, to_hex(row.pseudonym));
  }
}

int fail_with(std::string_view command, const Error& error, bool json) {
  const int usage = report(command, error, json);
  return error.kind == ErrorKind::permission || error.kind == ErrorKind::not_found ? kFailed : usage;
}

// The record comes first: a key destroyed without a tombstone would look like a lost one.
Result<vault::Forgotten> forget_recorded(const OpenKeys& open, const Request& request,
                                         const std::vector<vault::Approval>& approvals) {
  const auto held = vault::is_held(*open.keys, request.subject);
  if (!held) return std::unexpected(held.error());
  if (!*held) {  // else forget() refuses, and says why
    const auto rows = vault::rows_of(*open.keys, request.subject, approvals);
    if (!rows) return std::unexpected(rows.error());
    if (!rows->empty()) {
      const auto kept =
          keep(open.place, key_record("erasure", "forget-subscriber", request.reason, details_of(*rows, approvals)));
      if (!kept) return std::unexpected(kept.error());
    }
  }
  return vault::forget(*open.keys, request.subject, approvals);
}

int run_forget(const Words& words) {
  const auto arguments =
      Arguments::parse(words, {.flags = {"--json"},
                               .options = {"--config", "--evidence", "--vault", "--reason", "--approve"},
                               .most_words = 1});
  if (!arguments) return report("log forget", arguments.error());
  const bool json = arguments->has("--json");
  const auto request = read_request(*arguments, "log forget");
  if (!request) return report("log forget", request.error(), json);
  const auto open = open_keys(*arguments);
  if (!open) return report("log forget", open.error(), json);
  const auto approvals = read_approvals(*arguments);
  if (!approvals) return report("log forget", approvals.error(), json);
  const auto forgotten = forget_recorded(*open, *request, *approvals);
  if (!forgotten) return fail_with("log forget", forgotten.error(), json);
  print(*forgotten, json);
  for (const auto& place : forgotten->pending) {
    report("log forget",
           {ErrorKind::unavailable, std::format("a backup still has the keys: {}; then run cordon log keys "
                                                "cleanse",
                                                place)});
  }
  return forgotten->pending.empty() ? kOk : kFailed;
}

// --- legal hold

// Names the subscriber by this epoch's pseudonym.
Result<std::string> shown(const OpenKeys& open, const std::string& subject) {
  const auto key = vault::read_epochs(*open.keys);
  if (!key) return std::unexpected(key.error());
  const auto bytes = key->back().pseudonym.view();
  return evidence::Pseudonyms(Bytes(bytes.begin(), bytes.end())).of(subject);
}

Result<std::string> change_hold(const OpenKeys& open, const Request& request, bool hold) {
  const auto pseudonym = shown(open, request.subject);
  if (!pseudonym) return pseudonym;
  const auto record = key_record("hold", hold ? "legal-hold" : "legal-hold-released", request.reason, {*pseudonym});
  if (const auto kept = keep(open.place, record); !kept) return std::unexpected(kept.error());
  const auto done =
      hold ? vault::hold(*open.keys, request.subject) : vault::release_hold(*open.keys, request.subject);
  if (!done) return std::unexpected(done.error());
  return pseudonym;
}

int run_hold(const Words& words, std::string_view command, bool hold) {
  const auto arguments = Arguments::parse(
      words, {.flags = {"--json"}, .options = {"--config", "--evidence", "--vault", "--reason"}, .most_words = 1});
  if (!arguments) return report(command, arguments.error());
  const bool json = arguments->has("--json");
  const auto request = read_request(*arguments, command);
  if (!request) return report(command, request.error(), json);
  const auto open = open_keys(*arguments);
  if (!open) return report(command, open.error(), json);
  const auto held = vault::is_held(*open->keys, request->subject);
  if (!held) return report(command, held.error(), json);
  if (*held == hold) {
    return fail_with(command,
                     {ErrorKind::not_found, hold ? "this subscriber is held already" : "this subscriber is not held"},
                     json);
  }
  const auto pseudonym = change_hold(*open, *request, hold);
  if (!pseudonym) return fail_with(command, pseudonym.error(), json);
  if (json) {
    print_json(wire::Json(wire::JsonObject{}).set("pseudonym", *pseudonym).set("held", hold));
  } else {
    std::println("{}: {}", *pseudonym, hold ? "held; nobody can erase its keys" : "no longer held");
  }
  return kOk;
}

}  // namespace

const Command kLogForgetCommand{
    .name = "forget",
    .summary = "destroy a subscriber's keys, in every epoch and backup",
    .help =
        "usage: cordon log forget SUBSCRIBER --reason TEXT [--approve NAME=FILE,NAME=FILE] [--json]\n\n"
        "Destroys the random keys of one subscriber: what was sealed under them can never be read again, while the "
        "log\n"
        "and its proofs stay whole. A record names the keys, not the subscriber. Records of epochs that ended are "
        "only\n"
        "found with two custodians. Every registered backup forgets too; one that cannot be reached is named, and "
        "stays\n"
        "pending until 'cordon log keys cleanse' reached it.\n\n"
        "  SUBSCRIBER           as records name it: imsi-999700000021309\n"
        "  --reason TEXT        stands in the record; it may not name the subscriber\n"
        "  --approve NAME=FILE,... custodians who agree, with the files of their passphrases (NAME alone: asked "
        "for)\n"
        "  --config FILE        default cordon.yaml\n"
        "  --evidence DIR       a log without its configuration\n"
        "  --vault DIR          a vault elsewhere\n"
        "  --json               one object\n\n"
        "Exit status 0 when forgotten, 1 when refused (a legal hold, nobody of that name) or a backup is pending, 2 "
        "for\n"
        "anything else. The log's writer must run ('cordon up'), for nothing is destroyed without a record.\n\n"
        "example: cordon log forget imsi-999700000021309 --reason 'request 2026-117' --approve alice=a.txt,bob=b.txt",
    .run = run_forget};

const Command kLogHoldCommand{
    .name = "hold",
    .summary = "keep a subscriber's records from being forgotten",
    .help =
        "usage: cordon log hold SUBSCRIBER --reason TEXT [--config FILE | --evidence DIR] [--vault DIR] [--json]\n\n"
        "Until 'cordon log release', cordon log forget refuses this subscriber. The hold itself is recorded.\n\n"
        "example: cordon log hold imsi-999700000021309 --reason 'court order 8 K 17/26'",
    .run = [](const Words& words) { return run_hold(words, "log hold", true); }};

const Command kLogReleaseCommand{.name = "release",
                                 .summary = "end a legal hold",
                                 .help =
                                     "usage: cordon log release SUBSCRIBER --reason TEXT [--config FILE | --evidence "
                                     "DIR] [--vault DIR] [--json]\n\n"
                                     "Ends what 'cordon log hold' began; nothing is erased by it. Recorded.\n\n"
                                     "example: cordon log release imsi-999700000021309 --reason 'order lifted'",
                                 .run = [](const Words& words) { return run_hold(words, "log release", false); }};

}  // namespace cordon::app
