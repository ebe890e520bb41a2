#include <algorithm>

#include "cordon/enforcement/settings_sections.h"
#include "cordon/identity/nf_names.h"

namespace cordon::enforcement {

namespace {

using Folder = const std::filesystem::path&;

std::filesystem::path file_of(ConfigMap& map, std::string_view key, Folder folder, bool needed) {
  return folder / (needed ? map.required_text(key) : map.text(key, ""));
}

TlsFiles::Own read_own(ConfigMap& map, Folder folder, bool needed) {
  TlsFiles::Own own{.certificate = file_of(map, "certificate", folder, needed),
                    .key = file_of(map, "key", folder, needed),
                    .staple = {}};
  if (const auto staple = map.optional_text("ocsp")) own.staple = folder / *staple;
  return own;
}

// TS 33.501 5.9.3.2: a PLMN is in one anchor only. Two that could speak for it would be two who can forge it.
void check_plmns(ConfigMap& entry, const std::vector<TlsFiles::Anchors>& known, const TlsFiles::Anchors& anchors) {
  if (anchors.plmns.empty()) entry.note("plmns", "name the PLMNs these anchors may speak for, like \"99970\"");
  for (const auto& plmn : anchors.plmns) {
    if (!identity::is_plmn(plmn)) entry.note("plmns", std::format("'{}' is no MCC and MNC, 5 or 6 digits", plmn));
    const auto claims = [&](const auto& each) { return std::ranges::contains(each.plmns, plmn); };
    if (std::ranges::any_of(known, claims) || std::ranges::count(anchors.plmns, plmn) > 1) {
      entry.note("plmns", std::format("PLMN {} is there twice: it may be in one anchor only", plmn));
    }
  }
}

// callers: FILE, or callers: [{anchors: FILE, plmns: ["99970"]}, ...]
std::vector<TlsFiles::Anchors> read_callers(ConfigMap& map, Folder folder, bool needed) {
  if (!map.is_list("callers")) return {{file_of(map, "callers", folder, needed), {}}};
  std::vector<TlsFiles::Anchors> callers;
  for (auto& entry : map.maps("callers")) {
    TlsFiles::Anchors anchors{folder / entry.required_text("anchors"), entry.texts("plmns")};
    check_plmns(entry, callers, anchors);
    entry.finish();
    callers.push_back(std::move(anchors));
  }
  if (callers.empty()) map.note("callers", "an empty list: nobody could call");
  return callers;
}

}  // namespace

TlsFiles read_tls(ConfigMap map, const std::filesystem::path& folder, bool needed) {
  TlsFiles tls;
  tls.own.push_back(read_own(map, folder, needed));
  for (auto& entry : map.maps("more_certificates")) {
    tls.own.push_back(read_own(entry, folder, true));
    entry.finish();
  }
  tls.callers = read_callers(map, folder, needed);
  tls.producers = file_of(map, "producers", folder, needed);
  for (const auto& crl : map.texts("crls")) tls.crls.push_back(folder / crl);
  if (map.choice("revocation", "hard", {"hard", "soft"}) == "soft") tls.revocation = crypto::Revocation::soft;
  tls.must_staple = map.flag("must_staple", false);
  tls.resumption = map.flag("resumption", true);
  // TS 33.210 6.2 asks for 1.2 and 1.3; 1.3 alone is stricter, so 1.2 is an explicit choice.
  if (map.flag("tls12", false)) tls.lowest = crypto::TlsVersion::tls12;
  tls.groups = map.texts("groups");
  tls.handshakes = static_cast<std::size_t>(map.number("handshakes_per_address", 64, 1, 100'000));
  map.finish();
  return tls;
}

}  // namespace cordon::enforcement
