#!/usr/bin/env bash
# Runs the longer checks, for people who change the code: check_all.sh [CHECK...].
# Without names it runs all checks except those in named_only. It skips a check whose program or
# data is absent, and says so. Logs are in build/check. Exit code 0: no check failed.
#   LIKENESS_CELEBA=DIR  CelebA's pictures, for real_faces
set -uo pipefail
[ -z "${LIKENESS_CELEBA:-}" ] || LIKENESS_CELEBA=$(readlink -f "$LIKENESS_CELEBA")
cd "$(dirname "$(readlink -f "$0")")/.." || exit 1
export LC_ALL=C
all=(compilers format tidy cppcheck analyzer sanitizers double golden formats events torch onnx
  browser package mpi arm64 testing real_faces)
# These take long, so they run only when named. The last line of their log says how far they are.
named_only=(mutants flaky)

skip() { # skip REASON: ends the check that calls it
  echo "$1"
  exit 77
}

needs() { # needs PROGRAM...
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null || skip "$program is not installed"
  done
}

build() { # build PRESET
  cmake --preset "$1" && cmake --build --preset "$1" --parallel "$(nproc)"
}

suite() { # suite PRESET: every test of a build
  build "$1" && ctest --test-dir "build/$1" --timeout 1800 --parallel "$(nproc)" \
    --output-on-failure --no-tests=error
}

sources() { # sources FOLDER...: the C files, without those that scripts wrote
  find "$@" -name '*.[ch]' -not -path 'tests/golden/*_values.h'
}

# ---- the checks, one function for each ----

check_compilers() { # gcc and clang give no warning, and the tests also pass in clang's build
  needs clang
  build dev && suite dev-clang
}

check_format() {
  needs clang-format
  sources src include tests | xargs clang-format --dry-run -Werror
}

# tidy OPTION... <FILES: one process for each file; in a shared one the analyser mixes up the files
tidy() {
  xargs -0 -n1 -P"$(nproc)" clang-tidy -p build/dev --quiet "$@" 2>&1 |
    sed '/ warnings\{0,1\} generated\.$/d'
}

# In kernels the analyser does not see that loops over constant sizes run at least once, so two of
# its checks are off there.
check_tidy() {
  local core=clang-analyzer-core
  needs clang-tidy
  build dev || return
  find src -name kernels -prune -o -name '*.c' -print0 | tidy
  local code=$?
  find src -path '*/kernels/*.c' -print0 |
    tidy --checks=-$core.uninitialized.Assign,-$core.NullDereference || code=1
  return $code
}

# The suppressed findings are false. One arena holds doubles and then floats, so its pointer cast
# is intended. The loops of the tensor kernels run, because their sizes are constants of at least 3.
check_cppcheck() {
  needs cppcheck
  build dev && cppcheck --project=build/dev/compile_commands.json --file-filter='src/*' \
    --enable=warning,performance,portability --suppress=invalidPointerCast \
    --suppress='uninitvar:src/tensor/kernels/*' --suppress='*:*/generated/*' \
    --std=c11 --quiet --error-exitcode=1 -j"$(nproc)"
}

check_analyzer() { # gcc's analyzer; takes five minutes
  needs gcc
  build analyzer
}

check_sanitizers() { # the whole suite under each sanitizer
  suite asan && suite tsan
}

check_double() {
  suite double
}

# The programs that the golden values come from still give the stored values. On another machine the
# last digits may differ.
check_golden() {
  local python=/usr/bin/python3 trial script
  $python -c 'import numpy, PIL, skimage, torch' 2>/dev/null ||
    skip 'not installed: python3 with numpy, PIL, skimage and torch'
  trial=$(mktemp -d)
  mkdir "$trial/tests"
  cp -r scripts "$trial" && cp -r tests/golden "$trial/tests"
  for script in "$trial"/scripts/golden/*.py; do $python "$script" || return 1; done
  $python scripts/compare_golden.py "$trial/tests/golden" tests/golden && rm -r "$trial"
}

check_formats() { # numpy reads the files that we write
  local run=build/release/tests/scratch/example_train/run
  /usr/bin/python3 -c 'import numpy' 2>/dev/null || skip 'not installed: python3 with numpy'
  local scratch
  build release && scratch=$(mktemp -d) &&
    LIKENESS_SCRATCH=$scratch ctest --test-dir build/release -R 'unit\.io_|example\.train' \
      --no-tests=error &&
    scripts/check_formats.py "$scratch" &&
    tests/examples/read.py $run/model.safetensors $run/test_scores.npy &&
    rm -r "$scratch"
}

check_events() { # Google's protobuf, and TensorBoard if it is there, read the events of a run
  local likeness=build/release/likeness scratch
  has_python google.protobuf
  needs protoc-c
  build release && scratch=$(mktemp -d) &&
    $likeness prepare --synthetic 200 --size 32 --seed 1 --out "$scratch/faces.lkd" &&
    $likeness train configs/quick/ae_mse.json --data "$scratch/faces.lkd" --out "$scratch/run" \
      --epochs 2 --tensorboard &&
    scripts/check_events.py protoc-c "$scratch/run" &&
    rm -r "$scratch"
}

check_package() { # the Debian package in a fresh system
  needs debootstrap dpkg-shlibdeps
  [ "$(id -u)" = 0 ] || skip "only root can make a system to try it in"
  scripts/check_package.sh
}

check_arm64() { # the unit tests on another kind of processor, emulated
  needs aarch64-linux-gnu-gcc qemu-aarch64 mmdebstrap
  scripts/check_arm64.sh
}

check_testing() { # Debian testing's newest gcc gives no warning
  needs mmdebstrap
  [ "$(id -u)" = 0 ] || skip "only root can make a system to build in"
  scripts/check_testing.sh
}

has_python() { # has_python MODULE...
  /usr/bin/python3 -c "import $(IFS=,; echo "$*")" 2>/dev/null ||
    skip "not installed: python3 with $*"
}

check_torch() { # PyTorch computes the same, and its weights can be imported
  has_python torch numpy PIL
  build release && scripts/check_torch.sh build/release/likeness build/check/torch
}

check_onnx() { # exported files are valid, and onnxruntime computes the same with them
  has_python onnx numpy PIL
  needs node npm
  build release && scripts/check_onnx.sh build/release/likeness build/check/onnx
}

check_browser() { # reports in Chromium
  build release && scripts/check_browser.sh
}

check_mpi() { # several processes train the same bytes as one, and are killed
  needs mpirun mpicc
  build mpi && build mpi-asan && scripts/mpi_test.sh
}

check_real_faces() { # a short training on photographs
  [ -n "${LIKENESS_CELEBA:-}" ] ||
    skip "LIKENESS_CELEBA is not set: expected the folder of CelebA's pictures"
  rm -rf build/check/faces
  scripts/quickstart.sh --data "$LIKENESS_CELEBA" --out build/check/faces
}

check_flaky() { # no test fails by chance
  scripts/flaky.sh
}

check_mutants() { # the tests find planted faults; each fault is tried once per commit
  needs perl
  scripts/mutants.sh
}

# ---- running them ----

[ $# -gt 0 ] || set -- "${all[@]}"
for check in "$@"; do
  [[ " ${all[*]} ${named_only[*]} " == *" $check "* ]] ||
    { echo "unknown check \"$check\"; there are: ${all[*]} ${named_only[*]}" >&2 && exit 2; }
done
mkdir -p build/check
failed=()
for check in "$@"; do
  log=build/check/$check.log how_far=
  ("check_$check") >"$log" 2>&1 </dev/null
  case $? in
  0)
    [[ " ${named_only[*]} " != *" $check "* ]] || how_far=": $(tail -n 1 "$log")"
    echo "passed   $check${how_far:-}"
    ;;
  77) echo "SKIPPED  $check: $(tail -n 1 "$log")" ;;
  *)
    echo "FAILED   $check: the end of $log:"
    tail -n 20 "$log" | sed 's/^/         /'
    failed+=("$check")
    ;;
  esac
done
[ ${#failed[@]} -eq 0 ] || { echo "${#failed[@]} failed: ${failed[*]}" && exit 1; }
