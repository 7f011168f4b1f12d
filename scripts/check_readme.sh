#!/usr/bin/env bash
# The README's tables are what the program prints: check_readme.sh PROGRAM [--write]. Between "<!-- likeness ... -->" and "<!-- end -->" stands
# the output of that command; --write puts it there.
set -euo pipefail
program=$(readlink -f "${1:?wanted the program, build/release/likeness}")
cd "$(dirname "$(readlink -f "$0")")/.."

made() { # README.md with the output of its commands
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
  done <README.md
}

new=$(mktemp)
trap 'rm -f "$new"' EXIT
made >"$new"
grep -q '^<!-- likeness ' "$new" || { echo "README.md: got no \"<!-- likeness ... -->\", wanted its tables" >&2 && exit 1; }
if [ "${2-}" = --write ]; then
  cat "$new" >README.md
else
  diff -u README.md "$new" || { echo "README.md: its tables are not what the program prints; scripts/check_readme.sh PROGRAM --write" >&2 && exit 1; }
fi
