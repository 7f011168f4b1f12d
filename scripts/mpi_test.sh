#!/usr/bin/env bash
# Trains with mpirun and compares with one process: the bytes of the model and the checkpoints, for
# 1, 2, 4 and 8 processes, for an ae, a vae, an mmd and a vq model in float and bf16, and for one
# that draws random numbers everywhere; and what eval prints and writes. Then it stops runs with
# SIGUSR1, kills one process of a run at a random moment, and makes single messages fail: all
# processes must end within 30 seconds, and --resume with another number of them must end with the
# same bytes. A part of it runs under the sanitizers. The networks and the packs are tiny. Skipped
# (exit 77) without MPI. MPIRUN and MPICC name the programs of another MPI.
set -euo pipefail
export LC_ALL=C
root=$(dirname "$(dirname "$(readlink -f "$0")")")

help="usage: mpi_test.sh [--kills N] [--faults N] [--seed S] [--build DIR] [--asan DIR]
  --kills  how many processes are killed. default: 20, which takes some minutes
  --faults how many messages fail, each in a run of its own. default: 24
  --seed   determines the moments of the kills. default: 1
  --build  a build folder of cmake with -DLIKENESS_MPI=ON. default: build/mpi
  --asan   the same with sanitizers. default: build/mpi-asan"

kills=20
faults=24
seed=1
build=$root/build/mpi
asan=$root/build/mpi-asan
while [ $# -gt 0 ]; do
  case $1 in
  --kills) kills=${2:?} && shift 2 ;;
  --faults) faults=${2:?} && shift 2 ;;
  --seed) seed=${2:?} && shift 2 ;;
  --build) build=$(readlink -f "${2:?}") && shift 2 ;;
  --asan) asan=$(readlink -f "${2:?}") && shift 2 ;;
  --help) echo "$help" && exit 0 ;;
  *) echo "$help" >&2 && exit 2 ;;
  esac
done
skip() { # skip REASON
  echo "SKIPPED: $1"
  exit 77
}
mpirun=${MPIRUN:-mpirun}
command -v "$mpirun" >/dev/null ||
  skip "$mpirun is not installed (Debian: openmpi-bin libopenmpi-dev)"
likeness=$build/likeness
[ -x "$likeness" ] || skip "$likeness is missing: cmake --preset mpi && cmake --build --preset mpi"
"$likeness" --version | grep -q '^MPI *no' && skip "$likeness is built without MPI"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
RANDOM=$seed

# More processes than processors, none of them bound to one; a container's root may use it too.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none
export OMPI_MCA_btl_vader_single_copy_mechanism=none # containers forbid it, with a warning
# Open MPI does not free all of its own memory.
export LSAN_OPTIONS=suppressions=$root/scripts/mpi_leaks.txt:print_suppressions=0

cat >tiny.json <<'JSON'
{ "name": "tiny", "model": { "latent": 6, "architecture": {
  "encoder": [ {"type": "conv", "out": 6, "bias": false}, {"type": "batch_norm"}, {"type": "relu"},
    {"type": "conv", "out": 16, "kernel": 3}, {"type": "prelu"}, {"type": "flatten"} ],
  "decoder": [ {"type": "linear", "out": 128}, {"type": "reshape", "shape": [8, 4, 4]},
    {"type": "batch_norm"}, {"type": "relu"}, {"type": "conv_transpose", "out": 6},
    {"type": "relu"}, {"type": "conv_transpose", "out": 0}, {"type": "sigmoid"} ] } },
  "reconstruction": { "type": "lwssim" },
  "optimizer": { "lr": 0.01, "clip_norm": 0.5, "average": 0.9,
    "schedule": { "type": "cosine", "warmup_steps": 3 } },
  "train": { "batch_size": 16, "shards": 8, "epochs": 3, "log_every_steps": 2,
    "checkpoint_every_steps": 3 } }
JSON
# everything that draws numbers in training
sed 's/"batch_size": 8, "epochs": 4/"batch_size": 16, "shards": 8, "epochs": 3/' \
  "$root/tests/support/noisy.json" >noisy.json
"$likeness" prepare --synthetic 210 --size 16 --out faces.lkd --quiet

# kind KIND: the words that train this kind of model
kind() {
  case $1 in
  ae) echo tiny.json ;;
  vae | mmd | vq) echo tiny.json --set "model.type=$1" ;;
  noisy) echo noisy.json ;;
  esac
}

# together N KIND RUN WORD...: train with N processes
together() {
  local n=$1 words
  read -ra words < <(kind "$2")
  shift 2
  "$mpirun" -n "$n" "$likeness" train "${words[@]}" --data faces.lkd --quiet --out "$@"
}

alone() { # alone KIND RUN WORD...
  local words
  read -ra words < <(kind "$1")
  shift
  "$likeness" train "${words[@]}" --data faces.lkd --quiet --threads 1 --out "$@" >/dev/null
}

fail() {
  echo "FAILED: $1" >&2
  exit 1
}

same() { # same RUN RUN
  local file
  for file in model checkpoints/last checkpoints/best; do
    cmp "$1/$file.safetensors" "$2/$file.safetensors" || fail "$2 differs from $1"
  done
}

# ---- the same bytes ----

same_bytes() { # same_bytes KIND WORD...
  local n kind=$1
  alone "$kind" "$kind" --force "${@:2}"
  for n in 1 2 4 8; do
    together $n "$kind" "$kind-$n" "${@:2}" >/dev/null
    same "$kind" "$kind-$n"
    rm -r "$kind-$n"
  done
}
for kind in ae vae mmd vq; do
  same_bytes $kind --set train.precision=bf16
  same_bytes $kind
  echo "$kind: the same bytes with 1, 2, 4 and 8 processes, in float and in bf16"
done
same_bytes noisy
echo "noisy: the same bytes with 1, 2, 4 and 8 processes"

# A gradient of more than a megabyte is summed in several pieces during some of the steps.
alone vae wide --set model.latent=4000
for n in 2 4; do
  together $n vae wide-$n --set model.latent=4000 >/dev/null
  same wide wide-$n
done
echo "the same bytes where the gradient is summed during backward"

far() { # far: two processes on hosts of their own, with links of 1 Gbit/s
  MPIRUN=$mpirun "$root/scripts/comm_links.sh" "$likeness" train tiny.json --data faces.lkd \
    --quiet --out ae-far >/dev/null 2>out.txt
}
code=0
far || code=$?
case $code in
0) same ae ae-far && echo "ae: the same bytes with 2 processes on links of 1 Gbit/s" ;;
77) echo "two hosts: $(cat out.txt)" ;;
*) fail "two hosts: $(cat out.txt)" ;;
esac

# ---- what eval prints and writes ----

"$likeness" prepare --synthetic 420 --size 16 --seed 2 --out many.lkd --quiet # 378 for training
cat >network.json <<'JSON'
{ "weights": "ae/model.safetensors", "prefix": "encoder", "features": [2], "layers": [
  {"type": "conv", "out": 6, "bias": false}, {"type": "batch_norm"}, {"type": "relu"} ] }
JSON

# evaluate NAME WORD...: with one process, with 2 and with 8
evaluate() {
  local name=$1 n
  shift
  for n in 1 2 8; do
    rm -rf made && mkdir made
    "$mpirun" -n $n "$likeness" eval "$@" --json --scores made/scores.csv >made/json 2>out.txt ||
      fail "eval of $name with $n processes: $(cat out.txt)"
    [ $n != 1 ] || { rm -rf first && mv made first && continue; }
    diff -r first made || fail "eval of $name differs with $n processes"
  done
}
evaluate "a vae" vae --data many.lkd --split train --worst 3 --out made/figure.png \
  --features network.json
evaluate "samples" mmd --data many.lkd --split val --samples 70 --out made/figure.png --baselines \
  --features network.json
evaluate "corrupted pictures" noisy --data many.lkd --split train --corrupted
code=0
"$mpirun" -n 2 "$likeness" eval vae --data none.lkd >refused.txt 2>&1 || code=$?
[ $code = 3 ] || fail "eval of no pack: expected exit code 3, got $code: $(cat refused.txt)"
[ "$(grep -c '^likeness:' refused.txt)" = 1 ] || fail "said more than once: $(cat refused.txt)"
echo "eval: the same digits and files with 1, 2 and 8 processes"

# ---- what cannot be ----

code=0
together 3 ae refused >/dev/null 2>refused.txt || code=$?
[ $code = 2 ] || fail "3 processes: expected exit code 2, got $code: $(cat refused.txt)"
grep -q 'power of two' refused.txt || fail "3 processes: $(cat refused.txt)"
code=0
together 8 ae refused --set train.shards=4 >/dev/null 2>refused.txt || code=$?
[ $code = 2 ] || fail "8 processes for 4 shards: expected exit code 2, got $code"
grep -q 'expected one of 1, 2, 4 ' refused.txt || fail "8 processes: $(cat refused.txt)"
[ "$(grep -c '^likeness:' refused.txt)" = 1 ] || fail "said more than once: $(cat refused.txt)"
[ ! -e refused ] || fail "a refused run leaves a folder"
echo "numbers of processes that do not fit are refused"

# ---- stops and kills ----

long=(--epochs 30) # about a second for a process
alone vae whole "${long[@]}"
sizes=(4 2 8 1)

children() { # children PID: the processes that train; MPICH starts them by one of its own
  local pid
  for pid in $(pgrep -P "$1" || true); do
    case $(cat "/proc/$pid/comm" 2>/dev/null || true) in
    likeness) echo "$pid" ;;
    *) children "$pid" ;;
    esac
  done
}

begin() { # begin N: starts or continues the run `broken` in the background; $! is mpirun
  local words
  read -ra words < <(kind vae)
  exec "$mpirun" -n "$1" "$likeness" train "${words[@]}" --data faces.lkd --quiet --out broken \
    "${long[@]}" --resume >out.txt 2>&1
}

wait_for_steps() { # wait_for_steps PID: until it trains, or has ended
  while kill -0 "$1" 2>/dev/null && [ ! -s broken/metrics.jsonl ]; do sleep 0.05; done
}

finish_and_compare() { # finish_and_compare N
  together "$1" vae broken "${long[@]}" --resume >/dev/null || fail "--resume with $1 processes"
  same whole broken
  rm -r broken
}

for n in 2 4; do
  rm -rf broken
  begin $n &
  pid=$!
  wait_for_steps $pid
  kill -USR1 $pid 2>/dev/null || true
  code=0
  wait $pid || code=$?
  [ $code = 75 ] || [ $code = 0 ] || fail "SIGUSR1: expected 75, got $code: $(cat out.txt)"
  [ $code = 0 ] || grep -q 'stopped after step' out.txt || fail "SIGUSR1: $(cat out.txt)"
  finish_and_compare $((6 - n))
done
echo "SIGUSR1 stops all processes, and another number of them continues to the same bytes"

is_gone() { # is_gone PID: it has ended, and mpirun may not have noticed yet
  ! kill -0 "$1" 2>/dev/null || grep -q '^State:.*Z' "/proc/$1/status" 2>/dev/null
}

seconds_until_gone() { # seconds_until_gone PID...
  local pid begin_s=$SECONDS
  for pid; do
    while ! is_gone "$pid"; do
      [ $((SECONDS - begin_s)) -le 30 ] || break
      sleep 0.1
    done
  done
  echo $((SECONDS - begin_s))
}

longest=0
for ((k = 0; k < kills; k++)); do
  n=${sizes[k % 3]}
  begin "$n" &
  pid=$!
  ((RANDOM % 4 == 0)) || wait_for_steps $pid
  sleep "0.$((RANDOM % 10))"
  mapfile -t ranks < <(children $pid)
  [ ${#ranks[@]} = 0 ] || kill -KILL "${ranks[RANDOM % ${#ranks[@]}]}" 2>/dev/null || true
  took=$(seconds_until_gone "${ranks[@]}")
  [ "$took" -le 30 ] || fail "kill $k: after $took s not all of $n processes have ended"
  [ "$took" -le $longest ] || longest=$took
  # Open MPI's mpirun may hang when a process dies before it has connected to mpirun.
  [ "$(seconds_until_gone $pid)" -le 30 ] || kill -KILL $pid
  wait $pid || true
  ((k % 4 != 3)) || finish_and_compare "${sizes[(k / 4) % 4]}"
done
[ ! -d broken ] || finish_and_compare 2
echo "$kills processes were killed; the others ended within $longest s, and the bytes are the same"

# ---- messages that fail ----

short=(--set train.steps=6)
cc=${MPICC:-mpicc}
"$cc" -shared -fPIC -o mpi_fails.so "$root/tests/support/preload/mpi_fails.c"

# faulty RANK N LATE: a run by two processes in the folder `broken`, where that message fails
faulty() {
  local words
  read -ra words < <(kind vae)
  MPI_FAIL_AT="$*" MPI_FAIL_COUNT=$work/count timeout 30 "$mpirun" -n 2 env \
    LD_PRELOAD="$work/mpi_fails.so" "$likeness" train "${words[@]}" --data faces.lkd --quiet \
    --out broken "${short[@]}" >out.txt 2>&1
}

rm -rf whole
alone vae whole "${short[@]}"
faulty 1 0 0 || fail "a run without a fault: $(cat out.txt)"
same whole broken
rm -r broken
n_messages=$(cat count)
for ((k = 0; k < faults; k++)); do
  at=$((1 + k * (n_messages - 1) / (faults > 1 ? faults - 1 : 1)))
  code=0
  faulty $((k % 2)) $at $((k / 2 % 2)) || code=$?
  case $code in 0 | 124) fail "message $at failed, and the exit code is $code" ;; esac
  grep -aq "^likeness: rank $((k % 2)) of 2: .*rank" out.txt ||
    fail "message $at failed without a word: $(cat out.txt)"
  [ ! -s broken/config.json ] || "$likeness" info broken >/dev/null || fail "info of a broken run"
  together $((1 + k % 3 / 2)) vae broken "${short[@]}" --resume >/dev/null ||
    fail "--resume after message $at has failed"
  same whole broken
  rm -r broken
done
echo "$faults of $n_messages messages failed; all processes ended, and the bytes are the same"

# ---- what bench counts ----

field() { # field KEY <JSON
  sed -E "s/.*\"$1\": ?\"?([^,}\"]*).*/\1/"
}

messages() { # messages STEPS: those of one of two processes in a run
  MPI_FAIL_AT="1 0 0" MPI_FAIL_COUNT=$work/count "$mpirun" -n 2 env \
    LD_PRELOAD="$work/mpi_fails.so" "$likeness" train tiny.json --data faces.lkd --quiet \
    --out counted --force --set "train.steps=$1" >/dev/null
  cat count
}

n_messages=$(($(messages 5) - $(messages 4)))
words=(bench tiny.json --size 16 --steps 2 --comm)
json=$("$mpirun" -n 2 "$likeness" "${words[@]}" --json)
n=$(field step_exchanges <<<"$json")
[ $((2 * n)) = $n_messages ] || # each is a message sent and one received
  fail "bench --comm: expected half of $n_messages messages in a step, got $n exchanges: $json"
n=$(field sum_bytes <<<"$json")
[ "$n" -gt 0 ] || fail "bench --comm: expected bytes of a gradient, got $json"
[ "$n" = "$(field gradient_bytes <<<"$json")" ] ||
  fail "bench --comm: two processes send each other the gradient, got $json"
"$mpirun" -n 4 "$likeness" "${words[@]}" >out.txt
grep -q ', batch 16, 4 processes of [0-9]* threads, ' out.txt || fail "bench: $(cat out.txt)"
[ "$(grep -c 'other exchanges a step send' out.txt)" = 1 ] || fail "bench: $(cat out.txt)"
code=0
"$mpirun" -n 8 "$likeness" "${words[@]}" --set train.shards=4 >out.txt 2>&1 || code=$?
[ $code = 2 ] || fail "bench by 8 processes for 4 shards: expected 2, got $code: $(cat out.txt)"
echo "bench counts the messages of a step of training"

# ---- several processes for each run of an array job ----

cat >two.json <<'JSON'
{ "name": "two", "runs": [
  { "config": "tiny.json", "label": "AE", "name": "ae" },
  { "config": "tiny.json", "label": "VAE", "name": "vae", "set": { "model.type": "vae" } } ] }
JSON
"$likeness" reproduce two.json --data faces.lkd --out plain --quiet >/dev/null
"$likeness" reproduce two.json --data faces.lkd --out table --slurm jobs --quiet >submit
sed -i "s|^launch=.*|launch=('$mpirun' -n 2)|" jobs/runs.sh
SLURM_TEST=$work PATH=$root/tests/support/slurm:$PATH bash submit >/dev/null
cmp plain/table.md table/table.md && same plain/ae-s1 table/ae-s1 && same plain/vae-s1 table/vae-s1
echo "an array job with two processes for each run makes the same table"

# ---- sanitizers ----

if [ -x "$asan/likeness" ]; then
  likeness=$asan/likeness
  # Parts of Open MPI are gone at the end, so a leak is known by the rest of its call stack.
  export ASAN_OPTIONS=fast_unwind_on_malloc=0
  rm -rf vae whole noisy
  alone vae whole "${short[@]}"
  together 2 vae vae "${short[@]}" >/dev/null
  same whole vae
  together 4 noisy noisy "${short[@]}" >/dev/null
  together 2 vq vq-2 "${short[@]}" >/dev/null
  "$mpirun" -n 2 "$likeness" eval vae --split test --features network.json --samples 10 --json \
    --out figure.png >/dev/null
  code=0
  "$mpirun" -n 2 "$likeness" eval vae --data none.lkd >refused.txt 2>&1 || code=$?
  [ $code = 3 ] || fail "eval of no pack: expected exit code 3, got $code: $(cat refused.txt)"
  code=0
  together 8 ae refused --set train.shards=4 >/dev/null 2>refused.txt || code=$?
  [ $code = 2 ] || fail "8 processes for 4 shards: expected 2, got $code: $(cat refused.txt)"
  echo "the sanitizers find nothing"
else
  echo "SKIPPED: sanitizers: $asan/likeness is missing: cmake --preset mpi-asan && cmake --build" \
    "--preset mpi-asan"
fi
