// The same relay over io_uring as it is done today: one thread, completions run in its own turn, multishot accept and
// receive into a ring of provided buffers, one system call a turn.
#include <liburing.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

#include "benchmarks/loop_relay.h"

namespace cordon::bench {

namespace {

constexpr unsigned kEntries = 1024;
constexpr unsigned kBuffers = 64;  // a power of two. They are used in turn: more of them would not stay in the cache
constexpr int kGroup = 0;

enum class Kind : std::uint8_t { accept, receive, send };

// The 64 bits that a completion brings back.
std::uint64_t pack(Kind kind, int fd, unsigned buffer = 0) {
  return static_cast<std::uint64_t>(kind) << 56 | static_cast<std::uint64_t>(buffer) << 32 |
         static_cast<std::uint32_t>(fd);
}

class UringRelay {
 public:
  UringRelay(Fd listener, const Endpoint& upstream) : listener_(std::move(listener)), upstream_(upstream) {
    // Since Linux 6.1; a kernel, a container's seccomp profile or kernel.io_uring_disabled may forbid it all.
    const int made = io_uring_queue_init(kEntries, &ring_, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);
    if (made < 0) give_up("io_uring is not to be had here", -made, kRefused);
    io_uring_register_ring_fd(&ring_);  // saves a look-up a call; where it fails nothing else changes
    int error = 0;
    buffers_ = io_uring_setup_buf_ring(&ring_, kBuffers, kGroup, 0, &error);
    if (buffers_ == nullptr) give_up("io_uring has no rings of provided buffers here", -error, kRefused);
    for (unsigned i = 0; i < kBuffers; ++i) give_back(i);
  }

  void run() {
    io_uring_prep_multishot_accept(next(), listener_.get(), nullptr, nullptr, 0);
    io_uring_sqe_set_data64(last_, pack(Kind::accept, listener_.get()));
    for (;;) {
      const int submitted = io_uring_submit_and_wait(&ring_, 1);
      if (submitted < 0 && submitted != -EINTR) give_up("io_uring_enter", -submitted);
      unsigned head = 0;
      unsigned seen = 0;
      io_uring_cqe* done = nullptr;
      io_uring_for_each_cqe(&ring_, head, done) {
        ++seen;
        on_done(*done);
      }
      io_uring_cq_advance(&ring_, seen);
    }
  }

 private:
  io_uring_sqe* next() {
    last_ = io_uring_get_sqe(&ring_);
    if (last_ == nullptr) {  // the queue is full: hand it over
      io_uring_submit(&ring_);
      last_ = io_uring_get_sqe(&ring_);
    }
    if (last_ == nullptr) give_up("no submission entry", EBUSY);
    return last_;
  }

  void give_back(unsigned buffer) {
    io_uring_buf_ring_add(buffers_, memory_[buffer].data(), kRelayBuffer, static_cast<unsigned short>(buffer),
                          io_uring_buf_ring_mask(kBuffers), 0);
    io_uring_buf_ring_advance(buffers_, 1);
  }

  void receive(int fd) {
    io_uring_prep_recv_multishot(next(), fd, nullptr, 0, 0);
    last_->flags |= IOSQE_BUFFER_SELECT;
    last_->buf_group = kGroup;
    io_uring_sqe_set_data64(last_, pack(Kind::receive, fd));
  }

  void on_done(const io_uring_cqe& done) {
    const auto kind = static_cast<Kind>(done.user_data >> 56);
    const int fd = static_cast<int>(done.user_data & 0xffffffff);
    if (kind == Kind::accept) return on_accepted(done.res);
    if (kind == Kind::send) return on_sent(static_cast<unsigned>(done.user_data >> 32 & 0xffff), done.res);
    on_received(fd, done);
  }

  void on_accepted(int fd) {
    if (fd < 0) give_up("accept", -fd);
    at_once(fd);
    const int other = to_upstream(upstream_).release();
    if (others_.size() <= static_cast<std::size_t>(std::max(fd, other)))
      others_.resize(static_cast<std::size_t>(std::max(fd, other)) + 1, -1);
    others_[static_cast<std::size_t>(fd)] = other;
    others_[static_cast<std::size_t>(other)] = fd;
    receive(fd);
    receive(other);
  }

  void on_received(int fd, const io_uring_cqe& done) {
    if (done.res > 0) pass(fd, done.flags >> IORING_CQE_BUFFER_SHIFT, done.res);
    if (done.res == 0 || (done.res < 0 && done.res != -ENOBUFS)) return end(fd);
    if ((done.flags & IORING_CQE_F_MORE) == 0) receive(fd);
  }

  // Sends of one socket keep their order because each is made in full when it is submitted.
  void pass(int from, unsigned buffer, int size) {
    const int to = others_[static_cast<std::size_t>(from)];
    if (to < 0) return give_back(buffer);
    sizes_[buffer] = size;
    io_uring_prep_send(next(), to, memory_[buffer].data(), static_cast<std::size_t>(size),
                       MSG_NOSIGNAL | MSG_WAITALL);
    io_uring_sqe_set_data64(last_, pack(Kind::send, from, buffer));
  }

  void on_sent(unsigned buffer, int put) {
    if (put != sizes_[buffer]) give_up("send came out short", put < 0 ? -put : 0);
    give_back(buffer);
  }

  void end(int fd) {
    const int other = std::exchange(others_[static_cast<std::size_t>(fd)], -1);
    if (other >= 0) {
      others_[static_cast<std::size_t>(other)] = -1;
      ::shutdown(other, SHUT_RDWR);  // its receive ends, and closes it
    }
    ::close(fd);
  }

  Fd listener_;
  const Endpoint upstream_;
  io_uring ring_{};
  io_uring_sqe* last_ = nullptr;
  io_uring_buf_ring* buffers_ = nullptr;
  std::vector<std::array<char, kRelayBuffer>> memory_{kBuffers};
  std::array<int, kBuffers> sizes_{};
  std::vector<int> others_;  // the descriptor at the other end of the relay, by descriptor
};

}  // namespace

void relay_io_uring(Fd listener, const Endpoint& upstream) { UringRelay(std::move(listener), upstream).run(); }

}  // namespace cordon::bench
