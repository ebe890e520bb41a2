// What a neighbour asks and what it is told: proxies of others, before they pass something on.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "cordon/wire/message.h"
#include "cordon/wire/problem.h"

namespace cordon::neighbours {

// All of it is the neighbour's word: that the caller held the certificate's key, what it asked for, and of whom.
struct Inquiry {
  std::string certificate;    // URL-encoded PEM; empty: the caller showed none
  std::string principal;      // the neighbour's own name for the caller; looked at only where that is believed
  std::string address;        // the caller's
  std::string producer;       // a name of the inventory, by the neighbour's configuration; empty: by :authority
  bool shows_bodies = true;   // false: bodies are not inspected, and the content's fields are not in the request
  bool body_missing = false;  // it has a body, of which not all was shown
  wire::Request request;
};

struct Advice {
  bool permit = false;
  wire::Problem problem;  // when refused
  std::string rule;
  std::string record;                          // its number in the evidence; empty: there is none
  std::optional<std::string> authorization{};  // what the producer sees in place of the caller's; "": nothing
};

using Advised = std::function<void(const Advice&)>;
using Ask = std::function<void(Inquiry, Advised)>;  // the answer comes once, at once or later

}  // namespace cordon::neighbours
