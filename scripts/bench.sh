#!/usr/bin/env bash
# Measures how fast training is, next to PyTorch on the same cores. It times whole training steps
# and runs the two programs in turn. Prints the tables of configs/bench/README.md.
# Needs a release build and an idle machine: PyTorch's threads spin while they wait, so the ratios
# grow when other programs use the cores. PyTorch is needed only for its own columns.
set -euo pipefail
export LC_ALL=C
root=$(dirname "$(dirname "$(readlink -f "$0")")")
likeness=$root/build/release/likeness
python=/usr/bin/python3

help="usage: bench.sh [--pairs N] [--threads T] [--check] [ROW...]
  --pairs    how often each pair runs; medians are printed. default: 5, which takes
             about 25 minutes for all rows
  --threads  threads of each program. default: 2
  --check    exit with code 1 when a target is missed
  ROW        the rows to measure. default: all of them"

# row, preset, loss, target ratio, variant
races='compact_mse compact mse 2.0
compact_ssim compact ssim 2.0
compact_lwssim compact lwssim 3.0
dcgan_mse dcgan mse 2.0
dcgan_lwssim dcgan lwssim -
wae_mse wae mse 2.5
wae_lwssim wae lwssim -
compact_im2col compact mse 1.3 engine im2col
compact_avx2 compact mse 1.6 both with AVX2 only
compact_one_thread compact mse - both with one thread
compact_stock compact mse - stock ConvTranspose2d'
others='shards loss memory start'

# ---- one run of each program ----

ours() { # ours PRESET LOSS STEPS VARIANT [SETTING...]: one JSON object
  local setting words=(bench "$root/configs/bench/$1.json" --set "reconstruction.type=$2"
    --steps "$3" --json)
  case $4 in
  "engine im2col") words+=(--set model.engine=im2col) ;;
  "both with AVX2 only") local -x LIKENESS_ISA=avx2 ;;
  "both with one thread") local -x LIKENESS_THREADS=1 ;;
  esac
  for setting in "${@:5}"; do words+=(--set "$setting"); done
  "$likeness" "${words[@]}"
}

peer() { # peer PRESET LOSS BATCH STEPS VARIANT: one JSON object
  local stock=()
  case $5 in
  "both with AVX2 only") local -x ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2 ;;
  "both with one thread") local -x OMP_NUM_THREADS=1 ;;
  "stock ConvTranspose2d") stock=(--stock) ;;
  esac
  "$python" "$root/scripts/bench_torch.py" "$1" "$2" "$3" "$4" "${stock[@]}"
}

peer_ms() { # peer_ms, arguments as for peer: milliseconds per step; for lwssim the faster form's
  local forms=("$2") form ms=()
  [ "$2" != lwssim ] || forms=(lwssim_conv lwssim_pool)
  for form in "${forms[@]}"; do
    ms+=("$(peer "$1" "$form" "${@:3}" | field ms_per_step)") || return
  done
  printf '%s\n' "${ms[@]}" | sort -g | head -n 1
}

field() { # field KEY <JSON
  sed -E "s/.*\"$1\": ?\"?([^,}\"]*).*/\1/"
}

steps_of() { # steps_of PRESET: enough steps for a median, few enough to wait for
  case $1 in compact) echo 20 ;; dcgan) echo 8 ;; wae) echo 4 ;; esac
}

# ---- figures ----

median() { # median NUMBER...
  printf '%s\n' "$@" | sort -g | awk '
    { v[NR] = $1 }
    END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

calc() { # calc FORMAT EXPRESSION
  awk "BEGIN { printf \"$1\", ($2) }"
}

judge() { # judge ROW CONDITION: remember a row that misses its target
  awk "BEGIN { exit !($2) }" || missed+=("$1")
}

race() { # race ROW PRESET LOSS TARGET VARIANT: a line of the first table
  local steps batch json i rate our=() their=() ratios=() name="$2 $3${5:+, $5}"
  steps=$(steps_of "$2")
  for ((i = 0; i < pairs; i++)); do
    json=$(ours "$2" "$3" "$steps" "$5")
    batch=$(field batch <<<"$json")
    our+=("$(field ms_per_step <<<"$json")")
    [ -n "$torch" ] || continue
    their+=("$(peer_ms "$2" "$3" "$batch" "$steps" "$5")")
    ratios+=("$(calc %.4f "${their[i]} / ${our[i]}")")
  done
  local ms theirs=- ratio=-
  ms=$(median "${our[@]}")
  if [ -n "$torch" ]; then
    theirs=$(calc %.1f "$(median "${their[@]}")")
    ratio=$(median "${ratios[@]}")
    [ "$4" = - ] || judge "$1" "$ratio >= $4"
    ratio=$(calc %.2f "$ratio")
  fi
  rate=$(calc %.1f "1e3 * $batch / $ms")
  printf '| %s | %s | %.1f | %.0f | %s | %s | %s |\n' \
    "$name" "$batch" "$ms" "$rate" "$theirs" "$ratio" "$4"
}

# ---- the other rows: each prints a line or two of the second table ----

line() { # line WHAT MEASURED TARGET
  printf '| %s | %s | %s |\n' "$@"
}

repeated() { # repeated KEY PRESET LOSS: the median of one of our figures
  local i values=()
  for ((i = 0; i < pairs; i++)); do
    values+=("$(ours "$2" "$3" 20 "" | field "$1")")
  done
  median "${values[@]}"
}

row_shards() { # the same sums, in eight parts added in a fixed order and in one part
  local i eight one ratios=()
  for ((i = 0; i < pairs; i++)); do
    eight=$(ours compact mse 20 "" train.shards=8 | field ms_per_step)
    one=$(ours compact mse 20 "" train.shards=1 | field ms_per_step)
    ratios+=("$(calc %.4f "100 * ($eight / $one - 1)")")
  done
  line "compact mse: 8 shards over 1" "$(calc %+.1f "$(median "${ratios[@]}")") %" -
}

row_loss() {
  local ms
  ms=$(repeated loss_ms compact lwssim)
  judge loss "$ms <= 4"
  line "lwssim of four windows, forward and backward, 64 images" "$(calc %.2f "$ms") ms" "4 ms"
}

row_memory() {
  local preset mb target theirs batch=64
  for preset in compact dcgan; do
    case $preset in compact) target=150 ;; dcgan) target=350 ;; esac
    mb=$(ours $preset mse 3 "" | field peak_anon_mb)
    judge memory "$mb <= $target"
    [ -z "$torch" ] ||
      theirs=$(calc "%.0f MB" "$(peer $preset mse $batch 3 "" | field peak_anon_mb)")
    mb=$(calc "%.0f MB" "$mb")
    line "$preset mse: peak anonymous memory" "$mb${theirs:+; PyTorch $theirs}" "$target MB"
  done
}

row_start() { # the time that a program takes in addition to its steps
  local i begin end json ms values=() first=()
  for ((i = 0; i < pairs; i++)); do
    begin=$EPOCHREALTIME
    json=$(ours compact mse 1 "")
    end=$EPOCHREALTIME
    values+=("$(calc %.1f "1e3 * ($end - $begin) - $(field steps_ms <<<"$json")")")
    first+=("$(field first_step_ms <<<"$json")")
  done
  ms=$(median "${values[@]}")
  judge start "$ms <= 100"
  line "compact mse: start and end of the program, without its steps" \
    "$(calc %.0f "$ms") ms" "100 ms"
  ms=$(median "${first[@]}")
  line "compact mse: from the config to the end of the first step" "$(calc %.0f "$ms") ms" -
}

# ---- the tables ----

is_selected() { # is_selected ROW
  [ ${#asked[@]} -eq 0 ] || [[ " ${asked[*]} " == *" $1 "* ]]
}

print_races() {
  local row preset loss target variant header=1
  while read -r row preset loss target variant; do
    is_selected "$row" || continue
    if [ $header = 1 ]; then
      echo "| one training step | batch | ms | images/s | PyTorch ms | ratio | target |"
      echo "|---|---|---|---|---|---|---|"
      header=0
    fi
    race "$row" "$preset" "$loss" "$target" "$variant"
  done <<<"$races"
}

print_others() {
  local row header=1
  for row in $others; do
    is_selected "$row" || continue
    [ $header = 0 ] || printf '\n| also | measured | target |\n|---|---|---|\n'
    header=0
    "row_$row"
  done
}

print_machine() {
  local json processor cores isa blas
  json=$(ours compact mse 1 "")
  processor=$(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -n 1)
  cores=$(env -u OMP_NUM_THREADS nproc)
  isa=$(field isa <<<"$json")
  blas=$(field blas <<<"$json" | cut -d' ' -f1,2)
  printf '\n%s, %s of %s cores, %s; ' "$processor" "$threads" "$cores" "$(date +%Y-%m-%d)"
  printf 'kernels %s, %s; PyTorch %s; ' "$isa" "$blas" "${torch:-absent}"
  printf 'medians of %s; load %s before.\n' "$pairs" "$load"
}

# ---- the program ----

fail() { # fail MESSAGE: the command line or the build is not as expected
  echo "$1" >&2
  exit 2
}

known=" $(awk 'NF { printf "%s ", $1 }' <<<"$races")$others "
pairs=5 threads=2 check='' asked=() missed=()
while [ $# -gt 0 ]; do
  case $1 in
  --pairs) pairs=${2:?--pairs: expected a number} && shift 2 ;;
  --threads) threads=${2:?--threads: expected a number} && shift 2 ;;
  --check) check=1 && shift ;;
  --help | -h) printf '%s\n' "$help" "rows:$known" && exit 0 ;;
  *) asked+=("$1") && shift ;;
  esac
done
for row in "${asked[@]}"; do
  [[ $known == *" $row "* ]] || fail "unknown row \"$row\"; there are:$known"
done
[ -x "$likeness" ] ||
  fail "no $likeness: run cmake --preset release && cmake --build --preset release"
for number in "$pairs" "$threads"; do
  [[ $number =~ ^[1-9][0-9]*$ ]] ||
    fail "--pairs, --threads: expected a whole number of at least 1, got \"$number\""
done
load=$(cut -d' ' -f1 /proc/loadavg)
[ "$(calc %d "$load > 0.5")" = 0 ] ||
  echo "THE MACHINE IS BUSY (load $load): the ratios will be too good" >&2
export LIKENESS_THREADS=$threads OMP_NUM_THREADS=$threads
torch=$("$python" -c 'import torch; print(torch.__version__)' 2>/dev/null) ||
  echo "NO PYTORCH: $python has no module torch; only our own figures follow," \
    "and no ratio is checked" >&2

print_races
print_others
print_machine
if [ -n "$check" ] && [ -z "$torch" ]; then
  echo "no ratio was checked: no PyTorch" >&2
  exit 1
fi
if [ -n "$check" ] && [ ${#missed[@]} -gt 0 ]; then
  echo "missed: ${missed[*]}" >&2
  exit 1
fi
