#!/usr/bin/env bash
# From nothing to a first trained model: installs what the build needs, builds, makes faces, trains, measures, says where all is.
# From any directory, without a terminal, as root or with sudo; again goes on where it stopped.
set -euo pipefail
root=$(dirname "$(dirname "$(readlink -f "$0")")")
. "$root/scripts/install.sh"

help="usage: quickstart.sh [--data FILE.lkd|CELEBA] [--out DIR]
  --data   a pack, or CelebA as a folder; default: 4000 drawn faces
  --out    where everything goes; default: likeness-quickstart, here"
data='' out=likeness-quickstart
while [ $# -gt 0 ]; do
  case $1 in
  --data) data=${2:?--data: wanted a pack or CelebA} && shift 2 ;;
  --out) out=${2:?--out: wanted a folder} && shift 2 ;;
  --help | -h) echo "$help" && exit 0 ;;
  *) echo "unknown word \"$1\"; $help" >&2 && exit 2 ;;
  esac
done

build() { # quiet unless it fails; the log is beside the build
  mkdir -p "$root/build"
  (cd "$root" && cmake --preset release && cmake --build --preset release --target likeness --parallel "$(nproc)") \
    >"$root/build/quickstart.log" 2>&1 || {
    cat "$root/build/quickstart.log" >&2
    return 1
  }
}

prepare() { # prepare FILE.lkd OPTIONS...: unless it is there
  local pack=$1
  shift
  if [ -e "$pack" ]; then echo "using $pack as it is" >&2; else likeness prepare "$@" --out "$pack" >&2; fi
}

with_paper() { # the rows of `eval` with the paper's two figures beside them
  awk -F' *[|] *' -v OFS=' | ' '
    NR == 1 { print $0 " paper SSIM | paper MSE |"; next }
    NR == 2 { print $0 "---|---|"; next }
    $2 == "ae_mse" { sub(/ae_mse/, "AE (MSE)"); print $0 " 0.80 | 0.0042 |"; next }
    { print $0 " | |" }'
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
run=$out/ae_mse
likeness train "$root/configs/quick/ae_mse.json" --data "$pack" --out "$run" --resume >/dev/null
likeness eval "$run" --data "$pack" --split test --baselines | with_paper | tee "$out/table.md"
grids=("$run"/grids/*.png)
cat <<END

The paper's figures are for CelebA after long training; here they only show where it goes.
originals above reconstructions   ${grids[-1]}
the table above                   $out/table.md
the model                         $run/model.safetensors
losses, step by step              $run/metrics.jsonl
END
