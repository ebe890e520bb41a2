#include "cordon/administrator/containment.h"

#include <algorithm>
#include <format>

#include "cordon/base/file.h"
#include "cordon/base/text.h"
#include "cordon/wire/sbi/catalogue.h"

namespace cordon::administrator {

namespace {

using enforcement::Contained;
using enforcement::ContainedKind;

std::string_view member(const wire::Json& json, std::string_view name) {
  const auto* found = json.find(name);
  return found ? found->text() : std::string_view();
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// TS 29.571 5.4.4.2: SST 0 to 255, SD six hexadecimal digits.
bool is_slice(std::string_view text) {
  const auto sst = text.substr(0, text.find('-'));
  const auto sd = sst.size() == text.size() ? std::string_view("000000") : text.substr(sst.size() + 1);
  const bool hex = std::ranges::all_of(sd, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  return is_digits(sst) && sst.size() <= 3 && (sst.size() < 3 || sst <= "255") && hex && sd.size() == 6;
}

bool is_operation(std::string_view text) {
  return wire::sbi::find_operation(text) ||
         std::ranges::contains(wire::sbi::operations(), text, &wire::sbi::Operation::service);
}

std::unexpected<Error> wrong(std::string what) { return fail(ErrorKind::invalid_input, std::move(what)); }

Result<std::string> nf_name(std::string_view word, const identity::Inventory& inventory) {
  if (const auto* nf = inventory.find_name(word)) return nf->instance.text();
  if (const auto id = NfInstanceId::parse(word); id && inventory.find(*id)) return id->text();
  std::vector<std::string_view> names;
  for (const auto& nf : inventory.nfs()) names.push_back(nf.name);
  const auto near = closest(word, names);
  return wrong(std::format("the inventory has no NF '{}'{}", printable(word),
                           near.empty() ? "" : std::format("; did you mean '{}'?", near)));
}

}  // namespace

Result<std::string> contained_name(ContainedKind kind, std::string_view word, const identity::Inventory& inventory) {
  std::string text(word);
  switch (kind) {
    case ContainedKind::nf:
      return nf_name(word, inventory);
    case ContainedKind::slice:
      std::ranges::transform(text, text.begin(),
                             [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
      if (is_slice(text)) return text;
      return wrong(std::format("'{}' is no slice: write SST or SST-SD, like 1 or 1-00000a", printable(word)));
    case ContainedKind::operation:
      if (is_operation(word)) return text;
      return wrong(std::format(
          "'{}' is no operation or service of the catalogue: write nudm-sdm:GetAmData or nudm-sdm", printable(word)));
    case ContainedKind::plmn:
      if (is_digits(word) && (word.size() == 5 || word.size() == 6)) return text;
      return wrong(std::format("'{}' is no PLMN: write MCC and MNC, like 99970", printable(word)));
  }
  return wrong("unknown kind");
}

Result<Containment> Containment::open(std::filesystem::path file, const crypto::PrivateKey& key) {
  Containment made(std::move(file), key);
  const auto content = read_file(made.file_);
  if (!content && content.error().kind == ErrorKind::not_found) return made;
  if (!content) return std::unexpected(content.error());
  const auto json = wire::parse_json(*content, {.bytes = kSmallFile, .depth = 4, .leaves = 10});
  const auto list = json ? member(*json, "list") : std::string_view();
  const auto signature = from_base64(json ? member(*json, "signature") : std::string_view());
  if (!signature || !key.public_key().verify(as_bytes(list), *signature)) {
    return fail(
        ErrorKind::corrupt,
        std::format("{}: the signature is not the engine's; restore the file, or remove it and quarantine anew "
                    "what must stay cut off",
                    made.file_.string()));
  }
  auto all = enforcement::read_all_contained(list);
  if (!all) return std::unexpected(within(made.file_.string(), all.error()));
  made.all_ = std::move(*all);
  return made;
}

Result<void> Containment::keep(std::vector<Contained> next) {
  if (next.size() > enforcement::kMostContained)
    return wrong(std::format("{} entries are in quarantine already: lift some", enforcement::kMostContained));
  const auto list = enforcement::write_contained(next);
  const auto signature = key_->sign(as_bytes(list));
  if (!signature) return std::unexpected(signature.error());
  wire::Json json{wire::JsonObject{}};
  json.set("list", list).set("signature", to_base64(*signature));
  if (auto written = write_file(file_, json.dump(), 0600); !written) return written;
  all_ = std::move(next);
  return {};
}

Result<void> Containment::add(Contained contained) {
  auto next = all_;
  std::erase_if(next,
                [&](const Contained& each) { return each.kind == contained.kind && each.what == contained.what; });
  next.push_back(std::move(contained));
  return keep(std::move(next));
}

Result<Contained> Containment::lift(ContainedKind kind, std::string_view what) {
  const auto found =
      std::ranges::find_if(all_, [&](const Contained& each) { return each.kind == kind && each.what == what; });
  if (found == all_.end()) {
    return fail(ErrorKind::not_found, std::format("{} {} is not in quarantine: see cordon quarantine list",
                                                  enforcement::name_of(kind), printable(what)));
  }
  auto lifted = *found;
  auto next = all_;
  next.erase(next.begin() + (found - all_.begin()));
  if (auto kept = keep(std::move(next)); !kept) return std::unexpected(kept.error());
  return lifted;
}

Result<std::vector<Contained>> Containment::expire(WallTime now) {
  std::vector<Contained> over, next;
  for (const auto& each : all_) (each.until && now >= *each.until ? over : next).push_back(each);
  if (over.empty()) return over;
  if (auto kept = keep(std::move(next)); !kept) return std::unexpected(kept.error());
  return over;
}

}  // namespace cordon::administrator
