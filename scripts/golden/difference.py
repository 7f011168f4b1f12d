#!/usr/bin/python3
"""Write tests/golden/difference_values.h: differences of ratios between runs on the same pictures, with standard errors.

The errors come from the delta method and the covariance matrix of all sums (numpy float64). The program adds up
residuals instead. Scores follow an integer formula that tests/golden/test_difference.c repeats. Needs numpy."""
import os

import numpy as np

N = 40  # pictures


def scores(run, kind):
    """(N, 2): value and weight of every picture. kind 0: a mean; 1: a ratio, whose weights all runs share; 2: a mean, some undefined."""
    i = np.arange(N)
    value = ((i * 7919 + run * 104729 + i * i * run) % 1000) / 1024 + run / 8
    weight = ((i * 3571) % 500 + 250) / 512 if kind == 1 else np.ones(N)
    if kind == 1:
        value = value * weight
    if kind == 2:
        value, weight = np.where(i % 5 == 0, 0, value), np.where(i % 5 == 0, 0, weight)
    return np.stack([value, weight], 1)


def difference(pairs, kind):
    columns, gradient, value = [], [], 0
    for a, b in pairs:
        for run, sign in ((a, 1), (b, -1)):
            s = scores(run, kind)
            s = s[s.any(axis=1)]
            v, w = s.mean(axis=0)
            value += sign * v / w / len(pairs)
            columns += [s[:, 0], s[:, 1]]
            gradient += [sign / w / len(pairs), -sign * v / w**2 / len(pairs)]
    covariance, g = np.cov(np.stack(columns), ddof=1), np.array(gradient)
    return value, np.sqrt(g @ covariance @ g / len(columns[0]))


CASES = [(kind, pairs) for kind in range(3) for pairs in ([(1, 2)], [(5, 2)], [(1, 2), (3, 4), (7, 6)])]

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "golden", "difference_values.h")
with open(path, "w") as out:
    out.write("/* Written by scripts/golden/difference.py. */\n")
    out.write(f"enum {{ GOLDEN_N = {N} }};\n")
    out.write("static const struct golden_difference {\n    int kind, n_pairs, runs[3][2];\n    double value, se;\n} golden_differences[] = {\n")
    for kind, pairs in CASES:
        value, se = difference(pairs, kind)
        runs = ", ".join(f"{{ {a}, {b} }}" for a, b in pairs)
        out.write(f"    {{ {kind}, {len(pairs)}, {{ {runs} }}, {value!r}, {se!r} }},\n")
    out.write("};\n")
