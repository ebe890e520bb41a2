#!/bin/sh
# Inside the platform: builds the release preset, quietly when nothing changed, then runs cordon with the arguments.
set -eu
. tools/build.sh
build release
CORDON_COMMAND=./run exec build/release/bin/cordon "$@"
