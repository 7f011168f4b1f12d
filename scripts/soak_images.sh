#!/usr/bin/env bash
# Many bad pictures among many: prepare must count and list them, keep to --max-bad, leave nothing half-written, and need no more
# memory for more pictures. Usage: scripts/soak_images.sh [PICTURES [BAD]], by default 100000 and 10000.
# Needs a built program (LIKENESS=..., else build/release or build/dev). Everything lies in a folder of its own, removed at the end.
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

# Hard links of a few pictures, a thousand a folder: names cost nothing, and every file is opened and decoded all the same.
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

# prepare, its exit code in $code, its words in $work/out and $work/messages; time and highest memory are told
run_prepare() { # run_prepare OPTIONS...
  local begin end
  begin=$(date +%s%N)
  code=0
  python3 - "$work" "$likeness" prepare --images "$work/pictures" --size 16 --out "$work/out.lkd" --json "$@" <<'PYTHON' || code=$?
import resource, subprocess, sys
work, command = sys.argv[1], sys.argv[2:]
done = subprocess.run(command, stdout=open(f"{work}/out", "wb"), stderr=open(f"{work}/messages", "wb"))
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, file=open(f"{work}/memory", "w"))
sys.exit(done.returncode)
PYTHON
  end=$(date +%s%N)
  echo "prepare $*: exit code $code, $(((end - begin) / 1000000)) ms, $(cat "$work/memory") MB"
}

field() { # field KEY: a number of the JSON object
  grep -oE "\"$1\": *[0-9]+" "$work/out" | grep -oE '[0-9]+$'
}

make_pictures
echo "soak_images: $n pictures, $n_bad of them bad"

run_prepare # the default allows one in a thousand, at least 10
[ "$code" = 3 ] || fail "by default: got exit code $code, wanted 3"
grep -q '^likeness: expected at most .* bad pictures (max_bad), got more; the first: ' "$work/messages" || fail "no reason: $(tail -1 "$work/messages")"
[ -z "$(find "$work" -maxdepth 1 -name '*lkd*')" ] || fail "something half-written is left"

run_prepare --max-bad $((n_bad - 1))
[ "$code" = 3 ] || fail "one more than allowed: got exit code $code, wanted 3"
[ -z "$(find "$work" -maxdepth 1 -name '*lkd*')" ] || fail "something half-written is left"

run_prepare --max-bad "$n_bad"
[ "$code" = 0 ] || fail "as many as allowed: got exit code $code, wanted 0: $(tail -1 "$work/messages")"
[ "$(field n_bad)" = "$n_bad" ] || fail "n_bad: got $(field n_bad), wanted $n_bad"
good=$(($(field train) + $(field val) + $(field test)))
[ "$good" = $((n - n_bad)) ] || fail "good pictures: got $good, wanted $((n - n_bad))"
listed=$(grep -c '^warning: left out: ' "$work/messages")
[ "$listed" = "$n_bad" ] || fail "bad pictures listed: got $listed, wanted $n_bad"
"$likeness" info "$work/out.lkd" >/dev/null || fail "the pack does not verify"
[ "$(cat "$work/memory")" -lt 512 ] || fail "memory: got $(cat "$work/memory") MB, wanted less than 512"
echo "$n_bad bad pictures among $n, all counted, listed and skipped"
