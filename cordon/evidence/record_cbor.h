// Records as CBOR (record-schema.md), in the groups that are sealed under different keys:
//   header    who decided what about which NFs, and why
//   analyst   claims, near misses, features: what an investigation of the decision needs
//   personal  the subscriber's identifier, one group each
// Texts name a subscriber by his place in Record::subjects, so that whoever reads an entry sees the pseudonym it was
// sealed under. Whatever is written can be read again; what is too long or no UTF-8 is clipped or mended and marked.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cordon/base/bytes.h"
#include "cordon/evidence/record.h"
#include "cordon/evidence/record_text.h"

namespace cordon::evidence {

inline constexpr std::size_t kMostRecordBytes = 65'000;  // of all groups together

void append_header(std::string& out, const Record& record);
void append_analyst(std::string& out, const Record& record);  // nothing when the record has nothing of it
void append_personal(std::string& out, const Subject& subject);

// The record's members out of the groups that could be opened, an empty view for one that could not. The subjects are
// given: the texts refer to them. Unknown members are kept in Record::later. invalid_input says which member is
// wrong.
Result<Record> read_groups(BytesView header, BytesView analyst, std::vector<Subject> subjects);
Result<std::string> read_personal(BytesView payload);  // the identifier

// A whole record in one piece: what proxy, spool and writer hand to each other. The sequence is left out.
// spool: stands in for the record's own mark.
void encode_record(const Record& record, std::string& out, const SpoolMark* spool = nullptr);  // appends
Result<Record> decode_record(BytesView bytes);

}  // namespace cordon::evidence
