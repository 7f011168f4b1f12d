#!/usr/bin/env bash
# Measures what the tests reach. Builds with gcc's --coverage in build/coverage and runs the suite
# there. Prints the share of lines by folder and in total, the share of the parsers' branches, and
# each branch of a parser that no test takes. If a branch cannot be taken, its line ends in a
# comment that says why, "never: ...". Such a line must lack exactly one branch, which is counted
# separately. Needs gcov, which comes with gcc, and Python 3.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$(readlink -f "$0")")/.."

help="usage: coverage.sh [--check] [--report] [TEST...]
  --check   exit with code 1 below 90 % of all lines, or if a parser has a branch that no test
            takes and that no comment argues for
  --report  run nothing and print what earlier runs reached
  TEST      regular expressions that select tests by ctest's names; counts add up until the
            build changes. default: all but the slow ones"

lines_target=90
parsers='base/json_scan base/json base/options
  image/decode image/decode_jpeg image/decode_png image/decode_bmp image/decode_pnm
  image/decode_gif image/decode_tga image/decode_psd image/decode_stb
  io/npy io/safetensors_header io/safetensors_read data/pack data/celeba config/config config/files
  experiment/experiment train/checkpoint net/trained report/results'

check='' report='' tests=() failed=0
while [ $# -gt 0 ]; do
  case $1 in
  --check) check=1 && shift ;;
  --report) report=1 && shift ;;
  --help | -h) echo "$help" && exit 0 ;;
  *) tests+=("$1") && shift ;;
  esac
done

build=build/coverage
if [ -z "$report" ]; then
  mkdir -p $build
  counted=$(printf 'src/%s.c;' $parsers)
  {
    cmake --preset coverage -DLIKENESS_COUNTED="$counted" &&
      cmake --build $build --parallel "$(nproc)"
  } >$build/build.log 2>&1 ||
    { tail -n 40 $build/build.log && echo "the coverage build failed" >&2 && exit 1; }
  # These fault tests make writes fail, which would also hit the files that gcov writes.
  select=(--label-exclude 'slow|isa' --exclude-regex 'fault\.(disk|program)')
  [ ${#tests[@]} -eq 0 ] || select=(--tests-regex "$(IFS='|' && echo "${tests[*]}")")
  ctest --test-dir $build --timeout 1800 --parallel "$(nproc)" --output-on-failure \
    --no-label-summary --no-tests=error "${select[@]}" >$build/test.log 2>&1 || {
    tail -n 20 $build/test.log
    echo "tests failed: the figures below show what the tests reached before they failed" >&2
    failed=1
  }
fi

CHECK=$check TARGET=$lines_target PARSERS=$parsers python3 - <<'END'
import collections, json, os, pathlib, re, subprocess, sys

root = pathlib.Path.cwd()
# file -> line -> how often it ran
lines = collections.defaultdict(lambda: collections.defaultdict(int))
# file -> (line, number of the branch) -> how often it was taken
branches = collections.defaultdict(dict)
gcov = ["gcov", "--json-format", "--stdout", "--branch-probabilities"]
data = sorted(
    path
    for part in ["src", "generated"]
    for path in (root / "build/coverage").rglob("*.gcda")
    if f"/{part}/" in str(path)
)
for path in data:
    out = subprocess.run([*gcov, str(path)], capture_output=True, check=True).stdout
    for unit in map(json.loads, out.splitlines()):
        folder = unit["current_working_directory"]
        for file in unit["files"]:
            name = os.path.relpath(os.path.join(folder, file["file"]), root)
            if not name.startswith(("src/", "include/")):
                continue
            for line in file["lines"]:
                at = line["line_number"]
                lines[name][at] += line["count"]
                for i, branch in enumerate(line["branches"]):
                    branches[name][at, i] = branches[name].get((at, i), 0) + branch["count"]
if not lines:
    sys.exit("nothing was measured: run coverage.sh without --report")


def share(counts):
    counts = list(counts)
    return sum(1 for n in counts if n), len(counts)


def row(name, hit, n):
    print(f"| {name} | {n} | {100 * hit / max(n, 1):.1f} % |")


print("| folder | lines | run by the tests |\n|---|---|---|")
folders = collections.defaultdict(list)
for name, counts in lines.items():
    folders[str(pathlib.Path(name).parent)] += counts.values()
for folder in sorted(folders):
    row(folder, *share(folders[folder]))
hit, n = share(count for counts in lines.values() for count in counts.values())
row("all", hit, n)
print("\n| parser | branches | taken by the tests |\n|---|---|---|")
missing, argued, all_hit, all_n = [], [], 0, 0
for name in os.environ["PARSERS"].split():
    name = f"src/{name}.c"
    text = pathlib.Path(name).read_text().splitlines()
    arguments = {
        at: found[1]
        for at, line in enumerate(text, 1)
        if (found := re.search(r"/\* never: (.+) \*/$", line))
    }
    missed = collections.Counter(at for (at, _), count in branches[name].items() if not count)
    for at, why in arguments.items():
        words = f"argued: {why}" if missed[at] else "taken, although a comment says never"
        argued.append(f"{name}:{at}: {words}")
        missed[at] -= 1
    parser_hit, parser_n = share(branches[name].values())
    parser_n -= len(arguments)
    all_hit, all_n = all_hit + parser_hit, all_n + parser_n
    row(name, parser_hit, parser_n)
    missing += [
        f"{name}:{at}: {missed[at]} not taken: {text[at - 1].strip()[:110]}"
        for at in sorted(missed)
        if missed[at] > 0
    ]
row("all parsers", all_hit, all_n)
print("\n" + "\n".join(argued + missing))
all_taken = not missing and all(": argued: " in line for line in argued)
enough_lines = 100 * hit >= float(os.environ["TARGET"]) * n
sys.exit(1 if os.environ["CHECK"] and not (enough_lines and all_taken) else 0)
END
exit $failed
