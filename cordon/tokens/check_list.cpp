#include "cordon/tokens/check_list.h"

#include <algorithm>
#include <array>

#include "cordon/base/text.h"

namespace cordon::tokens {

namespace {

using Fate = std::optional<Refusal>;

struct View {
  const Claims& claims;
  const Occasion& asked;
  const Rules& rules;

  const identity::ExpectedNf& caller() const { return *asked.caller; }
  const identity::ExpectedNf& producer() const { return *asked.producer; }
  std::int64_t now() const { return std::chrono::floor<std::chrono::seconds>(asked.now).time_since_epoch().count(); }
  // An SCP is not the consumer: what is bound to the consumer is held against its assertion, as check 9.
  bool direct() const { return !passes_on(caller()) && !is_border(caller()); }
};

Refusal because(std::string_view rule, std::string message, Fault fault = Fault::invalid_token) {
  return refuse(rule, std::move(message), fault).error();
}

// As NfInstanceId::parse, without allocating: 8-4-4-4-12 hexadecimal digits of either case.
bool is_instance(std::string_view text, const NfInstanceId& instance) {
  if (text.size() != 36) return false;
  std::size_t at = 0;
  for (const auto byte : instance.bytes()) {
    if ((at == 8 || at == 13 || at == 18 || at == 23) && text[at++] != '-') return false;
    for (const int digit : {byte >> 4, byte & 15}) {
      const char c = text[at++];
      const char lower = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
      if (lower != "0123456789abcdef"[digit]) return false;
    }
  }
  return true;
}

bool meet(const std::vector<std::string>& some, const std::vector<std::string>& others) {
  return std::ranges::find_first_of(some, others) != some.end();
}

// RFC 8705 3: the thumbprint of the certificate the consumer authenticated with.
Fate check_binding(const View& v) {
  const auto& bound = v.claims.certificate;
  if (!bound && !v.rules.require_binding) return {};
  if (!bound) return because("token-binding", "the token is bound to no certificate (cnf x5t#S256), and must be");
  const auto shown = v.direct()          ? v.asked.certificate
                     : v.asked.assertion ? std::optional(v.asked.assertion->certificate)
                                         : std::nullopt;
  if (shown && crypto::constant_time_equal(*bound, *shown)) return {};
  return because("token-binding", "the token is bound to another certificate than the consumer's");
}

// TS 33.501 13.4.1.1.2 step 2: "subject ... matches the NF Instance ID in the certificate", for direct communication.
Fate check_subject(const View& v) {
  if (v.direct() && !is_instance(v.claims.subject, v.caller().instance)) {
    return because("token-subject", std::format("the token was issued to {}, and {} brings it",
                                                printable(v.claims.subject), v.caller().name));
  }
  return check_binding(v);
}

Fate check_audience(const View& v) {
  const auto& producer = v.producer();
  const auto names_it = [&](const std::string& word) {
    return word == producer.type || is_instance(word, producer.instance);
  };
  if (std::ranges::any_of(v.claims.audience, names_it)) return {};
  return because("token-audience", std::format("the token is for {}, and {} is of type {}",
                                               printable(v.claims.audience.front()), producer.name, producer.type));
}

Fate check_slices(const View& v) {
  const auto& [slices, nsis] = std::tie(v.claims.slices, v.claims.nsis);
  // A producer without slices in the inventory serves all.
  if (!slices.empty() && !v.producer().slices.empty() && !meet(slices, v.producer().slices)) {
    return because("token-slice", std::format("the token is for slice {}, which {} does not serve", slices.front(),
                                              v.producer().name));
  }
  if (!nsis.empty() && !meet(nsis, v.producer().nsis)) {
    return because("token-slice", std::format("the token is for a slice instance (NSI) that the inventory does not "
                                              "list for {}",
                                              v.producer().name));
  }
  return {};
}

Fate check_sets(const View& v) {
  const auto& producer = v.producer();
  if (!v.claims.nf_set.empty() && v.claims.nf_set != producer.nf_set) {
    return because("token-set", std::format("the token is for NF set {}, and the inventory says '{}' for {}",
                                            printable(v.claims.nf_set), producer.nf_set, producer.name));
  }
  if (!v.claims.service_set.empty() && !std::ranges::contains(producer.service_sets, v.claims.service_set)) {
    return because("token-set", std::format("the token is for NF service set {}, which the inventory does not list "
                                            "for {}",
                                            printable(v.claims.service_set), producer.name));
  }
  return {};
}

Fate check_scope(const View& v) {
  if (!v.asked.operation || covers(v.claims, *v.asked.operation)) return {};
  return because("token-scope", std::format("the token's scope does not cover {}", v.asked.operation->action),
                 Fault::insufficient_scope);
}

Fate check_times(const View& v) {
  const auto& claims = v.claims;
  const auto late = v.now() - v.rules.leeway.count();
  const auto early = v.now() + v.rules.leeway.count();
  if (claims.expires <= late) return because("token-time", "the token has expired");
  if (claims.expires - v.now() > v.rules.longest.count()) {
    return because("token-time", std::format("the token is good for longer than {} s", v.rules.longest.count()));
  }
  if (claims.issued.value_or(0) > early || claims.not_before.value_or(0) > early) {
    return because("token-time", "the token comes from the future (iat or nbf); compare the clocks");
  }
  if (v.rules.oldest.count() == 0) return {};
  if (claims.issued && *claims.issued >= late - v.rules.oldest.count()) return {};
  return because("token-time",
                 std::format("the token is older than {} s, or does not say (iat)", v.rules.oldest.count()));
}

// TS 33.501 13.4.1.1.2 step 2: "the subject claim (i.e., NF Instance ID) in the access token is the same as in the
// CCA".
Fate check_assertion_of(const View& v) {
  const bool demanded = v.rules.assertion == Demand::required && !is_border(v.caller());
  if (!v.asked.assertion) {
    if (!demanded && !passes_on(v.caller())) return {};
    return because("assertion-missing",
                   std::format("{} brings no client credentials assertion of the consumer", v.caller().name),
                   Fault::assertion);
  }
  const auto& assertion = *v.asked.assertion;
  if (const auto fault =
          check_assertion(assertion, v.producer().type, v.asked.now, v.rules.leeway, v.rules.longest)) {
    return fault;
  }
  if (v.direct() && assertion.instance != v.caller().instance) {
    return because("assertion-subject", std::format("the assertion is of another NF than {}", v.caller().name),
                   Fault::assertion);
  }
  if (is_instance(v.claims.subject, assertion.instance)) return {};
  return because("token-assertion-mismatch", "token and client credentials assertion are of different NFs",
                 Fault::mismatch);
}

// TS 33.501 13.4.1.2.2: a token that crosses networks says both.
Fate check_networks(const View& v) {
  const auto& [from, to] = std::tie(v.claims.consumer_plmn, v.claims.producer_plmn);
  const bool abroad = is_border(v.caller());
  if (to.empty() ? abroad : to != v.producer().plmn) {
    return because("token-plmn", std::format("the token is for network '{}', and {} is in '{}'", to,
                                             v.producer().name, v.producer().plmn));
  }
  if (abroad && (from.empty() || from == v.producer().plmn)) {
    return because("token-plmn", "the token comes through a SEPP and names no other network as its consumer's");
  }
  if (!abroad && !from.empty() && from != v.caller().plmn) {
    return because("token-plmn", std::format("the token was issued to network '{}', and {} is in '{}'", from,
                                             v.caller().name, v.caller().plmn));
  }
  return {};
}

struct Check {
  int number;
  std::string_view name;
  Fate (*made)(const View&);
};
constexpr auto kChecks = std::to_array<Check>({{3, "subject", check_subject},
                                               {4, "audience", check_audience},
                                               {5, "slices", check_slices},
                                               {6, "sets", check_sets},
                                               {7, "scope", check_scope},
                                               {8, "times", check_times},
                                               {9, "assertion", check_assertion_of},
                                               {10, "networks", check_networks}});

}  // namespace

bool passes_on(const identity::ExpectedNf& caller) { return caller.type == "SCP"; }
bool is_border(const identity::ExpectedNf& caller) { return caller.type == "SEPP"; }

// Some APIs spell their scope otherwise than their name.
std::string_view service_scope(const wire::sbi::Operation& operation) {
  return operation.scopes.empty() ? operation.service : operation.scopes.front();
}

// TS 29.501 4.8, TS 29.500 6.10.11.2.1: the service is always in the scope. Additional scopes of that service, when
// the token has any, restrict it to the operations that list one of them.
bool covers(const Claims& claims, const wire::sbi::Operation& operation) {
  const auto service = service_scope(operation);
  const auto is_finer = [&](std::string_view word) {
    return word.size() > service.size() && word.starts_with(service) && word[service.size()] == ':';
  };
  if (!std::ranges::contains(claims.scope, service)) return false;
  if (std::ranges::none_of(claims.scope, is_finer)) return true;
  return std::ranges::any_of(operation.scopes, [&](std::string_view listed) {
    return is_finer(listed) && std::ranges::contains(claims.scope, listed);
  });
}

std::optional<Refusal> first_fault(const Claims& claims, const Occasion& occasion, const Rules& rules) {
  const View view{claims, occasion, rules};
  for (const auto& check : kChecks) {
    if (auto fault = check.made(view)) return fault;
  }
  return std::nullopt;
}

std::vector<Finding> findings(const Claims& claims, const Occasion& occasion, const Rules& rules) {
  const View view{claims, occasion, rules};
  std::vector<Finding> out;
  for (const auto& check : kChecks) out.push_back({check.number, check.name, check.made(view)});
  return out;
}

}  // namespace cordon::tokens
