// An answer as CBOR, version 1:
//   [1, [key...], [part...], tail, [peak...], [entry...]]
//   part: [from, to, keys, root, record, entry, header key, [hash...], [proof...]]
//   proof: [leaf...]; leaf: [position, key, postings, [hash...]]
#include "cordon/audit/answer.h"
#include "cordon/audit/cbor_parts.h"

namespace cordon::audit {

namespace {

constexpr std::uint64_t kVersion = 1;
constexpr std::uint64_t kMostParts = 1U << 20;

void write(wire::CborWriter& out, const BlockProof& proof) {
  out.array(proof.leaves.size());
  for (const auto& leaf : proof.leaves) {
    out.array(4).unsigned_integer(leaf.position).bytes(leaf.key).bytes(leaf.postings);
    write_hashes(out, leaf.inclusion);
  }
}

void write(wire::CborWriter& out, const Answer::Part& part) {
  const auto& statement = part.statement;
  out.array(9).unsigned_integer(statement.range.from).unsigned_integer(statement.range.to);
  out.unsigned_integer(statement.keys).bytes(statement.root);
  out.unsigned_integer(part.record).bytes(part.entry).bytes(part.header_key);
  write_hashes(out, part.inclusion);
  out.array(part.proofs.size());
  for (const auto& proof : part.proofs) write(out, proof);
}

BlockProof read_proof(CborItems& items) {
  BlockProof proof;
  for (auto left = items.array(2); left > 0 && items.good(); --left) {
    items.array_of(4);
    BlockProof::Leaf leaf;
    leaf.position = items.number();
    leaf.key = items.fixed<std::tuple_size_v<IndexKey>>();
    leaf.postings = items.bytes();
    leaf.inclusion = items.hashes();
    proof.leaves.push_back(std::move(leaf));
  }
  return proof;
}

Answer::Part read_part(CborItems& items) {
  Answer::Part part;
  items.array_of(9);
  auto& statement = part.statement;
  statement.range = {items.number(), items.number()};
  const auto& range = statement.range;
  if (range.to <= range.from || range.to - range.from > kMostBlockEntries) items.refuse("a block's range is none");
  statement.keys = items.number();
  statement.root = items.fixed<sizeof(transparency::Hash)>();
  part.record = items.number();
  part.entry = items.bytes();
  part.header_key = items.bytes();
  part.inclusion = items.hashes();
  for (auto left = items.array(kMostKeys); left > 0 && items.good(); --left) part.proofs.push_back(read_proof(items));
  return part;
}

}  // namespace

std::string encode(const Answer& answer) {
  std::string text;
  wire::CborWriter out(text);
  out.array(6).unsigned_integer(kVersion).array(answer.keys.size());
  for (const auto& key : answer.keys) out.bytes(key);
  out.array(answer.parts.size());
  for (const auto& part : answer.parts) write(out, part);
  out.unsigned_integer(answer.tail);
  write_hashes(out, answer.peaks);
  out.array(answer.tail_entries.size());
  for (const auto& entry : answer.tail_entries) out.bytes(entry);
  return text;
}

Result<Answer> parse_answer(BytesView bytes) {
  if (bytes.size() > kMostAnswer) return fail(ErrorKind::corrupt, "an answer of more than 512 MiB");
  CborItems items(bytes);
  Answer answer;
  items.array_of(6);
  if (items.number() != kVersion) items.refuse("an answer of a version this program does not know");
  for (auto left = items.array(kMostKeys); left > 0 && items.good(); --left) {
    answer.keys.push_back(items.fixed<std::tuple_size_v<IndexKey>>());
  }
  for (auto left = items.array(kMostParts); left > 0 && items.good(); --left) {
    answer.parts.push_back(read_part(items));
  }
  answer.tail = items.number();
  answer.peaks = items.hashes();
  for (auto left = items.array(kMostTail); left > 0 && items.good(); --left) {
    answer.tail_entries.push_back(items.bytes());
  }
  if (auto whole = items.finish(); !whole) return std::unexpected(within("answer", whole.error()));
  return answer;
}

}  // namespace cordon::audit
