#!/usr/bin/env bash
# Checks the pages of the project: check_readme.sh PROGRAM [--write].
#   Tables: the text between "<!-- likeness ... -->" and "<!-- end -->" is what that command prints.
#     --write puts it there. "<!-- likeness table ... | short -->" keeps only the scores of the
#     trained models, without their errors.
#   README.md is smaller than 8 KB, and the loss that it shows compiles.
#   Links to files of the project lead to existing files.
#   The notices name every library that CMakeLists.txt asks for.
set -euo pipefail
program=$(readlink -f "${1:?expected the program, build/release/likeness}")
cd "$(dirname "$(readlink -f "$0")")/.."
pages=(README.md CONTRIBUTING.md data/README.md data/results/README.md configs/*/README.md
  tests/README.md tests/examples/README.md)

# It reads to the end, even where it prints no more: the program would fail if its pipe were closed.
short() { # short <TABLE: the models with our and the paper's SSIM and MSE
  awk -F ' *[|] *' '
    NF == 0 { after = 1 }
    after { next }
    $3 == "–" { next }
    { gsub(/ ± [0-9.]+/, ""); print "| " $2 " | " $4 " | " $5 " | " $6 " | " $7 " |" }' |
    sed -E '2s/.*/|---|---|---|---|---|/'
}

filled() { # filled PAGE: the page with the output of its commands
  local line inside= words
  while IFS= read -r line; do
    case $line in
    '<!-- likeness '*)
      inside=yes
      echo "$line"
      words=${line#<!-- likeness } && words=${words% -->}
      # shellcheck disable=SC2086 # these are the words of a command
      case $words in
      *' | short') "$program" ${words% | short} | short || return 1 ;;
      *) "$program" $words || return 1 ;;
      esac
      ;;
    '<!-- end -->') inside='' && echo "$line" ;;
    *) [ -n "$inside" ] || printf '%s\n' "$line" ;;
    esac
  done <"$1"
  [ -z "$inside" ] || { echo "$1: expected <!-- end --> after the last table" >&2 && return 1; }
}

check_tables() { # check_tables PAGE [--write]
  filled "$1" >"$new" || return 1
  if [ "${2-}" = --write ]; then
    cmp -s "$new" "$1" || cat "$new" >"$1"
  elif ! diff -u "$1" "$new"; then
    echo "$1: expected the tables that the program prints, got others;" \
      "run scripts/check_readme.sh PROGRAM --write" >&2
    return 1
  fi
}

check_links() { # check_links PAGE
  local link wrong=0
  for link in $(grep -oE '\]\([^)]+\)' "$1" | sed -E 's/^\]\(//; s/[)#].*//'); do
    case $link in http*) continue ;; esac
    [ -e "$(dirname "$1")/$link" ] || { echo "$1: the link $link leads to no file" >&2 && wrong=1; }
  done
  return $wrong
}

check_size() {
  local bytes
  bytes=$(wc -c <README.md)
  [ "$bytes" -lt 8192 ] || {
    echo "README.md: expected less than 8192 bytes, got $bytes" >&2
    return 1
  }
}

check_loss() { # the C code that README.md shows
  sed -n '/^```c$/,/^```$/{/^```/!p}' README.md |
    "${CC:-cc}" -std=c11 -Wall -Wextra -Werror -fsyntax-only -Iinclude -Isrc -x c - || {
    echo "README.md: the loss that it shows does not compile" >&2
    return 1
  }
}

check_notices() {
  local notices=scripts/package/third_party.txt module wrong=0
  for module in $(sed -nE 's/^pkg_check_modules\([A-Z0-9_]+ REQUIRED IMPORTED_TARGET (.*)\)$/\1/p' \
    CMakeLists.txt); do
    grep -q "^$module  " $notices ||
      { echo "$notices: expected a row of $module, which CMakeLists.txt asks for" >&2 && wrong=1; }
  done
  return $wrong
}

for page in README.md data/results/README.md; do
  grep -q '^<!-- likeness ' "$page" ||
    { echo "$page: expected a table, \"<!-- likeness ... -->\"" >&2 && exit 1; }
done
new=$(mktemp)
trap 'rm -f "$new"' EXIT
wrong=0
for page in "${pages[@]}"; do
  check_tables "$page" "${2-}" || wrong=1
  check_links "$page" || wrong=1
done
check_size || wrong=1
check_loss || wrong=1
check_notices || wrong=1
exit $wrong
