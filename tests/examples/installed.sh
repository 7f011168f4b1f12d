#!/usr/bin/env bash
# Installs a build into a folder, compiles the examples with what is there, by pkg-config (shared
# and static) and by find_package, and runs them: installed.sh BUILD
set -euo pipefail
export LC_ALL=C
build=$(readlink -f "${1:?expected a build, build/release}")
cd "$(dirname "$(readlink -f "$0")")"
work=$build/tests/scratch/installed tree=$build/tests/scratch/installed/usr
rm -rf "$work"
mkdir -p "$work"
cmake --install "$build" --prefix "$work/first" >"$work/install.log"
mv "$work/first" "$tree" # it may be moved

for file in bin/likeness include/likeness/train.h share/man/man1/likeness.1 \
  share/bash-completion/completions/likeness share/zsh/site-functions/_likeness \
  share/likeness/configs/schema.json share/doc/likeness/copyright; do
  [ -s "$tree/$file" ] || { echo "expected $file, got nothing" >&2 && exit 1; }
done
"$tree/bin/likeness" config check "$tree/share/likeness/configs/quick/ae_mse.json"

try() { # try FOLDER: run the programs in it
  local here=$work/$1
  mkdir -p "$here/out"
  "$here/train" "$tree/share/likeness/configs/quick/ae_mse.json" "$here/out" |
    tee "$here/train.txt"
  "$here/reconstruct" "$here/out/run" "$here/out/run/grids/epoch_0001.png" "$here/face.png"
  "$here/score" "$here/face.png" "$here/face.png" | grep -E '^ssim +1\.00000 '
  "$here/score" "$here/face.png" "$here/out/run/grids/epoch_0001.png" 2>"$here/refused" &&
    { echo "expected pictures of different sizes to be refused" >&2 && exit 1; }
  grep 'expected a picture of' "$here/refused"
}

libraries=$(dirname "$(find "$tree" -name likeness.pc)")
export PKG_CONFIG_PATH=$libraries LD_LIBRARY_PATH=${libraries%/pkgconfig}
mkdir "$work/shared" "$work/static"
for name in train score reconstruct; do
  # shellcheck disable=SC2046 # these are words
  ${CC:-cc} -std=c11 -Wall -Wextra -Werror $name.c $(pkg-config --cflags --libs likeness) \
    -o "$work/shared/$name"
  # shellcheck disable=SC2046
  ${CC:-cc} -std=c11 $name.c $(pkg-config --cflags likeness) \
    $(pkg-config --static --libs likeness | sed 's/-llikeness/-l:liblikeness.a/') \
    -o "$work/static/$name"
done
cmake -S . -B "$work/cmake" -G Ninja -DCMAKE_PREFIX_PATH="$tree" >"$work/cmake.log"
cmake --build "$work/cmake" >>"$work/cmake.log"

try shared
LD_LIBRARY_PATH='' try static
LD_LIBRARY_PATH='' try cmake
cmp "$work/shared/train.txt" "$work/static/train.txt"
cmp "$work/shared/train.txt" "$work/cmake/train.txt"
