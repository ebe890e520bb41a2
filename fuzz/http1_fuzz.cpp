// Requests and answers as a stranger may send them, whole and byte by byte: both ways give the same messages.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "cordon/wire/http1.h"
#include "cordon/wire/http1_client.h"

namespace {

using namespace cordon::wire;

constexpr Http1Limits kLimits{.head_bytes = 512, .header_lines = 8, .body_bytes = 256};

// All messages the bytes hold, one line each, and how it ended. step: bytes at a time.
template <class Reader, class Show>
std::string read_all(std::string_view bytes, std::size_t step, const Show& show) {
  Reader reader(kLimits);
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    reader.add(bytes.substr(at, step));
    for (;;) {
      const auto got = reader.next();
      if (!got) return out + "refused";
      if (!*got) break;
      out += show(**got);
    }
  }
  return out;
}

std::string show_request(const Http1Request& request) {
  const auto& message = request.request;
  if (!message.path.starts_with('/') || message.body.size() > kLimits.body_bytes) std::abort();
  // Written again it is read again, and it means the same.
  Http1RequestReader again(kLimits);
  again.add(http1_text(
      {.method = message.method, .authority = message.authority, .path = message.path, .body = message.body}));
  const auto read = again.next();
  if (read && *read && ((*read)->request.path != message.path || (*read)->request.body != message.body)) std::abort();
  return message.method + " " + message.path + " " + message.body + "\n";
}

std::string show_response(const Http1Response& response) {
  if (response.response.body.size() > kLimits.body_bytes) std::abort();
  return std::to_string(response.response.status) + " " + response.response.body + "\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = cordon::as_text({data, size});
  const auto requests = read_all<Http1RequestReader>(text, size + 1, show_request);
  // A refusal may come sooner when the bytes come one by one, never another message.
  if (!read_all<Http1RequestReader>(text, 1, show_request)
           .starts_with(requests.substr(0, requests.rfind('\n') + 1))) {
    std::abort();
  }
  const auto responses = read_all<Http1ResponseReader>(text, size + 1, show_response);
  if (!read_all<Http1ResponseReader>(text, 1, show_response)
           .starts_with(responses.substr(0, responses.rfind('\n') + 1))) {
    std::abort();
  }
  if (const auto url = HttpUrl::parse(text); url && HttpUrl::parse(url->text())->text() != url->text()) std::abort();
  return 0;
}
