// What an auditor is given: the sealed records, the proof of each under one checkpoint, what the index says about the
// question, and the keys of these records, wrapped to the auditor. CBOR, version 1:
//   [1, auditor, purpose, case, question, groups, time, access record, checkpoint, [[index, entry, [hash...]]...],
//    [[what, [key...]]...], [[index, why]...], [[index, pseudonym]...], answer, keys]
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/audit/answer.h"
#include "cordon/audit/find.h"
#include "cordon/crypto/kem.h"
#include "cordon/transparency/witness_policy.h"

namespace cordon::audit {

struct ReleaseFile {
  struct Entry {
    std::uint64_t index = 0;
    Bytes entry;
    std::vector<transparency::Hash> inclusion;
    bool operator==(const Entry&) const = default;
  };
  std::string auditor;
  std::string purpose;
  std::string case_reference;
  std::string question;  // the filter in words, subscribers as pseudonyms
  std::string groups;
  std::string time;  // RFC 3339, of the release
  std::uint64_t access_record = 0;
  std::string checkpoint;  // the note, whole
  std::vector<Entry> entries;
  std::vector<Clause> clauses;
  std::vector<Withheld> withheld;
  struct Erased {
    std::uint64_t index = 0;
    std::string pseudonym;  // whose key was destroyed: the record's personal part can never be read again
    bool operator==(const Erased&) const = default;
  };
  std::vector<Erased> erased;
  std::optional<Answer> answer;
  Bytes keys;  // see vault/release.h
};

std::string encode(const ReleaseFile& file);
// What the wrapped keys are bound to: the purpose, and the hash of everything in the file but themselves. Whoever
// lacks the records' keys can change neither.
std::string bound_purpose(const ReleaseFile& file);
Result<ReleaseFile> parse_release_file(BytesView bytes);

enum class Completeness {
  proved,      // the index shows that nothing is missing
  incomplete,  // it shows that something is: see `missing`
  unknown,     // the question is one that the index cannot answer
};
std::string_view name_of(Completeness completeness);

struct ReleaseVerdict {
  transparency::Checkpoint checkpoint;
  std::optional<transparency::WitnessedBy> witnessed;  // nothing: no trust policy was given
  Completeness completeness = Completeness::unknown;
  std::vector<std::string> missing;  // what is, in words
};
// corrupt: a proof does not hold, or the checkpoint is not the trusted log's.
Result<ReleaseVerdict> verify_release(const ReleaseFile& file, const std::optional<transparency::TrustPolicy>& trust);

// The records, as far as the released keys open them. corrupt: the file is not the one that the keys were wrapped
// for.
Result<std::vector<evidence::Record>> open_release(const ReleaseFile& file, const crypto::KemPrivateKey& key);

}  // namespace cordon::audit
