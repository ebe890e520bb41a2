#include "cordon/audit/index_block.h"

#include <algorithm>
#include <charconv>
#include <format>

namespace cordon::audit {

namespace {

using transparency::Hash;

constexpr std::string_view kMagic = "cordon-index/1\n";
constexpr std::size_t kHead = kMagic.size() + 24;
constexpr std::size_t kKeySize = std::tuple_size_v<IndexKey>;
constexpr std::size_t kSlot = kKeySize + 4;  // in the directory
constexpr unsigned kStoredLevel = 8;         // roots of subtrees of 256 leaves are in the file
constexpr std::size_t kHashSize = sizeof(Hash);

void append_number(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

std::uint64_t number_at(BytesView bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (const auto byte : bytes.subspan(at, size)) value = value << 8 | byte;
  return value;
}

void append_leb128(Bytes& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<std::uint8_t>(value | 0x80));
  out.push_back(static_cast<std::uint8_t>(value));
}

// Five bytes hold 35 bits, more than a block has entries; a longer number, or one with a needless zero, is refused,
// so that one list of entries has one encoding.
Result<std::uint64_t> take_leb128(BytesView& bytes) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < 5 && i < bytes.size(); ++i) {
    value |= static_cast<std::uint64_t>(bytes[i] & 0x7F) << (7 * i);
    if ((bytes[i] & 0x80) != 0) continue;
    if (i > 0 && bytes[i] == 0) break;
    bytes = bytes.subspan(i + 1);
    return value;
  }
  return fail(ErrorKind::corrupt, "a posting that is no number");
}

Hash leaf_of(const IndexKey& key, BytesView postings) {
  Bytes leaf(key.begin(), key.end());
  leaf.insert(leaf.end(), postings.begin(), postings.end());
  return transparency::leaf_hash(leaf);
}

std::unexpected<Error> bad_block(std::string what) {
  return fail(ErrorKind::corrupt, std::format("index block: {}; make it again with 'cordon log index build'", what));
}

// "4711 keys..." -> 4711, and what follows
Result<std::uint64_t> take_decimal(std::string_view& text) {
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc{}) return fail(ErrorKind::corrupt, "index statement: a number is missing");
  text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.data()));
  return value;
}

bool take_word(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

}  // namespace

std::string Range::text() const { return std::format("{} to {}", from, to); }

std::string BlockStatement::text() const {
  return std::format("index of entries {}: {} keys, root {}", range.text(), keys, to_base64(root));
}

Result<BlockStatement> parse_block_statement(std::string_view text) {
  const auto whole = text;
  const auto wrong = [&] {
    return fail(ErrorKind::corrupt, std::format("'{}' is no statement of an index", whole.substr(0, 80)));
  };
  BlockStatement statement;
  const std::pair<std::string_view, std::uint64_t*> parts[] = {
      {"index of entries ", &statement.range.from}, {" to ", &statement.range.to}, {": ", &statement.keys}};
  for (const auto& [word, number] : parts) {
    if (!take_word(text, word)) return wrong();
    const auto value = take_decimal(text);
    if (!value) return wrong();
    *number = *value;
  }
  if (!take_word(text, " keys, root ")) return wrong();
  const auto root = from_base64(text);
  if (!root || root->size() != kHashSize) return wrong();
  std::ranges::copy(*root, statement.root.begin());
  const auto& range = statement.range;
  if (range.to <= range.from || range.to - range.from > kMostBlockEntries || statement.text() != whole)
    return wrong();
  return statement;
}

Bytes encode_postings(Range range, const std::vector<std::uint64_t>& entries) {
  Bytes out;
  auto before = range.from;
  for (const auto entry : entries) {
    append_leb128(out, entry - before);
    before = entry;
  }
  return out;
}

Result<std::vector<std::uint64_t>> decode_postings(Range range, BytesView postings) {
  std::vector<std::uint64_t> entries;
  auto before = range.from;
  while (!postings.empty()) {
    const auto step = take_leb128(postings);
    if (!step) return std::unexpected(step.error());
    if (*step == 0 && !entries.empty()) return fail(ErrorKind::corrupt, "a posting stands twice");
    if (*step >= range.to - before) return fail(ErrorKind::corrupt, "a posting lies outside its block");
    before += *step;
    entries.push_back(before);
  }
  if (entries.empty()) return fail(ErrorKind::corrupt, "a key without postings");
  return entries;
}

// === what a proof shows

namespace {

using Postings = std::vector<std::uint64_t>;

// The neighbours must be neighbours, and the key between them.
Result<Postings> verify_absence(const BlockProof& proof, const IndexKey& key, const BlockStatement& statement) {
  const auto& leaves = proof.leaves;
  const auto wrong = [](std::string what) { return fail(ErrorKind::corrupt, "proof of absence: " + what); };
  if (leaves.empty()) {
    if (statement.keys == 0) return Postings{};
    return wrong("no neighbours are shown");
  }
  const auto& first = leaves.front();
  const auto& last = leaves.back();
  if (leaves.size() == 2) {
    if (last.position != first.position + 1) return wrong("the leaves shown are no neighbours");
    if (first.key < key && key < last.key) return Postings{};
  } else if (first.position == 0 && key < first.key) {
    return Postings{};
  } else if (first.position == statement.keys - 1 && first.key < key) {
    return Postings{};
  }
  return wrong("the key asked for does not lie between the neighbours shown");
}

}  // namespace

Result<Postings> verify_proof(const BlockProof& proof, const IndexKey& key, const BlockStatement& statement) {
  if (statement.keys == 0 && statement.root != transparency::empty_root()) {
    return fail(ErrorKind::corrupt, "the statement of an empty block has the root of another");
  }
  if (proof.leaves.size() > 2) return fail(ErrorKind::corrupt, "a proof shows more leaves than two neighbours");
  for (const auto& leaf : proof.leaves) {
    const auto held = transparency::verify_inclusion(leaf_of(leaf.key, leaf.postings), leaf.position, statement.keys,
                                                     leaf.inclusion, statement.root);
    if (!held) return std::unexpected(within("a key is not in the block as stated", held.error()));
  }
  if (proof.leaves.size() != 1 || proof.leaves[0].key != key) return verify_absence(proof, key, statement);
  return decode_postings(statement.range, proof.leaves[0].postings);
}

// === Block

Result<Block> Block::parse(std::string file) {
  Block block;
  block.file_ = std::move(file);
  const auto bytes = block.bytes();
  if (bytes.size() < kHead || !block.file_.starts_with(kMagic)) return bad_block("it does not begin like one");
  block.range_ = {number_at(bytes, kMagic.size(), 8), number_at(bytes, kMagic.size() + 8, 8)};
  block.keys_ = number_at(bytes, kMagic.size() + 16, 8);
  const auto& range = block.range_;
  if (range.to <= range.from || range.to - range.from > kMostBlockEntries) return bad_block("its range is none");
  if (block.keys_ > bytes.size() / kSlot) return bad_block("it ends early");
  block.directory_ = kHead + (block.keys_ >> kStoredLevel) * kHashSize;
  block.postings_ = block.directory_ + block.keys_ * kSlot;
  if (block.postings_ > bytes.size()) return bad_block("it ends early");
  if (auto good = block.check_leaves(); !good) return std::unexpected(good.error());
  return block;
}

Result<void> Block::check_leaves() const {
  std::uint64_t end = 0;
  for (std::uint64_t i = 0; i < keys_; ++i) {
    if (i > 0 && !(key(i - 1) < key(i))) return bad_block(std::format("key {} is not in order", i));
    const auto next = postings_end(i);
    if (next <= end || next > file_.size() - postings_)
      return bad_block(std::format("postings of key {} are cut", i));
    end = next;
  }
  if (end != file_.size() - postings_) return bad_block("something follows its postings");
  return {};
}

IndexKey Block::key(std::uint64_t position) const {
  IndexKey key{};
  std::ranges::copy(bytes().subspan(directory_ + position * kSlot, kKeySize), key.begin());
  return key;
}

std::uint32_t Block::postings_end(std::uint64_t position) const {
  return static_cast<std::uint32_t>(number_at(bytes(), directory_ + position * kSlot + kKeySize, 4));
}

BytesView Block::postings(std::uint64_t position) const {
  const auto begin = position == 0 ? 0 : postings_end(position - 1);
  return bytes().subspan(postings_ + begin, postings_end(position) - begin);
}

Hash Block::leaf(std::uint64_t position) const { return leaf_of(key(position), postings(position)); }

Hash Block::root_below(std::uint64_t first, std::uint64_t last) const {
  if (last - first == 1) return leaf(first);
  const auto middle = first + (last - first) / 2;  // a full subtree has a power of two of leaves
  return transparency::node_hash(root_below(first, middle), root_below(middle, last));
}

Result<Hash> Block::node(unsigned level, std::uint64_t index) const {
  if (level > 32 || (index + 1) << level > keys_) {
    return fail(ErrorKind::internal, "a node outside the tree of an index block");
  }
  if (level < kStoredLevel) return root_below(index << level, (index + 1) << level);
  if (level == kStoredLevel) {
    Hash hash{};
    std::ranges::copy(bytes().subspan(kHead + index * kHashSize, kHashSize), hash.begin());
    return hash;
  }
  const auto left = node(level - 1, index * 2);
  const auto right = node(level - 1, index * 2 + 1);
  if (!left || !right) return left ? right : left;
  return transparency::node_hash(*left, *right);
}

Result<BlockStatement> Block::statement() const {
  if (keys_ == 0) return BlockStatement{range_, 0, transparency::empty_root()};
  const auto root = transparency::root_of(*this, keys_);
  if (!root) return std::unexpected(root.error());
  return BlockStatement{range_, keys_, *root};
}

Result<BlockProof::Leaf> Block::proved_leaf(std::uint64_t position) const {
  auto inclusion = transparency::inclusion_proof(*this, position, keys_);
  if (!inclusion) return std::unexpected(inclusion.error());
  const auto found = postings(position);
  return BlockProof::Leaf{position, key(position), {found.begin(), found.end()}, std::move(*inclusion)};
}

Result<BlockProof> Block::prove(const IndexKey& wanted) const {
  std::uint64_t low = 0;
  for (auto high = keys_; low < high;) {  // the first key not before the one wanted
    const auto middle = low + (high - low) / 2;
    if (key(middle) < wanted) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const bool present = low < keys_ && key(low) == wanted;
  BlockProof proof;
  for (auto position = present || low == 0 ? low : low - 1; position < keys_ && position <= low; ++position) {
    auto leaf = proved_leaf(position);
    if (!leaf) return std::unexpected(leaf.error());
    proof.leaves.push_back(std::move(*leaf));
  }
  return proof;
}

// === BlockBuilder

void BlockBuilder::add(BytesView entry) {
  of_one_.clear();
  append_keys(entry, of_one_);
  for (const auto& key : of_one_) postings_.push_back({key, static_cast<std::uint32_t>(entries_)});
  ++entries_;
}

Block BlockBuilder::finish() {
  std::ranges::sort(postings_);
  Block block;
  block.range_ = {from_, from_ + entries_};
  std::string directory;
  std::string lists;
  for (auto at = postings_.begin(); at != postings_.end(); ++block.keys_) {
    const auto key = at->key;
    std::vector<std::uint64_t> entries;
    for (; at != postings_.end() && at->key == key; ++at) entries.push_back(from_ + at->offset);
    lists += as_text(encode_postings(block.range_, entries));
    directory += as_text(key);
    append_number(directory, lists.size(), 4);
  }
  block.file_ = kMagic;
  for (const auto number : {block.range_.from, block.range_.to, block.keys_}) append_number(block.file_, number, 8);
  const auto stored = block.keys_ >> kStoredLevel;
  block.file_.resize(kHead + stored * kHashSize);
  block.directory_ = block.file_.size();
  block.file_ += directory;
  block.postings_ = block.file_.size();
  block.file_ += lists;
  for (std::uint64_t i = 0; i < stored; ++i) {
    const auto root = block.root_below(i << kStoredLevel, (i + 1) << kStoredLevel);
    std::ranges::copy(root, block.file_.begin() + static_cast<std::ptrdiff_t>(kHead + i * kHashSize));
  }
  *this = BlockBuilder(from_ + entries_);
  return block;
}

}  // namespace cordon::audit
