// Milenage (TS 35.206): the authentication functions of the test subscribers' USIMs and of the lab's UDM.
#pragma once

#include <array>
#include <cstdint>

#include "lab/aes128.h"

namespace cordon::lab {

using Sqn = std::array<std::uint8_t, 6>;
using AnonymityKey = std::array<std::uint8_t, 6>;
using Mac = std::array<std::uint8_t, 8>;
using AuthenticationField = std::array<std::uint8_t, 2>;  // AMF, the field; not the network function

class Milenage {
 public:
  Milenage(const Block& k, const Block& opc) : cipher_(k), opc_(opc) {}
  static Block opc_of(const Block& k, const Block& op);

  struct Macs {
    Mac network;  // f1: MAC-A
    Mac resync;   // f1*: MAC-S
  };
  Macs macs(const Block& rand, const Sqn& sqn, const AuthenticationField& amf) const;

  struct Keys {
    Mac res;          // f2
    Block ck;         // f3
    Block ik;         // f4
    AnonymityKey ak;  // f5
  };
  Keys keys(const Block& rand) const;
  AnonymityKey resync_ak(const Block& rand) const;  // f5*

 private:
  Block out(const Block& rand, std::size_t rotation_bytes, std::uint8_t constant) const;

  Aes128 cipher_;
  Block opc_;
};

}  // namespace cordon::lab
