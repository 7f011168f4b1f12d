#!/usr/bin/env bash
# Does a test ever fail by chance? Repeats every test that scripts/test.sh runs, in each build, on
# an overloaded machine: four test processes run at once, next to a busy loop for each processor.
# A test that takes less than one second of processor time runs 200 times. A test of a sanitizer
# build that takes more than five seconds runs 5 times. Every other test runs 20 times.
# All of this takes hours. The script keeps counts and logs for each commit, outside the source
# tree, and the next call continues from there.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$(readlink -f "$0")")/.."

help="usage: flaky.sh [--seconds N] [REGEX]
  --seconds  how long to work, at most 3600; tests that run at that time still finish.
             default: LIKENESS_FLAKY_SECONDS or 3600
  REGEX      run only tests whose name matches this extended regular expression of bash,
             for example 'tsan\\.unit'
Counts and logs are in \$LIKENESS_FLAKY, or else in ~/.cache/likeness/flaky.
Exit code 0: no test has failed so far."

# ---- one test, several times in a row: flaky.sh --one TEST TIMES, which xargs below calls ----

repeat() { # repeat TEST TIMES
  local test=$1 times=$2 slot=$work/$FLAKY_SLOT log passed user system
  [ "$(date +%s)" -lt "$FLAKY_END" ] || return 0
  [ -d "$slot" ] || { mkdir "$slot" && cp build/all/CTestTestfile.cmake "$slot"; }
  log=$slot/log
  TIMEFORMAT='%U %S'
  if {
    time ctest --test-dir "$slot" -R "^${test//./\\.}\$" --repeat "until-fail:$times" \
      --timeout 1800 --no-tests=error --output-on-failure >"$log" 2>&1
  } 2>"$slot/time"; then
    passed=$(cat "$kept/passed/$test" 2>/dev/null || echo 0)
    echo $((passed + times)) >"$kept/passed/$test"
  else
    cp "$log" "$kept/failed/$test.$(date +%s)"
  fi
  read -r user system <"$slot/time"
  [ -e "$kept/seconds/$test" ] ||
    awk -v s="$user" -v t="$system" -v n="$times" 'BEGIN { print (s + t) / n }' \
      >"$kept/seconds/$test"
}

if [ "${1:-}" = --one ]; then
  work=$FLAKY_WORK kept=$FLAKY_KEPT
  repeat "$2" "$3"
  exit 0
fi

# ---- all tests ----

seconds=${LIKENESS_FLAKY_SECONDS:-3600}
only=.
inside=
while [ $# -gt 0 ]; do
  case $1 in
  --seconds) seconds=${2:?} && shift 2 ;;
  --inside) inside=1 && shift ;; # test.sh calls this script again after it has built everything
  --help) echo "$help" && exit 0 ;;
  -*) echo "$help" >&2 && exit 2 ;;
  *) only=$1 && shift ;;
  esac
done
[[ $seconds =~ ^[0-9]{1,4}$ && $((10#$seconds)) -le 3600 ]] ||
  { echo "--seconds: expected a number up to 3600, got $seconds" >&2 && exit 2; }
seconds=$((10#$seconds))
begin=$(date +%s)
[ -n "$inside" ] ||
  exec scripts/test.sh "$PWD/scripts/flaky.sh" --inside --seconds "$seconds" "$only"

# A tree with uncommitted changes counts as another commit.
commit=$(git rev-parse --short=12 HEAD)
git diff --quiet HEAD || commit+=-$(git diff HEAD | sha1sum | cut -c 1-8)
kept=${LIKENESS_FLAKY:-${XDG_CACHE_HOME:-$HOME/.cache}/likeness/flaky}/$commit
mkdir -p "$kept"/{passed,failed,seconds}

work=$(mktemp -d)
loops=()
clean_up() {
  kill "${loops[@]}" 2>/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

for ((i = 0; i < $(nproc); i++)); do # each loop checks regularly that this script still runs
  (while kill -0 $$ 2>/dev/null; do for ((k = 0; k < 300000; k++)); do :; done; done) &
  loops+=($!)
done

tests=()
while read -r test; do
  if [[ $test =~ $only ]]; then tests+=("$test"); fi
done < <(sed -n 's/^add_test(\[=\[\([^]]*\)\]=\].*/\1/p' build/all/CTestTestfile.cmake)
[ ${#tests[@]} -gt 0 ] || { echo "no test matches $only" >&2 && exit 2; }

# plan TEST: sets `n`, how often the test runs in total, and `chunk`, how often it runs in a row
# before the next test has its turn
plan() {
  local took=1
  [ ! -e "$kept/seconds/$1" ] || took=$(<"$kept/seconds/$1")
  read -r n chunk < <(awk -v s="$took" -v test="$1" 'BEGIN {
    n = s < 1 ? 200 : test ~ /^[at]san\./ && s > 5 ? 5 : 20
    k = int(5 / (s + 0.05)); print n, (k < 1 ? 1 : k > 20 ? 20 : k) }')
  [ -e "$kept/seconds/$1" ] || chunk=1
}

failures_of() { # failures_of TEST: its logs
  find "$kept/failed" -name "$1.[0-9]*" | sort
}

# Prints a line "TEST TIMES" for xargs for each test that has not run often enough. Leaves out a
# test that has failed five times.
rounds() {
  local test passed
  for test in "${tests[@]}"; do
    plan "$test"
    passed=$(cat "$kept/passed/$test" 2>/dev/null || echo 0)
    if [ "$passed" -ge "$n" ] || [ "$(failures_of "$test" | wc -l)" -ge 5 ]; then
      continue
    fi
    echo "$test $((n - passed < chunk ? n - passed : chunk))"
  done | shuf
}

export FLAKY_WORK=$work FLAKY_KEPT=$kept FLAKY_END=$((begin + seconds))
while [ "$(date +%s)" -lt "$FLAKY_END" ]; do
  rounds >"$work/round"
  [ -s "$work/round" ] || break
  xargs -a "$work/round" -P 4 -n 2 --process-slot-var=FLAKY_SLOT scripts/flaky.sh --one
done

# ---- the results ----

done_runs=0 all_runs=0 failed=()
for test in "${tests[@]}"; do
  plan "$test"
  passed=$(cat "$kept/passed/$test" 2>/dev/null || echo 0)
  done_runs=$((done_runs + passed)) all_runs=$((all_runs + (n > passed ? n : passed)))
  while IFS= read -r log; do failed+=("$log"); done < <(failures_of "$test")
done
for log in "${failed[@]}"; do
  echo "the end of $log:"
  tail -n 40 "$log" | sed 's/^/    /'
done
for log in "${failed[@]}"; do echo "FAILED   $log"; done
echo "${#tests[@]} tests of commit $commit:" \
  "$done_runs of $all_runs repetitions passed, ${#failed[@]} failed ($kept)"
[ ${#failed[@]} -eq 0 ]
