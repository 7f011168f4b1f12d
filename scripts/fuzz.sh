#!/usr/bin/env bash
# Fuzzes the code that reads files. Builds tests/fuzz with clang and libFuzzer, runs the targets,
# several at once, and prints a line for each. Keeps inputs that reach new code in
# build/fuzz/corpus, and inputs that break a target in build/fuzz/found. Exit code 1: an input broke
# a target. Then put that file into tests/fuzz/corpus/TARGET, where the normal tests replay it, and
# fix the reader.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$(readlink -f "$0")")/.."

help="usage: fuzz.sh [--seconds N] [--jobs N] [TARGET...]
  --seconds  how long each target runs. default: 60
  --jobs     how many targets run at once. default: one per processor
  TARGET     the targets to run. default: all of them"

seconds=60 jobs=$(nproc) targets=()
while [ $# -gt 0 ]; do
  case $1 in
  --seconds) seconds=${2:?--seconds: expected a number} && shift 2 ;;
  --jobs) jobs=${2:?--jobs: expected a number} && shift 2 ;;
  --help | -h) echo "$help" && exit 0 ;;
  *) targets+=("$1") && shift ;;
  esac
done
for option in seconds jobs; do
  [[ ${!option} =~ ^[1-9][0-9]*$ ]] || {
    echo "--$option: expected a whole number of at least 1, got \"${!option}\"" >&2
    exit 2
  }
done
mapfile -t all < <(find tests/fuzz/corpus -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort)
[ ${#targets[@]} -gt 0 ] || targets=("${all[@]}")
for target in "${targets[@]}"; do
  [[ " ${all[*]} " == *" $target "* ]] ||
    { echo "unknown target \"$target\"; there are: ${all[*]}" >&2 && exit 2; }
done
command -v clang >/dev/null ||
  { echo "clang is not installed: run apt-get install clang" >&2 && exit 2; }

build=build/fuzz
mkdir -p $build/corpus $build/found $build/log
{
  cmake --preset fuzz &&
    cmake --build $build --parallel "$(nproc)" --target "${targets[@]/#/fuzz_}"
} >$build/build.log 2>&1 || { cat $build/build.log && echo "the fuzz build failed" >&2 && exit 1; }

export ASAN_OPTIONS=allocator_may_return_null=1:detect_leaks=1
export UBSAN_OPTIONS=print_stacktrace=1

# fuzz TARGET: prints a line of the table; fails if an input broke the target
fuzz() {
  local log=$build/log/$1.log found=$build/found/$1 words=() crashes=0
  mkdir -p $build/corpus/"$1" "$found"
  [ ! -f tests/fuzz/"$1".dict ] || words=(-dict=tests/fuzz/"$1".dict)
  $build/tests/fuzz/fuzz_"$1" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 \
    -max_len=8192 -print_final_stats=1 -artifact_prefix="$found/" "${words[@]}" \
    $build/corpus/"$1" tests/fuzz/corpus/"$1" >"$log" 2>&1 || crashes=1
  local executions edges
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -n 1)
  edges=$(grep -o ' cov: [0-9]*' "$log" | tail -n 1 | tr -dc 0-9 || true)
  printf '| %s | %s | %s | %s |\n' "$1" "${executions:-?}" "${edges:-?}" "$crashes"
  [ $crashes = 0 ] ||
    { grep -m 1 -E 'ERROR|SUMMARY|runtime error|fuzz:' "$log" || tail -n 3 "$log"; } |
    sed "s|^|$log: |" >&2
  return $crashes
}

printf '| target | executions | edges covered | crashes |\n|---|---|---|---|\n'
export -f fuzz
export build seconds
printf '%s\n' "${targets[@]}" | xargs --max-procs="$jobs" --replace bash -c 'fuzz {}' || exit 1
