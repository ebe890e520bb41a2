#!/bin/sh
# The work behind ./test oracle and ./test corpus: Cordon's Cedar against the reference's answers.
#
#   tools/run_oracle.sh oracle [CASES] [SEED]   generate CASES (default 200000), labelled by the reference, and compare
#   tools/run_oracle.sh corpus FOLDER|ARCHIVE   the reference's public corpus: unpacked, or as a .tar.gz
#
# Runs outside the platform, because the oracle (npm: @cedar-policy/cedar-wasm) needs node, which Cordon does not.
set -eu
case ${1:-} in
  corpus) [ $# = 2 ] && [ -e "$2" ] || { printf 'cordon: usage: ./test corpus FOLDER|ARCHIVE (one that exists)\n' >&2; exit 1; }
    set -- corpus "$(realpath "$2")" ;;
esac
cd "$(dirname "$0")/.."
module=@cedar-policy/cedar-wasm
version=4.12.0
folder=build/oracle

die() { printf 'cordon: %s\n' "$*" >&2; exit 1; }

build_runner() {
  tools/platform.sh build,test -- sh -euc '. tools/build.sh; build dev cedar_conformance'
}
runner() { tools/platform.sh build,test -- build/dev/bin/cedar_conformance "$@"; }

fetch_oracle() {
  command -v node >/dev/null || die "node is needed for the oracle (version 18 or later): install nodejs, then run this again"
  [ -f "$folder/node_modules/$module/package.json" ] && grep -q "\"version\": \"$version\"" "$folder/node_modules/$module/package.json" && return
  command -v npm >/dev/null || die "npm is needed to fetch $module $version: install npm, then run this again"
  mkdir -p "$folder"
  printf '{"private": true}\n' >"$folder/package.json"
  npm install --prefix "$folder" --no-audit --no-fund --silent --save-exact "$module@$version" ||
    die "npm could not fetch $module $version: is the registry within reach? (npm ping)"
}

oracle() { # CASES SEED
  case $1$2 in *[!0-9]*) die "CASES and SEED are numbers: ./test oracle [CASES] [SEED]" ;; esac
  fetch_oracle
  build_runner
  cases=$folder/cases.jsonl
  left=$1
  seed=$2
  failed=0
  while [ "$left" -gt 0 ]; do # in chunks, each with a seed of its own, so that the disk holds one at a time
    chunk=$((left < 50000 ? left : 50000))
    printf 'cordon: %s cases with seed %s\n' "$chunk" "$seed"
    node tests/conformance/generate.cjs --oracle "$folder" --cases "$chunk" --seed "$seed" >"$cases"
    runner cases "$cases" || { failed=1; mv "$cases" "$folder/failed-$seed.jsonl"; }
    left=$((left - chunk))
    seed=$((seed + 1))
  done
  rm -f "$cases"
  [ "$failed" = 0 ] || die "not the reference's answers: see the mismatches above; their cases are kept in $folder/failed-*.jsonl"
}

corpus() { # FOLDER or ARCHIVE
  build_runner
  at=$1
  case $at/ in
    "$PWD"/* | /tmp/*) [ -d "$at" ] || unpack "$at" ;;
    *) if [ -d "$at" ]; then rm -rf "$folder/corpus"; mkdir -p "$folder"; cp -r "$at" "$folder/corpus"; at=$folder/corpus; else unpack "$at"; fi ;;
  esac
  runner corpus "$at"
}
unpack() {
  rm -rf "$folder/corpus"
  mkdir -p "$folder/corpus"
  tar -xf "$1" -C "$folder/corpus"
  at=$folder/corpus
}

case ${1:-} in
  oracle) oracle "${2:-200000}" "${3:-1}" ;;
  corpus) corpus "$2" ;;
  *) die "usage: tools/run_oracle.sh oracle [CASES] [SEED] | corpus FOLDER|ARCHIVE" ;;
esac
