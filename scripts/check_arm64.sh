#!/usr/bin/env bash
# Builds for 64-bit ARM without a warning and runs the unit tests in QEMU: check_arm64.sh [DIR]
# The libraries come from Debian's packages for arm64. They are unpacked in DIR
# (build/check/arm64-root), not installed here. Needs gcc-aarch64-linux-gnu, qemu-user and
# mmdebstrap, and the network for the first time.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
export LC_ALL=C
LIKENESS_SYSROOT=$(readlink -m "${1:-build/check/arm64-root}")
export LIKENESS_SYSROOT
packages=libc6-dev,libgcc-12-dev,libopenblas-pthread-dev,libcjson-dev,libstb-dev,libzip-dev
packages+=,libjpeg62-turbo-dev,libpng-dev,libwebp-dev,zlib1g-dev,libprotobuf-c-dev,libcairo2-dev
packages+=,libcmocka-dev

# Nothing here runs inside DIR, so its links have to be relative.
relink() {
  find "$LIKENESS_SYSROOT/usr/lib" -type l -lname '/*' -print0 |
    while IFS= read -r -d '' link; do ln -sfnr "$LIKENESS_SYSROOT$(readlink "$link")" "$link"; done
}

if [ ! -e "$LIKENESS_SYSROOT/unpacked" ]; then
  rm -rf "$LIKENESS_SYSROOT"
  mmdebstrap --variant=extract --architectures=arm64 --include="$packages" bookworm \
    "$LIKENESS_SYSROOT"
  relink
  touch "$LIKENESS_SYSROOT/unpacked"
fi

cmake -S . -B build/arm64 -G Ninja --toolchain scripts/cross/aarch64.cmake -DLIKENESS_STRICT=ON
cmake --build build/arm64 --parallel "$(nproc)"
qemu-aarch64 -L "$LIKENESS_SYSROOT" build/arm64/likeness --version
# QEMU shows a process another start time of itself than of others, which unit.owner compares.
ctest --test-dir build/arm64 --label-regex '^unit$' --label-exclude isa \
  --exclude-regex '^unit.owner$' --timeout 1800 --parallel "$(nproc)" --output-on-failure \
  --no-tests=error
