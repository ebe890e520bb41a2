// NGINX's auth_request: a subrequest that says with its status whether the request may pass.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "cordon/neighbours/inquiry.h"
#include "cordon/wire/http1_server.h"

namespace cordon::neighbours {

// GET /auth, or /auth/<name of the producer>, with X-Original-Method, X-Original-URI, X-Original-Host and
// X-Client-Cert, each once; the request's other fields as the caller sent them, but for those of its body, which is
// not shown. An error is a mistake of the neighbour's configuration.
Result<Inquiry> read_auth_request(const wire::Request& request);

// 204, 401 or 403, as ngx_http_auth_request_module understands them, with x-cordon-* for what else there is to say.
wire::Response write_auth_answer(const Advice& advice);

class AuthRequest {
 public:
  AuthRequest(Loop& loop, Fd listener, Ask ask);

 private:
  wire::Http1Server server_;
};

}  // namespace cordon::neighbours
