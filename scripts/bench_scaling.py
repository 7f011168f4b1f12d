#!/usr/bin/python3
"""Prints how a training step grows with its size and shrinks with threads, for bench.sh.

usage: bench_scaling.py PROGRAM CONFIG [--pairs N] [--threads T] [--steps N]

It times `likeness bench CONFIG --profile --json` with 1 and T threads in turn, along one axis at a
time, and takes medians. Next to the times stands what a cost model says for T threads. Its
constants are measured at the config as it is, with one thread:

  time = rounds x d + alone + n x c
  rounds  = products / R + bytes / W   the time in rounds of the pool, the threads' common work
  R       GFLOP/s of the ops with products, counted as direct convolution
  W       GB/s of the other ops and of Adam, counted by the shapes of their tensors
  d       the share that is left with T threads, from the number of tasks of each round:
          the mean of ceil(tasks / T) / tasks, weighted by time
  alone   what one thread does between rounds
  n, c    rounds of a step, and the time of a round that has nothing to do
"""
import argparse
import json
import subprocess
import sys

SIDE, WIDTH, LARGEST, FEWEST_STEPS, ADAM_BYTES = 64, 32, 64, 4, 28
AXES = {
    "batch": (16, 64, 256, 512),
    "side": (32, 64, 128, 256),
    "width": (1, 2, 4),
}
CORES = (8, 32, 64)


def median(values):
    values, half = sorted(values), len(values) // 2
    return values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2


# ---- measurements ----


class Program:
    def __init__(self, arguments):
        self.path, self.config = arguments.program, arguments.config
        self.pairs, self.steps = arguments.pairs, arguments.steps
        self.threads = arguments.threads
        self.points = {}

    def ask(self, command, *words):
        line = [self.path, command, self.config, "--json", *map(str, words)]
        done = subprocess.run(line, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{' '.join(line)}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def steps_of(self, batch, side, width):
        if self.steps:
            return self.steps
        size = batch / 64 * (side / SIDE) ** 2 * width**2
        return max(FEWEST_STEPS, min(20, round(20 / size)))

    def point(self, batch=64, side=SIDE, width=1, shards=0):
        """The runs with one thread and with all, of the medians of `pairs` programs each."""
        key = batch, side, width, shards
        if key not in self.points:
            model = {"preset": "compact", "width": width * WIDTH}
            model = ["--size", side, "--set", f"model.architecture={json.dumps(model)}"]
            words = [*model, "--batch", batch, "--set", f"train.shards={shards}"]
            words += ["--profile", "--steps", self.steps_of(*key[:3])]
            runs = [
                [self.ask("bench", *words, "--threads", n) for n in (1, self.threads)]
                for _ in range(self.pairs)
            ]
            parameters = self.ask("info", *model)["parameters"]
            self.points[key] = [Runs(of_one, parameters) for of_one in zip(*runs)]
        return self.points[key]


def passes_of(profile):
    return [of for op in profile["by_op"] for of in (op["forward"], op["backward"])]


class Runs:
    """What several runs of one step have in common, and medians of what they do not."""

    def __init__(self, runs, parameters):
        def over(number):
            return median([number(run) for run in runs])

        def total(key, has_products):
            def of_run(run):
                passes = [of for of in passes_of(run) if (of["macs"] > 0) == has_products]
                return sum(of[key] for of in passes)

            return over(of_run)

        adam = parameters * ADAM_BYTES
        self.ms = over(lambda run: run["ms_per_step"])
        self.gflops = over(lambda run: run["gflops"])
        self.products = 2 * total("macs", True)
        self.rest_bytes = total("bytes", False) + adam
        self.all_bytes = self.rest_bytes + total("bytes", True)
        self.product_ms = total("ms", True)
        self.rest_ms = total("ms", False) + over(lambda run: run["optimizer_ms"])
        self.rounds = over(lambda run: run["rounds"]["n"])
        self.rounds_ms = over(lambda run: run["rounds"]["ms"])
        # ops are means of all steps, as rounds are; the median of the steps may be below either
        self.alone_ms = over(lambda run: max(0, self.op_ms(run) - run["rounds"]["ms"]))
        self.empty_us = over(lambda run: run["rounds"]["empty_us"])
        self.divided_ms = {
            int(n): over(lambda run, n=n: run["rounds"]["divided_ms"][n])
            for n in runs[0]["rounds"]["divided_ms"]
        }

    @staticmethod
    def op_ms(run):
        return sum(of["ms"] for of in passes_of(run)) + run["optimizer_ms"]

    def share(self, threads):
        """What is left of the rounds of one thread, from how many tasks they have."""
        known = [n for n in self.divided_ms if n >= threads]
        if not known:
            return 1 / threads
        return self.divided_ms[min(known)] / self.divided_ms[1]


class Model:
    """The constants, from one thread; the cost of a round from all threads."""

    def __init__(self, one, all_threads, threads):
        self.rate = one.products / one.product_ms / 1e6
        self.bandwidth = one.rest_bytes / one.rest_ms / 1e6
        self.alone_ms, self.n_rounds = one.alone_ms, one.rounds
        self.empty_us, self.threads = all_threads.empty_us, threads

    def round_ms(self, threads):
        """Threads meet one after another at one counter, so a round costs in proportion."""
        if threads == 1:
            return 0
        return self.empty_us * 1e-3 * (threads - 1) / (self.threads - 1)

    def ms(self, one, threads):
        rounds = one.products / self.rate / 1e6 + one.rest_bytes / self.bandwidth / 1e6
        rounds = max(0, rounds - self.alone_ms)
        meeting = self.n_rounds * self.round_ms(threads)
        return rounds * one.share(threads) + self.alone_ms + meeting


# ---- tables ----


def print_row(*cells):
    print("|", " | ".join(map(str, cells)), "|")


def print_head(*cells):
    print_row(*cells)
    print("|" + "---|" * len(cells))


def amdahl(speed_up, threads):
    """The share of one thread's time that does not divide, if that alone limited the speed-up
    (Karp, Flatt 1990)."""
    return (1 / speed_up - 1 / threads) / (1 - 1 / threads)


def print_axis(program, model, axis):
    threads = program.threads
    print_head(
        axis, "1 thread, ms", "GFLOP/s", f"{threads} threads, ms", "GFLOP/s", "model's ms",
        "speed-up", "does not divide",
    )
    for value in AXES[axis]:
        one, many = program.point(**{axis: value})
        speed_up = one.ms / many.ms
        print_row(
            f"x{value}" if axis == "width" else value, f"{one.ms:.1f}", f"{one.gflops:.0f}",
            f"{many.ms:.1f}", f"{many.gflops:.0f}", f"{model.ms(one, threads):.1f}",
            f"{speed_up:.2f}", f"{100 * amdahl(speed_up, threads):.1f} %",
        )
    print()


def print_constants(program, model):
    one, many = program.point()
    large = program.point(batch=512)
    threads = program.threads
    print_head("constants, batch 64", "1 thread", f"{threads} threads")
    rows = (
        ("products R, GFLOP/s", lambda of: of.products / of.product_ms / 1e6, one, many, "%.0f"),
        ("the rest W, GB/s", lambda of: of.rest_bytes / of.rest_ms / 1e6, one, many, "%.1f"),
        ("the rest W at batch 512, GB/s", lambda of: of.rest_bytes / of.rest_ms / 1e6, *large,
         "%.1f"),
        ("outside of rounds, ms", lambda of: of.alone_ms, one, many, "%.3f"),
        ("rounds of a step n", lambda of: of.rounds, one, many, "%.0f"),
        ("an empty round c, us", lambda of: of.empty_us, one, many, "%.2f"),
    )
    for name, number, a, b, form in rows:
        print_row(name, form % number(a), form % number(b))
    print_row("products a step, GFLOP", f"{one.products / 1e9:.1f}", "")
    print_row("bytes of the rest a step, MB", f"{one.rest_bytes / 1e6:.0f}", "")
    print()


def print_more_cores(program, model):
    """From the rounds that one thread took, their tasks, and c; nothing of it is measured on such a
    machine."""
    threads = program.threads
    print_head(
        "on paper", f"{threads} cores: measured", f"{threads}: ms", *(
            f"{n}: {what}" for n in CORES for what in ("ms", "speed-up", "GB/s")
        ),
    )
    for name, point in (
        ("batch 64", {}),
        ("batch 512", {"batch": 512}),
        ("batch 512, 64 shards", {"batch": 512, "shards": 64}),
        ("batch 64, width x4", {"width": 4}),
    ):
        one, many = program.point(**point)
        cells = []
        for n in (threads, *CORES):
            ms = one.rounds_ms * one.share(n) + one.alone_ms + one.rounds * model.round_ms(n)
            cells.append(f"{ms:.1f}")
            if n != threads:
                cells += [f"{one.ms / ms:.1f}", f"{one.all_bytes / ms / 1e6:.0f}"]
        print_row(name, f"{many.ms:.1f}", *cells)
    print()


def print_limits(program, model):
    """What the time on many cores consists of."""
    print_head("batch 64 on paper, ms", *(f"{n} cores" for n in CORES))
    one, _ = program.point()
    print_row("work, divided evenly", *(f"{one.rounds_ms / n:.2f}" for n in CORES))
    print_row(
        "cores without a task", *(f"{one.rounds_ms * (one.share(n) - 1 / n):.2f}" for n in CORES)
    )
    print_row("outside of rounds", *(f"{one.alone_ms:.2f}" for n in CORES))
    meeting = [one.rounds * model.round_ms(n) for n in CORES]
    print_row("rounds that begin and end", *(f"{ms:.2f}" for ms in meeting))


def read_arguments():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("program")
    parser.add_argument("config")
    for name, default in (("pairs", 5), ("threads", 2), ("steps", 0)):
        parser.add_argument(f"--{name}", type=int, default=default)
    arguments = parser.parse_args()
    if not 2 <= arguments.threads <= LARGEST:
        sys.exit(f"--threads: expected 2 to {LARGEST} for scaling, got {arguments.threads}")
    return arguments


def main():
    program = Program(read_arguments())
    model = Model(*program.point(), program.threads)
    for axis in AXES:
        print_axis(program, model, axis)
    print_constants(program, model)
    print_more_cores(program, model)
    print_limits(program, model)


main()
