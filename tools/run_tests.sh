#!/bin/sh
# Inside the platform: the work behind ./test.
set -eu
. tools/build.sh
ulimit -c 0

checks() {
  python3 tools/check_includes.py
  python3 tools/check_text.py
  python3 tools/size_report.py
  python3 -m unittest discover -q -s tools/tests
  sources | xargs clang-format-19 --dry-run -Werror
}
sources() { find cordon lab app tests benchmarks fuzz -name '*.cpp' -o -name '*.h' | sort; }

tests() { # PRESET [LABEL-EXPRESSION]
  build "$1"
  ctest --preset "$1" --no-tests=error -j 2 --timeout 600
}

fuzz() { # SECONDS
  build fuzz
  for target in build/fuzz/bin/fuzz_*; do
    name=${target##*/fuzz_}
    found=build/fuzz/found/$name
    mkdir -p "$found"
    printf 'cordon: fuzzing %s for %s s\n' "$name" "$1"
    "$target" -max_total_time="$1" -timeout=10 -rss_limit_mb=2048 -max_len=65536 -verbosity=0 -print_final_stats=1 \
      -artifact_prefix="$found/finding-" "$found" "fuzz/corpus/$name" 2>"$found.log" ||
      { tail -40 "$found.log"; printf 'cordon: %s found something: the input is in %s\n' "$name" "$found"; exit 1; }
    grep -E 'number_of_executed_units|average_exec_per_sec' "$found.log" | paste -sd' '
  done
}

coverage() {
  build coverage
  find build/coverage -name '*.gcda' -delete
  ctest --preset coverage --no-tests=error -j 2 --timeout 900
  lcov --quiet --capture --directory build/coverage --output-file build/coverage/all.info \
    --ignore-errors inconsistent,mismatch,gcov,source,unused,negative --rc geninfo_unexecuted_blocks=1
  lcov --quiet --extract build/coverage/all.info "$PWD/cordon/*" --output-file build/coverage/cordon.info --ignore-errors inconsistent,unused
  lcov --quiet --remove build/coverage/cordon.info '*_test.cpp' --output-file build/coverage/cordon.info --ignore-errors inconsistent,unused
  lcov --list build/coverage/cordon.info --ignore-errors inconsistent,corrupt | tee build/coverage/report.txt
  awk -F'[|%]' '/Total:/ {if ($2 + 0 < 85) {print "cordon: line coverage " $2 "% is under 85 %"; exit 1}}' build/coverage/report.txt
}

case ${1:-all} in
  all)
    tests dev
    build dev headers
    checks
    ;;
  asan) ASAN_OPTIONS=detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1 tests asan ;;
  tsan) TSAN_OPTIONS=halt_on_error=1 tests tsan ;;
  fuzz) fuzz "${2:-60}" ;;
  coverage) coverage ;;
  tidy)
    build dev
    sources | grep '\.cpp$' | grep -v '^fuzz/\|^tests/compile_failure' | xargs -P 2 -n 4 clang-tidy-19 --quiet -p build/dev
    ;;
  checks) checks ;;
  *) printf 'usage: ./test [asan|tsan|fuzz SECONDS|coverage|tidy|checks|oracle [CASES] [SEED]|corpus FOLDER]\n' >&2; exit 2 ;;
esac
