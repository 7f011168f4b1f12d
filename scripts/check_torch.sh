#!/usr/bin/env bash
# PyTorch computes what Likeness computes, and Likeness takes its weights: check_torch.sh PROGRAM
# DIR. The configs of tests/interchange, which use every layer together, are trained in DIR. Their
# modules (torch_model.py) give the same codes and reconstructions within 1e-5 of the largest value
# (or of 1), and likeness import makes runs of their weights that have the same bytes.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
program=$(readlink -f "${1:?expected the program}") out=${2:?expected a folder}
scripts/interchange_runs.sh "$program" "$out"

/usr/bin/python3 - "$out" <<'PYTHON'
import pathlib
import sys

import numpy as np
import torch

sys.path.insert(0, "scripts")
import torch_model

failed = False
for folder in sorted(path.parent for path in pathlib.Path(sys.argv[1]).glob("*/run")):
    model = torch_model.load(folder / "run")
    torch_model.save(folder / "torch.safetensors", model.state_dict())
    pictures, codes, out = (torch.from_numpy(np.load(folder / f"{name}.npy"))
                            for name in ("pictures", "codes", "pictures_out"))
    with torch.no_grad():
        made = [("codes", model.encode(pictures), codes),
                ("pictures", model.decode(codes), out),
                ("both", model(pictures), out)]
    for what, got, expected in made:
        apart = float((got - expected).abs().max() / max(1, expected.abs().max()))
        fine = got.shape == expected.shape and apart <= 1e-5
        failed |= not fine
        print(f"{'ok    ' if fine else 'WRONG '} {folder.name}: {what} are {apart:.1e} apart")
sys.exit(failed)
PYTHON

for run in "$out"/*/run; do
  name=$(basename "$(dirname "$run")")
  pack=$out/faces.lkd
  [ "$name" != posterior ] || pack=$out/grey.lkd
  "$program" import "$run/config.json" --safetensors "$out/$name/torch.safetensors" \
    --data "$pack" --out "$out/$name/imported"
  for file in model.safetensors config.json test_scores.npy; do
    cmp "$run/$file" "$out/$name/imported/$file"
  done
  echo "ok     $name: imported from PyTorch with the same bytes"
done
