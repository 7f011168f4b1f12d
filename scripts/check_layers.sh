#!/usr/bin/env bash
# Checks three rules of the source tree.
#   1. Dependencies point one way. Every include in src/LAYER, and in a public header of that layer,
#      names a layer that the table below allows.
#   2. A function is declared where its file's name says. What src/LAYER/.../FOLDER/a_b.c exports
#      is declared in one of these headers:
#        a_b.h or a.h, in the same folder or in include/likeness
#        FOLDER.h, in the same folder or in include/likeness
#        include/likeness/LAYER.h
#      The macro of a list may declare its rows (lk_report_##name declares lk_report_json).
#      Kernels are exempt: a table leads to them, not a header.
#   3. No line of C or of a shell script has more than 100 columns, unless a script wrote the file.
# check_layers.sh --self-test checks the checks: they must reject a tree that breaks the rules.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)

# layer: the layers it may include, in addition to itself; a long list takes two lines
table='
base:
tensor: base
image: base
draw: base image
io: base
graph: base tensor
optim: base tensor
nn: base tensor graph
loss: base tensor graph
metric: base tensor image
model: base tensor graph nn loss
data: base image io
report: base image metric draw
config: base tensor graph nn loss optim model data
net: base tensor graph nn loss optim model image io config
export: base tensor graph model net
evaluate: base tensor graph nn loss model image metric data io config net
train: base tensor graph nn loss optim model image draw metric data io report config net
train: evaluate
experiment: base tensor graph nn loss model image draw metric data io report config net
experiment: evaluate train
explain: base tensor graph nn loss model image draw metric data config net evaluate
cli: base tensor graph nn loss optim model image draw metric data io report config net
html: base tensor graph nn loss model image draw metric data io report config net
html: evaluate train experiment
cli: export evaluate train experiment explain html
'

# public headers that are not named after their layer
headers='
base: status memory text json options threads comm log context stop
graph: params ops
data: pack loader prepare
net: trained
'

check() { # check FOLDER: print each include that the table does not allow
  local include='^#include (<likeness/[a-z]+\.h>|"[a-z]+/[^"]*")'
  (cd "$1" && grep -rnE "$include" include src --include='*.[ch]' || true) |
    awk -v table="$table" -v headers="$headers" '
      BEGIN {
        n = split(table, rows, "\n")
        for (i = 1; i <= n; i++) if (split(rows[i], row, ":") == 2) {
          known[row[1]] = 1; may[row[1] " " row[1]] = 1
          m = split(row[2], below, " "); for (j = 1; j <= m; j++) may[row[1] " " below[j]] = 1
        }
        n = split(headers, rows, "\n")
        for (i = 1; i <= n; i++) if (split(rows[i], row, ":") == 2) {
          m = split(row[2], names, " "); for (j = 1; j <= m; j++) layer_of[names[j]] = row[1]
        }
      }
      function public_layer(header) { return header in layer_of ? layer_of[header] : header }
      {
        place = $0; sub(/:#include.*/, "", place)
        layer = place
        if (sub(/^include\/likeness\//, "", layer)) {
          sub(/\.h.*/, "", layer); layer = public_layer(layer)
        } else { sub(/^src\//, "", layer); sub(/\/.*/, "", layer) }
        target = $0; sub(/.*#include [<"]/, "", target)
        if (sub(/^likeness\//, "", target)) {
          sub(/\.h.*/, "", target); target = public_layer(target)
        } else sub(/\/.*/, "", target)
        if (!(layer in known)) print place ": layer \"" layer "\" is not in the table"
        else if (!((layer " " target) in may)) print place ": " layer " must not include " target
      }'
}

exported() { # exported FILE: the names of its functions that are not static
  awk '
    /^[a-z].*[ *]lk_[a-z0-9_]+\(/ && !/^(static|typedef|extern|#)/ && !/;$/ {
      name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name); print name
    }' "$1"
}

# check_declarations FOLDER: print each function that is not declared where it belongs
check_declarations() {
  local file stem folder layer name candidates headers pattern
  (cd "$1" && find src -name '*.c' -not -path '*/kernels/*') | while read -r file; do
    folder=${file%/*} stem=${file##*/}
    stem=${stem%.c} layer=${folder#src/} && layer=${layer%%/*}
    candidates=("$folder/$stem.h" "$folder/${stem%%_*}.h" "$folder/${folder##*/}.h"
      "include/likeness/$stem.h" "include/likeness/${stem%%_*}.h" "include/likeness/$layer.h"
      "include/likeness/${folder##*/}.h")
    headers=()
    for name in "${candidates[@]}"; do [ ! -e "$1/$name" ] || headers+=("$1/$name"); done
    for name in $(exported "$1/$file"); do
      pattern="[ *(]($name\)?|${name%_*}_##[a-z]+)\("
      [ ${#headers[@]} -gt 0 ] && grep -qE "$pattern" "${headers[@]}" ||
        echo "$file: $name is not declared in a header of that name"
    done
  done
}

check_columns() { # check_columns FOLDER: print each line that is too long
  (cd "$1" && find . -path ./build -prune -o \( -name '*.[ch]' -o -name '*.sh' \) -print |
    xargs grep -L '^/\* Written by scripts/' | LC_ALL=C.UTF-8 xargs grep -nE '^.{101}' || true)
}

rejects() { # rejects WHAT CHECK FOLDER
  [ -n "$("$2" "$3")" ] || { echo "$1 was not rejected"; exit 1; }
}

if [ "${1:-}" = --self-test ]; then
  trial=$(mktemp -d)
  trap 'rm -rf "$trial"' EXIT
  mkdir -p "$trial/src/base" "$trial/include/likeness"
  echo '#include <likeness/params.h>' >"$trial/src/base/upward.c"
  rejects "an upward include" check "$trial"
  echo '#include <likeness/status.h>' >"$trial/src/base/upward.c"
  [ -z "$(check "$trial")" ] || { echo "a valid include was rejected"; exit 1; }
  echo 'void lk_stray(void) {' >>"$trial/src/base/upward.c"
  rejects "a function without a declaration" check_declarations "$trial"
  echo 'void lk_stray(void);' >"$trial/src/base/other.h"
  rejects "a function declared elsewhere" check_declarations "$trial"
  echo 'void lk_stray(void);' >"$trial/src/base/upward.h"
  [ -z "$(check_declarations "$trial")" ] || { echo "a declared function was rejected"; exit 1; }
  printf '/* %098d */\n' 0 >"$trial/src/base/upward.c"
  rejects "a line of 104 columns" check_columns "$trial"
  echo "an upward include, a stray function and a long line are rejected, valid ones are not"
  exit 0
fi
wrong=$(check "$root" && check_declarations "$root" && check_columns "$root")
[ -z "$wrong" ] || { echo "$wrong"; exit 1; }
echo "includes point down, functions are declared where their files say, lines are short"
