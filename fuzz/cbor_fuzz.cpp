// Whatever can be skipped can be read item by item, and written again to the very same bytes: there is one encoding.
#include <cstdint>
#include <cstdlib>

#include "cordon/wire/cbor.h"

namespace {

using cordon::wire::CborReader;
using cordon::wire::CborType;
using cordon::wire::CborWriter;

void must(bool holds) {
  if (!holds) std::abort();
}

// False: an integer below -2^63, which only skip() takes.
bool copy_item(CborReader& reader, CborWriter& writer);

bool copy_items(CborReader& reader, CborWriter& writer, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!copy_item(reader, writer)) return false;
  }
  return true;
}

bool copy_integer(CborReader& reader, CborWriter& writer) {
  const auto value = reader.integer();
  if (value) writer.integer(*value);
  return value.has_value();
}

bool copy_item(CborReader& reader, CborWriter& writer) {
  switch (reader.peek().value()) {
    case CborType::unsigned_integer:
      writer.unsigned_integer(reader.unsigned_integer().value());
      break;
    case CborType::negative_integer:
      return copy_integer(reader, writer);
    case CborType::bytes:
      writer.bytes(reader.bytes().value());
      break;
    case CborType::text:
      writer.text(reader.text().value());
      break;
    case CborType::array: {
      const auto items = reader.array().value();
      writer.array(items);
      return copy_items(reader, writer, items);
    }
    case CborType::map: {
      const auto pairs = reader.map().value();
      writer.map(pairs);
      return copy_items(reader, writer, 2 * pairs);
    }
    case CborType::tag:
      writer.tag(reader.tag().value());
      return copy_item(reader, writer);
    case CborType::boolean:
      writer.boolean(reader.boolean().value());
      break;
    case CborType::null:
      must(reader.null().has_value());
      writer.null();
      break;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 4096) return 0;  // tags in a row recurse here, though not in the reader
  const cordon::BytesView input(data, size);
  CborReader skipping(input);
  if (!skipping.skip()) return 0;
  CborReader reader(input);
  std::string out;
  CborWriter writer(out);
  if (!copy_item(reader, writer)) return 0;
  must(reader.position() == skipping.position());
  must(cordon::as_bytes(out).size() == reader.position() && out == cordon::as_text(input.first(reader.position())));
  return 0;
}
