#include "cordon/identity/inventory.h"

#include <algorithm>
#include <map>
#include <set>

#include "cordon/base/config.h"
#include "cordon/base/text.h"
#include "cordon/identity/nf_names.h"

namespace cordon::identity {

namespace {

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

NfInstanceId read_instance(ConfigMap& entry) {
  const auto text = entry.required_text("instance");
  const auto instance = NfInstanceId::parse(text);
  if (!instance && !text.empty()) entry.note("instance", "expected a UUID: " + instance.error().message);
  return instance.value_or(NfInstanceId{});
}

std::string read_checked(ConfigMap& entry, std::string_view key, bool (*fits)(std::string_view),
                         std::string_view expected) {
  const auto text = entry.required_text(key);
  if (!text.empty() && !fits(text)) {
    entry.note(key, std::format("expected {}, found '{}'", expected, printable(text)));
  }
  return text;
}

std::vector<std::string> read_names(ConfigMap& entry) {
  auto names = entry.texts("dns");
  if (names.empty()) entry.note("dns", "at least one name that the NF's certificate carries");
  for (auto& name : names) {
    if (!is_host_name(name)) {
      entry.note("dns", std::format("expected the name of one host (no wildcard), found '{}'", printable(name)));
    }
    name = lower(name);
  }
  return names;
}

std::string read_plmn(ConfigMap& entry) {
  auto plmn = entry.text("plmn", "");
  if (!plmn.empty() && !is_plmn(plmn)) {
    entry.note("plmn", std::format("expected MCC and MNC, 5 or 6 digits, found '{}'", printable(plmn)));
  }
  return plmn;
}

std::vector<std::string> read_slices(ConfigMap& entry) {
  auto slices = entry.texts("slices");
  for (auto& slice : slices) {
    if (!is_slice(slice)) {
      entry.note("slices", std::format("expected '1' or '1-000001', found '{}'", printable(slice)));
    }
    slice = lower(slice);
  }
  return slices;
}

std::optional<Endpoint> read_endpoint(ConfigMap& entry, std::string_view key) {
  const auto text = entry.optional_text(key);
  if (!text) return std::nullopt;
  const auto endpoint = Endpoint::parse(*text);
  if (endpoint && endpoint->port != 0) return *endpoint;
  entry.note(key, std::format("expected an address and a port, like 127.0.1.5:7777, found '{}'", printable(*text)));
  return std::nullopt;
}

void read_places(ConfigMap& entry, ExpectedNf& nf) {
  nf.listen = read_endpoint(entry, "listen");
  nf.upstream = read_endpoint(entry, "upstream");
  nf.upstream_name = lower(entry.text("upstream_name", ""));
  if (entry.has("listen") && !entry.has("upstream")) {
    entry.note("listen", "there is no upstream to pass requests on to: add upstream, or remove listen");
  }
  if (nf.listen && nf.listen == nf.upstream) entry.note("upstream", "same as listen: requests would go in a circle");
  if (entry.has("upstream_name") && !entry.has("upstream")) entry.note("upstream_name", "there is no upstream");
  const bool address = Endpoint::parse(nf.upstream_name + ":1").has_value();
  if (!nf.upstream_name.empty() && !address && !is_host_name(nf.upstream_name)) {
    entry.note("upstream_name", std::format("expected a host name, found '{}'", printable(nf.upstream_name)));
  }
}

ExpectedNf read_nf(ConfigMap& entry) {
  ExpectedNf nf;
  nf.instance = read_instance(entry);
  nf.type = read_checked(entry, "type", &is_nf_type, "an NF type of TS 29.510 like AMF");
  nf.name = read_checked(entry, "name", &is_nf_name, "letters, digits, '.', '_' and '-'");
  nf.dns_names = read_names(entry);
  nf.plmn = read_plmn(entry);
  nf.slices = read_slices(entry);
  nf.nf_set = entry.text("nf_set", "");
  nf.service_sets = entry.texts("service_sets");
  nf.nsis = entry.texts("nsis");
  nf.names_itself = entry.flag("names_itself", false);
  read_places(entry, nf);
  entry.finish();
  return nf;
}

// As Certificate writes serial numbers and thumbprints; people copy them with colons, capitals and leading zeros.
std::string plain_hex(std::string text) {
  std::erase(text, ':');
  text = lower(std::move(text));
  return text.find_first_not_of("0123456789abcdef") == std::string::npos ? text : std::string();
}

std::string plain_value(std::string_view kind, const std::string& text) {
  if (kind == "instance") {
    const auto instance = NfInstanceId::parse(text);
    return instance ? instance->text() : std::string();
  }
  auto hex = plain_hex(text);
  if (kind == "thumbprint") return hex.size() == 64 ? hex : std::string();
  return hex.substr(std::min(hex.find_first_not_of('0'), hex.size()));
}

// One way of naming what is withdrawn for each entry.
std::pair<std::string, std::string> read_revoked(ConfigMap& entry) {
  std::string found;
  int names = 0;
  for (const std::string_view kind : {"instance", "serial", "thumbprint"}) {
    const auto text = entry.optional_text(kind);
    if (!text) continue;
    const auto value = plain_value(kind, *text);
    if (value.empty()) entry.note(kind, std::format("'{}' is none: a UUID, or hexadecimal digits", printable(*text)));
    found = std::format("{} {}", kind, value);
    ++names;
  }
  if (names != 1) entry.note("instance", "say what is withdrawn by exactly one of instance, serial and thumbprint");
  auto because = entry.text("because", "no reason is given");
  entry.finish();
  return {std::move(found), std::move(because)};
}

// Two entries of one identity, or two listeners on one port, would make the order of the file decide.
class Repetitions {
 public:
  void check(ConfigMap& entry, const ExpectedNf& nf) {
    once(entry, "instance", nf.instance.text());
    once(entry, "name", nf.name);
    if (nf.listen) once(entry, "listen", nf.listen->text());
  }

 private:
  void once(ConfigMap& entry, const std::string& key, const std::string& value) {
    if (!entry.has(key)) return;
    if (!seen_[key].insert(value).second) {
      entry.note(key, std::format("'{}' is there twice: every NF needs its own", printable(value)));
    }
  }

  std::map<std::string, std::set<std::string>> seen_;
};

}  // namespace

Result<Inventory> Inventory::parse(std::string_view yaml, std::string_view file) {
  auto config = Config::parse(yaml, file);
  if (!config) return std::unexpected(config.error());
  auto& root = config->root();
  if (!root.has("nfs")) root.note("nfs", "missing: list the NFs that are expected");
  Inventory inventory;
  Repetitions repetitions;
  for (auto& entry : root.maps("nfs")) {
    inventory.nfs_.push_back(read_nf(entry));
    repetitions.check(entry, inventory.nfs_.back());
  }
  for (auto& entry : root.maps("revoked")) inventory.revoked_.insert(read_revoked(entry));
  for (auto& nf : inventory.nfs_) {
    if (const auto* because = inventory.revoked("instance", nf.instance.text())) nf.withdrawn = *because;
  }
  root.finish();
  if (auto good = config->check(); !good) return std::unexpected(good.error());
  return inventory;
}

const ExpectedNf* Inventory::find(const NfInstanceId& instance) const {
  const auto found = std::ranges::find(nfs_, instance, &ExpectedNf::instance);
  return found == nfs_.end() ? nullptr : &*found;
}

const std::string* Inventory::revoked(std::string_view kind, std::string_view value) const {
  if (revoked_.empty()) return nullptr;
  if (kind == "serial") value.remove_prefix(std::min(value.find_first_not_of('0'), value.size()));
  const auto found = revoked_.find(std::format("{} {}", kind, value));
  return found == revoked_.end() ? nullptr : &found->second;
}

const ExpectedNf* Inventory::find_name(std::string_view name) const {
  const auto found = std::ranges::find(nfs_, name, &ExpectedNf::name);
  return found == nfs_.end() ? nullptr : &*found;
}

}  // namespace cordon::identity
