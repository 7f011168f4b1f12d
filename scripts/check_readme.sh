#!/usr/bin/env bash
# The tables of README.md and of the pages in configs are what the program prints: check_readme.sh PROGRAM [--write]. Between
# "<!-- likeness ... -->" and "<!-- end -->" stands the output of that command; --write puts it there.
set -euo pipefail
program=$(readlink -f "${1:?wanted the program, build/release/likeness}")
cd "$(dirname "$(readlink -f "$0")")/.."

made() { # made PAGE: the page with the output of its commands
  local line inside=
  while IFS= read -r line; do
    case $line in
    '<!-- likeness '*)
      inside=yes
      line=${line#<!-- likeness }
      printf '<!-- likeness %s\n' "$line"
      # shellcheck disable=SC2086 # the words of a command
      "$program" ${line% -->}
      ;;
    '<!-- end -->') inside='' && echo "$line" ;;
    *) [ -n "$inside" ] || printf '%s\n' "$line" ;;
    esac
  done <"$1"
}

pages=(README.md configs/*/README.md)
grep -q '^<!-- likeness ' README.md || { echo "README.md: got no \"<!-- likeness ... -->\", wanted its tables" >&2 && exit 1; }
new=$(mktemp)
trap 'rm -f "$new"' EXIT
wrong=0
for page in "${pages[@]}"; do
  made "$page" >"$new"
  if [ "${2-}" = --write ]; then
    cat "$new" >"$page"
  elif ! diff -u "$page" "$new"; then
    echo "$page: its tables are not what the program prints; scripts/check_readme.sh PROGRAM --write" >&2
    wrong=1
  fi
done
exit $wrong
