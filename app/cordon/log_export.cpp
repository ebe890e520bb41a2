#include <print>

#include "app/cordon/log_source.h"
#include "app/cordon/output.h"
#include "cordon/archive/export.h"
#include "cordon/archive/receipt.h"
#include "cordon/base/file.h"

namespace cordon::app {

namespace {

Result<archive::ExportRequest> read_request(const Arguments& arguments) {
  archive::ExportRequest request;
  const auto records = arguments.option("--records");
  if (!records) return fail(ErrorKind::invalid_input, "say which records: --records 7,9 or --records 100-199");
  auto indices = to_indices(*records, archive::kMostExported);
  if (!indices) return std::unexpected(indices.error());
  request.indices = std::move(*indices);
  request.about = arguments.option("--about").value_or("");
  if (const auto file = arguments.option("--released")) {
    const auto released = read_file(*file, archive::kMostExportBytes / 2);
    if (!released) return std::unexpected(released.error());
    request.released = to_bytes(*released);
  }
  return request;
}

Result<std::string> collect(const Arguments& arguments, archive::ExportRequest request) {
  const bool cose = arguments.has("--cose"), unsigned_one = arguments.has("--unsigned");
  const auto source = cose ? local_log(arguments) : log_source(arguments);
  if (!source) return std::unexpected(source.error());
  const auto log = source->open();
  if (!log) return std::unexpected(log.error());
  crypto::PrivateKey key;
  if (cose) {
    auto read = archive::read_receipt_key(source->folder());
    if (!read) return std::unexpected(read.error());
    key = std::move(*read);
    request.receipt = [&](const archive::LogReader& from, const archive::ExportedEntry& entry) {
      return archive::cose_receipt(from, entry.index, key);
    };
  }
  Progress progress("records");
  request.progress = progress.report();
  const auto content = archive::collect(*log, request, system_clock());
  if (!content) return std::unexpected(content.error());
  if (source->remote || unsigned_one) return archive::write_export(*content, nullptr);
  const auto signer = signer_of(source->folder())(log->checkpoint().origin);
  if (!signer) {
    return std::unexpected(
        within("only the log's owner can sign; with --unsigned the proofs alone speak", signer.error()));
  }
  return archive::write_export(*content, &*signer);
}

int make(const Arguments& arguments, bool json) {
  auto request = read_request(arguments);
  if (!request) return report("log export", request.error(), json);
  const auto file = arguments.option("--out");
  if (!file) return report("log export", {ErrorKind::invalid_input, "say where to: --out FILE"}, json);
  const auto records = std::uint64_t{request->indices.size()};
  const auto bytes = collect(arguments, std::move(*request));
  if (!bytes) return report("log export", bytes.error(), json);
  if (auto kept = write_file(*file, *bytes); !kept) return report("log export", kept.error(), json);
  if (json) {
    wire::Json out{wire::JsonObject{}};
    print_json(out.set("file", *file).set("records", records).set("bytes", std::uint64_t{bytes->size()}));
  } else {
    std::println("{}: {} records with their proofs, {}", *file, records, bytes_text(bytes->size()));
  }
  return kOk;
}

struct Checked {
  archive::SignedExport file;
  archive::ExportVerdict verdict;
};

Result<Checked> check(const Arguments& arguments, const std::string& file) {
  const auto trust = trust_option(arguments);
  if (!trust) return std::unexpected(trust.error());
  if (!*trust) return fail(ErrorKind::invalid_input, "say whom to trust: --check FILE --trust POLICY");
  const auto bytes = read_file(file, archive::kMostExportBytes);
  if (!bytes) return std::unexpected(bytes.error());
  auto parsed = archive::parse_export(*bytes);
  if (!parsed) return fail(ErrorKind::corrupt, parsed.error().message);
  auto verdict = archive::verify_export(*parsed, **trust);
  if (!verdict) return std::unexpected(verdict.error());
  return Checked{std::move(*parsed), std::move(*verdict)};
}

wire::Json to_json(const Checked& checked) {
  wire::Json out{wire::JsonObject{}};
  const auto& verdict = checked.verdict;
  out.set("ok", verdict.witnessed.quorum)
      .set("origin", verdict.checkpoint.origin)
      .set("size", verdict.checkpoint.size);
  wire::JsonArray records;
  for (const auto& entry : checked.file.content.entries) records.emplace_back(entry.index);
  out.set("about", checked.file.content.about).set("time", format_time(checked.file.content.time));
  out.set("signed", verdict.is_signed).set("witnessed", verdict.witnessed.quorum);
  return out.set("releasedKeys", checked.file.content.released.has_value()).set("records", std::move(records));
}

int check(const Arguments& arguments, const std::string& file, bool json) {
  const auto checked = check(arguments, file);
  if (!checked) {
    const int status = report("log export", checked.error(), json);
    return checked.error().kind == ErrorKind::corrupt ? kFailed : status;
  }
  const auto& verdict = checked->verdict;
  if (json) {
    print_json(to_json(*checked));
  } else {
    std::println("{}: {} records of {}, all in the log of {} records; {}, {}", file, verdict.entries,
                 verdict.checkpoint.origin, verdict.checkpoint.size,
                 verdict.is_signed ? "put together by the log's owner" : "unsigned",
                 verdict.witnessed.quorum ? "the witnesses asked for agree" : "the quorum of witnesses is NOT met");
  }
  return verdict.witnessed.quorum ? kOk : kFailed;
}

int run(const Words& words) {
  const auto arguments = Arguments::parse(words, {.flags = {"--json", "--cose", "--unsigned"},
                                                  .options = {"--config", "--evidence", "--trust", "--out", "--check",
                                                              "--records", "--about", "--released"}});
  if (!arguments) return report("log export", arguments.error());
  const bool json = arguments->has("--json");
  if (const auto file = arguments->option("--check")) return check(*arguments, *file, json);
  return make(*arguments, json);
}

}  // namespace

const Command kLogExportCommand{
    .name = "export",
    .summary = "put records and their proofs into one file that verifies offline",
    .help =
        "usage: cordon log export --records LIST --out FILE [--about TEXT] [--released FILE] [--cose] [--unsigned]\n"
        "                         [--evidence DIR|URL] [--json]\n"
        "       cordon log export --check FILE --trust POLICY [--json]\n\n"
        "One CBOR file: the encrypted records, their inclusion proofs, one checkpoint with its cosignatures, changes "
        "of\n"
        "the log's keys; signed with the log's keys where they are at hand. --check needs that file and a trust "
        "policy,\n"
        "nothing else: exit status 0 when all holds, 1 when not.\n\n"
        "  --records LIST   7,9 or 100-199\n"
        "  --about TEXT     what it is about, for people\n"
        "  --released FILE  keys released to an auditor (cordon log ask), carried along\n"
        "  --cose           a COSE receipt (RFC 9942) with each record\n"
        "  --unsigned       without the log's signature on the whole; what comes from a URL is always so\n\n"
        "example: cordon log export --records 4700-4720 --about 'incident 12' --out incident-12.export",
    .run = run};

}  // namespace cordon::app
