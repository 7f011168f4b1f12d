#!/usr/bin/env bash
# Checks the shared library against the public headers: check_exports.sh LIBRARY.so [C++ OPTION...]
#   1. It exports every function and table that the headers declare, and nothing else.
#   2. Each header by itself compiles as C++, without a warning, and what it declares is found when
#      a program is linked. Without a C++ compiler only 1 is checked.
set -euo pipefail
export LC_ALL=C
library=$(readlink -f "${1:?expected the shared library, build/release/liblikeness.so}")
shift
cd "$(dirname "$(readlink -f "$0")")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

declared() { # declared HEADER...: the names; a declaration begins at the start of a line
  grep -hvE '^(typedef|static) ' "$@" |
    sed -nE 's/^([a-z].*[ *])?(lk_[a-z0-9_]+)\(.*/\2/p
             s/^extern const .*[ *](lk_[a-z0-9_]+)(\[\])?;.*/\1/p' | sort -u
}

declared include/likeness/*.h >"$work/declared"
[ -s "$work/declared" ] || { echo "the headers declare nothing" >&2 && exit 1; }
nm -D --defined-only "$library" | awk '{ print $3 }' | sort >"$work/exported"
if ! diff "$work/declared" "$work/exported" >"$work/difference"; then
  echo "declared in include/likeness (<) and exported by $library (>) differ:" >&2
  grep '^[<>]' "$work/difference" >&2
  exit 1
fi
echo "$(wc -l <"$work/exported") names are declared and exported"

compiler=${CXX:-c++}
command -v "$compiler" >/dev/null || {
  echo "$compiler is not installed: the headers were not compiled as C++"
  exit 0
}
for header in include/likeness/*.h; do
  name=$(basename "$header" .h)
  {
    echo "#include <likeness/$name.h>"
    echo "extern const void *const used_$name[];"
    echo "const void *const used_$name[] = {"
    declared "$header" | sed 's/.*/    reinterpret_cast<const void *>(\&&),/'
    echo "    nullptr };"
  } >"$work/$name.cc"
done
echo 'int main() {}' >"$work/main.cc"
"$compiler" -std=c++11 -Wall -Wextra -Wpedantic -Werror -Iinclude "$@" "$work"/*.cc "$library" \
  -o "$work/program" -Wl,-rpath,"$(dirname "$library")"
"$work/program"
echo "each header compiles as C++"
