#include <print>

#include "app/cordon/output.h"
#include "app/cordon/token_commands.h"
#include "cordon/base/file.h"
#include "cordon/base/text.h"
#include "cordon/crypto/secret.h"
#include "cordon/tokens/assertion.h"
#include "cordon/tokens/authority.h"

namespace cordon::app {

namespace {

std::int64_t now_seconds() {
  return std::chrono::floor<std::chrono::seconds>(system_clock().now()).time_since_epoch().count();
}

Result<std::int64_t> life_of(const Arguments& arguments, std::int64_t usual) {
  const auto text = arguments.option("--life");
  if (!text) return usual;
  std::int64_t value = 0;
  const auto [end, wrong] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (wrong == std::errc() && end == text->data() + text->size() && value >= 1 && value <= 86'400) return value;
  return fail(ErrorKind::invalid_input,
              std::format("--life: expected seconds, 1 to 86400, found '{}'", printable(*text)));
}

Result<std::string> needed(const Arguments& arguments, std::string_view name) {
  auto text = arguments.option(name);
  if (text && !text->empty()) return std::move(*text);
  return fail(ErrorKind::invalid_input, std::format("{} is missing; see --help", name));
}

std::vector<std::string> scopes_of(std::string_view text) {
  std::vector<std::string> out;
  for (const auto word : split(text, ' ')) {
    if (!word.empty()) out.emplace_back(word);
  }
  return out;
}

// --to names an NF of the inventory, or a type.
Result<void> set_audience(tokens::Claims& claims, const identity::Inventory& inventory, const std::string& to) {
  const auto* nf = inventory.find_name(to);
  const bool type = std::ranges::contains(inventory.nfs(), to, &identity::ExpectedNf::type);
  if (!nf && !type)
    return fail(ErrorKind::invalid_input,
                std::format("--to '{}' is no NF and no type of the inventory", printable(to)));
  claims.audience = {nf ? nf->instance.text() : to};
  return {};
}

Result<tokens::Claims> claims_of(const Arguments& arguments, const TokenPlace& place) {
  const auto who = needed(arguments, "--for");
  const auto to = needed(arguments, "--to");
  const auto scope = needed(arguments, "--scope");
  for (const auto* each : {&who, &to, &scope}) {
    if (!*each) return std::unexpected(each->error());
  }
  const auto nf = nf_named(place.inventory, *who);
  if (!nf) return std::unexpected(nf.error());
  const auto life = life_of(arguments, place.settings.tokens.authority->life.count());
  if (!life) return std::unexpected(life.error());
  tokens::Claims claims;
  claims.issuer = place.settings.tokens.authority->issuer;
  claims.subject = (*nf)->instance.text();
  claims.scope = scopes_of(*scope);
  claims.issued = now_seconds();
  claims.expires = *claims.issued + *life;
  claims.consumer_plmn = (*nf)->plmn;
  if (auto good = set_audience(claims, place.inventory, *to); !good) return std::unexpected(good.error());
  if (const auto file = arguments.option("--certificate")) {
    const auto certificate = read_certificate(*file);
    if (!certificate) return std::unexpected(certificate.error());
    claims.certificate = thumbprint_of(*certificate);
  }
  return claims;
}

Result<std::string> issued(const Arguments& arguments) {
  const auto place = token_place(arguments);
  if (!place) return std::unexpected(place.error());
  const auto& authority = place->settings.tokens.authority;
  if (!authority) {
    return fail(ErrorKind::invalid_input, "there is no token authority: add tokens: authority: to the configuration");
  }
  const auto claims = claims_of(arguments, *place);
  if (!claims) return std::unexpected(claims.error());
  auto keys = tokens::read_authority_keys(authority->key);
  if (!keys) return std::unexpected(keys.error());
  return tokens::Authority(authority->issuer, std::move(*keys), authority->life).sign(*claims);
}

int tell(const char* command, const Arguments& arguments, const char* member, const Result<std::string>& made) {
  const bool json = arguments.has("--json");
  if (!made) return report(command, made.error(), json);
  if (json) {
    print_json(wire::Json{wire::JsonObject{}}.set(member, *made));
  } else {
    std::println("{}", *made);
  }
  return kOk;
}

int issue(const Words& words) {
  const auto arguments = Arguments::parse(
      words, {.flags = {"--json"}, .options = {"--config", "--for", "--to", "--scope", "--certificate", "--life"}});
  if (!arguments) return report("token issue", arguments.error());
  return tell("token issue", *arguments, "access_token", issued(*arguments));
}

Result<std::string> asserted(const Arguments& arguments) {
  const auto chain_file = needed(arguments, "--certificate");
  const auto key_file = needed(arguments, "--key");
  const auto to = needed(arguments, "--to");
  for (const auto* each : {&chain_file, &key_file, &to}) {
    if (!*each) return std::unexpected(each->error());
  }
  const auto pem = read_file(*chain_file, 1 << 20);
  const auto chain = pem ? crypto::Certificate::chain_from_pem(*pem) : std::unexpected(pem.error());
  if (!chain) return std::unexpected(within(*chain_file, chain.error()));
  auto key_text = read_file(*key_file, 1 << 16);
  if (!key_text) return std::unexpected(key_text.error());
  const auto key = crypto::PrivateKey::from_pem(*key_text);
  crypto::wipe_text(*key_text);
  if (!key) return std::unexpected(within(*key_file, key.error()));
  const auto life = life_of(arguments, 60);
  if (!life) return std::unexpected(life.error());
  tokens::Claims claims;
  for (const auto& uri : chain->front().uris()) {
    if (uri.starts_with("urn:uuid:")) claims.subject = uri.substr(9);
  }
  if (claims.subject.empty())
    return fail(ErrorKind::invalid_input, *chain_file + ": names no NF instance (urn:uuid:...)");
  for (const auto type : split(*to, ',')) claims.audience.emplace_back(type);
  claims.issued = now_seconds();
  claims.expires = *claims.issued + *life;
  return tokens::sign_assertion(claims, *chain, *key);
}

int assert_credentials(const Words& words) {
  const auto arguments =
      Arguments::parse(words, {.flags = {"--json"}, .options = {"--certificate", "--key", "--to", "--life"}});
  if (!arguments) return report("token assert", arguments.error());
  return tell("token assert", *arguments, "assertion", asserted(*arguments));
}

}  // namespace

const Command kTokenIssueCommand{
    .name = "issue",
    .summary = "a token of this Cordon's authority",
    .help =
        "usage: cordon token issue --for NF --to NF|TYPE --scope SCOPES [OPTION...]\n\n"
        "  --for NF            whom it is for: a name or an instance of the inventory\n"
        "  --to NF|TYPE        which producer, or producers of which type\n"
        "  --scope SCOPES      services, and operation scopes: \"nudm-sdm nudm-sdm:am-data:read\"\n"
        "  --certificate FILE  binds it to that certificate (RFC 8705); without it, to the instance only\n"
        "  --life SECONDS      1 to 86400 (default: the authority's, 60)\n"
        "  --config FILE       default: cordon.yaml\n"
        "  --json              {\"access_token\": ...}\n\n"
        "Policy is not asked: whoever may read the authority's key may issue anything.\n\n"
        "example: cordon token issue --for amf1 --to UDM --scope nudm-sdm --certificate pki/amf.pem",
    .run = issue};

const Command kTokenAssertCommand{
    .name = "assert",
    .summary = "a client credentials assertion (CCA)",
    .help =
        "usage: cordon token assert --certificate FILE --key FILE --to TYPE[,TYPE...] [OPTION...]\n\n"
        "  --certificate FILE  the NF's chain, own certificate first; its instance is the subject\n"
        "  --key FILE          the NF's private key\n"
        "  --to TYPES          for whom: NRF, and the producer's type\n"
        "  --life SECONDS      1 to 86400 (default: 60)\n"
        "  --json              {\"assertion\": ...}\n\n"
        "For the header 3gpp-Sbi-Client-Credentials (TS 29.500 5.2.3.2.11).\n\n"
        "example: cordon token assert --certificate pki/amf.pem --key pki/amf.key --to UDM,NRF",
    .run = assert_credentials};

}  // namespace cordon::app
