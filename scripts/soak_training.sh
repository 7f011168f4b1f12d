#!/usr/bin/env bash
# Trains for some time and watches memory and speed. After the first epoch memory must not grow and
# the rate must not fall. SIGTERM must then end the training within 10 s.
# Usage: soak_training.sh [SECONDS], by default 3600. Needs a program in build/release. Works in a
# temporary folder, which it removes at the end.
set -euo pipefail
export LC_ALL=C
root=$(dirname "$(dirname "$(readlink -f "$0")")")
likeness=$root/build/release/likeness
seconds=${1:-3600}
[ -x "$likeness" ] || { echo "build the program first" >&2 && exit 2; }
work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work"

"$likeness" prepare --synthetic 3000 --seed 1 --out faces.lkd 2>/dev/null
"$likeness" train "$root/configs/paper/ae_lwssim.json" --data faces.lkd --out run \
  --epochs 1000000 >log 2>&1 &
pid=$!
until [ -s run/metrics.csv ] && [ "$(wc -l <run/metrics.csv)" -ge 3 ]; do
  kill -0 $pid || { cat log >&2 && exit 1; }
  sleep 1
done
for ((i = 0; i < seconds; i++)); do # memory in kB, once a second
  sed -n 's/^RssAnon:[[:space:]]*\([0-9]*\) kB/\1/p' /proc/$pid/status
  sleep 1
done >memory
asked=$SECONDS code=0
kill -TERM $pid
wait $pid || code=$?
ending=$((SECONDS - asked))
pid=
[ $code = 75 ] ||
  { echo "after SIGTERM: expected exit code 75, got $code" >&2 && cat log >&2 && exit 1; }

awk -F, '
  NR == 1 { for (i = 1; i <= NF; i++) if ($i == "images_per_second") column = i }
  NR > 2 { print $column }' run/metrics.csv >rates # of the epochs after the first

sorted_quarter() { # sorted_quarter head|tail FILE: the first or last quarter of its lines, sorted
  "$1" -n $((($(wc -l <"$2") + 3) / 4)) "$2" | sort -g
}
largest() { tail -n 1; }
median() { awk '{ value[NR] = $1 } END { printf "%.0f", value[int((NR + 1) / 2)] }'; }

first=$(sorted_quarter head memory | largest) last=$(sorted_quarter tail memory | largest)
early=$(sorted_quarter head rates | median) late=$(sorted_quarter tail rates | median)
echo "$(wc -l <rates) epochs after the first, first and last quarter:" \
  "memory at most $((first / 1024)) and $((last / 1024)) MB;" \
  "$early and $late images/s; $ending s from SIGTERM to the end"
[ -n "$first" ] && [ $((last - first)) -le 2048 ] ||
  { echo "memory: expected at most 2048 kB more, got $((last - first)) kB" >&2 && exit 1; }
[ $ending -le 10 ] ||
  { echo "time to save and end: expected at most 10 s, got $ending s" >&2 && exit 1; }
awk "BEGIN { exit !($late >= 0.8 * $early) }" || {
  echo "rate: expected at least 80 % of $early images/s at the end, got $late images/s" >&2
  exit 1
}
