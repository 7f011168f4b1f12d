#!/usr/bin/env bash
# Installs what the tests need, builds four times and runs the tests of all builds as one ctest:
#   release  everything
#   double   gradients, and the golden values of other programs; here every number is a double
#   asan     everything compiled, under the address and undefined behaviour sanitizers; lesser
#            instruction sets only for the kernels
#   tsan     what starts threads, under the thread sanitizer; without the program, and without the
#            gradients, which repeat one step thousands of times
# Works from any directory, without a terminal, as root or with sudo. Exit code 0: all tests passed.
# test.sh COMMAND... builds the tests and lists them in build/all/CTestTestfile.cmake, then runs the
# command instead of ctest.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
export LC_ALL=C
exec </dev/null
. scripts/install.sh
install_missing "${build_packages[@]}" "${test_packages[@]}"

build() { # build PRESET: quiet unless it fails
  local log=build/$1.log
  mkdir -p build
  echo "building $1"
  { cmake --preset "$1" && cmake --build --preset "$1" --parallel "$(nproc)"; } >"$log" 2>&1 || {
    cat "$log"
    echo "the $1 build failed" >&2
    exit 1
  }
}

# tests_of PRESET REGEX: that build's tests whose labels (;unit;threads;) match, in ctest's own
# language, with the name PRESET.TEST
tests_of() {
  awk -v preset="$1" -v labels="$2" '
    /^add_test\(/ { test = $0 }
    /^set_tests_properties\(/ && match($0, /LABELS "[^"]*"/) {
      if (";" substr($0, RSTART + 8, RLENGTH - 9) ";" !~ labels) next
      sub(/\[=\[/, "&" preset ".", test); sub(/\[=\[/, "&" preset ".")
      print test; print; n++
    }
    END { if (!n) { print "no tests in " preset " with labels " labels >"/dev/stderr"; exit 1 } }
    ' "build/$1"/tests/{,fuzz/}CTestTestfile.cmake
}

# The sanitizers of gcc 12 do not start if the kernel spreads addresses too widely. setarch stops
# the kernel from doing so, if the container allows it.
plain=()
if setarch "$(uname -m)" -R true 2>/dev/null; then plain=(setarch "$(uname -m)" -R); fi

for preset in release double asan tsan; do build "$preset"; done
all=build/all
mkdir -p $all
{
  tests_of tsan ';(unit|kernel);threads;$'
  tests_of asan ';(unit|grad|kernel|golden|cli|fault);((threads|slow);)*$|;kernel;'
  tests_of double ';(grad|golden);'
  tests_of release ';'
} >$all/CTestTestfile.cmake
if [[ $("${plain[@]}" build/tsan/likeness --version 2>&1) == \
  *'ThreadSanitizer: unexpected memory mapping'* ]]; then
  echo "SKIPPED: the thread sanitizer cannot start on this kernel (vm.mmap_rnd_bits above 28)," \
    "so its tests do not run" >&2
  sed -i '/=\[tsan\./d' $all/CTestTestfile.cmake
fi
# As many tests run at once as there are processors. Threads that wait by spinning would take the
# processors from the threads they wait for: those of the program spin only where each has a
# processor of its own, those of OpenBLAS for 2^4 cycles instead of 2^26.
export LIKENESS_THREADS=${LIKENESS_THREADS-$(($(nproc) + 1))}
export OPENBLAS_THREAD_TIMEOUT=${OPENBLAS_THREAD_TIMEOUT-4}
if [ $# -gt 0 ]; then exec "${plain[@]}" "$@"; fi
"${plain[@]}" ctest --test-dir $all --timeout 1800 --parallel "$(nproc)" --output-on-failure \
  --no-label-summary
