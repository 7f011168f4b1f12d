#!/usr/bin/env bash
# Makes a small version of the paper's table from scratch: installs what the build needs, builds,
# draws faces, trains the nine models and measures them. Works from any directory, without a
# terminal, as root or with sudo. A second call continues where the first one stopped.
set -euo pipefail
root=$(dirname "$(dirname "$(readlink -f "$0")")")
. "$root/scripts/install.sh"

help="usage: quickstart.sh [--data FILE.lkd|CELEBA] [--out DIR]
  --data   a pack, or the folder of CelebA; default: 4000 drawn faces
  --out    the folder for all results; default: likeness-quickstart in the current folder"
data='' out=likeness-quickstart steps=800
while [ $# -gt 0 ]; do
  case $1 in
  --data) data=${2:?--data: expected a pack or the folder of CelebA} && shift 2 ;;
  --out) out=${2:?--out: expected a folder} && shift 2 ;;
  --help | -h) echo "$help" && exit 0 ;;
  *) echo "unknown word \"$1\"; $help" >&2 && exit 2 ;;
  esac
done

build() { # quiet unless it fails; the log is next to the build
  mkdir -p "$root/build"
  (
    cd "$root" && cmake --preset release &&
      cmake --build --preset release --target likeness --parallel "$(nproc)"
  ) >"$root/build/quickstart.log" 2>&1 || {
    cat "$root/build/quickstart.log" >&2
    return 1
  }
}

prepare() { # prepare FILE.lkd OPTIONS...: makes the pack unless it exists
  local pack=$1
  shift
  if [ -e "$pack" ]; then
    echo "using $pack, which exists" >&2
  else
    likeness prepare "$@" --out "$pack" >&2
  fi
}

install_missing "${build_packages[@]}"
echo "building" >&2
build
likeness() { "$root/build/release/likeness" "$@" </dev/null; }

mkdir -p "$out"
case $data in
'') pack=$out/drawn.lkd && prepare "$pack" --synthetic 4000 --seed 1 ;;
*.lkd) pack=$data ;;
*) pack=$out/celeba.lkd && prepare "$pack" --celeba "$data" ;;
esac
# Every run has this many steps, whatever the data: enough for verdicts, far from the end of
# training. A quarter of the table's latents keeps the files small.
likeness reproduce "$root/configs/paper/table1.json" --data "$pack" --out "$out" --seeds 1 \
  --jobs "$(nproc)" --set train.batch_size=32 --set "train.steps=$steps" --set model.latent=128
cat <<END

The paper's figures are for CelebA after long training; here they only show the direction.
the table above                            $out/table.md
originals, then a row for each model       $out/figure.png
both, and the claims, in a browser         $out/report.html
the models, their losses step by step      $out/ae_mse-s1 ... $out/mmd_lwssim-s1
END
