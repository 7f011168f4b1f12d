#!/usr/bin/env bash
# Kills training with SIGKILL again and again, resumes it, and compares the result with that of
# training that was never killed: the bytes of the model and the checkpoints, the test figures, and
# the lines of metrics.jsonl and metrics.csv without times and rates; for an experiment also its
# table and rows. Some runs extend a finished one, start from its weights, or end by train.patience;
# one is a denoising VQ-VAE with dropout and augmentation, which draws random numbers everywhere.
# Half of the kills come between calls that change files or in the middle of a write, so some
# interrupt a save. A quarter come during rounds of the thread pool (steps, validation). The rest
# come at start-up, and at the end, when the test is measured. The seed determines the moments. The
# networks and the pack are tiny.
set -euo pipefail
export LC_ALL=C
root=$(dirname "$(dirname "$(readlink -f "$0")")")

help="usage: kill_resume.sh [--kills N] [--seed S] [--build DIR]
  --kills  how many kills in total. default: 50, which takes a minute or two; 500 is the long form
  --seed   determines the moments of the kills. default: 1
  --build  a build folder of cmake with tests and without sanitizers. default: build/release"

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
  echo "$likeness or $shim is missing:" \
    "run cmake --preset release && cmake --build --preset release" >&2
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
  "encoder": [ {"type": "conv", "out": 6, "bias": false}, {"type": "batch_norm"}, {"type": "relu"},
    {"type": "flatten"} ],
  "decoder": [ {"type": "linear", "out": 128}, {"type": "reshape", "shape": [8, 4, 4]},
    {"type": "batch_norm"}, {"type": "relu"}, {"type": "conv_transpose", "out": 6},
    {"type": "relu"}, {"type": "conv_transpose", "out": 0}, {"type": "sigmoid"} ] } },
  "reconstruction": { "type": "lwssim" },
  "optimizer": { "lr": 0.01, "clip_norm": 0.5, "average": 0.9,
    "schedule": { "type": "cosine", "warmup_steps": 3 } },
  "train": { "batch_size": 8, "epochs": 4, "log_every_steps": 2, "checkpoint_every_steps": 3 } }
JSON
cp "$root/tests/support/noisy.json" . # everything that draws numbers in training
cat >two.json <<'JSON'
{ "name": "two", "runs": [ { "config": "tiny.json", "label": "AE (LWSSIM)", "name": "ae" },
  { "config": "tiny.json", "label": "VAE (MSE)", "name": "vae",
    "set": { "model.type": "vae", "reconstruction.type": "mse" } } ] }
JSON

command_of() { # command_of CHAIN FOLDER: sets `words`
  case $1 in
  experiment) words=(reproduce two.json --data faces.lkd --out "$2" --epochs 2 --jobs 2) ;;
  extend) words=(train tiny.json --data faces.lkd --out "$2" --epochs 2 --resume --extend) ;;
  init) words=(train tiny.json --data faces.lkd --out "$2" --resume --init
    first/model.safetensors) ;;
  noisy) words=(train noisy.json --data faces.lkd --out "$2" --resume --tensorboard) ;;
  patience) words=(train tiny.json --data faces.lkd --out "$2" --epochs 40 --resume --set
    train.patience=1 --set optimizer.lr=0.1) ;;
  sweep) words=(sweep tiny.json --data faces.lkd --out "$2" --epochs 1 --grid optimizer.lr=1e-2,1e-3
    --grid seed=1,2) ;;
  *) words=(train tiny.json --data faces.lkd --out "$2" --set "model.type=$1" --resume) ;;
  esac
}

fail() { # fail TEXT
  trap - EXIT
  echo "kills: $done_kills of $kills, seed $seed: $1 (the files are kept in $work)"
  cat messages
  exit 1
}

run_at() { # run_at "KIND N": runs the command in `words`, killed at that moment; sets `code`
  local -x LIKENESS_THREADS=2
  # One thread needs no rounds, so it is quicker on a busy machine.
  [ "${1% *}" != file ] || LIKENESS_THREADS=1
  code=0
  {
    SIGNAL_AT="$1 9 1" SIGNAL_AT_FILE=$only SIGNAL_AT_LOG=log LD_PRELOAD=$shim \
      "$likeness" "${words[@]}" </dev/null >messages 2>&1
  } 2>/dev/null || code=$?
}

without_times() { # without_times FOLDER: removes from its records what may differ between two runs
  find "$1" -name metrics.jsonl -exec sed -E -i 's/,"(images_per_second|seconds)":[^,}]*//g' {} +
  find "$1" -name metrics.csv -exec sed -E -i 's/(,[^,]*){2}$//' {} +
  find "$1" -name run.json -delete # the processes that trained
  find "$1" -name report.html -delete # it tells of them too
  find "$1" -name tensorboard -prune -exec rm -r {} + # it has a file for each of them
  find "$1" -name previous.safetensors -delete # depends on when the run was killed
}

count_place() { # counts where the last kill came, which the last line of the log says
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

start() { # start CHAIN FOLDER: what is there before the run; `first` is a finished run of one epoch
  rm -rf "$2"
  [ "$1" != extend ] || cp -r first "$2"
}

untouched() { # untouched CHAIN: runs it without a kill; sets `rounds` and `files`, its moments
  command_of "$1" "whole_$1"
  start "$1" "whole_$1"
  : >log
  only=
  run_at "any 1000000000"
  [ "$code" = 0 ] || fail "without a kill, $1: expected exit code 0, got $code"
  rounds=$(sed -E 's/.*rounds: ([0-9]+).*/\1/' log)
  files=$(sed -E 's/.*files: ([0-9]+).*/\1/' log)
  without_times "whole_$1"
}

# moment ROUNDS FILES: sets `at` to one of that many moments, to one of the first moments, or to one
# of the end. `only` then is the part of a name that selects the files of the end.
moment() {
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

# chain NAME: kills and resumes it until it finishes or the kills are used up, then compares
chain() {
  local folder=killed_$1
  start "$1" "$folder"
  command_of "$1" "$folder"
  code=137
  while [ "$code" = 137 ]; do
    moment $((rounds / 2)) $((files / 2))
    [ "$done_kills" -lt "$kills" ] || { at="any 1000000000" && only=; }
    run_at "$at"
    [ "$code" != 137 ] || { done_kills=$((done_kills + 1)) && count_place; }
  done
  [ "$code" = 0 ] || fail "$1, started again after a kill: expected exit code 0, got $code"
  without_times "$folder"
  diff -r "whole_$1" "$folder" >messages 2>&1 ||
    fail "$1: expected the same bytes as without a kill, got others"
}

"$likeness" prepare --synthetic 110 --size 16 --seed 1 --out faces.lkd >messages 2>&1 ||
  fail "the pack cannot be made"
"$likeness" train tiny.json --data faces.lkd --out first --epochs 1 >messages 2>&1 ||
  fail "the first run cannot be made"
declare -A all_rounds=() all_files=()
while [ "$done_kills" -lt "$kills" ]; do
  for name in ae extend noisy init patience vae mmd experiment sweep; do
    if [ ! -d "whole_$name" ]; then
      untouched "$name"
      all_rounds[$name]=$rounds all_files[$name]=$files
    fi
    rounds=${all_rounds[$name]} files=${all_files[$name]}
    [ "$done_kills" -ge "$kills" ] || chain "$name"
  done
done
spread=
for place in start-up computing saves "other files" "the end"; do
  spread+=", $place ${places[$place]:-0}"
done
echo "kills: $done_kills of $kills resumed, same bytes (${spread#, })"
