#!/usr/bin/env bash
# Checks that two programs train the same models: draws faces, trains the paper's configs with both
# programs, and compares every tensor.
set -euo pipefail
export LC_ALL=C
root=$(dirname "$(dirname "$(readlink -f "$0")")")

help="usage: same_bytes.sh OLD_PROGRAM NEW_PROGRAM [options]
  --old-configs DIR  the folder of the old program's configs; default: configs of this tree
  --configs NAMES    names from configs/paper, in quotes; default: the nine models of table1.json
  --out DIR          the folder for packs and runs, which keeps the old program's models for the
                     next call; default: a temporary folder
Exit status: 0 all tensors are the same, 1 some differ. LIKENESS_ISA chooses the instruction set."
names='ae_mse ae_ssim ae_lwssim vae_mse vae_ssim vae_lwssim mmd_mse mmd_ssim mmd_lwssim'
old_configs=$root/configs out='' programs=()
while [ $# -gt 0 ]; do
  case $1 in
  --old-configs) old_configs=${2:?--old-configs: expected a folder} && shift 2 ;;
  --configs) names=${2:?--configs: expected names} && shift 2 ;;
  --out) out=${2:?--out: expected a folder} && shift 2 ;;
  --help | -h) echo "$help" && exit 0 ;;
  -*) echo "unknown option \"$1\"; $help" >&2 && exit 2 ;;
  *) programs+=("$1") && shift ;;
  esac
done
[ ${#programs[@]} -eq 2 ] || { echo "$help" >&2 && exit 2; }
old=${programs[0]} new=${programs[1]} isa=${LIKENESS_ISA:-best}
if [ -z "$out" ]; then
  out=$(mktemp -d)
  trap 'rm -rf "$out"' EXIT
fi
mkdir -p "$out"

train() { # train PROGRAM CONFIG RUN
  "$1" train "$2" --data "$out/drawn.lkd" --out "$3" --force --steps 100 \
    --set train.batch_size=16 >"$3.log" 2>&1 || { tail -3 "$3.log" >&2 && exit 2; }
}

[ -e "$out/drawn.lkd" ] ||
  "$old" prepare --synthetic 512 --seed 1 --out "$out/drawn.lkd" >/dev/null
failed=0 kind=$isa-$(sha1sum <"$old" | cut -c 1-12)
for name in $names; do
  before=$out/old-$kind-$name after=$out/new-$isa-$name
  [ -e "$before/model.safetensors" ] || train "$old" "$old_configs/paper/$name.json" "$before"
  train "$new" "$root/configs/paper/$name.json" "$after"
  printf '%s: ' "$name"
  python3 "$root/scripts/compare_tensors.py" \
    "$before/model.safetensors" "$after/model.safetensors" || failed=1
done
exit $failed
