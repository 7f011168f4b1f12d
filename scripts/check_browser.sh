#!/usr/bin/env bash
# Looks at reports in Chromium: check_browser.sh [PROGRAM], by default build/release/likeness.
# It trains a tiny run and a tiny experiment, and opens their pages in a headless browser: they must
# render, react to the pointer and the keys, make no request and no error, and fit a phone. Pictures
# of how they look are in build/check/browser/shots.
# It needs node, npm and chromium, and gets playwright-core from npm. Exit code 77: one of them is
# not there.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
program=$(readlink -f "${1:-build/release/likeness}")
place=$PWD/build/check/browser

skip() { # skip REASON
  echo "$1"
  exit 77
}

for needed in node npm chromium; do
  command -v "$needed" >/dev/null || skip "$needed is not installed"
done
[ -x "$program" ] || { echo "expected the program, got no file $program" >&2 && exit 2; }

mkdir -p "$place/shots"
cp tests/browser/* "$place"
cd "$place"
if ! [ -d node_modules/playwright-core ]; then
  npm ci --ignore-scripts --no-audit --no-fund >npm.log 2>&1 ||
    skip "npm cannot install playwright-core: $(tail -n 1 npm.log)"
fi

# Names and texts that would be markup if a page did not escape them.
name='<script>alert(1)</script>'
rm -rf run exp two.json faces.lkd
cat >tiny.json <<'END'
{ "model": { "type": "vae", "latent": 8, "architecture": { "preset": "compact", "width": 4 } },
  "train": { "batch_size": 16, "epochs": 4, "log_every_steps": 1 } }
END
cat >two.json <<'END'
{ "name": "two", "note": "<b>A note</b>", "runs": [
  { "config": "tiny.json", "label": "VAE <MSE>", "name": "mse",
    "paper": { "ssim": 0.5, "mse": 0.02 } },
  { "config": "tiny.json", "label": "VAE (LWSSIM)", "name": "lwssim",
    "set": { "reconstruction.type": "lwssim" } } ] }
END
"$program" prepare --synthetic 160 --size 32 --out faces.lkd
"$program" train tiny.json --data faces.lkd --out run --set "name=$name" </dev/null
"$program" reproduce two.json --data faces.lkd --out exp --seeds 1 </dev/null

node check.mjs "$(command -v chromium)" run/report.html exp/report.html shots "$name"
echo "pictures of the pages: $place/shots"
