#!/usr/bin/env bash
# Trains the configs of tests/interchange, which use every layer together, and writes what other
# programs must agree with: interchange_runs.sh PROGRAM DIR. For each config DIR/NAME gets
#   run/              the run
#   pictures.npy      8 pictures of the test split
#   codes.npy         their codes
#   pictures_out.npy  their reconstructions
# It needs python3 with numpy and PIL.
set -euo pipefail
program=$(readlink -f "${1:?expected the program}") out=${2:?expected a folder}
configs=$(cd "$(dirname "$(readlink -f "$0")")/../tests/interchange" && pwd)
rm -rf "$out"
mkdir -p "$out"
cd "$out"

"$program" prepare --synthetic 80 --size 32 --test 0.2 --out faces.lkd
"$program" prepare --synthetic 80 --size 32 --test 0.2 --channels 1 --out grey.lkd
for config in "$configs"/*.json; do
  name=$(basename "$config" .json)
  [[ $name != package* ]] || continue
  pack=faces.lkd
  [ "$name" != posterior ] || pack=grey.lkd
  mkdir "$name"
  "$program" train "$config" --data $pack --out "$name/run"
  "$program" reconstruct "$name/run" --data $pack -n 8 --npy "$name/pictures_out.npy" \
    --originals "$name/originals"
  "$program" encode "$name/run" --data $pack --out "$name/all_codes.npy"
  /usr/bin/python3 - "$name" <<'PYTHON'
import pathlib
import sys

import numpy as np
from PIL import Image

folder = pathlib.Path(sys.argv[1])
originals = [np.asarray(Image.open(path), "float32") / np.float32(255)
             for path in sorted((folder / "originals").rglob("*.png"))]
pictures = np.stack([x if x.ndim == 3 else x[:, :, None] for x in originals]).transpose(0, 3, 1, 2)
np.save(folder / "pictures.npy", np.ascontiguousarray(pictures))
np.save(folder / "codes.npy", np.load(folder / "all_codes.npy")[: len(pictures)])
PYTHON
done
