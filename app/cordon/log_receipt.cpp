#include <algorithm>
#include <print>

#include "app/cordon/log_source.h"
#include "app/cordon/output.h"
#include "cordon/archive/log_keys.h"
#include "cordon/archive/receipt.h"
#include "cordon/base/file.h"

namespace cordon::app {

namespace {

Result<std::string> make(const Arguments& arguments, std::uint64_t index) {
  const auto source = arguments.has("--cose") ? local_log(arguments) : log_source(arguments);
  if (!source) return std::unexpected(source.error());
  const auto log = source->open();
  if (!log) return std::unexpected(log.error());
  if (const auto file = arguments.option("--save-entry")) {
    const auto entry = log->entry(index);
    if (!entry) return std::unexpected(entry.error());
    if (auto kept = write_file(*file, *entry); !kept) return std::unexpected(kept.error());
  }
  if (!arguments.has("--cose")) {
    return log->receipt(index).transform([](const transparency::LogProof& proof) { return proof.text(); });
  }
  return archive::read_receipt_key(source->folder())
      .and_then([&](const crypto::PrivateKey& key) { return archive::cose_receipt(*log, index, key); })
      .transform([](const Bytes& bytes) { return std::string(as_text(bytes)); });
}

int make(const Arguments& arguments, bool json) {
  if (arguments.words().empty()) {
    return report("log receipt", {ErrorKind::invalid_input, "say of which record: cordon log receipt N"}, json);
  }
  const auto index = to_number(arguments.words()[0], "a record");
  if (!index) return report("log receipt", index.error(), json);
  const auto receipt = make(arguments, *index);
  if (!receipt) return report("log receipt", receipt.error(), json);
  const auto file = arguments.option("--out");
  if (!file) {
    std::print("{}", *receipt);
    return kOk;
  }
  if (auto kept = write_file(*file, *receipt); !kept) return report("log receipt", kept.error(), json);
  if (json) {
    wire::Json out{wire::JsonObject{}};
    print_json(out.set("record", *index).set("file", *file).set("bytes", std::uint64_t{receipt->size()}));
  } else {
    std::println("{}: the receipt of record {}, {} bytes", *file, *index, receipt->size());
  }
  return kOk;
}

Result<archive::ReceiptVerdict> check(const Arguments& arguments, const std::string& file) {
  const auto entry_file = arguments.option("--entry");
  const auto trust = trust_option(arguments);
  if (!trust) return std::unexpected(trust.error());
  if (!entry_file || !*trust) {
    return fail(ErrorKind::invalid_input,
                "a receipt is checked against the record's bytes and a trust policy: "
                "--check FILE --entry FILE --trust POLICY");
  }
  const auto receipt = read_file(file), entry = read_file(*entry_file);
  if (!receipt) return std::unexpected(receipt.error());
  if (!entry) return std::unexpected(entry.error());
  return archive::check_receipt(*receipt, as_bytes(*entry), **trust);
}

int check(const Arguments& arguments, const std::string& file, bool json) {
  const auto verdict = check(arguments, file);
  if (!verdict) {
    const int status = report("log receipt", verdict.error(), json);
    return verdict.error().kind == ErrorKind::corrupt ? kFailed : status;
  }
  if (json) {
    wire::Json out{wire::JsonObject{}};
    out.set("ok", verdict->witnessed).set("origin", verdict->origin).set("record", verdict->index);
    print_json(out.set("size", verdict->size).set("witnessed", verdict->witnessed));
  } else {
    std::println("record {} is in {} of {} records{}", verdict->index, verdict->origin, verdict->size,
                 verdict->witnessed ? "" : "; the quorum of witnesses is NOT met");
  }
  return verdict->witnessed ? kOk : kFailed;
}

int run(const Words& words) {
  const auto arguments = Arguments::parse(
      words, {.flags = {"--json", "--cose"},
              .options = {"--config", "--evidence", "--trust", "--out", "--check", "--entry", "--save-entry"},
              .most_words = 1});
  if (!arguments) return report("log receipt", arguments.error());
  const bool json = arguments->has("--json");
  if (const auto file = arguments->option("--check")) return check(*arguments, *file, json);
  return make(*arguments, json);
}

}  // namespace

const Command kLogReceiptCommand{
    .name = "receipt",
    .summary = "make or check the receipt of a record",
    .help =
        "usage: cordon log receipt N [--cose] [--out FILE] [--save-entry FILE] [--evidence DIR|URL] [--json]\n"
        "       cordon log receipt --check FILE --entry FILE --trust POLICY [--json]\n\n"
        "A receipt proves offline that a record is in the log: a tlog-proof (C2SP) with the checkpoint and its\n"
        "cosignatures, or a COSE receipt (RFC 9942). The record's bytes stay encrypted; a receipt opens nothing.\n"
        "--check exits with 0 when it holds, 1 when not.\n\n"
        "  --cose             RFC 9942, signed with the log's ML-DSA-44 key: on the log's own machine\n"
        "  --out FILE         default standard output\n"
        "  --save-entry FILE  the record's bytes too\n"
        "  --trust POLICY     whose keys and which witnesses count (C2SP tlog-policy)\n\n"
        "example: cordon log receipt 4711 --out 4711.receipt --save-entry 4711.entry",
    .run = run};

}  // namespace cordon::app
