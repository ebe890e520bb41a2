#include "app/cordon/evidence_log.h"

#include "cordon/archive/verify.h"
#include "cordon/base/clock.h"
#include "cordon/base/file.h"
#include "cordon/base/text.h"
#include "cordon/evidence/reader.h"

namespace cordon::app {

namespace {

using std::filesystem::path;

constexpr std::size_t kMostSecretBytes = 4096;
constexpr vault::Groups kShown{.header = true, .analyst = true, .personal = false};

// A log with the keys it is read with.
class OpenLog {
 public:
  static Result<OpenLog> open(const LogPlace& place) {
    if (!std::filesystem::is_directory(place.evidence)) {
      return fail(ErrorKind::not_found, place.evidence.string() + " is no folder: nothing was recorded there");
    }
    auto vault = vault::Vault::open(place.vault, place.root, system_clock());
    if (!vault) return std::unexpected(within("the keys of " + place.evidence.string(), vault.error()));
    return OpenLog(place.evidence, std::move(*vault));
  }
  const evidence::Records& records() const { return records_; }

 private:
  OpenLog(const path& folder, std::unique_ptr<vault::Vault> vault)
      : vault_(std::move(vault)), records_({folder}, vault_.get(), kShown) {}
  std::unique_ptr<vault::Vault> vault_;
  evidence::Records records_;  // uses the vault
};

Result<std::string> secret_of(const path& file) {
  auto text = read_file(file, kMostSecretBytes);
  if (!text) return text;
  return std::string(trim(*text));
}

Result<archive::VerifyReport> verify(const path& folder, const std::function<void(std::uint64_t)>& progress) {
  if (!std::filesystem::is_directory(folder)) {
    return fail(ErrorKind::not_found, folder.string() + " is no folder: nothing was recorded there");
  }
  const auto log = archive::LogReader::open_folder(folder);
  if (!log) return std::unexpected(log.error());
  archive::VerifyOptions options;
  if (progress) options.progress = [&progress](std::uint64_t done, std::uint64_t) { progress(done); };
  return archive::verify_log(*log, options);
}

}  // namespace

Result<vault::RootKey> root_key_of(const enforcement::EvidenceSettings& settings) {
  if (settings.token) {
    auto pin = secret_of(settings.token->pin);
    if (!pin) return std::unexpected(pin.error());
    return vault::Token{settings.token->module, settings.token->label, std::move(*pin)};
  }
  if (settings.passphrase) {
    auto text = secret_of(*settings.passphrase);
    if (!text) return std::unexpected(text.error());
    return vault::Passphrase{std::move(*text)};
  }
  return vault::KeyFile{settings.root_key_file};
}

Result<LogPlace> log_place(const enforcement::Settings& settings) {
  auto root = root_key_of(settings.evidence);
  if (!root) return std::unexpected(root.error());
  return LogPlace{settings.evidence_folder(), settings.vault_folder(), std::move(*root), settings.policy};
}

LogPlace log_place_beside(const path& evidence) {
  const auto state = std::filesystem::absolute(evidence).lexically_normal().parent_path();
  return {evidence, state / "vault", vault::KeyFile{state / "vault-key"}, std::nullopt};
}

Result<LogPlace> log_place(const Arguments& arguments) {
  const auto found = [&]() -> Result<LogPlace> {
    if (const auto evidence = arguments.option("--evidence")) return log_place_beside(*evidence);
    const auto settings = enforcement::load_settings(arguments.option("--config").value_or("cordon.yaml"));
    return settings ? log_place(*settings) : Result<LogPlace>(std::unexpected(settings.error()));
  };
  auto place = found();
  const auto vault = arguments.option("--vault");
  if (place && vault) place->vault = *vault;
  return place;
}

LogVerdict verify_log(const path& evidence, const std::function<void(std::uint64_t)>& progress) {
  const auto report = verify(evidence, progress);
  if (!report) return {.ok = false, .records = 0, .head = "", .fault = report.error().message};
  LogVerdict verdict{
      .ok = report->ok(), .records = report->checkpoint.size, .head = to_hex(report->checkpoint.root), .fault = ""};
  if (!report->faults.empty()) {
    verdict.fault = std::format("{} ({} faults in all)", report->faults.front().text(), report->fault_count);
  }
  return verdict;
}

Result<evidence::Record> find_record(const LogPlace& place, std::uint64_t sequence) {
  const auto log = OpenLog::open(place);
  if (!log) return std::unexpected(log.error());
  return log->records().find(sequence);
}

Result<void> each_record(const LogPlace& place, std::uint64_t from,
                         const std::function<bool(const evidence::Record&)>& visit) {
  const auto log = OpenLog::open(place);
  if (!log) return std::unexpected(log.error());
  return log->records().each(from,
                             [&](std::uint64_t, const evidence::Record& record, BytesView) { return visit(record); });
}

Result<void> each_record(const LogPlace& place, const std::function<void(const evidence::Record&)>& visit) {
  return each_record(place, 0, [&](const evidence::Record& record) {
    visit(record);
    return true;
  });
}

Result<std::uint64_t> count_records(const LogPlace& place) {
  return evidence::Records({place.evidence}, nullptr).size();
}

Result<std::uint64_t> count_refusals(const path& evidence) {
  std::uint64_t count = 0;
  const auto read = each_record(log_place_beside(evidence), [&](const evidence::Record& record) {
    count += record.decision == "refuse" ? 1U : 0U;
  });
  if (!read) return std::unexpected(read.error());
  return count;
}

wire::Json record_json(const evidence::Record& record) {
  auto json = wire::parse_json(evidence::encode(record));
  return json ? *json : wire::Json{};
}

}  // namespace cordon::app
