# shellcheck shell=bash disable=SC2154 # a part of bench.sh, which reads this file
# The row prepare: the same pictures through both programs, in turn. The time is that of the whole
# of `likeness prepare`, and of Pillow's from the list of names to the end of the file.
row_prepare() {
  local i n=2000 begin json our=() their=() ratios=()
  need_pictures prepare || return 0
  need_module prepare PIL python3-pil || return 0
  take_celeba $n
  pillow_arrays "$work/celeba" >/dev/null # so that both find the files in memory
  for ((i = 0; i < pairs; i++)); do
    begin=$EPOCHREALTIME
    "$likeness" prepare --celeba "$work/celeba" --out "$work/celeba.lkd" --force --quiet >/dev/null
    our+=("$(calc %.4f "$EPOCHREALTIME - $begin")")
    json=$(pillow_arrays "$work/celeba")
    their+=("$(field seconds <<<"$json")")
    ratios+=("$(calc %.4f "${their[i]} / ${our[i]}")")
  done
  n=$(field pictures <<<"$json")
  line_of_ratio prepare "prepare, $n pictures of CelebA" "$(
    calc %.0f "$n / $(median "${our[@]}")"
  ) a second; Pillow in $threads processes $(
    calc %.0f "$n / $(median "${their[@]}")"
  )" "$(median "${ratios[@]}")" 1.3
}

take_celeba() { # take_celeba N: a folder like CelebA's with N pictures, 1 of 20 to validate
  local partition=$work/celeba/list_eval_partition.txt
  mkdir -p "$work/celeba/img_align_celeba"
  awk -v val=$(($1 / 20)) -v train=$(($1 - $1 / 20)) '
    BEGIN { most["0"] = train; most["1"] = val }
    n[$2] < most[$2] { n[$2]++; print }
    ' "$data/list_eval_partition.txt" >"$partition"
  cut -d' ' -f1 "$partition" |
    (cd "$data/img_align_celeba" && xargs cp -t "$work/celeba/img_align_celeba")
}
