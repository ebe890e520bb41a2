#include "cordon/neighbours/check_request.h"

#include <algorithm>
#include <format>
#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

namespace cordon::neighbours {

namespace {

using Reader = protozero::pbf_reader;
using Writer = protozero::pbf_writer;
using Type = protozero::pbf_wire_type;

constexpr std::uint32_t field(std::uint32_t number, Type type = Type::length_delimited) {
  return protozero::tag_and_type(number, type);
}

std::string text(Reader& reader) {
  const auto view = reader.get_view();
  return {view.data(), view.size()};
}

// What a message cannot say without being wrong: caught where protozero's own exceptions are.
struct TooMuch {
  const char* why;
};

// google.protobuf map<string, string>: entries of key = 1, value = 2.
std::pair<std::string, std::string> entry(Reader reader) {
  std::pair<std::string, std::string> out;
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case field(1):
        out.first = text(reader);
        break;
      case field(2):
        out.second = text(reader);
        break;
      default:
        reader.skip();
    }
  }
  return out;
}

// Envoy repeats the pseudo fields among the headers; names come in lower case.
void add_header(wire::Headers& headers, std::string name, std::string value) {
  if (name.empty() || name.starts_with(':')) return;
  if (headers.size() == kMostHeaders) throw TooMuch{"more than 256 header fields"};
  std::ranges::transform(name, name.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  headers.push_back({std::move(name), std::move(value)});
}

// envoy.config.core.v3.HeaderMap: HeaderValue key = 1, value = 2, raw_value = 3.
void read_header_map(Reader map, wire::Headers& headers) {
  while (map.next()) {
    if (map.tag_and_type() != field(1)) {
      map.skip();
      continue;
    }
    Reader header = map.get_message();
    std::string name, value;
    while (header.next()) {
      switch (header.tag_and_type()) {
        case field(1):
          name = text(header);
          break;
        case field(2):
        case field(3):
          value = text(header);
          break;
        default:
          header.skip();
      }
    }
    add_header(headers, std::move(name), std::move(value));
  }
}

void add_entry(wire::Headers& headers, Reader reader) {
  auto [name, value] = entry(reader);
  add_header(headers, std::move(name), std::move(value));
}

// AttributeContext.HttpRequest
void read_http(Reader reader, wire::Request& request) {
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case field(2):
        request.method = text(reader);
        break;
      case field(3):
        add_entry(request.headers, reader.get_message());
        break;
      case field(4):
        request.path = text(reader);
        break;
      case field(5):
        request.authority = text(reader);
        break;
      case field(6):
        request.scheme = text(reader);
        break;
      case field(11):
      case field(12):
        request.body = text(reader);
        break;
      case field(13):
        read_header_map(reader.get_message(), request.headers);
        break;
      default:
        reader.skip();
    }
  }
}

void read_request(Reader reader, wire::Request& request) {
  while (reader.next()) {
    if (reader.tag_and_type() == field(2)) {
      read_http(reader.get_message(), request);
    } else {
      reader.skip();
    }
  }
}

// envoy.config.core.v3.SocketAddress: address = 2, port_value = 3.
std::string read_socket_address(Reader reader) {
  std::string address;
  std::uint32_t port = 0;
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case field(2):
        address = text(reader);
        break;
      case field(3, Type::varint):
        port = reader.get_uint32();
        break;
      default:
        reader.skip();
    }
  }
  constexpr std::size_t kLongest = 64;
  return std::format("{}:{}", address.substr(0, kLongest), port);
}

std::string read_address(Reader reader) {
  std::string out;
  while (reader.next()) {
    if (reader.tag_and_type() == field(1)) {
      out = read_socket_address(reader.get_message());
    } else {
      reader.skip();
    }
  }
  return out;
}

// AttributeContext.Peer
void read_source(Reader reader, Inquiry& inquiry) {
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case field(1):
        inquiry.address = read_address(reader.get_message());
        break;
      case field(4):
        inquiry.principal = text(reader);
        break;
      case field(5):
        inquiry.certificate = text(reader);
        break;
      default:
        reader.skip();
    }
  }
}

void read_extension(Reader reader, Inquiry& inquiry) {
  auto [name, value] = entry(reader);
  if (name == kProducerExtension) inquiry.producer = std::move(value);
}

void read_attributes(Reader reader, Inquiry& inquiry) {
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case field(1):
        read_source(reader.get_message(), inquiry);
        break;
      case field(4):
        read_request(reader.get_message(), inquiry.request);
        break;
      case field(10):
        read_extension(reader.get_message(), inquiry);
        break;
      default:
        reader.skip();
    }
  }
}

// with_request_body shows a body, says when it is cut, and without that setting there is none.
bool lacks_body(const wire::Request& request) {
  if (wire::find_header(request.headers, "x-envoy-auth-partial-body") == "true") return true;
  return request.body.empty() && wire::find_header(request.headers, "content-length").value_or("0") != "0";
}

// HeaderValueOption: header = 1, append_action = 3. One that is there already is overwritten: the caller's word.
void write_header(Writer& message, std::uint32_t tag, std::string_view name, std::string_view value) {
  constexpr std::int32_t kOverwriteOrAdd = 2;
  Writer option(message, tag);
  {
    Writer header(option, 1);
    header.add_string(1, name.data(), name.size());
    header.add_string(2, value.data(), value.size());
  }
  option.add_enum(3, kOverwriteOrAdd);
}

void write_trail(Writer& message, const Advice& advice) {
  if (!advice.record.empty()) write_header(message, 2, "x-cordon-record", advice.record);
  write_header(message, 2, "x-cordon-rule", advice.rule);
}

void write_ok(Writer& response, const Advice& advice) {
  Writer ok(response, 3);
  write_trail(ok, advice);
  if (!advice.authorization) return;
  if (advice.authorization->empty()) {
    ok.add_string(5, "authorization");
  } else {
    write_header(ok, 2, "authorization", *advice.authorization);
  }
}

void write_denied(Writer& response, const Advice& advice) {
  const auto answer = wire::to_response(advice.problem);
  Writer denied(response, 2);
  {
    Writer status(denied, 1);
    status.add_enum(1, answer.status);
  }
  for (const auto& header : answer.headers) write_header(denied, 2, header.name, header.value);
  write_trail(denied, advice);
  denied.add_string(3, answer.body);
}

}  // namespace

Result<Inquiry> read_check_request(std::string_view message) {
  Inquiry inquiry;
  try {
    Reader reader(message.data(), message.size());
    while (reader.next()) {
      if (reader.tag_and_type() == field(1)) {
        read_attributes(reader.get_message(), inquiry);
      } else {
        reader.skip();
      }
    }
  } catch (const protozero::exception& broken) {
    return fail(ErrorKind::invalid_input, std::format("CheckRequest: {}", broken.what()));
  } catch (const TooMuch& wrong) {
    return fail(ErrorKind::invalid_input, std::format("CheckRequest: {}", wrong.why));
  }
  inquiry.body_missing = lacks_body(inquiry.request);
  return inquiry;
}

std::string write_check_response(const Advice& advice) {
  constexpr std::int32_t kPermissionDenied = 7;  // google.rpc.Code
  std::string out;
  Writer response(out);
  std::string status;  // google.rpc.Status; empty is OK
  if (!advice.permit) Writer(status).add_int32(1, kPermissionDenied);
  response.add_message(1, status);
  advice.permit ? write_ok(response, advice) : write_denied(response, advice);
  return out;
}

}  // namespace cordon::neighbours
