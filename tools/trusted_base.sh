#!/bin/sh
# Prints the size of the enforcement point: its own source lines that are linked into it (by the linker's map beside the program; without
# one, all lines of its rooms), the lines of data that the build generates for it, and the shared libraries it loads.
set -eu
program=$1
cd "$2"
rooms="base crypto wire evidence identity inspection tokens policy enforcement"
sources=$(for room in $rooms; do find "cordon/$room" -name '*.cpp' ! -name '*_test.cpp' ! -name 'test_*' ! -name 'naive*' ! -name 'simulated_*'; done)
if [ -f "$program.map" ]; then
  linked=$(grep -o 'libcordon_[a-z]*\.a([^)]*\.cpp\.o)' "$program.map" | sort -u | sed 's/libcordon_\([a-z]*\)\.a(\(.*\)\.o)/\1 \2/')
  sources=$(echo "$sources" | awk -v linked="$linked" '
    BEGIN { n = split(linked, lines, "\n"); for (i = 1; i <= n; i++) known[lines[i]] = 1 }
    { split($0, parts, "/"); name = parts[length(parts)]; if ((parts[2] " " name) in known) print }')
fi
# A header counts with its source; one without a source counts where its room is linked.
headers=$(for room in $rooms; do find "cordon/$room" -name '*.h' ! -name 'test_*' ! -name 'temporary_*' ! -name 'naive*' ! -name 'simulated_*'; done |
  awk -v sources="$sources" '
    BEGIN { n = split(sources, lines, "\n"); for (i = 1; i <= n; i++) known[lines[i]] = 1 }
    { source = $0; sub(/\.h$/, ".cpp", source); if ((source in known) || (getline line < source) < 0) print; else close(source) }')
files="$sources $headers $(find app/cordon-proxy -name '*.cpp' -o -name '*.h')"
lines=$(cat $files | wc -l)
code=$(cat $files | grep -cvE '^[[:space:]]*(//.*)?$')
generated=$(dirname "$program")/../generated/cordon
data=$(for room in $rooms; do [ ! -d "$generated/$room" ] || find "$generated/$room" -name '*.inc' -exec cat {} +; done | wc -l)
libraries=$(objdump -p "$program" | awk '/NEEDED/ {print $2}' | paste -sd' ')
printf 'cordon-proxy: %s own lines (%s of code) in %s files; %s lines of generated data; loads %s\n' \
  "$lines" "$code" "$(echo $files | wc -w)" "$data" "$libraries"
