#!/usr/bin/env bash
# Kills training with SIGKILL, again and again, goes on, and compares what comes out with what comes out untouched: the model's
# and the checkpoints' bytes, the test figures, the lines of metrics.jsonl and metrics.csv without times and rates; of an
# experiment its table and rows. Half of the kills fall between calls that change files or amid a write, so inside saves too, a
# quarter on rounds of the thread pool (steps, validation), the rest at start-up and at the end, where the test is measured. Which
# ones follows from the seed. Tiny networks, a tiny pack.
set -euo pipefail
export LC_ALL=C
root=$(dirname "$(dirname "$(readlink -f "$0")")")

help="usage: kill_resume.sh [--kills N] [--seed S] [--build DIR]
  --kills  how many in all. default: 50, which takes a minute or two; 500 is the long form
  --seed   another one, other moments. default: 1
  --build  of cmake, with tests, without sanitizers. default: build/release"

kills=50
seed=1
build=$root/build/release
while [ $# -gt 0 ]; do
  case $1 in
  --kills) kills=${2:?} && shift 2 ;;
  --seed) seed=${2:?} && shift 2 ;;
  --build) build=$(readlink -f "${2:?}") && shift 2 ;;
  --help) echo "$help" && exit 0 ;;
  *) echo "$help" >&2 && exit 2 ;;
  esac
done
likeness=$build/likeness
shim=$build/tests/libsignal_at.so
if [ ! -x "$likeness" ] || [ ! -e "$shim" ]; then
  echo "$likeness or $shim is missing: cmake --preset release && cmake --build --preset release" >&2
  exit 2
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
RANDOM=$seed
done_kills=0
declare -A places=()

cat >tiny.json <<'JSON'
{ "name": "tiny", "model": { "latent": 6, "architecture": {
  "encoder": [ {"type": "conv", "out": 6, "bias": false}, {"type": "batch_norm"}, {"type": "relu"}, {"type": "flatten"} ],
  "decoder": [ {"type": "linear", "out": 128}, {"type": "reshape", "shape": [8, 4, 4]}, {"type": "batch_norm"}, {"type": "relu"},
    {"type": "conv_transpose", "out": 6}, {"type": "relu"}, {"type": "conv_transpose", "out": 0}, {"type": "sigmoid"} ] } },
  "reconstruction": { "type": "lwssim" },
  "optimizer": { "lr": 0.01, "clip_norm": 0.5, "average": 0.9, "schedule": { "type": "cosine", "warmup_steps": 3 } },
  "train": { "batch_size": 8, "epochs": 4, "log_every_steps": 2, "checkpoint_every_steps": 3 } }
JSON
cat >two.json <<'JSON'
{ "name": "two", "runs": [ { "config": "tiny.json", "label": "AE (LWSSIM)", "name": "ae" },
  { "config": "tiny.json", "label": "VAE (MSE)", "name": "vae", "set": { "model.type": "vae", "reconstruction.type": "mse" } } ] }
JSON

command_of() { # command_of CHAIN FOLDER: sets `words`
  case $1 in
  experiment) words=(reproduce two.json --data faces.lkd --out "$2" --epochs 2 --jobs 2) ;;
  *) words=(train tiny.json --data faces.lkd --out "$2" --set "model.type=$1" --resume) ;;
  esac
}

fail() { # fail TEXT
  trap - EXIT
  echo "kills: $done_kills of $kills, seed $seed: $1 (all is kept in $work)"
  cat messages
  exit 1
}

run_at() { # run_at "KIND N": the command in `words`, killed at that moment; its exit code in `code`
  local -x LIKENESS_THREADS=2
  [ "${1% *}" != file ] || LIKENESS_THREADS=1 # no round of threads is waited for: quicker on a machine with other things to do
  code=0
  { SIGNAL_AT="$1 9 1" SIGNAL_AT_FILE=$only SIGNAL_AT_LOG=log LD_PRELOAD=$shim "$likeness" "${words[@]}" </dev/null >messages 2>&1; } 2>/dev/null || code=$?
}

without_times() { # without_times FOLDER: what may differ between two runs is taken out of its records
  find "$1" -name metrics.jsonl -exec sed -E -i 's/,"(images_per_second|seconds)":[^,}]*//g' {} +
  find "$1" -name metrics.csv -exec sed -E -i 's/(,[^,]*){2}$//' {} +
  find "$1" -name previous.safetensors -delete # of a stop, where there was one
}

count_place() { # count_place: where the last kill fell, by the log's last line
  local line place
  line=$(tail -n 1 log)
  case $line in
  *"last in place: none"*) place=start-up ;;
  */checkpoints/*.safetensors*", last in"*) place=saves ;;
  *model.safetensors* | *test_scores.npy* | *test.json*) place="the end" ;;
  round*) place=computing ;;
  *) place="other files" ;;
  esac
  places[$place]=$((${places[$place]:-0} + 1))
}

untouched() { # untouched CHAIN: its result, and how many moments of each kind it has
  command_of "$1" "whole_$1"
  : >log
  only=
  run_at "any 1000000000"
  [ "$code" = 0 ] || fail "untouched, $1 ends with $code"
  rounds=$(sed -E 's/.*rounds: ([0-9]+).*/\1/' log)
  files=$(sed -E 's/.*files: ([0-9]+).*/\1/' log)
  without_times "whole_$1"
}

moment() { # moment ROUNDS FILES: one of so many in `at`, or one of the first ones, or of the end's, whose files are `only`
  local n=$((RANDOM * 32768 + RANDOM))
  only=
  case $((RANDOM % 8)) in
  0) at="file $((n % 30 + 1))" ;;
  1) at="file $((n % 5 + 1))" only=/model.safetensors ;;
  2) at="file $((n % 12 + 1))" only=test ;;
  3 | 4) at="round $((n % $1 + 1))" ;;
  *) at="file $((n % $2 + 1))" ;;
  esac
}

chain() { # chain NAME: killed until it comes through, or the kills are used up; then compared
  local folder=killed_$1
  rm -rf "$folder"
  command_of "$1" "$folder"
  code=137
  while [ "$code" = 137 ]; do
    moment $((rounds / 2)) $((files / 2))
    [ "$done_kills" -lt "$kills" ] || { at="any 1000000000" && only=; }
    run_at "$at"
    [ "$code" != 137 ] || { done_kills=$((done_kills + 1)) && count_place; }
  done
  [ "$code" = 0 ] || fail "$1, not at once after a kill, ends with $code"
  without_times "$folder"
  diff -r "whole_$1" "$folder" >messages 2>&1 || fail "$1 does not end with the same bytes"
}

"$likeness" prepare --synthetic 110 --size 16 --seed 1 --out faces.lkd >messages 2>&1 || fail "no pack"
declare -A all_rounds=() all_files=()
while [ "$done_kills" -lt "$kills" ]; do
  for name in ae vae mmd experiment; do
    if [ ! -d "whole_$name" ]; then
      untouched "$name"
      all_rounds[$name]=$rounds all_files[$name]=$files
    fi
    rounds=${all_rounds[$name]} files=${all_files[$name]}
    [ "$done_kills" -ge "$kills" ] || chain "$name"
  done
done
spread=
for place in start-up computing saves "other files" "the end"; do spread+=", $place ${places[$place]:-0}"; done
echo "kills: $done_kills of $kills resumed, same bytes (${spread#, })"
