#!/usr/bin/env bash
# How long a training step takes on several machines, by a model of what it does: measures its
# constants on this machine, prints the tables of configs/bench/README.md. Needs a build with MPI,
# Open MPI, and an idle machine of at least two processors.
#   T(P) = compute(batch / P) + exchanges latency + bytes / speed + sum
# with, for P processes, N values in the gradient, and o other exchanges and b other bytes a step at
# P = 2: exchanges = o log2 P + those of the gradient, bytes = 2 N (1 - 1/P) 4 + b log2 P. The speed
# is that of the link, or of TCP on this machine if that is lower. `sum`: what adding takes.
set -euo pipefail
export LC_ALL=C
root=$(dirname "$(dirname "$(readlink -f "$0")")")

help="usage: comm_model.sh [--build DIR] [--steps N] [--threads T] [--faster \"F ...\"] [--links]
                     [NETWORK...]
  --build    a build folder of cmake with -DLIKENESS_MPI=ON. default: build/mpi
  --steps    steps of each measurement. default: 10
  --threads  threads of a machine of the model. default: all of this one
  --faster   a table for machines that compute so many times as fast as this one. default: \"1 16\"
  --links    instead, two processes of one thread each, measured next to the model: on shared
             memory, and on links of 10 and 1 Gbit/s (scripts/comm_links.sh, as root)
  NETWORK    presets. default: compact dcgan resnet"

likeness=$root/build/mpi/likeness
steps=10
threads=$(nproc)
faster='1 16'
links=
while [ $# -gt 0 ]; do
  case $1 in
  --build) likeness=$(readlink -f "${2:?}")/likeness && shift 2 ;;
  --steps) steps=${2:?} && shift 2 ;;
  --threads) threads=${2:?} && shift 2 ;;
  --faster) faster=${2:?} && shift 2 ;;
  --links) links=yes && shift ;;
  --help) echo "$help" && exit 0 ;;
  -*) echo "$help" >&2 && exit 2 ;;
  *) break ;;
  esac
done
networks=("$@")
[ $# -gt 0 ] || networks=(compact dcgan resnet)

skip() { # skip REASON
  echo "SKIPPED: $1" >&2
  exit 77
}
[ -x "$likeness" ] || skip "$likeness is missing: cmake --preset mpi && cmake --build --preset mpi"
command -v mpirun >/dev/null || skip "mpirun is not installed (Debian: openmpi-bin libopenmpi-dev)"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_btl_vader_single_copy_mechanism=none # containers forbid it, with a warning
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# ---- measuring ----

bench() { # bench NETWORK WORD...: the words of a benchmark
  words=("$likeness" bench "$root/configs/bench/compact.json" --json --steps "$steps"
    --set "model.architecture=$1" "${@:2}")
}

fields() { # fields KEY... <JSON: the values in a line
  local json key
  json=$(cat)
  for key; do sed -E "s/.*\"$key\": ?\"?([^,}\"]*).*/\1/" <<<"$json"; done | paste -sd' '
}

compute() { # compute NETWORK THREADS BATCH...: ms of a step of one process for each batch
  local batch
  for batch in "${@:3}"; do
    bench "$1" --batch "$batch"
    LIKENESS_THREADS=$2 "${words[@]}" | fields ms_per_step
  done | paste -sd' '
}

# What the model needs of two processes: us, bytes/s, bytes, bytes of a sum, ms of a sum, its
# exchanges, and of a step: exchanges, bytes, ms, ms in exchanges, ms with the sum during backward.
comm_keys=(latency_us bytes_per_second gradient_bytes sum_bytes sum_ms sum_exchanges step_exchanges
  step_bytes after_ms step_ms during_ms)

together() { # together NETWORK COMMAND...: measured by two processes that this command starts
  bench "$1" --comm
  LIKENESS_THREADS=1 "${@:2}" "${words[@]}" >"$work/json" || return
  fields "${comm_keys[@]}" <"$work/json"
}

# ---- the model ----

# Lines of input: "NETWORK GBIT FASTER MS_1 MS_2 MS_4 MS_8 CONSTANT...", a row of a table each.
# GBIT 0: a link as fast as was measured. Prints the network and the modelled ms of P = 1, 2, 4, 8.
model() {
  awk '
    function larger(a, b) { return a > b ? a : b }
    function smaller(a, b) { return a < b ? a : b }
    function ms(p, level) {
      if (p == 1) return compute[1] / faster
      sent = 2 * gradient * (1 - 1 / p)
      n = level * others + larger(2 * level, sent / 2 ^ 20)
      speed = gbit ? smaller(gbit * 1e9 / 8, measured) : measured
      return compute[p] / faster + n * latency + \
        1e3 * (sent + level * other_bytes) / speed + sent * add
    }
    {
      gbit = $2; faster = $3
      compute[1] = $4; compute[2] = $5; compute[4] = $6; compute[8] = $7
      latency = $8 / 1e3; measured = $9; gradient = $10
      add = larger(0, $12 / $11 - 1e3 / measured) / faster # ms for a byte
      others = $14 - $13; other_bytes = $15 - $11
      print $1, ms(1, 0), ms(2, 1), ms(4, 2), ms(8, 3)
    }'
}

row() { # row GBIT <"NETWORK MS_1 MS_2 MS_4 MS_8": a line of the table
  awk -v gbit="$1" '{
    line = "| " $1 " | " gbit " | " sprintf("%.1f", $2) " |"; best = 2
    for (i = 3; i <= 5; i++) {
      line = line sprintf(" %.1f (%.2f) |", $i, $2 / $i)
      if ($i < $best) best = i
    }
    print line " " 2 ^ (best - 2) " |"
  }'
}

# On TCP, through the kernel, as between machines.
print_model() {
  local network gbit factor
  declare -A ms constants
  for network in "${networks[@]}"; do
    ms[$network]=$(compute "$network" "$threads" 64 32 16 8)
    constants[$network]=$(together "$network" mpirun -n 2 --mca btl tcp,self)
  done
  for network in "${networks[@]}"; do
    awk -v network="$network" '{
      printf "%s: gradient of %.1f MB; ", network, $3 / 1e6
      printf "%d other exchanges of %.1f kB in all; ", $7 - $6, ($8 - $4) / 1e3
      printf "TCP here: %.0f us, %.1f Gbit/s\n", $1, $2 * 8e-9
    }' <<<"${constants[$network]}"
  done
  for factor in $faster; do
    printf '\nMachines of %s threads, %s times as fast as these: ms a step (speed-up)\n\n' \
      "$threads" "$factor"
    echo '| network | Gbit/s | P = 1 | 2 | 4 | 8 | fastest P |'
    echo '|---|---|---|---|---|---|---|'
    for network in "${networks[@]}"; do
      for gbit in 1 10 100; do
        model <<<"$network $gbit $factor ${ms[$network]} ${constants[$network]}" | row $gbit
      done
    done
  done
}

# ---- next to the model ----

measured() { # measured NETWORK LINK MODEL_MS CONSTANTS: a line of the table
  awk -v line="| $1 | $2 | $3" -v all="$4" 'BEGIN {
    split(all, c, " ")
    printf "%s | %.1f | %.1f | %.1f | %.0f | %.2f |\n", line, c[9], c[11], c[10], c[1], c[2] * 8e-9
  }'
}

modelled() { # modelled NETWORK GBIT "MS_64 MS_32" CONSTANTS: ms of two processes
  model <<<"$1 $2 1 $3 0 0 $4" | awk '{ printf "%.1f", $3 }'
}

# What the model knows of TCP is measured without a limit.
print_links() {
  local network ms memory tcp shaped gbit code=0
  "$root/scripts/comm_links.sh" true || code=$?
  [ $code = 0 ] || exit $code
  echo '| network | link | model ms | measured ms | during backward | in exchanges | us | Gbit/s |'
  echo '|---|---|---|---|---|---|---|---|'
  for network in "${networks[@]}"; do
    ms=$(compute "$network" 1 64 32)
    printf '| %s | one process | - | %.1f | - | - | - | - |\n' "$network" "${ms% *}"
    memory=$(together "$network" mpirun -n 2)
    measured "$network" 'shared memory' "$(modelled "$network" 0 "$ms" "$memory")" "$memory"
    tcp=$(together "$network" "$root/scripts/comm_links.sh" --gbit 0)
    measured "$network" 'no limit' "$(modelled "$network" 0 "$ms" "$tcp")" "$tcp"
    for gbit in 10 1; do
      shaped=$(together "$network" "$root/scripts/comm_links.sh" --gbit $gbit)
      measured "$network" "$gbit Gbit/s" "$(modelled "$network" $gbit "$ms" "$tcp")" "$shaped"
    done
  done
}

if [ -n "$links" ]; then print_links; else print_model; fi
