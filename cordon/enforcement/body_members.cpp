#include "cordon/enforcement/body_members.h"

#include <algorithm>
#include <format>

#include "cordon/wire/sbi/media_type.h"

namespace cordon::enforcement {

namespace {

using wire::JsonKind;
using wire::JsonTape;

// The tokenizer has bounded the depth.
void walk(std::string_view name, const JsonTape& tape, std::uint32_t at, const SeeMember& see) {
  see(name, BodyValue(tape, at));
  const auto& token = tape[at];
  if (token.kind == JsonKind::object) {
    for (auto member = at + 1; member < token.next; member = tape[member + 1].next) {
      walk(tape.text(tape[member]), tape, member + 1, see);
    }
  } else if (token.kind == JsonKind::array) {
    for (auto item = at + 1; item < token.next; item = tape[item].next) walk(name, tape, item, see);
  }
}

void walk_text(std::string_view text, const SeeMember& see) {
  JsonTape tape;
  if (tape.read(text)) walk("", tape, 0, see);
}

bool is_json(std::string_view type) { return type == "application/json" || type.ends_with("+json"); }

}  // namespace

void each_member(const wire::Headers& headers, std::string_view body, const SeeMember& see) {
  if (body.empty()) return;
  const auto type = wire::sbi::parse_media_type(wire::find_header(headers, "content-type").value_or(""));
  if (!type) return;
  if (is_json(type->name)) return walk_text(body, see);
  if (type->name != "multipart/related") return;
  const auto parts = wire::sbi::parse_multipart(body, type->parameter("boundary").value_or(""));
  if (!parts) return;
  for (const auto& part : *parts) {
    const auto of = wire::sbi::parse_media_type(part.content_type);
    if (of && is_json(of->name)) return walk_text(part.body, see);
  }
}

void each_member(const wire::sbi::Body& body, const SeeMember& see) {
  if (body.has_json) walk("", body.json, 0, see);
}

std::optional<BodyValue> BodyValue::find(std::string_view member) const {
  const auto found = tape_.find(at_, member);
  return found == 0 ? std::nullopt : std::optional(BodyValue(tape_, found));
}

std::string_view path_of_uri(std::string_view uri) {
  if (const auto scheme = uri.find("://"); scheme != uri.npos) {
    const auto start = uri.find('/', scheme + 3);
    if (start == uri.npos) return "/";
    uri.remove_prefix(start);
  }
  return uri.substr(0, uri.find_first_of("?#"));
}

bool is_host_of(const identity::ExpectedNf& nf, std::string_view host) {
  return (nf.listen && nf.listen->address == host) || (nf.upstream && nf.upstream->address == host) ||
         std::ranges::contains(nf.dns_names, host);
}

std::optional<std::string> slice_of(const BodyValue& value) {
  const auto sst = value.find("sst");
  const auto sd = value.find("sd");
  if (!sst || !sst->is(JsonKind::number)) return std::nullopt;
  std::string out(sst->number());
  if (sd && sd->is(JsonKind::string)) (out += '-') += sd->text();
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
  return out;
}

}  // namespace cordon::enforcement
