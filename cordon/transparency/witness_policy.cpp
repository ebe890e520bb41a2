#include "cordon/transparency/witness_policy.h"

#include <algorithm>
#include <map>
#include <set>

#include "cordon/base/text.h"
#include "cordon/transparency/lines.h"

namespace cordon::transparency {

namespace {

constexpr std::size_t kLongest = 1U << 20;
constexpr std::size_t kMostOfAKind = 256;  // C2SP tlog-policy recommends at least 32 logs, witnesses and groups

using Words = std::vector<std::string_view>;

// C2SP tlog-policy, Structure: only spaces and tabs separate.
Words words_of(std::string_view line) {
  Words words;
  for (const auto by_space : split(line, ' ')) {
    for (const auto word : split(by_space, '\t')) {
      if (!word.empty()) words.push_back(word);
    }
  }
  return words;
}

bool has_control_character(std::string_view line) {
  return std::ranges::any_of(line, [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == '\x7f'; });
}

bool may_sign_as_log(SignatureType type) { return type != SignatureType::ed25519_cosignature; }
bool may_sign_as_witness(SignatureType type) { return type != SignatureType::ed25519; }

class PolicyReader {
 public:
  Result<void> line(std::string_view text) {
    if (has_control_character(text)) return refuse("a control character");
    const auto words = words_of(text);
    if (words.empty() || words.front().starts_with('#')) return {};
    if (words[0] == "log") return log(words);
    if (words[0] == "witness") return witness(words);
    if (words[0] == "group") return group(words);
    if (words[0] == "quorum") return quorum(words);
    return refuse(std::format("'{}' is not log, witness, group or quorum", printable(words[0])));
  }

  Result<TrustPolicy> finish() {
    if (policy_.quorum.empty()) return refuse("no quorum line: add 'quorum NAME' or 'quorum none'");
    return std::move(policy_);
  }

 private:
  static std::unexpected<Error> refuse(std::string message) {
    return fail(ErrorKind::invalid_input, std::move(message));
  }

  Result<VerifierKey> key(std::string_view vkey, std::set<Bytes>& known) {
    auto key = VerifierKey::parse(vkey);
    if (!key) return key;
    // C2SP tlog-policy: duplicate means the same public key, whatever its name and ID.
    if (!known.insert(key->key.raw().value_or(Bytes())).second) return refuse("this public key stands here already");
    return key;
  }

  Result<void> log(const Words& words) {
    if (words.size() < 2 || words.size() > 3) return refuse("write: log VKEY [URL]");
    if (policy_.logs.size() == kMostOfAKind) return refuse("more than 256 logs");
    auto parsed = key(words[1], log_keys_);
    if (!parsed) return std::unexpected(parsed.error());
    if (!may_sign_as_log(parsed->type)) return refuse("a key of type 0x04 is a witness's, not a log's");
    policy_.logs.push_back(std::move(*parsed));
    return {};
  }

  Result<void> witness(const Words& words) {
    if (words.size() < 3 || words.size() > 4) return refuse("write: witness NAME VKEY [URL]");
    if (policy_.witnesses.size() == kMostOfAKind) return refuse("more than 256 witnesses");
    auto parsed = key(words[2], witness_keys_);
    if (!parsed) return std::unexpected(parsed.error());
    if (!may_sign_as_witness(parsed->type)) return refuse("a key of type 0x01 is a log's, not a witness's");
    if (auto defined = define(words[1]); !defined) return defined;
    policy_.witnesses.push_back(
        {std::string(words[1]), std::move(*parsed), words.size() == 4 ? std::string(words[3]) : std::string()});
    return {};
  }

  Result<void> group(const Words& words) {
    if (words.size() < 4) return refuse("write: group NAME NUMBER|any|all MEMBER...");
    if (policy_.groups.size() == kMostOfAKind) return refuse("more than 256 groups");
    TrustPolicy::Group group{.name = std::string(words[1]), .needed = 0, .members = {}};
    for (const auto member : Words(words.begin() + 3, words.end())) {
      if (!defined_.contains(member)) return refuse(std::format("'{}' is not defined above", printable(member)));
      // "Each defined name can be listed as a group member at most once", in all groups together.
      if (!members_.emplace(member).second)
        return refuse(std::format("'{}' is in a group already", printable(member)));
      group.members.emplace_back(member);
    }
    const auto all = group.members.size();
    const auto needed = words[2] == "any" ? 1 : words[2] == "all" ? all : decimal(words[2]).value_or(0);
    if (needed < 1 || needed > all) {
      return refuse(std::format("'{}' is neither any, all nor a number from 1 to {}", printable(words[2]), all));
    }
    group.needed = needed;
    if (auto defined = define(words[1]); !defined) return defined;
    policy_.groups.push_back(std::move(group));
    return {};
  }

  Result<void> quorum(const Words& words) {
    if (words.size() != 2) return refuse("write: quorum NAME|none");
    if (!policy_.quorum.empty()) return refuse("a second quorum line");
    if (words[1] != "none" && !defined_.contains(words[1])) {
      return refuse(std::format("'{}' is not defined above", printable(words[1])));
    }
    policy_.quorum = words[1];
    return {};
  }

  Result<void> define(std::string_view name) {
    if (name == "none") return refuse("'none' cannot be defined");
    if (!defined_.emplace(name).second) return refuse(std::format("'{}' is defined already", printable(name)));
    return {};
  }

  TrustPolicy policy_;
  std::set<Bytes> log_keys_;
  std::set<Bytes> witness_keys_;
  std::set<std::string, std::less<>> defined_;
  std::set<std::string, std::less<>> members_;
};

// Groups only name what stands above them, so one pass in their order settles all.
bool quorum_met(const TrustPolicy& policy, const std::vector<std::string>& cosigned) {
  if (policy.quorum == "none") return true;
  std::set<std::string, std::less<>> witnessing(cosigned.begin(), cosigned.end());
  for (const auto& group : policy.groups) {
    const auto count =
        std::ranges::count_if(group.members, [&](const auto& name) { return witnessing.contains(name); });
    if (group.needed > 0 && static_cast<std::size_t>(count) >= group.needed) witnessing.insert(group.name);
  }
  return witnessing.contains(policy.quorum);
}

Result<void> verify_log_signatures(const Note& note, const std::string& origin, const TrustPolicy& policy) {
  bool known = false;
  for (const auto& key : policy.logs) {
    if (key.name != origin) continue;
    known = true;
    const auto verified = verify_signature(note, key);
    if (!verified) return fail(ErrorKind::corrupt, std::format("checkpoint: {}", verified.error().message));
  }
  if (known) return {};
  return fail(ErrorKind::permission,
              std::format("checkpoint: no log '{}' is trusted: add its 'log VKEY' lines", printable(origin)));
}

}  // namespace

Result<TrustPolicy> parse_trust_policy(std::string_view text, std::string_view file) {
  if (text.size() > kLongest) return fail(ErrorKind::invalid_input, std::format("{}: more than 1 MiB", file));
  PolicyReader reader;
  std::size_t number = 0;
  while (const auto line = take_line(text)) {
    ++number;
    if (auto read = reader.line(*line); !read) {
      return std::unexpected(within(std::format("{}:{}", file, number), read.error()));
    }
  }
  if (!text.empty()) {
    return fail(ErrorKind::invalid_input, std::format("{}:{}: no line end after the last line", file, number + 1));
  }
  auto policy = reader.finish();
  if (!policy) return std::unexpected(within(file, policy.error()));
  return policy;
}

Result<WitnessedBy> verify_checkpoint(const Note& checkpoint, const TrustPolicy& policy) {
  const auto parsed = parse_checkpoint(checkpoint.text);
  if (!parsed) return std::unexpected(parsed.error());
  if (auto log = verify_log_signatures(checkpoint, parsed->origin, policy); !log) return std::unexpected(log.error());
  WitnessedBy result;
  for (const auto& witness : policy.witnesses) {
    if (verify_signature(checkpoint, witness.key)) result.witnesses.push_back(witness.name);
  }
  result.quorum = quorum_met(policy, result.witnesses);
  return result;
}

}  // namespace cordon::transparency
