#!/usr/bin/env bash
# Runs a program with MPI on several "machines" that are connected by slow links: network namespaces
# of this machine, each with a host name of its own, one process each, on a bridge. Everything that
# a process sends goes through a token bucket. Needs root, and Open MPI. Skipped (exit 77) where
# namespaces cannot be made.
set -euo pipefail
export LC_ALL=C

help="usage: comm_links.sh [--ranks N] [--gbit RATE] COMMAND...
  --ranks  processes, and so namespaces. default: 2
  --gbit   speed of each link in Gbit/s, in each direction; 0: as fast as it goes. default: 1
Example: comm_links.sh --gbit 10 build/mpi/likeness bench configs/bench/compact.json --comm"

ranks=2
gbit=1
while [ $# -gt 0 ]; do
  case $1 in
  --ranks) ranks=${2:?} && shift 2 ;;
  --gbit) gbit=${2:?} && shift 2 ;;
  --help) echo "$help" && exit 0 ;;
  -*) echo "$help" >&2 && exit 2 ;;
  *) break ;;
  esac
done
[ $# -gt 0 ] || { echo "$help" >&2 && exit 2; }

skip() { # skip REASON
  echo "SKIPPED: $1" >&2
  exit 77
}
mpirun=${MPIRUN:-mpirun}
for program in ip tc unshare "$mpirun"; do
  command -v "$program" >/dev/null ||
    skip "$program is not installed (Debian: iproute2 util-linux openmpi-bin libopenmpi-dev)"
done
"$mpirun" --version 2>&1 | grep -q 'Open MPI' || skip "$mpirun is not the one of Open MPI"
[ "$(id -u)" = 0 ] || skip "only root can make network namespaces"

# Names of interfaces have at most 15 characters. Two of these scripts may run at a time.
name=lk$$
net=10.$((64 + $$ / 256 % 128)).$(($$ % 256))
work=$(mktemp -d)

# A namespace lives as long as a process in it.
clean() {
  local n pids
  trap '' INT TERM HUP # a second one, as of a whole group of processes, must not end this
  for ((n = 1; n <= ranks; n++)); do
    read -ra pids < <(ip netns pids "$name-$n" 2>/dev/null | paste -sd' ') || true
    [ ${#pids[@]} = 0 ] || kill -KILL "${pids[@]}" 2>/dev/null || true
    ip netns del "$name-$n" 2>/dev/null || true
    ip link del "$name-$n" 2>/dev/null || true
  done
  ip link del "$name" 2>/dev/null || true
  rm -rf "$work"
}
pid=
stop() { # stop CODE: mpirun ends the processes before their links go
  trap '' INT TERM HUP
  [ -z "$pid" ] || { kill "$pid" && wait "$pid"; } 2>/dev/null || true
  exit "$1"
}
trap clean EXIT
trap 'stop 130' INT
trap 'stop 143' TERM HUP

connect() { # connect N: the namespace N, with its link
  local at=$name-$1
  ip netns add "$at" && ip link add "$at" type veth peer name eth0 netns "$at" &&
    ip link set "$at" master "$name" up && ip -n "$at" addr add "$net.$1/24" dev eth0 &&
    ip -n "$at" link set eth0 up && ip -n "$at" link set lo up || return 1
  # The bucket holds little more than the largest packet, so that no message goes at full speed.
  [ "$gbit" = 0 ] ||
    tc -n "$at" qdisc add dev eth0 root tbf rate "${gbit}gbit" burst 128kb latency 50ms
}

{ ip link add "$name" type bridge && ip addr add "$net.254/24" dev "$name" &&
  ip link set "$name" up; } 2>"$work/said" || skip "no bridge: $(cat "$work/said")"
hosts=
for ((n = 1; n <= ranks; n++)); do
  connect $n 2>"$work/said" || skip "no network namespace: $(cat "$work/said")"
  hosts+=,$net.$n:1
done

# What mpirun takes for a remote shell: agent HOST COMMAND...
cat >"$work/agent" <<SH
#!/bin/sh
n=\${1##*.}
shift
exec ip netns exec $name-\$n unshare --uts sh -c "hostname $name-\$n; \$*"
SH
chmod +x "$work/agent"

export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
"$mpirun" -n "$ranks" --host "${hosts#,}" --bind-to none --mca plm_rsh_agent "$work/agent" \
  --mca oob_tcp_if_include "$net.0/24" --mca btl tcp,self --mca btl_tcp_if_include "$net.0/24" \
  ${LIKENESS_THREADS+-x LIKENESS_THREADS} "$@" &
pid=$!
wait "$pid"
