#!/usr/bin/env bash
# Installs missing Debian packages. Other scripts source this file: install_missing PACKAGE...
# It asks no questions and changes nothing when all packages are there. It works as root or with
# sudo. Without either it fails and prints the command to run by hand.

# shellcheck disable=SC2034 # used by the scripts that source this file
build_packages=(gcc libc6-dev cmake ninja-build pkg-config libopenblas-pthread-dev libcjson-dev
  libstb-dev libjpeg62-turbo-dev libpng-dev libwebp-dev libzip-dev zlib1g-dev libonnx-dev
  libprotobuf-c-dev protobuf-c-compiler libcairo2-dev fonts-dejavu-core)
# The tests also need these. The system continues to use the pthread build of OpenBLAS.
# shellcheck disable=SC2034
test_packages=(libcmocka-dev libopenblas0-serial libopenblas0-openmp)
# scripts/check_all.sh onnx needs these, next to node and npm.
# shellcheck disable=SC2034
onnx_packages=(python3-onnx python3-numpy python3-pil)
# scripts/check_all.sh browser needs these, next to node and npm.
# shellcheck disable=SC2034
browser_packages=(chromium fonts-dejavu-core)

is_installed() { # is_installed PACKAGE
  [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

install_missing() { # install_missing PACKAGE...
  local missing=() as_root=() package
  command -v dpkg-query >/dev/null || {
    echo "this is not Debian: install what corresponds to these packages: $*" >&2
    return 0
  }
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ]; then
    as_root=(sudo)
    [ -t 2 ] || as_root+=(-n) # nobody can type a password
    "${as_root[@]}" true 2>/dev/null || {
      echo "packages are missing, and this user is not root and may not use sudo;" \
        "run as root: apt-get install ${missing[*]}" >&2
      return 1
    }
  fi
  echo "installing ${missing[*]}" >&2
  as_root+=(env DEBIAN_FRONTEND=noninteractive)
  "${as_root[@]}" apt-get -q update </dev/null >&2 ||
    echo "apt-get update failed; continuing with the package lists from before" >&2
  "${as_root[@]}" apt-get -q -y install --no-install-recommends "${missing[@]}" </dev/null >&2 || {
    echo "apt-get could not install: ${missing[*]}" >&2
    return 1
  }
}
