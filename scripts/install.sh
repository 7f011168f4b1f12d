#!/usr/bin/env bash
# Installs the Debian packages that are missing. Sourced by other scripts: install_missing PACKAGE...
# Asks nothing, touches nothing when all are there, works as root or with sudo; stops with the command to run by hand otherwise.

# What the build needs, and what the tests need beside it.
# shellcheck disable=SC2034 # used where this is sourced
build_packages=(gcc libc6-dev cmake ninja-build pkg-config libopenblas-pthread-dev libcjson-dev libstb-dev libjpeg62-turbo-dev
  libpng-dev libzip-dev)
# shellcheck disable=SC2034
test_packages=(libcmocka-dev libopenblas0-serial libopenblas0-openmp) # the system goes on using the pthread build

is_installed() { # is_installed PACKAGE
  [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

install_missing() { # install_missing PACKAGE...
  local missing=() as_root=() package
  command -v dpkg-query >/dev/null || {
    echo "this is not Debian: what stands for these packages must be there: $*" >&2
    return 0
  }
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ]; then
    as_root=(sudo)
    [ -t 2 ] || as_root+=(-n) # nobody is there to type a password
    "${as_root[@]}" true 2>/dev/null || {
      echo "packages are missing, and this is neither root nor may it use sudo; as root: apt-get install ${missing[*]}" >&2
      return 1
    }
  fi
  echo "installing ${missing[*]}" >&2
  as_root+=(env DEBIAN_FRONTEND=noninteractive)
  "${as_root[@]}" apt-get -q update </dev/null >&2 || echo "apt-get update failed; trying with the lists there are" >&2
  "${as_root[@]}" apt-get -q -y install --no-install-recommends "${missing[@]}" </dev/null >&2 || {
    echo "apt-get could not install: ${missing[*]}" >&2
    return 1
  }
}
