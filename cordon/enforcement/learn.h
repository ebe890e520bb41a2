// What a request is about that was made before, and what its answer will have made.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "cordon/enforcement/case.h"
#include "cordon/enforcement/ledger.h"

namespace cordon::enforcement {

// What a good answer to a permitted request will mean.
struct Prospect {
  enum class Does : std::uint8_t { nothing, creates, replaces, removes, touches };
  Does does = Does::nothing;                         // to the resource
  std::string service;                               // of a resource that the answer's Location will name
  std::string producer;                              // the NF set or the instance whose resource it is
  Mark resource;                                     // replaced, removed or touched
  Ledger::Entry made;                                // what stands for it then
  Mark about;                                        // whose context it is; zeros: nobody's
  std::vector<std::pair<Mark, Mark>> callbacks;      // from the one producer, from anybody
  std::vector<std::pair<Mark, Ledger::Entry>> also;  // who serves a UE then
};

// Fills in what is known of the resource asked for, and whether it is about emergency services. ledger null: nothing
// is remembered.
void recall(Case& c, const Ledger* ledger);

// Of a permitted request; null: its answer teaches nothing.
std::shared_ptr<const Prospect> foresee(const Case& c, const Ledger& ledger);

// Of a request that goes to its producer now: its notifications may overtake its answer.
void expect(Ledger& ledger, const Prospect& prospect, WallTime now);

// The ledger is to be flushed afterwards.
void learn(Ledger& ledger, const Prospect& prospect, const wire::Response& response, WallTime now);

// Names by which the ledger knows NFs: the set counts as one (TS 23.501 5.21).
std::string owner_name(const identity::ExpectedNf& nf);
Mark owner_of(const Ledger& ledger, const identity::ExpectedNf& nf);
std::uint16_t type_of(const Ledger& ledger, const identity::ExpectedNf& nf);
Mark about_of(const Mark& resource);                           // the key of whose context it is
bool only_its_creator(const wire::sbi::Operation& operation);  // may act on it, says the matrix of policies
Mark callback_of(const Ledger& ledger, const identity::ExpectedNf& consumer, std::string_view path,
                 const identity::ExpectedNf* from);  // null: whoever it is

}  // namespace cordon::enforcement
