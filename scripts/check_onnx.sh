#!/usr/bin/env bash
# Exported ONNX files are valid, and compute what Likeness computes: check_onnx.sh PROGRAM DIR.
# The configs of tests/interchange, which use every layer together, are trained in DIR and exported.
# Debian's ONNX checks the files; onnxruntime runs them, and codes and pictures must agree within
# 1e-5. It needs python3 with onnx, numpy and PIL, and node and npm. Exit code 77: npm could not
# install onnxruntime-node.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
program=$(readlink -f "${1:?expected the program}") out=${2:?expected a folder}
scripts/interchange_runs.sh "$program" "$out"
cp tests/interchange/{package.json,package-lock.json,run_onnx.mjs} "$out"
(cd "$out" && npm ci --ignore-scripts --no-audit --no-fund) || {
  echo "npm could not install onnxruntime-node"
  exit 77
}
for run in "$out"/*/run; do "$program" export "$run" --onnx "$(dirname "$run")/onnx"; done

/usr/bin/python3 - "$out"/*/onnx/*.onnx <<'PYTHON'
import sys

import onnx

for path in sys.argv[1:]:
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    assert model.ir_version == 8 and [s.version for s in model.opset_import] == [17], path
    print(f"ok     {path}: {len(model.graph.node)} nodes")
PYTHON
cd "$out"
runs=(*/run)
node run_onnx.mjs "${runs[@]%/run}"
