#!/bin/sh
# Inside the platform: the work behind ./bench.
set -eu
. tools/build.sh
build release
if [ "${1:-}" = soak ]; then
  shift
  CORDON_BIN=build/release/bin exec python3 -B tests/soak.py "$@"
fi
if [ "${1:-}" = idle ]; then
  shift
  CORDON_BIN=build/release/bin exec python3 -B tests/idle_connections.py "$@"
fi
known=$(find build/release/bin -name 'bench_*' -printf '%f\n' | sed 's/^bench_//' | sort)
names=
json=
long=
for word in "$@"; do
  case $word in
    --json) json=--json ;;
    --long) long=--long ;;
    -*) printf 'bench: unknown option %s: usage: ./bench [NAME] [--json] [--long]; ./bench --help tells more\n' "$word" >&2; exit 2 ;;
    *)
      [ -x "build/release/bin/bench_$word" ] || { printf 'bench: no benchmark %s; there are: %s\n' "$word" "$(echo $known)" >&2; exit 2; }
      names="$names $word"
      ;;
  esac
done
for name in ${names:-$known}; do
  case $name in
    evidence) build/release/bin/bench_"$name" $json $long ;; # the only one that has a long form
    *) build/release/bin/bench_"$name" $json ;;
  esac
done
