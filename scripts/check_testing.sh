#!/usr/bin/env bash
# Builds everything without a warning in Debian testing, with its newest gcc: check_testing.sh [DIR]
# The system is made in DIR (build/check/testing-root) by mmdebstrap. Needs root and the network.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
. scripts/install.sh
export LC_ALL=C
root=$(readlink -m "${1:-build/check/testing-root}")

if [ ! -e "$root/usr/bin/cmake" ]; then
  rm -rf "$root"
  packages=("${build_packages[@]}" libcmocka-dev)
  # a mirror that stands still for a while will do
  mmdebstrap --variant=apt --include="${packages[*]}" \
    --aptopt='Acquire::Check-Valid-Until "false"' \
    testing "$root"
fi
mkdir -p "$root/likeness"
# without the files of the last time, as some may be gone
find "$root/likeness" -mindepth 1 -maxdepth 1 -not -name build -exec rm -r {} +
git ls-files -z | xargs -0 cp --parents --preserve=timestamps -t "$root/likeness"
chroot "$root" gcc --version | head -n 1
chroot "$root" sh -c 'cd /likeness && cmake --preset dev &&
  cmake --build --preset dev --parallel -- -k 0 &&
  build/dev/likeness --version && build/dev/tests/unit_test_base'
