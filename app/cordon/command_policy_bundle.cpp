#include "app/cordon/command_policy_bundle.h"

#include <algorithm>
#include <charconv>
#include <print>

#include "app/cordon/arguments.h"
#include "app/cordon/output.h"
#include "app/cordon/policy_commands.h"
#include "cordon/administrator/read_policy.h"
#include "cordon/base/file.h"
#include "cordon/bundle/bundle.h"

namespace cordon::app {

namespace {

constexpr std::size_t kLongestKeyFile = 64U << 10;
constexpr mode_t kOwnerOnly = 0600;

std::unexpected<Error> wrong(std::string message) { return fail(ErrorKind::invalid_input, std::move(message)); }

// The answer "no" is 1; a file that cannot be read, or wrong words, 2.
int status_of(std::string_view command, const Error& error, bool json) {
  const int usage = report(command, error, json);
  const bool no = error.kind == ErrorKind::permission || error.kind == ErrorKind::invalid_input;
  return no ? kFailed : usage;
}

Result<std::uint64_t> number(const Arguments& arguments, std::string_view option) {
  const auto word = arguments.option(option);
  std::uint64_t value = 0;
  if (!word) return wrong(std::format("{} is missing", option));
  const auto [stop, error] = std::from_chars(word->data(), word->data() + word->size(), value);
  if (error == std::errc{} && stop == word->data() + word->size() && value > 0) return value;
  return wrong(std::format("{} wants a whole number from 1 on, not '{}'", option, *word));
}

Result<std::string> required(const Arguments& arguments, std::string_view option) {
  auto word = arguments.option(option);
  if (word) return std::move(*word);
  return wrong(std::format("{} is missing", option));
}

Result<bundle::SigningPair> read_signing_key(const std::filesystem::path& file) {
  auto pem = read_file(file, kLongestKeyFile);
  if (!pem) return std::unexpected(pem.error());
  auto pair = bundle::SigningPair::parse(*pem, file.stem().string());
  wipe({reinterpret_cast<std::uint8_t*>(pem->data()), pem->size()});
  if (!pair) return std::unexpected(within(file.string(), pair.error()));
  return pair;
}

wire::Json bundle_json(const bundle::Bundle& bundle, const std::string& file, bool verified) {
  wire::JsonArray members;
  for (const auto& member : bundle.manifest.members) {
    members.push_back(wire::Json(wire::JsonObject{}).set("name", member.name).set("size", member.size));
  }
  wire::JsonArray signers(bundle.signers.begin(), bundle.signers.end());
  wire::Json json{wire::JsonObject{}};
  json.set("file", file).set("name", bundle.manifest.name).set("version", bundle.manifest.version);
  json.set("created", format_time(bundle.manifest.created)).set("language", bundle::kLanguage);
  json.set("policySet", bundle.manifest.policy_set_hash).set("manifest", bundle.digest);
  json.set("members", std::move(members)).set("signers", std::move(signers)).set("verified", verified);
  return json;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

void print_bundle(const bundle::Bundle& bundle, const std::string& file, std::string_view signatures) {
  const auto& manifest = bundle.manifest;
  std::println("{}: {} version {}, made {}", file, manifest.name, manifest.version, format_time(manifest.created));
  std::println("  {:<11} {}", "policy set", manifest.policy_set_hash);
  std::println("  {:<11} {}", "language", bundle::kLanguage);
  for (const auto& member : manifest.members) {
    std::println("  {:<11} {} ({} bytes)", "member", member.name, member.size);
  }
  std::println("  {:<11} {}", "signed by",
               bundle.signers.empty() ? "nobody" : joined(bundle.signers) + std::string(signatures));
}

// === create

Result<administrator::NamedText> read_named(const std::string& file) {
  auto text = read_file(file, bundle::kLongestArchive);
  if (!text) return std::unexpected(text.error());
  return administrator::NamedText{file, std::move(*text)};
}

Result<std::optional<administrator::NamedText>> read_option(const Arguments& arguments, std::string_view option) {
  const auto file = arguments.option(option);
  if (!file) return std::nullopt;
  return read_named(*file);
}

Result<administrator::PolicyTexts> read_texts(const Arguments& arguments) {
  administrator::PolicyTexts texts;
  auto files = arguments.words();
  if (files.empty()) return wrong("name at least one policy file: cordon policy bundle create ... POLICY.cedar");
  // The order the engine will have them in: that of their names in the bundle.
  std::ranges::sort(files, {}, [](const std::string& file) { return std::filesystem::path(file).filename(); });
  for (const auto& file : files) {
    auto policy = read_named(file);
    if (!policy) return std::unexpected(policy.error());
    texts.policies.push_back(std::move(*policy));
  }
  auto schema = read_option(arguments, "--schema");
  if (!schema) return std::unexpected(schema.error());
  auto entities = read_option(arguments, "--entities");
  if (!entities) return std::unexpected(entities.error());
  texts.schema = std::move(*schema);
  texts.entities = std::move(*entities);
  return texts;
}

std::vector<bundle::Member> members_of(const administrator::PolicyTexts& texts) {
  std::vector<bundle::Member> members;
  for (const auto& [file, text] : texts.policies) {
    members.emplace_back(std::string(bundle::kPolicies) + std::filesystem::path(file).filename().string(), text);
  }
  if (texts.schema) {
    const auto name = texts.schema->name.ends_with(".json") ? bundle::kSchemaJson : bundle::kSchema;
    members.emplace_back(std::string(name), texts.schema->text);
  }
  if (texts.entities) members.emplace_back(std::string(bundle::kEntities), texts.entities->text);
  return members;
}

Result<bundle::Contents> read_contents(const Arguments& arguments) {
  bundle::Contents contents{.created = system_clock().now()};
  auto name = required(arguments, "--name");
  if (!name) return std::unexpected(name.error());
  const auto version = number(arguments, "--version");
  if (!version) return std::unexpected(version.error());
  if (const auto created = arguments.option("--created")) {
    const auto time = parse_time(*created);
    if (!time) return wrong("--created: " + time.error().message);
    contents.created = *time;
  }
  const auto texts = read_texts(arguments);
  if (!texts) return std::unexpected(texts.error());
  // What no engine would activate is not made: the same check, with the same words.
  auto checked = administrator::check_policy(*texts);
  if (!checked) return std::unexpected(checked.error());
  for (const auto& warning : checked->warnings) std::println(stderr, "warning: {}", warning);
  contents.name = std::move(*name);
  contents.version = *version;
  contents.policy_set_hash = std::move(checked->policy_set_hash);
  contents.members = members_of(*texts);
  return contents;
}

Result<bundle::Bundle> create_file(const Arguments& arguments, const std::string& output) {
  std::vector<bundle::SigningPair> signers;
  if (const auto key = arguments.option("--key")) {
    auto pair = read_signing_key(*key);
    if (!pair) return std::unexpected(pair.error());
    signers.push_back(std::move(*pair));
  }
  const auto contents = read_contents(arguments);
  if (!contents) return std::unexpected(contents.error());
  const auto archive = bundle::create(*contents, signers);
  if (!archive) return std::unexpected(archive.error());
  if (auto written = write_file(output, as_text(*archive)); !written) return std::unexpected(written.error());
  return bundle::inspect(*archive);
}

int create(const Words& words) {
  const auto arguments = Arguments::parse(
      words, {.flags = {"--json"},
              .options = {"--name", "--version", "--schema", "--entities", "--key", "--created", "--output"},
              .most_words = bundle::kMostMembers});
  if (!arguments) return report("policy bundle create", arguments.error());
  const bool json = arguments->has("--json");
  const auto output = required(*arguments, "--output");
  if (!output) return report("policy bundle create", output.error(), json);
  const auto made = create_file(*arguments, *output);
  if (!made) return status_of("policy bundle create", made.error(), json);
  if (json) return print_json(bundle_json(*made, *output, false)), kOk;
  print_bundle(*made, *output, "");
  if (made->signers.empty())
    std::println("no engine accepts it yet: cordon policy bundle sign {} --key FILE", *output);
  return kOk;
}

// === sign

Result<bundle::Bundle> sign_file(const Arguments& arguments, const std::string& output) {
  const auto& file = arguments.words()[0];
  const auto key = required(arguments, "--key");
  if (!key) return std::unexpected(key.error());
  const auto pair = read_signing_key(*key);
  if (!pair) return std::unexpected(pair.error());
  const auto archive = read_file(file, bundle::kLongestArchive);
  if (!archive) return std::unexpected(archive.error());
  const auto more = bundle::add_signature(as_bytes(*archive), *pair);
  if (!more) return std::unexpected(within(file, more.error()));
  if (auto written = write_file(output, as_text(*more)); !written) return std::unexpected(written.error());
  return bundle::inspect(*more);
}

int sign(const Words& words) {
  const auto arguments =
      Arguments::parse(words, {.flags = {"--json"}, .options = {"--key", "--output"}, .most_words = 1});
  if (!arguments) return report("policy bundle sign", arguments.error());
  const bool json = arguments->has("--json");
  if (arguments->words().empty())
    return report("policy bundle sign", {ErrorKind::invalid_input, "say which bundle to sign"}, json);
  const auto output = arguments->option("--output").value_or(arguments->words()[0]);
  const auto made = sign_file(*arguments, output);
  if (!made) return status_of("policy bundle sign", made.error(), json);
  if (json) return print_json(bundle_json(*made, output, false)), kOk;
  print_bundle(*made, output, "");
  return kOk;
}

// === show and verify

int show(const Words& words) {
  const auto arguments = Arguments::parse(words, {.flags = {"--json"}, .most_words = 1});
  if (!arguments) return report("policy bundle show", arguments.error());
  const bool json = arguments->has("--json");
  if (arguments->words().empty())
    return report("policy bundle show", {ErrorKind::invalid_input, "say which bundle to show"}, json);
  const auto& file = arguments->words()[0];
  const auto archive = read_file(file, bundle::kLongestArchive);
  if (!archive) return report("policy bundle show", archive.error(), json);
  const auto seen = bundle::inspect(as_bytes(*archive));
  if (!seen) return status_of("policy bundle show", within(file, seen.error()), json);
  if (json) return print_json(bundle_json(*seen, file, false)), kOk;
  print_bundle(*seen, file, " (as they say: cordon policy bundle verify)");
  return kOk;
}

int verify(const Words& words) {
  const auto arguments = Arguments::parse(
      words, {.flags = {"--json"}, .options = {"--threshold", "--schema"}, .most_words = 1 + bundle::kMostMembers});
  if (!arguments) return report("policy bundle verify", arguments.error());
  const bool json = arguments->has("--json");
  const auto& rest = arguments->words();
  if (rest.size() < 2) {
    return report("policy bundle verify",
                  {ErrorKind::invalid_input, "name the bundle and the public keys that count: verify BUNDLE KEY.pub"},
                  json);
  }
  enforcement::BundleTrust trust{.keys = {rest.begin() + 1, rest.end()}};
  if (arguments->has("--threshold") || arguments->option("--threshold")) {
    const auto threshold = number(*arguments, "--threshold");
    if (!threshold) return report("policy bundle verify", threshold.error(), json);
    trust.threshold = *threshold;
  }
  administrator::Sources sources{.policy = rest[0], .inventory = {}, .schema = {}, .bundle = std::move(trust)};
  if (const auto schema = arguments->option("--schema")) sources.schema = *schema;
  const auto read = administrator::read_policy(sources);
  if (!read) return status_of("policy bundle verify", read.error(), json);
  if (json) return print_json(bundle_json(*read->bundle, rest[0], true)), kOk;
  print_bundle(*read->bundle, rest[0], " (verified)");
  return kOk;
}

// === keygen

Result<std::filesystem::path> make_keys(const std::string& name, const std::filesystem::path& folder) {
  const auto pair = bundle::SigningPair::generate(name);
  if (!pair) return std::unexpected(pair.error());
  auto secret_file = folder / (name + ".key");
  const auto public_file = folder / (name + ".pub");
  for (const auto& file : {secret_file, public_file}) {
    if (std::filesystem::exists(file)) return wrong(file.string() + " exists already and is left as it is");
  }
  auto secret = pair->pem();
  const auto written = write_file(secret_file, secret, kOwnerOnly);
  wipe({reinterpret_cast<std::uint8_t*>(secret.data()), secret.size()});
  if (!written) return std::unexpected(written.error());
  if (auto also = write_file(public_file, pair->public_pair().pem()); !also) return std::unexpected(also.error());
  return secret_file;
}

int keygen(const Words& words) {
  const auto arguments = Arguments::parse(words, {.flags = {"--json"}, .options = {"--output"}, .most_words = 1});
  if (!arguments) return report("policy bundle keygen", arguments.error());
  const bool json = arguments->has("--json");
  if (arguments->words().empty())
    return report("policy bundle keygen", {ErrorKind::invalid_input, "give the keys a name: keygen NAME"}, json);
  const std::filesystem::path folder = arguments->option("--output").value_or(".");
  const auto made = make_keys(arguments->words()[0], folder);
  if (!made) return report("policy bundle keygen", made.error(), json);
  const auto public_file = std::filesystem::path(*made).replace_extension(".pub").string();
  if (json) {
    print_json(wire::Json(wire::JsonObject{}).set("private", made->string()).set("public", public_file));
  } else {
    std::println("wrote {} (secret: keep it where bundles are signed) and {} (for policy.keys of cordon.yaml)",
                 made->string(), public_file);
  }
  return kOk;
}

const Command kCreate{
    .name = "create",
    .summary = "make a bundle",
    .help =
        "usage: cordon policy bundle create --name NAME --version N --output FILE [OPTION...] POLICY.cedar...\n\n"
        "Checks the policies strictly, as the engine will, and writes them with schema and entities into one\n"
        "archive. The version must be higher than any before: an engine never goes back.\n\n"
        "  --name NAME      whose policy it is; versions are counted for each name\n"
        "  --version N      from 1 to 18446744073709551615\n"
        "  --output FILE    the bundle\n"
        "  --schema FILE    Cedar schema (JSON when the name ends in .json); default: the built-in one, left out\n"
        "  --entities FILE  static entities in Cedar's JSON\n"
        "  --key FILE       sign it at once; without, sign it elsewhere with 'sign'\n"
        "  --created TIME   as in 2026-11-21T02:48:04Z; default now\n"
        "  --json           one object\n\n"
        "example: cordon policy bundle create --name sbi --version 7 --key operator.key --output sbi.bundle "
        "policies/sbi.cedar",
    .run = create};

const Command kSign{
    .name = "sign",
    .summary = "add a signature",
    .help =
        "usage: cordon policy bundle sign BUNDLE --key FILE [--output FILE] [--json]\n\n"
        "Adds the signature of one more signer, for a second pair of eyes or while keys are changed: sign with the\n"
        "old and the new key, trust both, then remove the old one.\n\n"
        "  --key FILE     a private key file of keygen\n"
        "  --output FILE  default: BUNDLE itself\n\n"
        "example: cordon policy bundle sign sbi.bundle --key next.key",
    .run = sign};

const Command kShow{.name = "show",
                    .summary = "what is in a bundle",
                    .help =
                        "usage: cordon policy bundle show BUNDLE [--json]\n\n"
                        "Says what a bundle is and whether it is whole; believes no signature.\n\n"
                        "example: cordon policy bundle show sbi.bundle",
                    .run = show};

const Command kVerify{
    .name = "verify",
    .summary = "whether an engine would accept it",
    .help =
        "usage: cordon policy bundle verify BUNDLE KEY.pub... [--threshold N] [--schema FILE] [--json]\n\n"
        "Checks everything an engine that trusts these keys checks, but the version. Exit status 0 when it would\n"
        "accept the bundle, 1 when it would not.\n\n"
        "  --threshold N  so many of the keys must have signed; default 1\n"
        "  --schema FILE  for a bundle that brings none; default: the built-in one\n\n"
        "example: cordon policy bundle verify sbi.bundle operator.pub",
    .run = verify};

const Command kKeygen{
    .name = "keygen",
    .summary = "keys to sign with",
    .help =
        "usage: cordon policy bundle keygen NAME [--output FOLDER] [--json]\n\n"
        "Writes NAME.key (mode 0600: an Ed25519 and an ML-DSA-65 private key) and NAME.pub (their public halves).\n"
        "Existing files are never overwritten.\n\n"
        "example: cordon policy bundle keygen operator",
    .run = keygen};

std::vector<const Command*> parts() { return {&kCreate, &kSign, &kShow, &kVerify, &kKeygen}; }

}  // namespace

const Command kPolicyBundleCommand{
    .name = "bundle",
    .summary = "sign policies, schema and entities as one archive",
    .help =
        "usage: cordon policy bundle create|sign|show|verify|keygen [OPTION...]\n\n"
        "  keygen  keys to sign with: an Ed25519 and an ML-DSA-65 key together\n"
        "  create  policies, schema and entities into one archive (tar tf shows it)\n"
        "  sign    one more signature\n"
        "  show    what is in it\n"
        "  verify  whether an engine that trusts these keys would accept it\n\n"
        "  cordon policy bundle COMMAND --help shows options and examples. An engine takes bundles whose\n"
        "  signers it knows, whose policies are strictly valid, and whose version is not below one it had.\n\n"
        "example: cordon policy bundle verify sbi.bundle operator.pub",
    .run = run_policy_bundle,
    .parts = parts};

int run_policy_bundle(const Words& words) {
  if (words.empty()) return std::println("{}", kPolicyBundleCommand.help), kUsage;
  return run_one_of(parts(), "cordon policy bundle", words);
}

}  // namespace cordon::app
