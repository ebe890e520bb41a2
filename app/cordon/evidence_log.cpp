#include "app/cordon/evidence_log.h"

#include "cordon/base/file.h"
#include "cordon/enforcement/settings.h"
#include "cordon/evidence/checkpoint.h"
#include "cordon/evidence/reader.h"

namespace cordon::app {

namespace {

Result<evidence::Reader> open_reader(const std::filesystem::path& folder) {
  if (!std::filesystem::is_directory(folder)) {
    return fail(ErrorKind::not_found, folder.string() + " is no folder: nothing was recorded there");
  }
  return evidence::Reader::open(folder);
}

Result<evidence::VerifyReport> verify(const std::filesystem::path& folder,
                                      const std::function<void(std::uint64_t)>& progress) {
  const auto reader = open_reader(folder);
  if (!reader) return std::unexpected(reader.error());
  const auto key = evidence::log_public_key(folder);
  if (!key) return std::unexpected(key.error());
  return reader->verify(*key, progress);
}

}  // namespace

Result<LogPlace> log_place(const Arguments& arguments) {
  if (const auto folder = arguments.option("--evidence")) return LogPlace{*folder, std::nullopt};
  const auto settings = enforcement::load_settings(arguments.option("--config").value_or("cordon.yaml"));
  if (!settings) return std::unexpected(settings.error());
  return LogPlace{settings->evidence_folder(), settings->policy};
}

LogVerdict verify_log(const std::filesystem::path& folder, const std::function<void(std::uint64_t)>& progress) {
  const auto report = verify(folder, progress);
  if (!report) return {.fault = report.error().message};
  LogVerdict verdict{.ok = report->ok(), .records = report->records, .head = to_hex(report->head.hash), .fault = ""};
  if (!report->faults.empty()) {
    verdict.fault = std::format("{} ({} faults in all)", report->faults.front().text(), report->fault_count);
  } else if (!report->ok()) {
    verdict.fault = "the signed checkpoint is missing or does not fit the log";
  }
  return verdict;
}

Result<evidence::Record> find_record(const std::filesystem::path& folder, std::uint64_t sequence) {
  const auto reader = open_reader(folder);
  if (!reader) return std::unexpected(reader.error());
  return reader->find(sequence);
}

Result<void> each_record(const std::filesystem::path& folder,
                         const std::function<void(const evidence::Record&)>& visit) {
  const auto reader = open_reader(folder);
  if (!reader) return std::unexpected(reader.error());
  return reader->each(0, [&](const evidence::Entry& entry) {
    visit(entry.record);
    return true;
  });
}

Result<std::uint64_t> count_refusals(const std::filesystem::path& folder) {
  std::uint64_t count = 0;
  const auto read =
      each_record(folder, [&](const evidence::Record& record) { count += record.decision == "refuse" ? 1U : 0U; });
  if (!read) return std::unexpected(read.error());
  return count;
}

wire::Json record_json(const evidence::Record& record) {
  // The log's own encoding, so that what is shown is what is kept.
  auto json = wire::parse_json(evidence::encode(record));
  return json ? *json : wire::Json{};
}

}  // namespace cordon::app
