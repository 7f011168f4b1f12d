# shellcheck shell=bash disable=SC2154 # a part of bench.sh, which reads this file
# The row quality: how long each program trains until it reconstructs the validation pictures with a
# given SSIM. Both get the same arrays, network, loss, batch, Adam and constant learning rate.
# Neither mirrors pictures. Pair i uses seed i, which gives each program numbers of its own. The
# time includes the validation after each epoch; ours scores all metrics there and saves, PyTorch
# only scores SSIM. Reading the pictures and starting Python do not count.
most_epochs=60

row_quality() {
  need_pictures quality || return 0
  need_module quality PIL python3-pil || return 0
  pillow_arrays "$data" ${pictures:+--pictures "$pictures"} >/dev/null
  "$likeness" prepare --npy "$work/pillow.npz" --out "$work/faces.lkd" --force --quiet >/dev/null
  echo "| seconds until a validation SSIM of $ssim | likeness | epochs | PyTorch | epochs |" \
    "its mode | ratio |"
  echo "|---|---|---|---|---|---|---|"
  race_quality "compact mse" ""
  [ -z "$has_bf16" ] || race_quality "compact mse, fastest" fastest
}

race_quality() { # race_quality NAME VARIANT: a line of the table
  local seed form mode=- one our=() their=() ratios=() our_epochs=() their_epochs=()
  [ -z "$torch" ] || read -r form mode < <(fastest_peer compact mse 64 20 "$2")
  for ((seed = 1; seed <= quality_pairs; seed++)); do
    one=$(our_quality "$2" "$seed")
    our+=("${one% *}") && our_epochs+=("${one#* }")
    [ -n "$torch" ] || continue
    one=$(peer_quality "$form" "$mode" "$seed")
    their+=("${one% *}") && their_epochs+=("${one#* }")
    ratios+=("$(calc %.4f "${their[-1]} / ${our[-1]}")")
  done
  local theirs=- epochs=- ratio=-
  if [ -n "$torch" ]; then
    theirs=$(calc %.1f "$(median "${their[@]}")")
    epochs=$(median "${their_epochs[@]}")
    ratio=$(calc %.2f "$(median "${ratios[@]}")")
  fi
  printf '| %s | %.1f | %s | %s | %s | %s | %s |\n' "$1" "$(median "${our[@]}")" \
    "$(median "${our_epochs[@]}")" "$theirs" "$epochs" "$mode" "$ratio"
}

# Training goes on until this script has seen the line of the epoch, whose time is in it.
our_quality() { # our_quality VARIANT SEED: "SECONDS EPOCHS"
  local run=$work/quality pid reached words=(train "$root/configs/bench/compact.json"
    --data "$work/faces.lkd" --out "$work/quality" --epochs "$most_epochs" --quiet
    --set "seed=$2" --set train.flip=false --set train.grid_images=0)
  [ "$1" != fastest ] || words+=(--set train.precision=bf16)
  rm -rf "$run"
  "$likeness" "${words[@]}" >"$work/quality.log" 2>&1 &
  pid=$!
  # shellcheck disable=SC2064 # pid is gone when this subshell ends; interrupts miss the run
  trap "kill $pid 2>/dev/null || true" EXIT
  until reached=$(first_reached "$run/metrics.jsonl"); do
    kill -0 $pid 2>/dev/null || break
    sleep 0.2
  done
  kill -TERM $pid 2>/dev/null || true
  wait $pid || true
  reached=$(first_reached "$run/metrics.jsonl") || {
    cat "$work/quality.log" >&2
    fail "quality: no SSIM of $ssim after $most_epochs epochs"
  }
  echo "$reached"
}

first_reached() { # first_reached METRICS: "SECONDS EPOCHS" of the first epoch with the SSIM
  [ -e "$1" ] || return 1
  local number='([-+0-9.e]+)' line
  line='.*"type":"epoch".*"epoch":([0-9]+),.*"val_ssim":'$number,'.*"seconds":'$number'\}'
  sed -nE "s/^$line\$/\\2 \\3 \\1/p" "$1" |
    awk -v ssim="$ssim" '$1 >= ssim && !found { print $2, $3; found = 1 } END { exit !found }'
}

peer_quality() { # peer_quality FORM MODE SEED: "SECONDS EPOCHS"
  local json seconds
  json=$("${python[@]}" -c "$(<"$root/scripts/bench_torch.py")" compact "$1" 64 $most_epochs \
    --mode "$2" --seed "$3" --until "$ssim" <"$work/pillow.npz")
  seconds=$(field seconds <<<"$json")
  [ "$seconds" != null ] || fail "quality: PyTorch has no SSIM of $ssim after $most_epochs epochs"
  echo "$seconds $(sed -E 's/.*"epochs": ([0-9]+).*/\1/' <<<"$json")"
}
