#include <print>

#include "app/cordon/output.h"
#include "app/cordon/token_commands.h"
#include "cordon/base/file.h"
#include "cordon/base/text.h"
#include "cordon/tokens/authority.h"
#include "cordon/tokens/check_list.h"
#include "cordon/tokens/issuer_files.h"

namespace cordon::app {

namespace {

struct Line {
  int number;
  std::string_view name;
  std::string outcome;  // "good", a rule, or "not checked"
  std::string why;
};

// What the enforcement point would trust, read from the same configuration.
Result<tokens::Verifier> verifier_of(const enforcement::Settings& settings) {
  auto files = tokens::IssuerFiles::open(settings.tokens.issuers);
  if (!files) return std::unexpected(files.error());
  auto issuers = files->issuers();
  if (const auto& authority = settings.tokens.authority) {
    auto keys = tokens::read_authority_keys(authority->key);
    if (!keys) return std::unexpected(keys.error());
    issuers.push_back(tokens::Authority(authority->issuer, std::move(*keys), authority->life).as_issuer());
  }
  std::vector<tokens::Anchors> anchors;
  for (const auto& callers : settings.tls.callers) {
    const auto pem = read_file(callers.file, 1 << 20);
    const auto chain = pem ? crypto::Certificate::chain_from_pem(*pem) : std::unexpected(pem.error());
    if (!chain) return std::unexpected(within(callers.file.string(), chain.error()));
    anchors.push_back({*chain, callers.plmns});
  }
  return tokens::Verifier(std::move(issuers), std::move(anchors));
}

Result<tokens::Occasion> occasion_of(const Arguments& arguments, const TokenPlace& place) {
  tokens::Occasion occasion{.now = system_clock().now()};
  const auto from = nf_named(place.inventory, arguments.option("--from").value_or(""));
  if (!from) return std::unexpected(within("--from", from.error()));
  const auto at = nf_named(place.inventory, arguments.option("--at").value_or(""));
  if (!at) return std::unexpected(within("--at", at.error()));
  occasion.caller = *from;
  occasion.producer = *at;
  if (const auto action = arguments.option("--operation")) {
    occasion.operation = wire::sbi::find_operation(*action);
    if (!occasion.operation) {
      return fail(
          ErrorKind::invalid_input,
          std::format("--operation '{}' is none of the catalogue's, like nudm-sdm:GetAmData", printable(*action)));
    }
  }
  if (const auto file = arguments.option("--certificate")) {
    const auto certificate = read_certificate(*file);
    if (!certificate) return std::unexpected(certificate.error());
    occasion.certificate = thumbprint_of(*certificate);
  }
  return occasion;
}

// Issuer and signature; what comes after the one that failed is not checked.
std::vector<Line> first_lines(const tokens::Checked<tokens::KnownToken*>& known) {
  if (known) return {{1, "issuer", "good", ""}, {2, "signature", "good", ""}};
  const auto& fault = known.error();
  if (fault.rule == "token-malformed") return {{0, "form", std::string(fault.rule), fault.message}};
  if (fault.rule == "token-issuer") return {{1, "issuer", std::string(fault.rule), fault.message}};
  return {{1, "issuer", "good", ""}, {2, "signature", std::string(fault.rule), fault.message}};
}

Result<std::vector<Line>> lines_of(const Arguments& arguments) {
  const auto place = token_place(arguments);
  if (!place) return std::unexpected(place.error());
  auto verifier = verifier_of(place->settings);
  if (!verifier) return std::unexpected(verifier.error());
  auto occasion = occasion_of(arguments, *place);
  if (!occasion) return std::unexpected(occasion.error());
  const auto token = read_token(arguments);
  if (!token) return std::unexpected(token.error());
  tokens::Refusal bad_assertion;
  if (const auto file = arguments.option("--cca")) {
    const auto text = read_file(*file, 1 << 20);
    if (!text) return std::unexpected(text.error());
    const auto assertion = verifier->assertion(trim(*text), place->inventory, occasion->now);
    if (assertion) occasion->assertion = *assertion;
    if (!assertion) bad_assertion = assertion.error();
  }
  const auto known = verifier->token(*token, occasion->now);
  auto lines = first_lines(known);
  if (!known) return lines;
  for (auto& finding : tokens::findings((*known)->claims, *occasion, place->settings.tokens.rules)) {
    if (finding.number == 9 && !bad_assertion.rule.empty()) finding.fault = bad_assertion;
    const bool unasked = finding.number == 7 && !occasion->operation;
    lines.push_back({finding.number, finding.name,
                     finding.fault ? std::string(finding.fault->rule)
                     : unasked     ? "not checked"
                                   : "good",
                     finding.fault ? finding.fault->message
                     : unasked     ? "say --operation"
                                   : ""});
  }
  return lines;
}

bool all_good(const std::vector<Line>& lines) {
  return std::ranges::all_of(lines,
                             [](const Line& line) { return line.why.empty() || line.outcome == "not checked"; });
}

void print(const std::vector<Line>& lines, bool json) {
  if (json) {
    wire::JsonArray list;
    for (const auto& line : lines) {
      auto entry = wire::Json{wire::JsonObject{}}
                       .set("check", line.number)
                       .set("name", line.name)
                       .set("outcome", line.outcome);
      if (!line.why.empty()) entry.set("why", line.why);
      list.push_back(std::move(entry));
    }
    return print_json(wire::Json{wire::JsonObject{}}.set("good", all_good(lines)).set("checks", std::move(list)));
  }
  std::vector<std::vector<Cell>> rows{{{""}, {"check"}, {"outcome"}, {""}}};
  for (const auto& line : lines) {
    const auto tint = line.outcome == "good" ? Tint::good : line.why.empty() ? Tint::plain : Tint::bad;
    rows.push_back({{std::to_string(line.number)}, {std::string(line.name)}, {line.outcome, tint}, {line.why}});
  }
  print_table(rows);
}

int verify(const Words& words) {
  const auto arguments =
      Arguments::parse(words, {.flags = {"--json"},
                               .options = {"--config", "--from", "--at", "--operation", "--certificate", "--cca"},
                               .most_words = 1});
  if (!arguments) return report("token verify", arguments.error());
  const auto lines = lines_of(*arguments);
  if (!lines) return report("token verify", lines.error(), arguments->has("--json"));
  print(*lines, arguments->has("--json"));
  return all_good(*lines) ? kOk : kFailed;
}

Result<wire::Json> shown(const std::string& token) {
  const auto parts = split(token, '.');
  if (parts.size() != 3) return fail(ErrorKind::invalid_input, "no JWT: not three parts with dots between");
  wire::Json out{wire::JsonObject{}};
  for (const auto& [name, part] : {std::pair{"header", parts[0]}, {"claims", parts[1]}}) {
    const auto bytes = from_base64url(part);
    const auto json = bytes ? wire::parse_json(as_text(*bytes)) : std::unexpected(bytes.error());
    if (!json) return std::unexpected(within(name, json.error()));
    out.set(name, *json);
  }
  return out.set("verified", false);
}

int show(const Words& words) {
  const auto arguments = Arguments::parse(words, {.flags = {"--json"}, .most_words = 1});
  if (!arguments) return report("token show", arguments.error());
  const bool json = arguments->has("--json");
  const auto token = read_token(*arguments);
  const auto said = token ? shown(*token) : std::unexpected(token.error());
  if (!said) return report("token show", said.error(), json);
  if (json) return print_json(*said), kOk;
  std::println("{}\n{}", said->find("header")->pretty(), said->find("claims")->pretty());
  std::println(stderr, "nothing of it is verified: cordon token verify does that");
  return kOk;
}

}  // namespace

const Command kTokenVerifyCommand{
    .name = "verify",
    .summary = "the ten checks on a token",
    .help =
        "usage: cordon token verify [FILE] --from NF --at NF [OPTION...]\n\n"
        "  FILE                holds the token; default, and -: standard input\n"
        "  --from NF           who brings it: a name or an instance of the inventory\n"
        "  --at NF             the producer that is asked\n"
        "  --operation NAME    what is asked, like nudm-sdm:GetAmData; without it the scope is not checked\n"
        "  --certificate FILE  the caller's, for tokens bound to one\n"
        "  --cca FILE          the client credentials assertion that comes with it\n"
        "  --config FILE       default: cordon.yaml\n"
        "  --json              {\"good\": ..., \"checks\": [...]}\n\n"
        "Exit status 1 when a check fails.\n\n"
        "example: cordon token issue --for amf1 --to UDM --scope nudm-sdm |\n"
        "         cordon token verify --from amf1 --at udm1 --operation nudm-sdm:GetAmData",
    .run = verify};

const Command kTokenShowCommand{.name = "show",
                                .summary = "what a token says",
                                .help =
                                    "usage: cordon token show [FILE] [OPTION...]\n\n"
                                    "  FILE    holds the token; default, and -: standard input\n"
                                    "  --json  {\"header\": ..., \"claims\": ..., \"verified\": false}\n\n"
                                    "Nothing is verified.\n\n"
                                    "example: cordon token show token.jwt",
                                .run = show};

}  // namespace cordon::app
