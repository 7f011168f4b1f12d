#!/usr/bin/env bash
# Checks the pages of the project: check_readme.sh PROGRAM [--write].
#   Tables: between "<!-- likeness ... -->" and "<!-- end -->" stands what that command prints; --write puts it there.
#     "<!-- likeness table ... | short -->" keeps the scores of the trained models only, without their errors.
#   README.md stays below 8 KB, and the loss that it shows compiles.
#   Links to files of the project lead somewhere.
set -euo pipefail
program=$(readlink -f "${1:?expected the program, build/release/likeness}")
cd "$(dirname "$(readlink -f "$0")")/.."
pages=(README.md CONTRIBUTING.md data/README.md data/results/README.md configs/*/README.md tests/README.md tests/examples/README.md)

short() { # short <TABLE: models, SSIM and MSE, ours and the paper's
  awk -F ' *[|] *' '
    NF == 0 { exit }
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
      # shellcheck disable=SC2086 # the words of a command
      case $words in
      *' | short') "$program" ${words% | short} | short ;;
      *) "$program" $words ;;
      esac
      ;;
    '<!-- end -->') inside='' && echo "$line" ;;
    *) [ -n "$inside" ] || printf '%s\n' "$line" ;;
    esac
  done <"$1"
}

check_tables() { # check_tables PAGE [--write]
  filled "$1" >"$new"
  if [ "${2-}" = --write ]; then
    cmp -s "$new" "$1" || cat "$new" >"$1"
  elif ! diff -u "$1" "$new"; then
    echo "$1: its tables are not what the program prints; run scripts/check_readme.sh PROGRAM --write" >&2
    return 1
  fi
}

check_links() { # check_links PAGE
  local link wrong=0
  for link in $(grep -oE '\]\([^)]+\)' "$1" | sed -E 's/^\]\(//; s/[)#].*//'); do
    case $link in http*) continue ;; esac
    [ -e "$(dirname "$1")/$link" ] || { echo "$1: the link $link leads nowhere" >&2 && wrong=1; }
  done
  return $wrong
}

check_size() {
  [ "$(wc -c <README.md)" -lt 8192 ] || { echo "README.md: expected less than 8192 bytes, got $(wc -c <README.md)" >&2 && return 1; }
}

check_loss() { # the C code that README.md shows
  sed -n '/^```c$/,/^```$/{/^```/!p}' README.md | "${CC:-cc}" -std=c11 -Wall -Wextra -Werror -fsyntax-only -Iinclude -Isrc -x c - || {
    echo "README.md: its loss does not compile" >&2
    return 1
  }
}

for page in README.md data/results/README.md; do
  grep -q '^<!-- likeness ' "$page" || { echo "$page: expected a table, \"<!-- likeness ... -->\"" >&2 && exit 1; }
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
exit $wrong
