#!/bin/sh
# Runs a script of this project on a Node that can: sh scripts/with-node.sh [--lab | --go | --no-install] SCRIPT
# [ARGUMENT…]. Installs node_modules where they are missing or older than package-lock.json; with --lab the Debian
# packages that the lab starts; with --go the one that brings a Go where there is none. Plain sh, since the machine's own
# Node may be too old to read the project's scripts, or missing.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

packages_of_the_lab() {
  command -v dockerd >/dev/null && command -v docker >/dev/null || echo docker.io
  command -v containerd >/dev/null || echo containerd
  command -v docker-registry >/dev/null || echo docker-registry
  command -v git >/dev/null || echo git
  command -v ip >/dev/null || echo iproute2
  command -v iptables >/dev/null || echo iptables
  command -v ps >/dev/null || echo procps
  [ -x /bin/busybox ] || echo busybox-static
  command -v mkfs.ext4 >/dev/null || echo e2fsprogs
  command -v debootstrap >/dev/null || echo debootstrap
  # For clusters:
  command -v etcd >/dev/null || echo etcd-server
  command -v openssl >/dev/null || echo openssl
  command -v runc >/dev/null || echo runc
  [ -x /usr/lib/cni/bridge ] || echo containernetworking-plugins
}

# Services of new packages are neither started now nor at the next boot: the lab starts what it needs by itself.
install_packages() {
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ] || grep -q 'xgen-build: no services' "$policy" 2>/dev/null; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    printf '#!/bin/sh\n# xgen-build: no services while packages are installed\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  try_install "$@" || { say 'Refreshing the list of packages first.'; apt-get update -q >&2 && try_install "$@"; } || {
    say "xgen-build: these packages could not be installed: $*"
    exit 2
  }
  if [ -d /run/systemd/system ]; then
    systemctl disable -q docker.service docker.socket containerd.service docker-registry.service etcd.service \
      2>/dev/null || true
  fi
  if grep -q 'xgen-build: no services' "$policy" 2>/dev/null; then rm -f "$policy"; fi
  trap - EXIT INT TERM
}

try_install() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >&2
}

prepare_lab() {
  PATH="$PATH:/usr/sbin:/sbin"
  missing=$(packages_of_the_lab | tr '\n' ' ')
  if [ -n "$missing" ]; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
      say "xgen-build: the lab needs programs that are missing here. On Debian, as root:"
      say "  apt-get install --no-install-recommends $missing"
      exit 2
    fi
    say "Installing Debian packages for the lab: $missing"
    # shellcheck disable=SC2086 # one word per package
    install_packages $missing
  fi
  if [ "$(id -u)" != 0 ]; then
    say 'xgen-build: the lab needs root, since it starts a Docker engine of its own and makes a bridge for it.'
    say '  sudo npm test      (or only what needs no lab: npm run test:unit)'
    exit 2
  fi
}

prepare_go() {
  PATH="$PATH:/usr/local/go/bin"
  command -v go >/dev/null && return 0
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    say 'xgen-build: Go is missing. On Debian, as root: apt-get install --no-install-recommends golang-go'
    exit 2
  fi
  say 'Installing a Debian package: golang-go'
  install_packages golang-go
}

# The stamp holds the checksum of the lockfile that node_modules were installed from.
install_modules() {
  stamp=node_modules/.xgen-build-lockfile
  sum=$(cksum <package-lock.json)
  if [ -e "$stamp" ]; then
    [ "$(cat "$stamp")" = "$sum" ] && return 0
  elif [ -e node_modules/.package-lock.json ] && [ ! package-lock.json -nt node_modules/.package-lock.json ]; then
    printf '%s\n' "$sum" >"$stamp"
    return 0
  fi
  if ! command -v npm >/dev/null; then
    say 'xgen-build: npm is missing. On Debian, as root: apt-get install nodejs npm'
    exit 2
  fi
  say 'Installing node_modules from package-lock.json (npm ci).'
  npm ci --no-audit --no-fund >&2
  printf '%s\n' "$sum" >"$stamp"
}

fits() {
  "$1" -e 'var v=process.versions.node.split(".").map(Number);process.exit(v[0]===22&&(v[1]>22||v[1]===22&&v[2]>=3)||v[0]===24&&v[1]>=15||v[0]>24?0:1)' 2>/dev/null
}

find_node() {
  for node in "$PWD"/node_modules/node-linux-*/bin/node "$(command -v node || true)"; do
    if [ -n "$node" ] && [ -x "$node" ] && fits "$node"; then return 0; fi
  done
  say 'xgen-build: no Node of version 22.22.3 or newer, or 24.15 or newer, was found in node_modules or on PATH.'
  exit 2
}

if [ "${1:-}" = --lab ]; then
  shift
  prepare_lab
fi
if [ "${1:-}" = --go ]; then
  shift
  prepare_go
fi
if [ "${1:-}" = --no-install ]; then shift; else install_modules; fi
find_node
PATH="$(dirname "$node"):$PATH"
export PATH
exec "$node" --disable-warning=ExperimentalWarning "$@"
