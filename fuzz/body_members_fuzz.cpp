// The members of bodies at any depth, callback URIs and slices among them; and the list of what is in quarantine.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "cordon/enforcement/body_members.h"
#include "cordon/enforcement/quarantine.h"

using namespace cordon;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const char* type : {"application/json", "multipart/related; boundary=b"}) {
    enforcement::each_member({{"content-type", type}}, text,
                             [](std::string_view, const enforcement::BodyValue& value) {
                               const auto path = enforcement::path_of_uri(value.text());
                               if (path.find_first_of("?#") != path.npos) std::abort();
                               if (const auto slice = enforcement::slice_of(value); slice && slice->empty())
                                 std::abort();
                             });
  }
  if (const auto all = enforcement::read_all_contained(text)) {
    const auto written = enforcement::write_contained(*all);
    const auto again = enforcement::read_all_contained(written);
    if (!again || enforcement::write_contained(*again) != written) std::abort();
  }
  return 0;
}
