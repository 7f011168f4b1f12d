#!/usr/bin/python3
"""Times scikit-image's SSIM of pairs of pictures, for bench.sh to compare with.

usage: bench_skimage.py PAIRS [--processes P]

Pairs of 64 x 64 x 3 float32, random, with the parameters of `likeness eval`: a Gaussian of sigma
1.5, population statistics, range 1, valid positions. The pairs are divided among the processes
(default: 2), which have begun and scored one pair before the clock starts. Prints one JSON object:
milliseconds per pair, all processes together.
"""
import argparse
import json
import time
from multiprocessing import Barrier, Process

import numpy as np
from skimage.metrics import structural_similarity

SIDE = 64
FORM = {
    "gaussian_weights": True,
    "sigma": 1.5,
    "use_sample_covariance": False,
    "data_range": 1,
    "channel_axis": 2,
}


def score(n, seed, barrier):
    random = np.random.default_rng(seed)
    pairs = random.random((n, 2, SIDE, SIDE, 3), dtype=np.float32)
    structural_similarity(*pairs[0], **FORM)
    barrier.wait()
    for x, y in pairs:
        structural_similarity(x, y, **FORM)
    barrier.wait()


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("pairs", type=int)
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    n = -(-arguments.pairs // arguments.processes)
    barrier = Barrier(arguments.processes + 1)
    processes = [Process(target=score, args=(n, i, barrier)) for i in range(arguments.processes)]
    for process in processes:
        process.start()
    barrier.wait()
    begin = time.perf_counter()
    barrier.wait()
    seconds = time.perf_counter() - begin
    print(json.dumps({"ms_per_pair": 1e3 * seconds / (n * arguments.processes)}))


main()
