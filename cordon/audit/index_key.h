// What an entry can be found by: the pseudonyms, the terms and the kind that stand in its clear part. Pseudonyms and
// terms are keyed hashes, so the index says no more than the entries do, and anybody can make it again from them.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <vector>

#include "cordon/base/bytes.h"
#include "cordon/vault/sealed_entry.h"

namespace cordon::audit {

// One byte says what follows; ten bytes are the pseudonym, the term (8 bytes, big-endian) or the kind (1 byte), with
// zeros behind.
using IndexKey = std::array<std::uint8_t, 11>;

IndexKey key_of(const vault::Pseudonym& pseudonym);
IndexKey key_of(vault::Term term);
// Decisions are not found by their kind: nearly every entry is one.
IndexKey key_of(vault::EntryKind kind);
// Entries that this version cannot read are all found by this key: no answer may pass over them in silence.
IndexKey unreadable_key();

// The keys of one entry, each once, are appended.
void append_keys(BytesView entry, std::vector<IndexKey>& keys);

}  // namespace cordon::audit
