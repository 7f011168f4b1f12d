#!/usr/bin/env bash
# The longer checks, for people who change the code: check_all.sh [CHECK...]; when none is named, all but those of named_only.
# What needs a program or data that is absent is skipped and says so. Logs are in build/check. Exit code 0: no check failed.
#   LIKENESS_CELEBA=DIR  CelebA's pictures, for real_faces
set -uo pipefail
[ -z "${LIKENESS_CELEBA:-}" ] || LIKENESS_CELEBA=$(readlink -f "$LIKENESS_CELEBA")
cd "$(dirname "$(readlink -f "$0")")/.." || exit 1
export LC_ALL=C
all=(compilers format tidy cppcheck analyzer sanitizers double golden formats real_faces)
named_only=(mutants flaky) # these take long: they run only when they are named; the last line of their log says how far they are

skip() { # skip REASON: from inside a check
  echo "$1"
  exit 77
}

needs() { # needs PROGRAM...
  local program
  for program in "$@"; do command -v "$program" >/dev/null || skip "$program is not installed"; done
}

build() { # build PRESET
  cmake --preset "$1" && cmake --build --preset "$1" --parallel "$(nproc)"
}

suite() { # suite PRESET: every test of a build
  build "$1" && ctest --test-dir "build/$1" --timeout 1800 --parallel "$(nproc)" --output-on-failure --no-tests=error
}

sources() { # sources FOLDER... : C files, without those that scripts wrote
  find "$@" -name '*.[ch]' -not -path 'tests/golden/*_values.h'
}

# ---- the checks: one function each ----

check_compilers() { # no warning in gcc and clang; everything passes as clang compiles it too
  needs clang
  build dev && suite dev-clang
}

check_format() {
  needs clang-format
  sources src include tests | xargs clang-format --dry-run -Werror
}

tidy() { # tidy OPTION... <FILES: a file a process, as the analyser mixes up files that share one
  xargs -0 -n1 -P"$(nproc)" clang-tidy -p build/dev --quiet "$@" 2>&1 | sed '/ warnings\{0,1\} generated\.$/d'
}

check_tidy() { # of kernels the analyser does not see that loops over constant sizes run
  needs clang-tidy
  build dev || return
  find src -name kernels -prune -o -name '*.c' -print0 | tidy
  local code=$?
  find src -path '*/kernels/*.c' -print0 | tidy --checks=-clang-analyzer-core.uninitialized.Assign,-clang-analyzer-core.NullDereference || code=1
  return $code
}

check_cppcheck() { # one arena holds doubles, then floats: that cast is meant; these kernels' loops run, as sizes are constants from 3 on
  needs cppcheck
  build dev && cppcheck --project=build/dev/compile_commands.json -i"$PWD/tests" --enable=warning,performance,portability \
    --suppress=invalidPointerCast --suppress='uninitvar:src/tensor/kernels/*' --suppress='*:*/generated/*' --std=c11 --quiet --error-exitcode=1 -j"$(nproc)"
}

check_analyzer() { # gcc's; five minutes
  needs gcc
  build analyzer
}

check_sanitizers() { # the whole suite under each
  suite asan && suite tsan
}

check_double() {
  suite double
}

check_golden() { # the stored values of other programs are still what those programs say; last digits may differ on another machine
  local python=/usr/bin/python3 trial script
  $python -c 'import numpy, PIL, skimage, torch' 2>/dev/null || skip 'not installed: python3 with numpy, PIL, skimage and torch'
  trial=$(mktemp -d)
  mkdir "$trial/tests"
  cp -r scripts "$trial" && cp -r tests/golden "$trial/tests"
  for script in "$trial"/scripts/golden/*.py; do $python "$script" || return 1; done
  diff -rq "$trial/tests/golden" tests/golden && rm -r "$trial"
}

check_formats() { # numpy reads what we write
  local run=build/release/tests/scratch/example_train/run
  /usr/bin/python3 -c 'import numpy' 2>/dev/null || skip 'not installed: python3 with numpy'
  local scratch
  build release && scratch=$(mktemp -d) &&
    LIKENESS_SCRATCH=$scratch ctest --test-dir build/release -R 'unit\.io_|example\.train' --no-tests=error && scripts/check_formats.py "$scratch" &&
    tests/examples/read.py $run/model.safetensors $run/test_scores.npy && rm -r "$scratch"
}

check_real_faces() { # a short training on photographs
  [ -n "${LIKENESS_CELEBA:-}" ] || skip "LIKENESS_CELEBA is not set: expected the folder of CelebA's pictures"
  rm -rf build/check/faces
  scripts/quickstart.sh --data "$LIKENESS_CELEBA" --out build/check/faces
}

check_flaky() { # no test fails by chance
  scripts/flaky.sh
}

check_mutants() { # the tests notice planted faults; what was tried on this commit is not tried again
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
    echo "FAILED   $check: $log ends so"
    tail -n 20 "$log" | sed 's/^/         /'
    failed+=("$check")
    ;;
  esac
done
[ ${#failed[@]} -eq 0 ] || { echo "${#failed[@]} failed: ${failed[*]}" && exit 1; }
