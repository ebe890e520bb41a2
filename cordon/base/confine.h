// What a process gives up for good before it faces anybody: the user it was started as, files and ports that are not
// its own, system calls it never makes. None of it can be undone by the process, whatever it is made to execute.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cordon/base/result.h"

namespace cordon {

// From root to that user of /etc/passwd with its groups: all capabilities go, but the one to listen on ports below
// 1024 when low_ports. Started as that user already: nothing to do. As another one: an error.
Result<void> become(const std::string& user, bool low_ports);

// The folder or file is that user's from now on.
Result<void> give_to(const std::filesystem::path& path, const std::string& user);

// All capabilities but that one, if it is held at all.
Result<void> drop_capabilities(bool low_ports);

// Landlock, for this thread and those it starts later. What stands in no list is out of reach from here on;
// descriptors that are open stay.
struct Confinement {
  bool read_anything = false;                // programs and folders too; then `read` does not matter
  std::vector<std::filesystem::path> read;   // files, or folders with all below them
  std::vector<std::filesystem::path> write;  // folders: with all below them, also made, renamed and removed
  bool execute = false;                      // programs may be started
  std::optional<std::vector<std::uint16_t>> listen_ports, connect_ports;  // of TCP; nothing: any
};
// The result says what of it this kernel cannot do; empty: nothing. A place that is not there is an error.
Result<std::string> confine(const Confinement& to);

// One system call, with any arguments or only where (argument & mask) == value.
struct CallRule {
  int number = 0;
  int argument = -1;  // from 0; -1: any
  std::uint32_t mask = 0;
  std::uint32_t value = 0;
  int error = 0;  // not 0: the call is not made, and says so with this errno
};
enum class Forbidden { kill, log };  // log: the kernel's audit log names the call, and it is made

// seccomp, for all threads. Several rules for one call: the first that fits counts.
Result<void> allow_calls(std::span<const CallRule> rules, Forbidden forbidden);

}  // namespace cordon
