#!/usr/bin/env bash
# Runs the long checks and prints a line for each: faults, kills, bad input, fuzzing, sanitizers,
# coverage and long training. Exit code 1: a check found something, and its line names the log.
# Needs what scripts/test.sh installs, clang for fuzzing, and Python 3 for pictures and coverage.
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/.." || exit 1
export LC_ALL=C

help="usage: soak.sh [--short] [PART...]
  --short  the short form: a quarter of an hour on two cores, builds included.
           default: the long form, which takes hours
  PART     faults kills input fuzz sanitizers coverage training. default: all of them"

short='' asked=()
while [ $# -gt 0 ]; do
  case $1 in
  --short) short=1 && shift ;;
  --help | -h) echo "$help" && exit 0 ;;
  *) asked+=("$1") && shift ;;
  esac
done
parts=(faults kills input fuzz sanitizers coverage training)
for part in "${asked[@]}"; do
  [[ " ${parts[*]} " == *" $part "* ]] ||
    { echo "unknown part \"$part\"; there are: ${parts[*]}" >&2 && exit 2; }
done
[ ${#asked[@]} -gt 0 ] || asked=("${parts[@]}")

logs=build/soak
mkdir -p $logs
# gcc's sanitizers do not start if the kernel spreads addresses too widely.
plain=()
if setarch "$(uname -m)" -R true 2>/dev/null; then plain=(setarch "$(uname -m)" -R); fi

build() { # build PRESET
  cmake --preset "$1" && cmake --build --preset "$1" --parallel "$(nproc)"
}

longer() { # longer COMMAND...: runs it; in the long form its tests try every config
  if [ -n "$short" ]; then "$@"; else LIKENESS_LONG=1 "$@"; fi
}

either() { # either SHORT LONG: prints the one for the chosen form
  [ -n "$short" ] && echo "$1" || echo "$2"
}

added() { # added LOG PATTERN: the sum of the numbers that PATTERN's group matches
  sed -nE "s/.*$2.*/\\1/p" "$1" | awk '{ sum += $1 } END { print sum + 0 }'
}

# ---- the parts: the last line that each prints is its result ----

part_faults() { # every call that can fail is made to fail, once, under the address sanitizer
  build asan || return
  local code n program
  n=$(nproc)
  if [ -n "$short" ]; then
    "${plain[@]}" ctest --test-dir build/asan -L fault -V --parallel "$n" --timeout 1800 \
      --no-tests=error
  else
    for program in build/asan/tests/fault_test_*; do seq -f "%g/$n $program" "$n"; done |
      "${plain[@]}" xargs -n 2 -P "$n" sh -c 'LIKENESS_LONG=$0 exec "$1"'
  fi
  code=$?
  echo "$(added "$log" 'faults: ([0-9]+) injected') faults injected," \
    "$(added "$log" 'injected, ([0-9]+) survived') survived"
  return $code
}

part_kills() {
  build release && scripts/kill_resume.sh --kills "$(either 50 500)"
}

part_input() {
  build release &&
    longer ctest --test-dir build/release -R 'cli\.bad_|generated_configs' -V --timeout 7200 \
      --no-tests=error &&
    scripts/soak_images.sh "$(either 10000 100000)"
  local code=$?
  echo "$(added "$log" 'bad inputs: ([0-9]+) tried') bad inputs tried;" \
    "$(grep 'bad pictures among' "$log" | tail -n 1)"
  return $code
}

part_fuzz() {
  scripts/fuzz.sh --seconds "$(either 8 1800)"
  local code=$?
  awk -F'|' '
    $3 ~ /^ *[0-9?]+ *$/ { n++; sum += $3; bad += $5 }
    END { print sum + 0 " executions of " n + 0 " targets, " bad + 0 " crashes" }' "$log"
  return $code
}

# The short form runs the unit tests under the address sanitizer, the long one all tests under both
# sanitizers.
part_sanitizers() {
  local suite=(--parallel "$(nproc)" --output-on-failure --timeout 1800) code
  build asan && "${plain[@]}" ctest --test-dir build/asan "${suite[@]}" --no-tests=error \
    --label-regex "$(either unit .)"
  code=$?
  if [ -z "$short" ]; then
    build tsan && "${plain[@]}" ctest --test-dir build/tsan "${suite[@]}" || code=1
  fi
  echo "$(added "$log" 'tests failed out of ([0-9]+)') tests under sanitizers," \
    "$(added "$log" ', ([0-9]+) tests failed') failed"
  return $code
}

part_coverage() {
  local code=0 lines='s/^\| all \| ([0-9]+) \| ([0-9.]+ %) \|/\2 of \1 lines/p'
  scripts/coverage.sh --check || code=$?
  echo "$(sed -nE "$lines" "$log" | head -n 1) run by the tests"
  return $code
}

part_training() { # memory must not grow and the rate must not fall after the first epoch
  build release && scripts/soak_training.sh "$(either 60 3600)"
}

# ---- running them ----

failed=0
for part in "${asked[@]}"; do
  log=$logs/$part.log
  begin=$SECONDS
  if ("part_$part") >"$log" 2>&1 </dev/null; then
    word=''
  else
    word=" FAILED: $log" failed=1
  fi
  printf '%-10s  %s  (%d s)%s\n' "$part" "$(tail -n 1 "$log")" $((SECONDS - begin)) "$word"
done
exit $failed
