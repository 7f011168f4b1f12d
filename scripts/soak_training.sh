#!/usr/bin/env bash
# Trains for some time and watches: memory must not grow after the first epoch, nor the rate fall. Usage: soak_training.sh [SECONDS],
# by default 3600. Needs a built program (build/release). Everything lies in a folder of its own, removed at the end.
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

anonymous_kb() { # anonymous_kb PID
  sed -n 's/^RssAnon:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$1/status"
}

"$likeness" prepare --synthetic 6000 --seed 1 --out faces.lkd 2>/dev/null
"$likeness" train "$root/configs/paper/ae_lwssim.json" --data faces.lkd --out run --epochs 1000000 >log 2>&1 &
pid=$!
until [ -s run/metrics.csv ] && [ "$(wc -l <run/metrics.csv)" -ge 3 ]; do
  kill -0 $pid || { cat log >&2 && exit 1; }
  sleep 1
done
first=$(anonymous_kb $pid)
sleep "$seconds"
last=$(anonymous_kb $pid)
kill -TERM $pid
code=0
wait $pid || code=$?
pid=
[ $code = 75 ] || { echo "ended with exit code $code, wanted 75" >&2 && cat log >&2 && exit 1; }

# the medians of the first and the last quarter of the epochs after the first
read -r epochs early late < <(awk -F, '
  NR == 1 { for (i = 1; i <= NF; i++) if ($i == "images_per_second") column = i; next }
  NR > 2 { rate[++n] = $column }
  function median(from, to,   i, k, m) {
    m = 0
    for (i = from; i <= to; i++) sorted[++m] = rate[i]
    for (i = 2; i <= m; i++) for (k = i; k > 1 && sorted[k] < sorted[k - 1]; k--) { t = sorted[k]; sorted[k] = sorted[k - 1]; sorted[k - 1] = t }
    return sorted[int((m + 1) / 2)]
  }
  END { q = int((n + 3) / 4); printf "%d %.0f %.0f\n", n, median(1, q), median(n - q + 1, n) }' run/metrics.csv)
echo "$epochs epochs: memory $((first / 1024)) MB after the first, $((last / 1024)) MB at the end; $early images/s early, $late late"
[ -n "$first" ] && [ $((last - first)) -le 2048 ] || { echo "memory grew by $((last - first)) kB" >&2 && exit 1; }
awk "BEGIN { exit !($late >= 0.8 * $early) }" || { echo "training became slower" >&2 && exit 1; }
