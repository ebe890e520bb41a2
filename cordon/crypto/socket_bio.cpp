#include "cordon/crypto/socket_bio.h"

#include <sys/socket.h>

#include <cerrno>

namespace cordon::crypto {

namespace {

using OwnedMethod = Owned<BIO_METHOD, &BIO_meth_free>;

int descriptor(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

// Both return -1 on an error: OpenSSL's record layer takes 0 from a write for a success.
int receive(BIO* bio, char* into, int size) {
  const auto got = ::recv(descriptor(bio), into, static_cast<std::size_t>(size), 0);
  BIO_clear_retry_flags(bio);
  if (got < 0 && would_block()) BIO_set_retry_read(bio);
  if (got == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(got);  // at most size
}

int send_out(BIO* bio, const char* from, int size) {
  const auto sent = ::send(descriptor(bio), from, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  BIO_clear_retry_flags(bio);
  if (sent < 0 && would_block()) BIO_set_retry_write(bio);
  return static_cast<int>(sent);  // at most size
}

long control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

OwnedMethod make_method() {
  OwnedMethod method(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without SIGPIPE"));
  BIO_meth_set_read(method.get(), &receive);
  BIO_meth_set_write(method.get(), &send_out);
  BIO_meth_set_ctrl(method.get(), &control);
  return method;
}

}  // namespace

OwnedBio socket_bio(int fd) {
  static const OwnedMethod method = make_method();  // a table of functions, never changed after this line
  OwnedBio bio(BIO_new(method.get()));
  if (!bio) return bio;
  BIO_set_data(bio.get(), reinterpret_cast<void*>(static_cast<std::intptr_t>(fd)));  // OpenSSL keeps it as a pointer
  BIO_set_init(bio.get(), 1);
  return bio;
}

}  // namespace cordon::crypto
