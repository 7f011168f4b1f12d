#!/usr/bin/env bash
# Do the tests notice mistakes? Plants the faults of scripts/mutants.txt one at a time in a copy of
# the last commit, builds it, and runs the tests of that fault's folder until one fails.
#
#   mutants.sh [--only FOLDER]... [--list] [--again]
#
# --only FOLDER  plant only the faults of that folder
# --list         print each fault with its place and its outcome so far; build nothing
# --again        try the faults that survived again
#
# The copy and the results of each commit are in ${XDG_CACHE_HOME:-~/.cache}/likeness/mutants.
# A run that was stopped continues where it was. Exit code 0: every fault has exactly one place,
# every fault builds, and the tests find at least 95 % of them.
set -euo pipefail
export LC_ALL=C
root=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
table=$root/scripts/mutants.txt
cache=${XDG_CACHE_HOME:-$HOME/.cache}/likeness/mutants
copy=$cache/copy
target_share=95

# The tests of a folder, the quick ones first. A folder here is a subject, wherever its files are.
tests_of() { # tests_of FOLDER
  case $1 in
  tensor)
    echo unit.layout kernel.bf16 kernel.bf16.avx2 kernel.elementwise kernel.columns
    echo kernel.structure unit.values golden.optim
    echo golden.layers kernel.engine grad.ops
    ;;
  graph)
    echo unit.values unit.graph unit.start unit.precision unit.prior golden.prior unit.layers
    echo unit.dropout grad.ops
    echo golden.layers golden.torch fault.divergence
    ;;
  nn) echo unit.layers golden.layers unit.graph golden.torch unit.config ;;
  loss)
    echo unit.values unit.prior golden.prior unit.loss golden.loss golden.perceptual unit.config
    echo grad.ops cli.regularizers
    ;;
  model)
    echo unit.presets unit.corruption unit.codebook golden.vq grad.model golden.torch golden.prior
    echo unit.config unit.codes cli.sets cli.vq cli.corruption
    ;;
  optim) echo golden.optim unit.config golden.torch ;;
  metric) echo unit.metric golden.metric unit.metric_literal golden.literal golden.difference ;;
  image)
    echo unit.image_files unit.image_png unit.image_kind unit.image_upright
    echo unit.image_jpeg unit.image_webp unit.image_decode unit.image_stb unit.image_resize
    echo kernel.resize cli.pictures cli.reconstruct
    ;;
  draw) echo unit.draw cli.curves cli.reconstruct cli.traverse ;;
  data)
    echo unit.data_pack unit.augment unit.data_sources unit.data_zip unit.data_budget
    echo unit.data_parts cli.commands
    ;;
  config)
    echo unit.options unit.errors unit.config unit.config_layers unit.presets unit.generated_configs
    echo cli.sets cli.hints cli.maps cli.vq
    ;;
  train)
    echo unit.steps unit.resume fault.divergence cli.train cli.extend cli.patience cli.init cli.sets
    echo cli.traverse cli.corruption cli.regularizers cli.bench
    ;;
  board) echo unit.events cli.tensorboard ;;
  ranks) echo unit.ranks ;;
  net) echo unit.trained unit.embedding cli.models unit.train cli.traverse ;;
  export) echo unit.onnx cli.interchange ;;
  import) echo cli.interchange cli.info_run cli.init ;;
  evaluate) echo unit.codes unit.pca unit.scores unit.trained cli.names cli.traverse cli.samples ;;
  features) echo unit.frechet golden.perceptual unit.config unit.report cli.features ;;
  report) echo unit.report cli.curves ;;
  experiment) echo unit.watch unit.errors cli.sweep cli.reproduce ;;
  html) echo unit.html cli.report ;;
  screen) echo cli.terminal cli.cli ;;
  watch) echo unit.text_plot unit.run_progress cli.watch ;;
  pages) echo cli.pages ;;
  base)
    echo unit.base unit.options unit.errors unit.json unit.owner fault.library cli.file_systems
    echo cli.sets cli.hints unit.html unit.threads
    ;;
  slurm) echo cli.slurm ;;
  runs) echo cli.compare_runs cli.info_run cli.unfinished cli.run_record ;;
  cli)
    echo cli.names cli.outputs cli.commands cli.models cli.codes cli.reconstruct cli.traverse
    echo cli.samples
    ;;
  *) echo "unknown folder \"$1\"" >&2 && exit 2 ;;
  esac
}

# Finds OLD in the C files of the folder it runs in, ignoring white space, and prints FILE:LINE of
# each place. With PLANT=1, if there is exactly one place, replaces OLD by NEW.
finder='
  my $old = $ENV{OLD};
  my $pattern = join "\\s*", map { quotemeta } $old =~ /\w+|[^\w\s]/g;
  $pattern = "(?<!\\w)$pattern" if $old =~ /^\w/;
  $pattern = "$pattern(?!\\w)" if $old =~ /\w$/;
  my @places;
  for my $file (@ARGV) {
    open my $in, "<", $file or die "$file: $!";
    local $/;
    my $text = <$in>;
    close $in;
    while ($text =~ /$pattern/g) { push @places, [$file, $-[0], $+[0], $text] }
  }
  for (@places) { print "$_->[0]:", 1 + (substr($_->[3], 0, $_->[1]) =~ tr/\n//), "\n" }
  if ($ENV{PLANT} && @places == 1) {
    my ($file, $from, $to, $text) = @{ $places[0] };
    substr($text, $from, $to - $from) = $ENV{NEW};
    open my $out, ">", $file or die "$file: $!";
    print $out $text;
    close $out or die "$file: $!";
  }'

find_text() { # find_text FOLDER OLD [NEW]: prints the places; with NEW also plants it
  (cd "$1" && find src include -name '*.[ch]' -print0 | sort -z |
    OLD=$2 NEW=${3-} PLANT=${3+1} xargs -0 perl -e "$finder")
}

only=() list=false again=false
while [ $# -gt 0 ]; do
  case $1 in
  --only) only+=("${2:?--only FOLDER}") && tests_of "$2" >/dev/null && shift ;;
  --list) list=true ;;
  --again) again=true ;;
  -h | --help) sed -n '2,14s/^# \{0,1\}//p' "$0" && exit 0 ;;
  *) echo "unknown option \"$1\"; see --help" >&2 && exit 2 ;;
  esac
  shift
done

commit=$(git -C "$root" rev-parse HEAD)
results=$cache/$commit.txt # lines: OUTCOME TEST <tab> the fault's line of the table
mkdir -p "$cache"
touch "$results"
if $again; then
  grep -v '^survived ' "$results" >"$results.new" || true
  mv "$results.new" "$results"
fi

outcome_of() { # outcome_of LINE: the outcome, or nothing if the fault was not tried
  LINE=$1 awk -F '\t' '$2 == ENVIRON["LINE"] { found = $1 } END { print found }' "$results"
}

is_selected() { # is_selected FOLDER
  [ ${#only[@]} -eq 0 ] || [[ " ${only[*]} " == *" $1 "* ]]
}

# The faults of the table: FOLDER :: OLD :: NEW :: WORDS
lines=()
while IFS= read -r line; do
  [[ $line == '' || $line == '#'* ]] && continue
  is_selected "${line%% :: *}" && lines+=("$line")
done <"$table"

split() { # split LINE: sets folder, old, new, words
  folder=${1%% :: *}
  words=${1##* :: }
  new=${1#* :: }
  new=${new% :: *}
  old=${new%% :: *}
  new=${new#* :: }
}

# ---- the copy ----

prepare() {
  [ -z "$(git -C "$root" status --porcelain -- src include tests CMakeLists.txt)" ] ||
    { echo "src, include or tests have changes: commit them first" && exit 2; }
  [ -d "$copy/.git" ] || git clone -q --no-checkout "$root" "$copy"
  git -C "$copy" fetch -q "$root" HEAD
  git -C "$copy" checkout -qf --detach "$commit"
  (cd "$copy" && cmake --preset release) >"$cache/log" 2>&1 ||
    { tail -n 20 "$cache/log" && exit 1; }
}

build_test() { # build_test TEST
  local target=${1/./_test_}
  [[ $1 != cli.* && $1 != golden.literal ]] || target="likeness signal_at refused_calls $target"
  # shellcheck disable=SC2086
  cmake --build "$copy/build/release" --target $target >"$cache/log" 2>&1
}

passes() { # passes TEST
  ctest --test-dir "$copy/build/release" -R "^${1/./\\.}\$" --timeout 300 --no-tests=error \
    >"$cache/log" 2>&1
}

# Every test must pass without a fault, or its failure would mean nothing.
check_tests() {
  local line test tests
  tests=$(for line in "${lines[@]}"; do tests_of "${line%% :: *}"; done | tr ' ' '\n' | sort -u)
  for test in $tests; do
    grep -qx "passed $test" "$results" && continue
    build_test "$test" && passes "$test" ||
      { tail -n 20 "$cache/log" && echo "$test fails without a fault" && exit 1; }
    echo "passed $test" >>"$results"
  done
}

try() { # try LINE: plants the fault and prints its outcome
  local folder old new words test place
  split "$1"
  place=$(find_text "$copy" "$old" "$new")
  for test in $(tests_of "$folder"); do
    build_test "$test" || { echo "unbuilt -" && break; }
    passes "$test" || { echo "found $test" && break; }
  done | grep . || echo "survived -"
  git -C "$copy" checkout -q -- "${place%:*}"
}

# ---- the run ----

lost=() untried=()
for line in "${lines[@]}"; do
  split "$line"
  place=$(find_text "$root" "$old")
  if [ "$(grep -c . <<<"$place")" -ne 1 ] || [ "$old" = "$new" ]; then
    lost+=("$line")
    $list && echo "$(wc -w <<<"$place") places: $line"
  elif $list; then
    outcome=$(outcome_of "$line")
    echo "$place  [${outcome:-untried}]  $folder: $words"
  elif [ -z "$(outcome_of "$line")" ]; then
    untried+=("$line")
  fi
done
if ! $list && [ ${#untried[@]} -gt 0 ]; then
  prepare
  check_tests
  for line in "${untried[@]}"; do
    outcome=$(try "$line")
    printf '%s\t%s\n' "$outcome" "$line" >>"$results"
    split "$line"
    printf '%-9s %-20s %s: %s\n' "${outcome% *}" "${outcome#* }" "$folder" "$words"
  done
fi

n=0 found=0 survivors=() unbuilt=()
for line in "${lines[@]}"; do
  outcome=$(outcome_of "$line")
  case $outcome in
  found*) n=$((n + 1)) found=$((found + 1)) ;;
  survived*) n=$((n + 1)) survivors+=("$line") ;;
  unbuilt*) unbuilt+=("$line") ;;
  esac
done
print() { # print TITLE LINE...
  [ $# -eq 1 ] || { echo && printf '%s\n' "$@"; }
}
print "These have no place, or more than one; fix scripts/mutants.txt:" "${lost[@]}"
print "These do not build:" "${unbuilt[@]}"
print "These survived:" "${survivors[@]}"
echo
[ "$n" -gt 0 ] ||
  { echo "${#lines[@]} faults, none of them tested on $commit" &&
    exit $((${#lost[@]} + ${#unbuilt[@]} > 0)); }
echo "$found of $n faults found: $((found * 1000 / n / 10)).$((found * 1000 / n % 10)) %"
[ ${#lost[@]} -eq 0 ] && [ ${#unbuilt[@]} -eq 0 ] &&
  [ $((found * 100)) -ge $((target_share * n)) ]
