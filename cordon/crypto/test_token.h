// Tokens of SoftHSM in a folder that goes with the process: for tests of several rooms.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "cordon/base/file.h"
#include "cordon/base/temporary_folder.h"

namespace cordon::crypto {

// SoftHSM looks for tokens when its module is loaded, and never again: all are made before.
struct TestTokens {
  static constexpr const char* kModule = "/usr/lib/softhsm/libsofthsm2.so";
  static constexpr std::string_view kPin = "123456";
  static constexpr const char* kUsed = "cordon-used";
  static constexpr const char* kEmpty = "cordon-empty";  // nobody makes a key in it, or gives the right PIN

  // Made once; false when SoftHSM is not installed.
  static bool ready() {
    static const TemporaryFolder place;
    static const bool made = std::filesystem::exists(kModule) && make(place);
    return made;
  }

 private:
  static bool make(const TemporaryFolder& place) {
    std::filesystem::create_directory(place / "tokens");
    const auto settings = place / "softhsm2.conf";
    EXPECT_TRUE(
        write_file(settings, "directories.tokendir = " + (place / "tokens").string() + "\nlog.level = ERROR\n"));
    EXPECT_EQ(::setenv("SOFTHSM2_CONF", settings.c_str(), 1), 0);  // how SoftHSM finds its folder
    for (const std::string label : {kUsed, kEmpty}) {
      const auto command = "softhsm2-util --init-token --free --label " + label + " --so-pin 654321 --pin " +
                           std::string(kPin) + " >/dev/null";
      EXPECT_EQ(std::system(command.c_str()), 0) << command;
    }
    return true;
  }
};

}  // namespace cordon::crypto
