#!/bin/sh
# Where Cordon is built and run: this Debian 13 itself, or a private Debian 13 root made once.
#
#   tools/platform.sh GROUPS -- COMMAND...   run COMMAND with the packages of GROUPS (build,test,...) at hand
#   tools/platform.sh --where                say which of the two it is, and where the private root lies
#
# Environment: CORDON_CACHE (default ~/.cache/cordon), CORDON_MIRROR (default: the host's apt sources),
#              CORDON_NATIVE=1 (use this system as it is and install nothing).
set -eu
PATH=$PATH:/usr/sbin:/sbin # chroot and mmdebstrap's helpers, for ordinary users too

repo=$(cd "$(dirname "$0")/.." && pwd -P)
cache=${CORDON_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/cordon}
list=$repo/packages.txt
suite=trixie

say() { printf '\033[2mcordon: %s\033[0m\n' "$*" >&2; }
[ -t 2 ] || say() { printf 'cordon: %s\n' "$*" >&2; }
die() { printf 'cordon: %s\n' "$*" >&2; exit 1; }

packages() { # GROUPS, separated by commas -> package names
  awk -v groups=",$1," '/^[a-z]/ && index(groups, "," $1 ",") {print $2}' "$list"
}

# The digest covers the base of the root only: later groups are added to it in place.
digest() { { echo "$suite 1"; packages build; } | sha256sum | cut -c1-12; }

is_debian13() { grep -q '^VERSION_CODENAME=trixie' /etc/os-release 2>/dev/null; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else die "root is needed for: $* (install sudo, or run as root)"
  fi
}

# The host's Debian mirror, so that a site's own mirror is used here too. Empty: the tool's default.
mirror() {
  if [ -n "${CORDON_MIRROR:-}" ]; then echo "$CORDON_MIRROR"; return; fi
  grep -q '^ID=debian' /etc/os-release 2>/dev/null || return 0
  cat /etc/apt/sources.list.d/*.sources /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
    awk '/^URIs:/ {print $2}  /^deb / {for (i = 2; i <= NF; i++) if ($i ~ /^[a-z+]+:\/\//) {print $i; break}}' |
    awk '/\/debian\/?$/ {print; exit}'
}

lock() { # one preparation at a time; the lock goes with the process, so Ctrl-C leaves none behind
  mkdir -p "$cache"
  exec 9>"$cache/lock"
  flock -n 9 || { say "another run prepares the packages; waiting for it"; flock 9; }
}

# --- this system -----------------------------------------------------------------------------------------------

install_here() {
  missing=
  for package in $(packages "$1"); do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  say "installing with apt-get:$missing"
  as_root apt-get update -q >&2
  # shellcheck disable=SC2086
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing >&2
}

# --- a private root --------------------------------------------------------------------------------------------

root=$cache/root-$(digest)

# Runs "$@" inside the private root, in a mount namespace of its own: the host's mounts stay as they are.
inside() {
  export CORDON_ROOT="$root" CORDON_REPO="$repo" CORDON_CACHE="$cache" CORDON_PWD="$PWD"
  # shellcheck disable=SC2016
  enter='
    set -e
    mount --make-rprivate / 2>/dev/null || true
    mount --bind "$CORDON_ROOT" "$CORDON_ROOT" # a mount point of its own, so that tests can make mount namespaces inside
    for dir in /proc /sys /dev /tmp "$CORDON_REPO" "$CORDON_CACHE"; do
      mkdir -p "$CORDON_ROOT$dir"; mount --rbind "$dir" "$CORDON_ROOT$dir"
    done
    for file in /etc/resolv.conf /etc/hosts; do
      [ -e "$file" ] && cat "$file" >"$CORDON_ROOT$file" 2>/dev/null || true
    done
    case $CORDON_PWD/ in "$CORDON_REPO"/*|/tmp/*) dir=$CORDON_PWD ;; *) dir=$CORDON_REPO ;; esac
    unset CORDON_PWD
    exec chroot "$CORDON_ROOT" /usr/bin/env -u CORDON_ROOT CORDON_INSIDE=1 HOME="$CORDON_CACHE/home" \
      PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 LC_ALL=C.UTF-8 \
      sh -c "cd \"\$0\" && exec \"\$@\"" "$dir" "$@"'
  if [ "$(id -u)" = 0 ]; then unshare --mount sh -c "$enter" sh "$@"
  else unshare --user --map-root-user --map-auto --mount sh -c "$enter" sh "$@"
  fi
}

make_root() {
  [ -e "$root/.complete" ] && return 0
  command -v mmdebstrap >/dev/null || {
    command -v apt-get >/dev/null || die "mmdebstrap is needed to make a private Debian 13 root: install it, then run this again"
    say "installing with apt-get: mmdebstrap (makes the private root)"
    as_root apt-get update -q >&2
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends mmdebstrap uidmap >&2
  }
  say "making a private Debian 13 root in $root (once, a minute or two; the host stays as it is)"
  rm_root "$root.part"
  # shellcheck disable=SC2046
  mmdebstrap --variant=apt --aptopt='APT::Install-Recommends "false"' \
    --include="ca-certificates,$(packages build | paste -sd,)" "$suite" "$root.part" $(mirror) >&2 ||
    die "mmdebstrap failed: see the lines above; CORDON_MIRROR=URL names another Debian mirror"
  own "$root.part" touch "$root.part/.complete"
  rm_root "$root"
  mv "$root.part" "$root"
}

own() { # DIR COMMAND...: as whoever owns the root's files
  shift
  if [ "$(id -u)" = 0 ]; then "$@"; else unshare --user --map-root-user --map-auto "$@"; fi
}
rm_root() { [ ! -e "$1" ] || own "$1" rm -rf --one-file-system "$1"; }

install_inside() {
  for group in $(echo "$1" | tr , ' '); do
    [ "$group" != build ] || continue
    stamp=.group-$group-$(packages "$group" | sha256sum | cut -c1-12)
    [ ! -e "$root/$stamp" ] || continue
    say "adding to the private root: $(packages "$group" | paste -sd' ')"
    # shellcheck disable=SC2046,SC2016
    inside sh -c 'apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"' \
      sh $(packages "$group") </dev/null >&2
    own "$root" touch "$root/$stamp"
  done
}

# --- main ------------------------------------------------------------------------------------------------------

native() { [ "${CORDON_NATIVE:-}" = 1 ] || [ "${CORDON_INSIDE:-}" = 1 ] || is_debian13; }

if [ "${1:-}" = --where ]; then
  if native; then echo "this system"; else echo "$root"; fi
  exit 0
fi
[ $# -ge 3 ] && [ "$2" = -- ] || die "usage: tools/platform.sh GROUPS -- COMMAND..."
groups=$1
shift 2

if native; then
  if [ "${CORDON_NATIVE:-}" != 1 ] && [ "${CORDON_INSIDE:-}" != 1 ]; then lock; install_here "$groups"; exec 9>&-; fi
  exec "$@"
fi
lock
make_root
install_inside "$groups"
mkdir -p "$cache/home"
exec 9>&-
inside "$@"; exit # one line: a change of this file under a running shell does not matter
