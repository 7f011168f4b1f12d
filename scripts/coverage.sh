#!/usr/bin/env bash
# What the tests reach: builds with gcc's --coverage in build/coverage, runs the suite there, and prints lines by folder and in all,
# branches of the parsers, and each branch of theirs that no test takes. Where one cannot be taken its line ends in a comment that
# says why, "never: ..."; such a line may lack one branch, must lack it, and is counted apart. Needs gcov, which comes with gcc, and Python 3.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$(readlink -f "$0")")/.."

help="usage: coverage.sh [--check] [--report] [TEST...]
  --check   exit code 1 below 90 % of all lines, or where a parser's branch is not taken and not argued for
  --report  run nothing: what earlier runs reached
  TEST      regular expressions of ctest's names; counts add up until the build changes. default: all but the slow ones"

lines_wanted=90
parsers='base/json_scan base/json base/options image/decode image/decode_jpeg image/decode_png image/decode_bmp image/decode_pnm
  image/decode_gif image/decode_tga image/decode_psd image/decode_stb io/npy io/safetensors_header io/safetensors_read
  data/pack data/celeba config/config config/files experiment/experiment train/checkpoint
  net/trained report/results'

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
  } >$build/build.log 2>&1 || { tail -n 40 $build/build.log && echo "the coverage build failed" >&2 && exit 1; }
  select=(--label-exclude 'slow|isa' --exclude-regex 'fault\.(disk|program)') # whose failing writes would be gcov's too
  [ ${#tests[@]} -eq 0 ] || select=(--tests-regex "$(IFS='|' && echo "${tests[*]}")")
  ctest --test-dir $build --timeout 1800 --parallel "$(nproc)" --output-on-failure --no-label-summary --no-tests=error "${select[@]}" \
    >$build/test.log 2>&1 || { tail -n 20 $build/test.log && echo "tests failed: the figures below are of what ran" >&2 && failed=1; }
fi

CHECK=$check WANTED=$lines_wanted PARSERS=$parsers python3 - <<'END'
import collections, json, os, pathlib, re, subprocess, sys

root = pathlib.Path.cwd()
lines = collections.defaultdict(lambda: collections.defaultdict(int))  # file, line: times it ran
branches = collections.defaultdict(dict)  # file, (line, number of the branch): times it was taken
data = sorted(path for part in ["src", "generated"] for path in (root / "build/coverage").rglob("*.gcda") if f"/{part}/" in str(path))
for path in data:
    out = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities", str(path)], capture_output=True, check=True).stdout
    for unit in map(json.loads, out.splitlines()):
        for file in unit["files"]:
            name = os.path.relpath(os.path.join(unit["current_working_directory"], file["file"]), root)
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
    arguments = {at: found[1] for at, line in enumerate(text, 1) if (found := re.search(r"/\* never: (.+) \*/$", line))}
    missed = collections.Counter(at for (at, _), count in branches[name].items() if not count)
    for at, why in arguments.items():
        argued.append(f"{name}:{at}: argued: {why}" if missed[at] else f"{name}:{at}: taken, though said to be never")
        missed[at] -= 1
    parser_hit, parser_n = share(branches[name].values())
    parser_n -= len(arguments)
    all_hit, all_n = all_hit + parser_hit, all_n + parser_n
    row(name, parser_hit, parser_n)
    missing += [f"{name}:{at}: {missed[at]} not taken: {text[at - 1].strip()[:110]}" for at in sorted(missed) if missed[at] > 0]
row("all parsers", all_hit, all_n)
print("\n" + "\n".join(argued + missing))
all_taken = not missing and all(": argued: " in line for line in argued)
sys.exit(1 if os.environ["CHECK"] and (100 * hit < float(os.environ["WANTED"]) * n or not all_taken) else 0)
END
exit $failed
