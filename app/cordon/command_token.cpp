#include <iostream>
#include <iterator>

#include "app/cordon/token_commands.h"
#include "cordon/base/file.h"
#include "cordon/base/text.h"

namespace cordon::app {

namespace {

std::vector<const Command*> parts() {
  return {&kTokenIssueCommand, &kTokenVerifyCommand, &kTokenShowCommand, &kTokenAssertCommand, &kTokenKeysCommand};
}

}  // namespace

Result<TokenPlace> token_place(const Arguments& arguments) {
  auto settings = enforcement::load_settings(arguments.option("--config").value_or("cordon.yaml"));
  if (!settings) return std::unexpected(settings.error());
  const auto text = read_file(settings->inventory, 16 << 20);
  if (!text) return std::unexpected(text.error());
  auto inventory = identity::Inventory::parse(*text, settings->inventory.string());
  if (!inventory) return std::unexpected(inventory.error());
  return TokenPlace{std::move(*settings), std::move(*inventory)};
}

Result<const identity::ExpectedNf*> nf_named(const identity::Inventory& inventory, const std::string& name) {
  if (const auto* nf = inventory.find_name(name)) return nf;
  const auto instance = NfInstanceId::parse(name);
  const auto* nf = instance ? inventory.find(*instance) : nullptr;
  if (nf) return nf;
  std::vector<std::string_view> names;
  for (const auto& each : inventory.nfs()) names.push_back(each.name);
  const auto near = closest(name, names);
  return fail(ErrorKind::not_found, std::format("the inventory has no NF '{}'{}", printable(name),
                                                near.empty() ? "" : std::format("; did you mean '{}'?", near)));
}

Result<std::string> read_token(const Arguments& arguments) {
  const auto file = arguments.words().empty() ? "-" : arguments.words()[0];
  if (file == "-") {
    return std::string(trim(std::string(std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>())));
  }
  const auto text = read_file(file, 1 << 20);
  if (!text) return std::unexpected(text.error());
  return std::string(trim(*text));
}

Result<crypto::Certificate> read_certificate(const std::string& file) {
  const auto pem = read_file(file, 1 << 20);
  if (!pem) return std::unexpected(pem.error());
  auto certificate = crypto::Certificate::from_pem(*pem);
  if (!certificate) return std::unexpected(within(file, certificate.error()));
  return certificate;
}

crypto::Sha256Digest thumbprint_of(const crypto::Certificate& certificate) {
  return crypto::sha256(certificate.der());
}

std::filesystem::path jwks_beside(const std::filesystem::path& key) { return key.parent_path() / "token-jwks.json"; }

Result<void> write_jwks(const std::filesystem::path& key) {
  const auto keys = tokens::read_authority_keys(key);
  if (!keys) return std::unexpected(keys.error());
  const auto jwks = tokens::jwks_of(*keys);
  if (!jwks) return std::unexpected(jwks.error());
  return write_file(jwks_beside(key), *jwks + "\n");
}

const Command kTokenCommand{
    .name = "token",
    .summary = "issue, verify and show access tokens; keys of the token authority",
    .help =
        "usage: cordon token COMMAND [OPTION...]\n\n"
        "  issue    a token of this Cordon's authority, for tests and NFs that are set up by hand\n"
        "  verify   the ten checks of TS 33.501 13.4.1.1.2 on a token, each with its outcome\n"
        "  show     what a token says; nothing is verified\n"
        "  assert   a client credentials assertion (CCA, TS 33.501 13.3.8)\n"
        "  keys     make, rotate and show the keys of the token authority\n\n"
        "  cordon token COMMAND --help shows options and examples.",
    .parts = parts};

}  // namespace cordon::app
