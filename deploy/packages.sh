# What the scripts beside this file share: the packages that a build needs, and how they get here.
# shellcheck shell=bash

build_packages=(
  libcurl4-openssl-dev libgpgme-dev libsqlite3-dev libzstd-dev zlib1g-dev pkg-config
  build-essential git gnupg gpgv ca-certificates
)

# Installs what is missing of the named packages, and asks for nothing when all are there.
install_missing() {
  local missing=() package
  for package in "$@"; do
    dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed \
      || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  echo "installing: ${missing[*]}"
  local as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# Stops with a remedy where the toolchain is missing or too old.
require_swift() {
  local version
  version=$(swift --version 2>/dev/null | grep -oE 'Swift version [0-9]+\.[0-9]+' | head -n 1 | cut -d' ' -f3) || true
  if [ -z "$version" ] || [ "$(printf '6.1\n%s\n' "$version" | sort -V | head -n 1)" != 6.1 ]; then
    echo "a Swift toolchain of version 6.1 or later is needed (found: ${version:-none}); get one from swift.org" >&2
    exit 69
  fi
}
