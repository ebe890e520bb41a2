#include "app/cordon/init_open5gs.h"

#include <algorithm>

#include "app/cordon/init_certificates.h"
#include "cordon/base/file.h"

namespace cordon::app {

namespace {

using identity::ExpectedNf;
using identity::Inventory;
using std::filesystem::path;

constexpr std::size_t kLargestFile = 1 << 20;

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// Peers call an NF by its first name, where Cordon listens.
std::string advertised(const ExpectedNf& nf) { return std::format("{}:{}", nf.dns_names.front(), nf.listen->port); }

std::string client_section(const ExpectedNf& nf, const ExpectedNf& nrf) {
  if (nf.type == "NRF") return "";
  const auto uri = "https://" + advertised(nrf);
  auto text = std::format("    client:\n      nrf:\n        - uri: {}\n", uri);
  if (nf.type != "NSSF" || nf.slices.empty()) return text;
  text += "      nsi:\n";  // the NSSF tells AMFs which NRF a slice has: also that one is reached through Cordon
  for (const auto& slice : nf.slices) {
    const auto dash = slice.find('-');
    text += std::format("        - uri: {}\n          s_nssai:\n            sst: {}\n", uri, slice.substr(0, dash));
    if (dash != std::string::npos) text += std::format("            sd: {}\n", slice.substr(dash + 1));
  }
  return text;
}

std::string name_of(const path& file) { return file.string(); }

Result<Inventory> inventory_of(const path& folder) {
  const auto file = folder / "inventory.yaml";
  return read_file(file, kLargestFile).and_then([&](const auto& text) {
    return Inventory::parse(text, name_of(file));
  });
}

Result<std::string> template_for(const ExpectedNf& nf, const path& from) {
  auto file = from / (nf.name + ".yaml");
  if (!std::filesystem::exists(file)) file = from / (lower(nf.type) + ".yaml");
  auto text = read_file(file, kLargestFile);
  if (!text) {
    return std::unexpected(
        within(std::format("{} is in the inventory, and its file of Open5GS is missing", nf.name), text.error()));
  }
  return text;
}

std::string hosts_of(const Inventory& inventory) {
  std::string text =
      "# Made by 'cordon init --open5gs': add these lines to /etc/hosts where NFs run, or the names to the DNS.\n";
  for (const auto& nf : inventory.nfs()) {
    if (!nf.listen) continue;
    text += nf.listen->address;
    for (const auto& name : nf.dns_names) text += ' ' + name;
    text += '\n';
  }
  return text;
}

Result<void> write_nf(const ExpectedNf& nf, const ExpectedNf& nrf, const path& folder, const path& from,
                      const path& to) {
  const auto original = template_for(nf, from);
  if (!original) return std::unexpected(original.error());
  const auto section = lower(nf.type);
  const auto text =
      with_open5gs_sections(*original, section, open5gs_sections(nf, nrf, std::filesystem::absolute(folder / "pki")));
  if (!text) return std::unexpected(within(section + ".yaml", text.error()));
  return write_file(to, *text);
}

// A line that begins something at this depth or above: neither blank nor a comment.
bool begins(std::string_view line, std::size_t depth) {
  const auto at = line.find_first_not_of(' ');
  return at != std::string_view::npos && at <= depth && line[at] != '#' && line[at] != '\r';
}

}  // namespace

const std::string_view kOpen5gsInventory =
    R"(# The NFs of Open5GS as it is packaged, on one host. Open5GS makes up its nfInstanceIds at every start:
# `names_itself` binds what an NF registers to its certificate, which carries the instance below.
nfs:
  - {instance: 0b500010-5c5c-4c5c-8c5c-000000000010, type: NRF, name: nrf, names_itself: true, dns: [nrf.5gc.mnc070.mcc999.3gppnetwork.org], plmn: "99970", listen: 127.0.1.10:7777, upstream: 127.0.0.10:7777, upstream_name: nrf.5gc.mnc070.mcc999.3gppnetwork.org}
  - {instance: 0b500005-5c5c-4c5c-8c5c-000000000005, type: AMF, name: amf, names_itself: true, dns: [amf.5gc.mnc070.mcc999.3gppnetwork.org], plmn: "99970", slices: ["1"], listen: 127.0.1.5:7777, upstream: 127.0.0.5:7777, upstream_name: amf.5gc.mnc070.mcc999.3gppnetwork.org}
  - {instance: 0b500004-5c5c-4c5c-8c5c-000000000004, type: SMF, name: smf, names_itself: true, dns: [smf.5gc.mnc070.mcc999.3gppnetwork.org], plmn: "99970", slices: ["1"], listen: 127.0.1.4:7777, upstream: 127.0.0.4:7777, upstream_name: smf.5gc.mnc070.mcc999.3gppnetwork.org}
  - {instance: 0b500011-5c5c-4c5c-8c5c-000000000011, type: AUSF, name: ausf, names_itself: true, dns: [ausf.5gc.mnc070.mcc999.3gppnetwork.org], plmn: "99970", listen: 127.0.1.11:7777, upstream: 127.0.0.11:7777, upstream_name: ausf.5gc.mnc070.mcc999.3gppnetwork.org}
  - {instance: 0b500012-5c5c-4c5c-8c5c-000000000012, type: UDM, name: udm, names_itself: true, dns: [udm.5gc.mnc070.mcc999.3gppnetwork.org], plmn: "99970", listen: 127.0.1.12:7777, upstream: 127.0.0.12:7777, upstream_name: udm.5gc.mnc070.mcc999.3gppnetwork.org}
  - {instance: 0b500013-5c5c-4c5c-8c5c-000000000013, type: PCF, name: pcf, names_itself: true, dns: [pcf.5gc.mnc070.mcc999.3gppnetwork.org], plmn: "99970", listen: 127.0.1.13:7777, upstream: 127.0.0.13:7777, upstream_name: pcf.5gc.mnc070.mcc999.3gppnetwork.org}
  - {instance: 0b500014-5c5c-4c5c-8c5c-000000000014, type: NSSF, name: nssf, names_itself: true, dns: [nssf.5gc.mnc070.mcc999.3gppnetwork.org], plmn: "99970", slices: ["1"], listen: 127.0.1.14:7777, upstream: 127.0.0.14:7777, upstream_name: nssf.5gc.mnc070.mcc999.3gppnetwork.org}
  - {instance: 0b500015-5c5c-4c5c-8c5c-000000000015, type: BSF, name: bsf, names_itself: true, dns: [bsf.5gc.mnc070.mcc999.3gppnetwork.org], plmn: "99970", listen: 127.0.1.15:7777, upstream: 127.0.0.15:7777, upstream_name: bsf.5gc.mnc070.mcc999.3gppnetwork.org}
  - {instance: 0b500020-5c5c-4c5c-8c5c-000000000020, type: UDR, name: udr, names_itself: true, dns: [udr.5gc.mnc070.mcc999.3gppnetwork.org], plmn: "99970", listen: 127.0.1.20:7777, upstream: 127.0.0.20:7777, upstream_name: udr.5gc.mnc070.mcc999.3gppnetwork.org}
)";

std::string open5gs_sections(const ExpectedNf& nf, const ExpectedNf& nrf, const path& pki) {
  const auto file = [&](const std::string& name) { return name_of(pki / name); };
  // Both anchors are Cordon's own: who is not Cordon is neither served nor asked (docs/guides/bypass.md).
  return std::format(
             "  default:                  # default and sbi: made by 'cordon init --open5gs'\n"
             "    tls:\n"
             "      server:\n"
             "        scheme: https\n"
             "        private_key: {0}\n"
             "        cert: {1}\n"
             "        verify_client: true\n"
             "        verify_client_cacert: {2}\n"
             "      client:\n"
             "        scheme: https\n"
             "        cacert: {2}\n"
             "        client_private_key: {0}\n"
             "        client_cert: {1}\n"
             "  sbi:\n"
             "    server:\n"
             "      - address: {3}\n"
             "        port: {4}\n"
             "        advertise: {5}\n",
             file(nf.name + ".key"), file(nf.name + ".crt"), file("cordon-ca.crt"), nf.upstream->address,
             nf.upstream->port, advertised(nf)) +
         client_section(nf, nrf);
}

Result<std::string> with_open5gs_sections(std::string_view text, std::string_view nf, std::string_view sections) {
  std::string out;
  bool inside = false, skipping = false, found = false;
  while (!text.empty()) {
    const auto line = text.substr(0, std::min(text.find('\n'), text.size() - 1) + 1);
    text.remove_prefix(line.size());
    if (begins(line, 0)) inside = skipping = false;
    if (inside && begins(line, 2)) skipping = line.starts_with("  sbi:") || line.starts_with("  default:");
    if (!skipping) out += line;
    if (!found && line.starts_with(std::format("{}:", nf))) {
      inside = found = true;
      out += sections;
    }
  }
  if (found) return out;
  return fail(ErrorKind::invalid_input, std::format("there is no section '{}:' in it", nf));
}

Result<std::vector<path>> prepare_open5gs(const path& folder, const path& from) {
  const auto inventory = inventory_of(folder);
  if (!inventory) return std::unexpected(inventory.error());
  const auto nrf = std::ranges::find(inventory->nfs(), "NRF", &ExpectedNf::type);
  const bool complete = nrf != inventory->nfs().end() && nrf->listen;
  if (!complete)
    return fail(ErrorKind::invalid_input, "inventory.yaml has no NRF with listen: the NFs need one to ask");
  if (auto made = make_folder(folder / "open5gs"); !made) return std::unexpected(made.error());
  if (auto made = make_certificates(folder / "pki", *inventory); !made) return std::unexpected(made.error());
  std::vector<path> written{folder / "open5gs/hosts"};
  if (auto done = write_file(written[0], hosts_of(*inventory)); !done) return std::unexpected(done.error());
  for (const auto& nf : inventory->nfs()) {
    if (!nf.listen || !nf.upstream) continue;
    written.push_back(folder / "open5gs" / (nf.name + ".yaml"));
    if (auto done = write_nf(nf, *nrf, folder, from, written.back()); !done) return std::unexpected(done.error());
  }
  return written;
}

}  // namespace cordon::app
