#!/usr/bin/env bash
# Dependencies point one way: every include in src/LAYER and include/likeness/LAYER.h must name a layer that the
# table below allows. --self-test: the check must reject an upward include, or it checks nothing.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)

# layer: the layers it may include (each also itself)
table='
base:
tensor: base
image: base
io: base
graph: base tensor
optim: base tensor
nn: base tensor graph
loss: base tensor graph
metric: base tensor image
model: base tensor graph nn loss
data: base image
report: base image metric
run: base tensor graph nn loss optim model image metric data io report
cli: base tensor graph nn loss optim model image metric data io report run
'

check() { # check FOLDER: print each include that the table does not allow
  (cd "$1" && grep -rnE '^#include (<likeness/[a-z]+\.h>|"[a-z]+/[^"]*")' include src --include='*.[ch]' || true) |
    awk -v table="$table" '
      BEGIN {
        n = split(table, rows, "\n")
        for (i = 1; i <= n; i++) if (split(rows[i], row, ":") == 2) {
          known[row[1]] = 1; may[row[1] " " row[1]] = 1
          m = split(row[2], below, " "); for (j = 1; j <= m; j++) may[row[1] " " below[j]] = 1
        }
      }
      {
        place = $0; sub(/:#include.*/, "", place)
        layer = place; sub(/^include\/likeness\//, "", layer); sub(/^src\//, "", layer); sub(/[\/.].*/, "", layer)
        target = $0; sub(/.*#include [<"]/, "", target); sub(/^likeness\//, "", target); sub(/[\/.].*/, "", target)
        if (!(layer in known)) print place ": layer \"" layer "\" is not in the table"
        else if (!((layer " " target) in may)) print place ": " layer " must not include " target
      }'
}

if [ "${1:-}" = --self-test ]; then
  trial=$(mktemp -d)
  trap 'rm -rf "$trial"' EXIT
  mkdir -p "$trial/src/base" "$trial/include/likeness"
  echo '#include <likeness/graph.h>' >"$trial/src/base/upward.c"
  [ -n "$(check "$trial")" ] || { echo "an upward include was not rejected"; exit 1; }
  echo '#include <likeness/base.h>' >"$trial/src/base/upward.c"
  [ -z "$(check "$trial")" ] || { echo "a sound include was rejected"; exit 1; }
  echo "an upward include is rejected, a sound one is not"
  exit 0
fi
wrong=$(check "$root")
[ -z "$wrong" ] || { echo "$wrong"; exit 1; }
echo "all includes point down"
