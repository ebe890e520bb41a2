# Sourced: build PRESET [TARGET...] configures and builds, with one line of progress and the whole output on failure.
build() {
  preset=$1
  shift
  mkdir -p "build/$preset"
  export CCACHE_DIR="${CORDON_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/cordon}/ccache" CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1
  export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime CCACHE_MAXSIZE=4G
  log=build/$preset/build.log
  printf 'cordon: building %s (log: %s)\n' "$preset" "$log" >&2
  if ! cmake --preset "$preset" >"$log" 2>&1; then
    cat "$log" >&2
    printf 'cordon: configuring %s failed: see above\n' "$preset" >&2
    exit 1
  fi
  if [ -t 2 ]; then # a terminal: ninja's own one-line progress
    cmake --build --preset "$preset" ${1:+--target "$@"} || exit 1
  elif ! cmake --build --preset "$preset" ${1:+--target "$@"} >>"$log" 2>&1; then
    grep -v '^\[[0-9]*/[0-9]*\] ' "$log" | tail -80 >&2
    printf 'cordon: building %s failed: see above, and %s\n' "$preset" "$log" >&2
    exit 1
  fi
}
