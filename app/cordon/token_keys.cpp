#include <print>

#include "app/cordon/output.h"
#include "app/cordon/token_commands.h"
#include "cordon/base/file.h"

namespace cordon::app {

namespace {

Result<std::filesystem::path> key_file(const Arguments& arguments) {
  if (const auto file = arguments.option("--key")) return std::filesystem::path(*file);
  const auto settings = enforcement::load_settings(arguments.option("--config").value_or("cordon.yaml"));
  if (!settings) return std::unexpected(settings.error());
  return settings->tokens.authority ? settings->tokens.authority->key : settings->state / "token-key.pem";
}

Result<wire::Json> keys_json(const std::filesystem::path& file) {
  const auto keys = tokens::read_authority_keys(file);
  if (!keys) return std::unexpected(keys.error());
  wire::JsonArray list;
  for (const auto& key : *keys) {
    list.push_back(wire::Json{wire::JsonObject{}}
                       .set("kid", key.shown.id)
                       .set("alg", crypto::name_of(key.shown.algorithm))
                       .set("signs", list.empty()));
  }
  wire::Json out{wire::JsonObject{}};
  return out.set("file", file.string()).set("jwks", jwks_beside(file).string()).set("keys", std::move(list));
}

void print(const wire::Json& json) {
  std::println("{}; public keys: {}", json.find("file")->text(), json.find("jwks")->text());
  for (const auto& key : json.find("keys")->array()) {
    std::println("  {} {} {}", key.find("kid")->text(), key.find("alg")->text(),
                 key.find("signs")->boolean() ? "signs" : "verifies only");
  }
}

using Change = Result<void> (*)(const std::filesystem::path&, crypto::KeyKind);

int change_and_show(const char* name, const Words& words, Change change) {
  const auto arguments = Arguments::parse(words, {.flags = {"--json"}, .options = {"--config", "--key", "--kind"}});
  if (!arguments) return report(name, arguments.error());
  const bool json = arguments->has("--json");
  const auto file = key_file(*arguments);
  if (!file) return report(name, file.error(), json);
  const auto kind = crypto::key_kind(arguments->option("--kind").value_or("ecdsa-p256"));
  if (!kind) return report(name, kind.error(), json);
  if (change) {
    if (!file->parent_path().empty()) {
      if (auto made = make_folder(file->parent_path(), 0700); !made) return report(name, made.error(), json);
    }
    if (auto done = change(*file, *kind); !done) return report(name, done.error(), json);
    if (auto written = write_jwks(*file); !written) return report(name, written.error(), json);
  }
  const auto shown = keys_json(*file);
  if (!shown) return report(name, shown.error(), json);
  json ? print_json(*shown) : print(*shown);
  return kOk;
}

int make(const Words& words) { return change_and_show("token keys make", words, tokens::make_authority_key); }
int rotate(const Words& words) { return change_and_show("token keys rotate", words, tokens::rotate_authority_key); }
int show(const Words& words) { return change_and_show("token keys show", words, nullptr); }

const Command kMake{
    .name = "make",
    .summary = "a first key",
    .help =
        "usage: cordon token keys make [OPTION...]\n\n"
        "  --kind KIND    ecdsa-p256 (the default), ecdsa-p384, ed25519 or ml-dsa-65\n"
        "  --config FILE  whose authority (default: cordon.yaml)\n"
        "  --key FILE     another file than the configuration's\n"
        "  --json         the keys as JSON\n\n"
        "The file has mode 0600 and is never overwritten. Public keys go to token-jwks.json beside it.\n\n"
        "example: cordon token keys make",
    .run = make};
const Command kRotate{
    .name = "rotate",
    .summary = "a new key signs; the last one still verifies",
    .help =
        "usage: cordon token keys rotate [OPTION...]\n\n"
        "  --kind KIND    ecdsa-p256 (the default), ecdsa-p384, ed25519 or ml-dsa-65\n"
        "  --config FILE  whose authority (default: cordon.yaml)\n"
        "  --key FILE     another file than the configuration's\n"
        "  --json         the keys as JSON\n\n"
        "Running enforcement points take the new key within a second. Whoever else verifies needs the\n"
        "new token-jwks.json, or GET /oauth2/jwks at the NRF's listener.\n\n"
        "example: cordon token keys rotate --kind ml-dsa-65",
    .run = rotate};
const Command kShow{.name = "show",
                    .summary = "which keys there are",
                    .help =
                        "usage: cordon token keys show [OPTION...]\n\n"
                        "  --config FILE  whose authority (default: cordon.yaml)\n"
                        "  --key FILE     another file than the configuration's\n"
                        "  --json         as JSON\n\n"
                        "example: cordon token keys show",
                    .run = show};

std::vector<const Command*> parts() { return {&kMake, &kRotate, &kShow}; }

}  // namespace

const Command kTokenKeysCommand{.name = "keys",
                                .summary = "keys of the token authority",
                                .help =
                                    "usage: cordon token keys make|rotate|show [OPTION...]\n\n"
                                    "  make     a first key: cordon token keys make\n"
                                    "  rotate   a new key signs, the last one still verifies\n"
                                    "  show     which keys there are\n\n"
                                    "example: cordon token keys rotate --kind ml-dsa-65",
                                .parts = parts};

}  // namespace cordon::app
