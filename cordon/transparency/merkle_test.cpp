#include "cordon/transparency/merkle.h"

#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <sstream>

#include "cordon/transparency/test_tree.h"

namespace cordon::transparency {
namespace {

Hash hash_from_hex(std::string_view text) {
  const auto bytes = from_hex(text).value();
  Hash hash{};
  std::ranges::copy(bytes, hash.begin());
  return hash;
}

struct Vector {
  std::string what;
  std::vector<std::uint64_t> numbers;
  std::vector<Hash> hashes;
};

struct PublishedTree {
  NaiveTree tree;
  std::vector<Vector> vectors;
};

PublishedTree published() {
  PublishedTree result;
  std::ifstream in(CORDON_SOURCE_DIR "/cordon/transparency/vectors/rfc6962_tree.txt");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream words(line);
    Vector vector;
    words >> vector.what;
    for (std::string word; words >> word;) {
      if (vector.what == "leaf") {
        result.tree.leaves.push_back(leaf_hash(from_hex(word == "-" ? "" : word).value()));
      } else if (word.size() == 64) {
        vector.hashes.push_back(hash_from_hex(word));
      } else {
        vector.numbers.push_back(std::stoull(word));
      }
    }
    if (vector.what != "leaf") result.vectors.push_back(vector);
  }
  return result;
}

TEST(Merkle, GivesThePublishedRoots) {
  const auto known = published();
  int checked = 0;
  for (const auto& vector : known.vectors) {
    if (vector.what != "root") continue;
    Frontier frontier;
    for (std::uint64_t i = 0; i < vector.numbers[0]; ++i) frontier.add(known.tree.leaves[i]);
    EXPECT_EQ(frontier.root(), vector.hashes[0]) << vector.numbers[0];
    EXPECT_EQ(root_of(known.tree, vector.numbers[0]).value(), vector.hashes[0]);
    ++checked;
  }
  EXPECT_EQ(checked, 9);
}

TEST(Merkle, GivesThePublishedProofs) {
  const auto known = published();
  int checked = 0;
  for (const auto& vector : known.vectors) {
    if (vector.what == "root") continue;
    const auto first = vector.numbers[0], size = vector.numbers[1];
    const auto made = vector.what == "inclusion" ? inclusion_proof(known.tree, first, size)
                                                 : consistency_proof(known.tree, first, size);
    EXPECT_EQ(made.value(), vector.hashes) << vector.what << first << " " << size;
    const auto root = known.tree.root(size);
    const auto verified = vector.what == "inclusion"
                              ? verify_inclusion(known.tree.leaves[first], first, size, vector.hashes, root)
                              : verify_consistency(first, known.tree.root(first), size, root, vector.hashes);
    EXPECT_TRUE(verified) << vector.what << first << " " << size;
    ++checked;
  }
  EXPECT_EQ(checked, 9);
}

TEST(Merkle, AgreesWithTheDefinitionForEverySmallTree) {
  const NaiveTree tree(131);
  Frontier frontier;
  for (std::size_t size = 0; size <= 131; ++size) {
    EXPECT_EQ(frontier.size(), size);
    const auto root = tree.root(size);
    ASSERT_EQ(frontier.root(), root) << size;
    ASSERT_EQ(root_of(tree, size).value(), root) << size;
    if (size < 131) frontier.add(tree.leaves[size]);
  }
}

TEST(Merkle, ProvesEveryLeafOfEverySmallTree) {
  const NaiveTree tree(131);
  for (std::size_t size = 1; size <= 131; ++size) {
    const auto root = tree.root(size);
    for (std::size_t index = 0; index < size; index += 1 + size / 40) {
      const auto proof = inclusion_proof(tree, index, size).value();
      ASSERT_EQ(proof, NaiveTree::path(index, NaiveTree::Leaves(tree.leaves).first(size))) << index << " " << size;
      ASSERT_TRUE(verify_inclusion(tree.leaves[index], index, size, proof, root)) << index << " " << size;
    }
  }
}

TEST(Merkle, ProvesEverySmallTreeAgainstEveryOlderOne) {
  const NaiveTree tree(131);
  for (std::size_t size = 1; size <= 131; ++size) {
    const auto leaves = NaiveTree::Leaves(tree.leaves).first(size);
    for (std::size_t from = 1; from <= size; from += 1 + size / 40) {
      const auto proof = consistency_proof(tree, from, size).value();
      ASSERT_EQ(proof, NaiveTree::proof(from, leaves, true)) << from << " " << size;
      ASSERT_TRUE(verify_consistency(from, tree.root(from), size, tree.root(size), proof)) << from << " " << size;
    }
  }
}

// A tree of any size in which every leaf is the same, so that its subtrees are known without making them.
class UniformTree final : public HashSource {
 public:
  UniformTree() {
    roots_.push_back(leaf_hash(as_bytes("same")));
    for (int i = 1; i < 64; ++i) roots_.push_back(node_hash(roots_.back(), roots_.back()));
  }
  Result<Hash> node(unsigned level, std::uint64_t) const override { return roots_.at(level); }

 private:
  std::vector<Hash> roots_;
};

TEST(Merkle, ProvesLeavesAndAgesOfHugeTrees) {
  const UniformTree tree;
  std::mt19937_64 random(4711);
  for (int i = 0; i < 200; ++i) {
    const auto size = (random() >> (random() % 60)) | 1U;
    const auto index = random() % size;
    const auto root = root_of(tree, size).value();
    const auto inclusion = inclusion_proof(tree, index, size).value();
    EXPECT_LE(inclusion.size(), 64U);
    EXPECT_TRUE(verify_inclusion(tree.node(0, 0).value(), index, size, inclusion, root)) << index << " " << size;
    const auto from = index + 1;
    const auto consistency = consistency_proof(tree, from, size).value();
    EXPECT_TRUE(verify_consistency(from, root_of(tree, from).value(), size, root, consistency))
        << from << " " << size;
  }
}

// === What does not hold

std::vector<std::vector<Hash>> tampered(const std::vector<Hash>& proof) {
  std::vector<std::vector<Hash>> all;
  for (std::size_t i = 0; i < proof.size(); ++i) {
    auto changed = proof;
    changed[i][i % 32] ^= 0x10;
    all.push_back(changed);
    auto shorter = proof;
    shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(i));
    all.push_back(shorter);
    auto longer = proof;
    longer.insert(longer.begin() + static_cast<std::ptrdiff_t>(i), proof[i]);
    all.push_back(longer);
    if (i > 0) {
      auto swapped = proof;
      std::swap(swapped[i], swapped[i - 1]);
      all.push_back(swapped);
    }
  }
  auto extended = proof;
  extended.push_back(Hash{});
  all.push_back(extended);
  return all;
}

TEST(Merkle, RefusesEveryTamperedInclusionProof) {
  const NaiveTree tree(70);
  for (const auto size : {1UZ, 2UZ, 7UZ, 8UZ, 33UZ, 64UZ, 70UZ}) {
    const auto root = tree.root(size);
    for (std::size_t index = 0; index < size; ++index) {
      const auto proof = inclusion_proof(tree, index, size).value();
      const auto& leaf = tree.leaves[index];
      for (const auto& wrong : tampered(proof)) ASSERT_FALSE(verify_inclusion(leaf, index, size, wrong, root));
      ASSERT_FALSE(verify_inclusion(leaf, index, size, proof, Hash{}));
      ASSERT_FALSE(verify_inclusion(Hash{}, index, size, proof, root));
      ASSERT_FALSE(verify_inclusion(leaf, size, size, proof, root));
      if (size > 1) {
        ASSERT_FALSE(verify_inclusion(leaf, (index + 1) % size, size, proof, root));
      }
    }
  }
}

TEST(Merkle, RefusesEveryTamperedConsistencyProof) {
  const NaiveTree tree(70);
  for (const auto size : {1UZ, 2UZ, 7UZ, 8UZ, 33UZ, 64UZ, 70UZ}) {
    for (std::size_t from = 1; from < size; ++from) {
      const auto proof = consistency_proof(tree, from, size).value();
      const auto old = tree.root(from), root = tree.root(size);
      for (const auto& wrong : tampered(proof)) ASSERT_FALSE(verify_consistency(from, old, size, root, wrong));
      ASSERT_FALSE(verify_consistency(from, Hash{}, size, root, proof));
      ASSERT_FALSE(verify_consistency(from, old, size, Hash{}, proof));
      ASSERT_FALSE(verify_consistency(size, root, from, old, proof));
      ASSERT_FALSE(verify_consistency(from, old, size, root, {}));
    }
  }
}

TEST(Merkle, NeedsNoProofFromNothingAndFromItself) {
  const NaiveTree tree(5);
  EXPECT_TRUE(consistency_proof(tree, 0, 5).value().empty());
  EXPECT_TRUE(consistency_proof(tree, 5, 5).value().empty());
  EXPECT_TRUE(verify_consistency(0, empty_root(), 5, tree.root(5), {}));
  EXPECT_TRUE(verify_consistency(0, empty_root(), 0, empty_root(), {}));
  EXPECT_TRUE(verify_consistency(5, tree.root(5), 5, tree.root(5), {}));
  EXPECT_FALSE(verify_consistency(0, tree.root(5), 5, tree.root(5), {}));
  EXPECT_FALSE(verify_consistency(0, empty_root(), 5, tree.root(5), tree.leaves));
  EXPECT_FALSE(verify_consistency(5, tree.root(5), 5, tree.root(4), {}));
}

TEST(Merkle, SaysWhatDoesNotFit) {
  const NaiveTree tree(5);
  EXPECT_EQ(verify_consistency(5, tree.root(5), 4, tree.root(4), {}).error(),
            (Error{ErrorKind::corrupt, "the tree shrank from 5 to 4 leaves"}));
  EXPECT_EQ(verify_consistency(5, tree.root(5), 5, tree.root(4), {}).error().message, "two roots for 5 leaves");
  EXPECT_TRUE(inclusion_proof(tree, 5, 5).error().message.contains("no leaf 5"));
  EXPECT_EQ(consistency_proof(tree, 5, 4).error().kind, ErrorKind::invalid_input);
}

class NoTree final : public HashSource {
 public:
  Result<Hash> node(unsigned, std::uint64_t) const override { return fail(ErrorKind::io, "the disk is gone"); }
};

TEST(Merkle, PassesOnWhyHashesCannotBeRead) {
  const NoTree none;
  EXPECT_EQ(root_of(none, 3).error().kind, ErrorKind::io);
  EXPECT_EQ(inclusion_proof(none, 1, 3).error().kind, ErrorKind::io);
  EXPECT_EQ(consistency_proof(none, 2, 3).error().kind, ErrorKind::io);
  EXPECT_EQ(consistency_proof(none, 3, 4).error().kind, ErrorKind::io);
}

TEST(Merkle, ContinuesAFrontierFromItsPeaks) {
  const NaiveTree tree(100);
  Frontier frontier;
  for (std::size_t i = 0; i < 77; ++i) frontier.add(tree.leaves[i]);
  auto again = Frontier::of(77, frontier.peaks()).value();
  for (std::size_t i = 77; i < 100; ++i) again.add(tree.leaves[i]);
  EXPECT_EQ(again.root(), tree.root(100));
  EXPECT_FALSE(Frontier::of(77, {}));
  EXPECT_FALSE(Frontier::of(0, frontier.peaks()));
  EXPECT_EQ(Frontier::of(0, {}).value().root(), empty_root());
}

}  // namespace
}  // namespace cordon::transparency
