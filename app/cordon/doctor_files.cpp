#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>

#include <algorithm>

#include "app/cordon/doctor.h"
#include "cordon/base/file.h"
#include "cordon/crypto/ocsp.h"

namespace cordon::app {

namespace {

using std::filesystem::path;
constexpr std::chrono::days kSoon{30};

void check_mode(const path& file, mode_t forbidden, std::string_view remedy, Findings& findings) {
  struct stat found{};
  if (::stat(file.c_str(), &found) != 0) {
    findings.push_back({"mode", file.string(), Health::failed, "cannot be read", "check that it is there"});
  } else if ((found.st_mode & forbidden) != 0) {
    findings.push_back({"mode", file.string(), Health::failed,
                        std::format("mode {:04o} lets others at it", found.st_mode & 07777), std::string(remedy)});
  } else {
    findings.push_back({"mode", file.string(), Health::ok, std::format("{:04o}", found.st_mode & 07777)});
  }
}

Finding judge_dates(std::string check, std::string subject, WallTime since, WallTime until, WallTime now) {
  if (now < since) {
    return {std::move(check), std::move(subject), Health::failed, "not valid before " + format_time(since),
            "check the clock, or use it later"};
  }
  if (now >= until) {
    return {std::move(check), std::move(subject), Health::failed, "ended at " + format_time(until),
            "replace the file: Cordon takes it within a second"};
  }
  const bool soon = until - now < kSoon;
  return {std::move(check), std::move(subject), soon ? Health::warning : Health::ok, "until " + format_time(until),
          soon ? "renew it" : ""};
}

std::vector<crypto::Certificate> read_certificates(std::string_view check, const path& file, Findings& findings) {
  const auto pem = read_file(file, 4 << 20);
  auto found = pem ? crypto::Certificate::chain_from_pem(*pem) : std::unexpected(pem.error());
  if (found) return std::move(*found);
  findings.push_back({std::string(check), file.string(), Health::failed, found.error().message, "replace the file"});
  return {};
}

void check_staple(const enforcement::TlsFiles::Own& own, const crypto::Certificate& leaf, WallTime now,
                  Findings& findings) {
  const auto bytes = read_file(own.staple, 1 << 16);
  const auto until =
      bytes ? crypto::read_staple(as_bytes(*bytes), leaf) : Result<WallTime>(std::unexpected(bytes.error()));
  if (until) return findings.push_back(judge_dates("ocsp", own.staple.string(), WallTime::min(), *until, now));
  findings.push_back({"ocsp", own.staple.string(), Health::failed, until.error().message, "fetch it again"});
}

void check_own(const enforcement::TlsFiles::Own& own, const identity::Inventory& inventory, WallTime now,
               Findings& findings) {
  check_mode(own.key, 0077, "chmod 600 " + own.key.string(), findings);
  const auto chain = read_certificates("certificate", own.certificate, findings);
  if (chain.empty()) return;
  for (const auto& each : chain) {
    findings.push_back(judge_dates("certificate", std::format("{} ({})", own.certificate.string(), each.subject()),
                                   each.not_before(), each.not_after(), now));
  }
  const auto names = chain.front().dns_names();
  for (const auto& nf : inventory.nfs()) {
    const auto carried = [&](const auto& name) { return std::ranges::contains(names, name); };
    if (!nf.listen || std::ranges::all_of(nf.dns_names, carried)) continue;
    findings.push_back({"names", own.certificate.string(), Health::failed,
                        std::format("it does not carry the names of {}, for which Cordon stands in", nf.name),
                        "issue it with every dns name of the inventory's NFs that have a listener"});
  }
  if (!own.staple.empty()) check_staple(own, chain.front(), now, findings);
}

void check_anchors(const path& file, WallTime now, Findings& findings) {
  for (const auto& anchor : read_certificates("anchor", file, findings)) {
    findings.push_back(judge_dates("anchor", std::format("{} ({})", file.string(), anchor.subject()),
                                   anchor.not_before(), anchor.not_after(), now));
  }
}

void check_list(const path& file, crypto::Revocation mode, WallTime now, Findings& findings) {
  const auto text = read_file(file, 16 << 20);
  auto lists = text ? crypto::RevocationList::from_text(*text) : std::unexpected(text.error());
  if (!lists) {
    return findings.push_back({"crl", file.string(), Health::failed, lists.error().message, "fetch the list again"});
  }
  for (const auto& list : *lists) {
    const bool fresh = list.fresh(now);
    const auto stale = mode == crypto::Revocation::hard ? Health::failed : Health::warning;
    findings.push_back({"crl", std::format("{} ({})", file.string(), list.issuer()), fresh ? Health::ok : stale,
                        (fresh ? "until " : "ended at ") + format_time(list.next_update()),
                        fresh ? "" : "fetch the list again: in mode hard its authority's certificates are refused"});
  }
}

}  // namespace

void check_files(const enforcement::Settings& settings, const identity::Inventory& inventory, WallTime now,
                 Findings& findings) {
  if (std::filesystem::exists(settings.state)) {
    check_mode(settings.state, 0077, "chmod 700 " + settings.state.string(), findings);
  }
  for (const auto& key : {settings.engine_key(), settings.evidence.root_key_file}) {
    if (std::filesystem::exists(key)) check_mode(key, 0077, "chmod 600 " + key.string(), findings);
  }
  if (settings.lab_cleartext) return;
  for (const auto& own : settings.tls.own) check_own(own, inventory, now, findings);
  for (const auto& callers : settings.tls.callers) check_anchors(callers.file, now, findings);
  check_anchors(settings.tls.producers, now, findings);
  for (const auto& list : settings.tls.crls) check_list(list, settings.tls.revocation, now, findings);
}

void check_machine(const enforcement::Settings& settings, Findings& findings) {
  timex state{};
  const bool synchronised = ::adjtimex(&state) >= 0 && (state.status & STA_UNSYNC) == 0;
  findings.push_back(
      {"clock", "this machine", synchronised ? Health::ok : Health::warning,
       synchronised ? "synchronised" : "the kernel does not know whether it is right",
       synchronised ? "" : "run a time service (NTP or PTP): certificates and tokens live by the clock"});
  auto place = settings.state;
  while (!std::filesystem::exists(place) && place.has_relative_path()) place = place.parent_path();
  struct statvfs disk{};
  if (::statvfs(place.empty() ? "." : place.c_str(), &disk) != 0) return;
  const std::uint64_t free = disk.f_bavail * disk.f_frsize;
  const auto least = settings.evidence.free_bytes;
  const auto health = free < least ? Health::failed : free < 4 * least ? Health::warning : Health::ok;
  findings.push_back({"disk", settings.state.string(), health, std::format("{} MiB free", free >> 20),
                      health == Health::ok ? "" : "without room for evidence nothing is let through: make some"});
}

}  // namespace cordon::app
