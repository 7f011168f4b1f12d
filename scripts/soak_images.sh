#!/usr/bin/env bash
# Runs prepare on a large number of pictures, many of them bad. It must count and list the bad ones,
# stop above --max-bad, leave no half-written file, and need no more memory for more pictures.
# Usage: scripts/soak_images.sh [PICTURES [BAD]], by default 100000 and a tenth of them.
# Needs a built program: $LIKENESS, or else build/release or build/dev. Works in a temporary folder,
# which it removes at the end.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
n=${1:-100000}
n_bad=${2:-$((n / 10))}
likeness=${LIKENESS:-$root/build/release/likeness}
[ -x "$likeness" ] || likeness=$root/build/dev/likeness
[ -x "$likeness" ] || { echo "build the program first" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { # fail WORDS
  echo "soak_images: $*" >&2
  exit 1
}

# Makes hard links to a few pictures, a thousand in each folder. They take no space, and prepare
# still opens and decodes every file.
make_pictures() {
  local golden=$root/tests/golden
  mkdir -p "$work/kinds/good" "$work/kinds/bad"
  cp "$golden"/resize_{rgb,grey,cmyk}.jpg "$golden"/resize_{16bit,alpha}.png "$work/kinds/good"
  : >"$work/kinds/bad/empty.jpg"
  head -c 300 "$golden/resize_rgb.jpg" >"$work/kinds/bad/cut.jpg"
  echo '<html>404</html>' >"$work/kinds/bad/page.jpg"
  printf 'P6\n60000 60000\n255\nabc' >"$work/kinds/bad/huge.ppm"
  python3 - "$work" "$n" "$n_bad" <<'PYTHON'
import os, sys
work, n, n_bad = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
kinds = {kind: sorted(os.listdir(f"{work}/kinds/{kind}")) for kind in ("good", "bad")}
for i in range(n):
    kind = "bad" if (i * n_bad) // n != ((i + 1) * n_bad) // n else "good"
    name = kinds[kind][i % 7 % len(kinds[kind])]
    folder = f"{work}/pictures/{i // 1000:04d}"
    if i % 1000 == 0: os.makedirs(folder)
    os.link(f"{work}/kinds/{kind}/{name}", f"{folder}/{i:07d}.{name.rsplit('.')[-1]}")
PYTHON
}

# run_prepare OPTIONS...: sets `code` to the exit code of prepare. Leaves its output in $work/out,
# its messages in $work/messages and its peak memory in $work/memory. Prints its time and memory.
run_prepare() {
  local begin end
  begin=$(date +%s%N)
  code=0
  python3 - "$work" "$likeness" prepare --images "$work/pictures" --size 16 \
    --out "$work/out.lkd" --force --json "$@" <<'PYTHON' || code=$?
import resource, subprocess, sys
work, command = sys.argv[1], sys.argv[2:]
out, messages = open(f"{work}/out", "wb"), open(f"{work}/messages", "wb")
done = subprocess.run(command, stdout=out, stderr=messages)
memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
print(memory, file=open(f"{work}/memory", "w"))
sys.exit(done.returncode)
PYTHON
  end=$(date +%s%N)
  echo "prepare $*: exit code $code, $(((end - begin) / 1000000)) ms, $(<"$work/memory") MB"
}

field() { # field KEY: a number from the JSON object that prepare prints
  grep -oE "\"$1\": *[0-9]+" "$work/out" | grep -oE '[0-9]+$'
}

expect_no_pack() {
  [ -z "$(find "$work" -maxdepth 1 -name '*lkd*')" ] || fail "a half-written pack is left"
}

make_pictures
echo "soak_images: $n pictures, $n_bad of them bad"

run_prepare # the default allows one in a thousand, at least 10
[ "$code" = 3 ] || fail "by default: expected exit code 3, got $code"
reason='^likeness: expected at most .* bad pictures (max_bad), got more; the first: '
grep -q "$reason" "$work/messages" ||
  fail "expected a message with the reason, got: $(tail -1 "$work/messages")"
expect_no_pack

run_prepare --max-bad $((n_bad - 1))
[ "$code" = 3 ] || fail "one more than allowed: expected exit code 3, got $code"
expect_no_pack

run_prepare --max-bad "$n_bad"
[ "$code" = 0 ] ||
  fail "as many as allowed: expected exit code 0, got $code: $(tail -1 "$work/messages")"
[ "$(field n_bad)" = "$n_bad" ] || fail "n_bad: expected $n_bad, got $(field n_bad)"
good=$(($(field train) + $(field val) + $(field test)))
[ "$good" = $((n - n_bad)) ] || fail "good pictures: expected $((n - n_bad)), got $good"
listed=$(grep -c '^warning: left out: ' "$work/messages")
[ "$listed" = "$n_bad" ] || fail "bad pictures listed: expected $n_bad, got $listed"
"$likeness" info "$work/out.lkd" >/dev/null || fail "the pack does not verify"
memory=$(<"$work/memory")
[ "$memory" -lt 512 ] || fail "memory: expected less than 512 MB, got $memory MB"
echo "$n_bad bad pictures among $n, all counted, listed and skipped"
