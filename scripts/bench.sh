#!/usr/bin/env bash
# Measures how fast training is, next to PyTorch on the same cores. It times whole training steps
# and runs the two programs in turn. Prints the tables of configs/bench/README.md.
# Needs a release build and an idle machine: PyTorch's threads spin while they wait, so the ratios
# grow when other programs use the cores. PyTorch is needed only for its own columns. The work
# around the steps is measured next to Pillow and scikit-image (python3-pil, python3-skimage).
set -euo pipefail
export LC_ALL=C
root=$(dirname "$(dirname "$(readlink -f "$0")")")
likeness=$root/build/release/likeness
python=(/usr/bin/python3)

help="usage: bench.sh [--pairs N] [--threads T] [--steps N] [--python COMMAND] [--modes MODES]
                [--data DIR] [--pictures N] [--ssim X] [--check] [ROW...]
  --pairs    how often each pair runs; medians are printed. default: 5, which takes
             about 25 minutes for all rows
  --threads  threads of each program. default: 2
  --steps    training steps of each program. default: 20, 8 of dcgan, 4 of wae
  --python   the Python with PyTorch, which may take several words, such as
             \"chroot DIR python3\". default: /usr/bin/python3. Of PyTorch 2, each row runs every
             mode once (channels_last, bf16, torch.compile) and then the fastest in turn with us
  --modes    try only these modes of PyTorch 2, in quotes. default: plain cl compile cl+compile
             where it runs in float, and the same with bf16 where all count
  --data     a folder with CelebA's img_align_celeba and list_eval_partition.txt, for the rows
             prepare and quality. Without it they are skipped
  --pictures training pictures of quality. default: all
  --ssim     what quality trains for. default: 0.70
  --check    exit with code 1 when a target is missed. With PyTorch 2, rows of float compare with
             its fastest float mode; \"fastest\" and \"AVX2\" rows with the fastest of all. Also
             when a row was skipped that the command line names
  ROW        the rows to measure. default: all but scaling and quality
             prepare   pictures into a pack, against Pillow in as many processes as threads
             eval      scores of a picture, against scikit-image in as many processes
             scaling   steps with 1 and T threads, by batch, side and width, and a cost model;
                       5 minutes
             quality   seconds of training until --ssim; one pair unless --pairs says more, with
                       all of 20,000 pictures about 10 minutes in float and 5 in bf16"

# row, preset, loss, target ratio with PyTorch 1.13, with PyTorch 2, variant
races='compact_mse compact mse 2.0 3.0
compact_ssim compact ssim 2.0 3.0
compact_lwssim compact lwssim 3.0 5.0
dcgan_mse dcgan mse 2.0 2.6
dcgan_lwssim dcgan lwssim - -
wae_mse wae mse 2.5 3.0
wae_lwssim wae lwssim - -
shallow_mse shallow mse - -
compact_fastest compact mse - 2.0 fastest
dcgan_fastest dcgan mse - 2.0 fastest
wae_fastest wae mse - 2.0 fastest
compact_im2col compact mse 1.3 - engine im2col
compact_avx2 compact mse 1.6 3.0 both with AVX2 only
compact_lwssim_avx2 compact lwssim - 5.0 both with AVX2 only
compact_one_thread compact mse - - both with one thread
compact_stock compact mse - - stock ConvTranspose2d'
others='shards loss memory start prepare eval'
on_request='scaling quality' # each has a table of its own
without_torch=' shards loss start prepare eval scaling '

# ---- one run of each program ----

ours() { # ours PRESET LOSS STEPS VARIANT [SETTING...]: one JSON object
  local setting words=(bench "$root/configs/bench/$1.json" --set "reconstruction.type=$2"
    --steps "$3" --json)
  case $4 in
  "engine im2col") words+=(--set model.engine=im2col) ;;
  "both with AVX2 only") local -x LIKENESS_ISA=avx2 ;;
  "both with one thread") local -x LIKENESS_THREADS=1 ;;
  fastest) [ -z "$has_bf16" ] || words+=(--set train.precision=bf16) ;;
  esac
  for setting in "${@:5}"; do words+=(--set "$setting"); done
  "$likeness" "${words[@]}"
}

peer() { # peer PRESET LOSS BATCH STEPS VARIANT MODE: one JSON object
  local stock=()
  case $5 in
  "both with AVX2 only") local -x ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2 ;;
  "both with one thread") local -x OMP_NUM_THREADS=1 ;;
  "stock ConvTranspose2d") stock=(--stock) ;;
  esac
  # by standard input, because a changed root has no such file
  "${python[@]}" - "$1" "$2" "$3" "$4" --mode "$6" "${stock[@]}" <"$root/scripts/bench_torch.py"
}

modes_of() { # modes_of VARIANT: the modes of PyTorch to choose from
  local modes='plain'
  [ -z "$modes_asked" ] || { echo "$modes_asked" && return; }
  case $torch in
  2.*)
    modes='plain cl compile cl+compile'
    case $1 in fastest | *AVX2*) modes+=' bf16 cl+bf16 cl+bf16+compile' ;; esac
    ;;
  esac
  echo "$modes"
}

fastest_peer() { # fastest_peer PRESET LOSS BATCH STEPS VARIANT: "FORM MODE" of the fastest
  local forms=("$2") form mode ms
  [ "$2" != lwssim ] || forms=(lwssim_conv lwssim_pool)
  for form in "${forms[@]}"; do
    for mode in $(modes_of "$5"); do
      if ms=$(peer "$1" "$form" "${@:3}" "$mode" 2>/dev/null | field ms_per_step); then
        echo "$ms $form $mode"
      else
        echo "PyTorch failed: $1 $form $mode" >&2
      fi
    done
  done | sort -g | head -n 1 | cut -d' ' -f2-
}

field() { # field KEY <JSON
  sed -E "s/.*\"$1\": ?\"?([^,}\"]*).*/\1/"
}

steps_of() { # steps_of PRESET: enough steps for a median, few enough to wait for
  [ -z "$steps_asked" ] || { echo "$steps_asked" && return; }
  case $1 in compact | shallow) echo 20 ;; dcgan) echo 8 ;; wae) echo 4 ;; esac
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
  local steps batch json i rate form mode=- our=() their=() ratios=() name="$2 $3${5:+, $5}"
  steps=$(steps_of "$2")
  batch=$(ours "$2" "$3" 1 "$5" | field batch)
  [ -z "$torch" ] || read -r form mode < <(fastest_peer "$2" "$3" "$batch" "$steps" "$5")
  for ((i = 0; i < pairs; i++)); do
    json=$(ours "$2" "$3" "$steps" "$5")
    our+=("$(field ms_per_step <<<"$json")")
    [ -n "$torch" ] || continue
    their+=("$(peer "$2" "$form" "$batch" "$steps" "$5" "$mode" | field ms_per_step)")
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
  printf '| %s | %s | %.1f | %.0f | %s | %s | %s | %s |\n' \
    "$name" "$batch" "$ms" "$rate" "$theirs" "$mode" "$ratio" "$4"
}

# ---- what rows need ----

skip() { # skip ROW WHY: returns 1
  echo "SKIPPED: $1: $2" >&2
  ! is_asked "$1" || missed+=("$1")
  return 1
}

need_pictures() { # need_pictures ROW
  [ -d "$data/img_align_celeba" ] && [ -f "$data/list_eval_partition.txt" ] && return
  skip "$1" "no img_align_celeba and list_eval_partition.txt in ${data:-a folder: use --data DIR}"
}

need_module() { # need_module ROW MODULE PACKAGE: Debian's Python must have it
  /usr/bin/python3 -c "import $2" 2>/dev/null || skip "$1" "no $2: apt-get install $3"
}

pillow_arrays() { # pillow_arrays DIR [OPTION...]: $work/pillow.npz, and one JSON object
  /usr/bin/python3 "$root/scripts/bench_pillow.py" "$1" "$work/pillow.npz" \
    --processes "$threads" "${@:2}"
}

# ---- the other rows: each prints a line or two of the second table ----

line() { # line WHAT MEASURED TARGET
  printf '| %s | %s | %s |\n' "$@"
}

line_of_ratio() { # line_of_ratio ROW WHAT MEASURED RATIO TARGET
  judge "$1" "$4 >= $5"
  line "$2" "$3; ratio $(calc %.2f "$4")" "$5"
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
  local preset mb half target batch theirs
  while read -r preset batch target <&3; do
    mb=$(ours "$preset" mse 3 "" | field peak_anon_mb)
    half=$(ours "$preset" mse 3 "" train.precision=bf16 | field peak_anon_mb)
    judge memory "$mb <= $target && $half < $target"
    theirs=''
    [ -z "$torch" ] ||
      theirs=$(calc "%.0f MB" "$(peer "$preset" mse "$batch" 3 "" plain | field peak_anon_mb)")
    line "$preset mse: peak anonymous memory" \
      "$(calc "%.0f MB" "$mb"), bf16 $(calc "%.0f MB" "$half")${theirs:+; PyTorch $theirs}" \
      "$target MB"
  done 3<<<$'compact 64 121\ndcgan 64 267\nwae 16 800'
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

is_asked() { # is_asked ROW: the command line names it
  [[ " ${asked[*]} " == *" $1 "* ]]
}

is_selected() { # is_selected ROW
  [ ${#asked[@]} -eq 0 ] || is_asked "$1"
}

needs_torch() { # whether a row compares with PyTorch
  local row
  [ ${#asked[@]} -gt 0 ] || return 0
  for row in "${asked[@]}"; do [[ $without_torch == *" $row "* ]] || return 0; done
  return 1
}

print_races() {
  local row preset loss old new target variant header=1
  while read -r row preset loss old new variant; do
    is_selected "$row" || continue
    case $torch in 2.*) target=$new ;; *) target=$old ;; esac
    [ "$variant" != fastest ] || [ -n "$has_bf16" ] || target=-
    if [ $header = 1 ]; then
      echo "| one training step | batch | ms | images/s | PyTorch ms | its mode | ratio | target |"
      echo "|---|---|---|---|---|---|---|---|"
      header=0
    fi
    race "$row" "$preset" "$loss" "$target" "$variant" </dev/null
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

row_scaling() {
  python3 "$root/scripts/bench_scaling.py" "$likeness" "$root/configs/bench/compact.json" \
    --pairs "$pairs" --threads "$threads" ${steps_asked:+--steps "$steps_asked"}
}

print_on_request() {
  local row
  for row in $on_request; do
    is_asked "$row" || continue
    echo
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

known=" $(awk 'NF { printf "%s ", $1 }' <<<"$races")$others $on_request "
pairs=5 quality_pairs=1 threads=2 steps_asked='' modes_asked='' data='' pictures='' ssim=0.70
check='' asked=() missed=()
while [ $# -gt 0 ]; do
  case $1 in
  --pairs) pairs=${2:?--pairs: expected a number} && quality_pairs=$2 && shift 2 ;;
  --threads) threads=${2:?--threads: expected a number} && shift 2 ;;
  --python) read -ra python <<<"${2:?--python: expected a command}" && shift 2 ;;
  --steps) steps_asked=${2:?--steps: expected a number} && shift 2 ;;
  --modes) modes_asked=${2:?--modes: expected names} && shift 2 ;;
  --data) data=${2:?--data: expected a folder} && shift 2 ;;
  --pictures) pictures=${2:?--pictures: expected a number} && shift 2 ;;
  --ssim) ssim=${2:?--ssim: expected a number} && shift 2 ;;
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
for number in "$pairs" "$threads" "${steps_asked:-1}" "${pictures:-1}"; do
  [[ $number =~ ^[1-9][0-9]*$ ]] || fail "--pairs, --threads, --steps, --pictures: $(:
  )expected a whole number of at least 1, got \"$number\""
done
[[ $ssim =~ ^0?\.[0-9]+$ ]] || fail "--ssim: expected a number between 0 and 1, got \"$ssim\""
load=$(cut -d' ' -f1 /proc/loadavg)
[ "$(calc %d "$load > 0.5")" = 0 ] ||
  echo "THE MACHINE IS BUSY (load $load): the ratios will be too good" >&2
export LIKENESS_THREADS=$threads OMP_NUM_THREADS=$threads
has_bf16=
[ "$(ours compact mse 1 "" | field isa)" != avx512_bf16 ] || has_bf16=1
torch=
! needs_torch || torch=$("${python[@]}" -c 'import torch; print(torch.__version__)' 2>/dev/null) ||
  echo "NO PYTORCH: ${python[*]} has no module torch; only our own figures follow," \
    "and no ratio is checked" >&2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$root/scripts/bench_prepare.sh"
. "$root/scripts/bench_eval.sh"
. "$root/scripts/bench_quality.sh"
print_races
print_others
print_on_request
print_machine
if [ -n "$check" ] && [ -z "$torch" ] && needs_torch; then
  echo "no ratio was checked: no PyTorch" >&2
  exit 1
fi
if [ -n "$check" ] && [ ${#missed[@]} -gt 0 ]; then
  echo "missed: ${missed[*]}" >&2
  exit 1
fi
