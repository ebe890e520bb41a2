#!/bin/sh
# The peers of ./bench policy that run in node: fetched once by npm into build/peers, measured now, their figures left in
# build/peers/policy.json for the benchmark to print beside its own. Outside the platform, because Cordon needs no node.
set -eu
cd "$(dirname "$0")/.."
folder=build/peers
packages='@cedar-policy/cedar-wasm@4.12.0 casbin@5.51.1'

say() { printf 'bench: %s\n' "$*" >&2; }

mkdir -p "$folder"
rm -f "$folder/policy.json"
command -v node >/dev/null && command -v npm >/dev/null || {
  say "no node and npm here: the policy engines of other houses are not measured"
  exit 0
}
if [ ! -d "$folder/node_modules/casbin" ] || [ ! -d "$folder/node_modules/@cedar-policy/cedar-wasm" ]; then
  say "fetching $packages"
  # shellcheck disable=SC2086 # two words
  npm install --prefix "$folder" --no-audit --no-fund --silent $packages >&2 || {
    say "npm cannot fetch them: the policy engines of other houses are not measured"
    exit 0
  }
fi
say "measuring the policy engines of other houses (about a minute)"
node benchmarks/policy_peers.cjs "$folder" >"$folder/policy.json.new" && mv "$folder/policy.json.new" "$folder/policy.json"
