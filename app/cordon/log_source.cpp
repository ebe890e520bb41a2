#include "app/cordon/log_source.h"

#include <unistd.h>

#include <array>
#include <charconv>
#include <print>

#include "cordon/base/file.h"
#include "cordon/base/text.h"
#include "cordon/enforcement/settings.h"
#include "cordon/journal/publisher.h"

namespace cordon::app {

namespace {

Result<transparency::TrustPolicy> read_trust(const std::filesystem::path& file) {
  const auto text = read_file(file);
  if (!text) return std::unexpected(text.error());
  return transparency::parse_trust_policy(*text, file.string());
}

}  // namespace

Result<std::optional<transparency::TrustPolicy>> trust_option(const Arguments& arguments) {
  const auto file = arguments.option("--trust");
  if (!file) return std::nullopt;
  auto trust = read_trust(*file);
  if (!trust) return std::unexpected(trust.error());
  return std::move(*trust);
}

Result<LogSource> log_source(const Arguments& arguments) {
  LogSource source;
  auto trust = trust_option(arguments);
  if (!trust) return std::unexpected(trust.error());
  source.trust = std::move(*trust);
  if (const auto place = arguments.option("--evidence")) {
    source.name = *place;
    source.remote = archive::is_url(*place);
    return source;
  }
  const auto settings = enforcement::load_settings(arguments.option("--config").value_or("cordon.yaml"));
  if (!settings) return std::unexpected(settings.error());
  source.name = settings->evidence_folder().string();
  if (!source.trust && settings->evidence.witnesses) {
    auto witnesses = read_trust(*settings->evidence.witnesses);
    if (!witnesses) return std::unexpected(witnesses.error());
    source.trust = std::move(*witnesses);
  }
  return source;
}

Result<LogSource> local_log(const Arguments& arguments) {
  auto source = log_source(arguments);
  if (!source || !source->remote) return source;
  return fail(ErrorKind::invalid_input, source->name + ": needs the log's own folder; name it with --evidence DIR");
}

Result<transparency::ReadResource> LogSource::resources() const { return archive::open_place(name); }

Result<archive::LogReader> LogSource::open() const {
  if (!remote) {
    if (const auto there = archive::open_place(name); !there) return std::unexpected(there.error());
    return archive::LogReader::open_folder(name);
  }
  auto read = resources();
  if (!read) return std::unexpected(read.error());
  return archive::LogReader::open(std::move(*read));
}

archive::SignerOf signer_of(const journal::LogFolder& folder) {
  return [folder](const std::string& origin) { return journal::log_signer(folder, origin); };
}

Result<transparency::Note> read_note(const std::string& file) {
  const auto text = read_file(file);
  if (!text) return std::unexpected(text.error());
  auto note = transparency::parse_note(*text);
  if (!note) return std::unexpected(within(file, note.error()));
  return note;
}

Result<std::uint64_t> to_number(std::string_view word, std::string_view what) {
  std::uint64_t number = 0;
  const auto [stop, wrong] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (wrong == std::errc{} && stop == word.data() + word.size()) return number;
  return fail(ErrorKind::invalid_input, std::format("{} wants a number, not '{}'", what, printable(word)));
}

Result<std::optional<std::uint64_t>> number_option(const Arguments& arguments, std::string_view name) {
  const auto word = arguments.option(name);
  if (!word) return std::nullopt;
  const auto number = to_number(*word, name);
  if (!number) return std::unexpected(number.error());
  return *number;
}

Result<std::vector<std::uint64_t>> to_indices(std::string_view words, std::size_t most) {
  std::vector<std::uint64_t> out;
  for (const auto word : split(words, ',')) {
    const auto dash = word.find('-');
    const auto first = to_number(word.substr(0, dash), "a record");
    if (!first) return std::unexpected(first.error());
    const auto last = dash == std::string_view::npos ? first : to_number(word.substr(dash + 1), "a record");
    if (!last) return std::unexpected(last.error());
    if (*last < *first || *last - *first >= most - out.size()) {
      return fail(ErrorKind::invalid_input,
                  std::format("'{}': a range runs upwards, and at most {} records fit", word, most));
    }
    for (auto index = *first; index <= *last; ++index) out.push_back(index);
  }
  return out;
}

Progress::~Progress() {
  if (shown_ != ~std::uint64_t{0}) std::print(stderr, "\r\x1b[K");
}

std::function<void(std::uint64_t, std::uint64_t)> Progress::report() {
  if (::isatty(STDERR_FILENO) == 0) return {};
  return [this](std::uint64_t done, std::uint64_t total) {
    const auto now = total == 0 ? 0 : done * 1000 / total;
    if (now == shown_) return;
    shown_ = now;
    std::print(stderr, "\r{} of {} {} ", done, total, of_);
  };
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array kUnits{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  return std::format("{:.{}f} {}", value, unit == 0 ? 0 : 1, kUnits[unit]);
}

}  // namespace cordon::app
