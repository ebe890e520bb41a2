#!/bin/sh
# Prints the size of the enforcement point: its own source lines (tests and what only they use apart) and the shared libraries it loads.
set -eu
cd "$2"
files=$(find cordon/base cordon/crypto cordon/wire cordon/evidence cordon/identity cordon/policy cordon/enforcement app/cordon-proxy \
  \( -name '*.cpp' -o -name '*.h' \) ! -name '*_test.cpp' ! -name 'test_*' ! -name 'naive*' ! -name 'simulated_*')
lines=$(cat $files | wc -l)
code=$(cat $files | grep -cvE '^[[:space:]]*(//.*)?$')
libraries=$(objdump -p "$1" | awk '/NEEDED/ {print $2}' | paste -sd' ')
printf 'cordon-proxy: %s own lines (%s of code); loads %s\n' "$lines" "$code" "$libraries"
