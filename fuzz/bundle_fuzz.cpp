// A bundle from a file anybody may have written: whatever the bytes are, they end in a bundle or a sentence; nobody's
// bytes are ever trusted; and what is whole is written again exactly as it was.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "cordon/bundle/bundle.h"
#include "cordon/bundle/key_pair.h"
#include "cordon/bundle/trust.h"

namespace {

using namespace cordon;

const bundle::Trust& trust() {
  static const auto made = [] {
    const auto pair = bundle::SigningPair::generate("fuzz");
    if (!pair) std::abort();
    return bundle::Trust{{pair->public_pair()}, 1};
  }();
  return made;
}

void check_archive(BytesView bytes) {
  const auto members = bundle::read_archive(bytes);
  if (!members) {
    if (members.error().message.empty()) std::abort();
    return;
  }
  std::vector<bundle::Member> copy;
  for (const auto& [name, content] : *members) copy.push_back({std::string(name), std::string(content)});
  const auto again = bundle::write_archive(copy);
  if (!again || !std::ranges::equal(*again, bytes)) std::abort();  // one archive, one form
}

void check_bundle(BytesView bytes) {
  if (bundle::open(bytes, trust())) std::abort();  // made a moment ago, the key has signed nothing
  const auto seen = bundle::inspect(bytes);
  if (!seen && seen.error().message.empty()) std::abort();
  if (seen && seen->policies().empty()) std::abort();
}

// The same as what stands within an archive, so that the checks of digests do not hide it.
void check_texts(std::string_view text) {
  if (const auto manifest = bundle::parse_manifest(text); manifest && bundle::to_text(*manifest) != text)
    std::abort();
  if (const auto signatures = bundle::parse_signatures(text); signatures) {
    if (bundle::verified_signers(text, *signatures, trust())) std::abort();
  }
  if (const auto pair = bundle::PublicPair::parse(text, "fuzz"); pair) {
    const auto again = bundle::PublicPair::parse(pair->pem(), "");
    if (!again || again->id() != pair->id()) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check_archive({data, size});
  check_bundle({data, size});
  check_texts(as_text({data, size}));
  return 0;
}
