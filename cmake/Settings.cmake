# Compiler settings shared by everything, and the libraries rooms may name in PACKAGES.
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()

add_library(cordon_settings INTERFACE)
target_include_directories(cordon_settings INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
target_compile_options(cordon_settings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Woverloaded-virtual -Werror
  -Wno-missing-field-initializers  # designated initialisers leave the rest at its default on purpose
  -fstack-protector-strong -fstack-clash-protection -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 14 reports false positives of these two inside the standard library at -O2.
  target_compile_options(cordon_settings INTERFACE -Wno-error=maybe-uninitialized -Wno-error=dangling-reference)
endif()
target_compile_definitions(cordon_settings INTERFACE
  $<$<CONFIG:Release>:_FORTIFY_SOURCE=3> $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)
target_link_options(cordon_settings INTERFACE -Wl,-z,relro,-z,now)

if(CORDON_SANITIZE)
  target_compile_options(cordon_settings INTERFACE -fsanitize=${CORDON_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(cordon_settings INTERFACE -fsanitize=${CORDON_SANITIZE})
endif()
if(CORDON_FUZZ)
  target_compile_options(cordon_settings INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(CORDON_COVERAGE)
  target_compile_options(cordon_settings INTERFACE --coverage -fprofile-update=atomic)
  target_link_options(cordon_settings INTERFACE --coverage)
endif()

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL 3.5 REQUIRED)
pkg_check_modules(nghttp2 REQUIRED IMPORTED_TARGET libnghttp2)
pkg_check_modules(yaml REQUIRED IMPORTED_TARGET yaml-0.1)
if(CORDON_TESTS)
  find_package(GTest REQUIRED)
endif()

if(CORDON_PCH)
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/pch.cpp CONTENT "// carries the precompiled header\n")
  add_library(cordon_pch OBJECT ${PROJECT_BINARY_DIR}/pch.cpp)
  target_link_libraries(cordon_pch PRIVATE cordon_settings)
  target_precompile_headers(cordon_pch PRIVATE
    <algorithm> <array> <chrono> <cstdint> <cstring> <expected> <format> <functional> <map> <memory> <optional> <span>
    <string> <string_view> <unordered_map> <utility> <variant> <vector>)
endif()
