# shellcheck shell=bash disable=SC2154 # a part of bench.sh, which reads this file
# The row eval: all scores of a picture by `likeness eval`, against scikit-image's SSIM alone. The
# model is as small as one can be; its time counts, and so does loading. What eval does once does
# not count: two splits differ only in their pictures.
row_eval() {
  local i small large our=() their=() ratios=()
  need_module eval skimage python3-skimage || return 0
  make_small_run
  for ((i = 0; i < pairs; i++)); do
    small=$(time_eval val)
    large=$(time_eval test)
    our+=("$(calc %.5f "1e3 * (${large% *} - ${small% *}) / (${large#* } - ${small#* })")")
    their+=("$(/usr/bin/python3 "$root/scripts/bench_skimage.py" 400 --processes "$threads" |
      field ms_per_pair)")
    ratios+=("$(calc %.4f "${their[i]} / ${our[i]}")")
  done
  line_of_ratio eval "eval, a picture with all its scores" "$(
    calc %.3f "$(median "${our[@]}")"
  ) ms; SSIM by scikit-image in $threads processes $(
    calc %.3f "$(median "${their[@]}")"
  ) ms" "$(median "${ratios[@]}")" 2
}

make_small_run() {
  cat >"$work/small.json" <<<'{
    "model": { "latent": 1, "architecture": {
      "encoder": [ { "type": "conv", "out": 1, "kernel": 8, "stride": 8, "padding": 0 },
                   { "type": "flatten" }, { "type": "linear", "out": 1 } ],
      "decoder": [ { "type": "linear", "out": 64 }, { "type": "reshape", "shape": [1, 8, 8] },
                   { "type": "conv_transpose", "out": 0, "kernel": 8, "stride": 8, "padding": 0 },
                   { "type": "sigmoid" } ] } },
    "train": { "epochs": 1, "grid_images": 0 } }'
  "$likeness" prepare --synthetic 2400 --val 0.1 --test 0.8 --out "$work/drawn.lkd" --quiet \
    >/dev/null
  "$likeness" train "$work/small.json" --data "$work/drawn.lkd" --out "$work/small" --quiet \
    >/dev/null
}

time_eval() { # time_eval SPLIT: "SECONDS PICTURES"
  local begin=$EPOCHREALTIME json seconds
  json=$("$likeness" eval "$work/small" --split "$1" --json --quiet)
  seconds=$(calc %.6f "$EPOCHREALTIME - $begin")
  echo "$seconds $(sed -E 's/^\{"n":([0-9]+).*/\1/' <<<"$json")"
}
