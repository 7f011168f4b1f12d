#!/usr/bin/python3
"""Write the golden values of tests/golden/test_vq.c by PyTorch float64. Needs python3-torch (tested with 1.13).

Two steps of VQ-VAE's quantizer (van den Oord et al. 2017) on vectors (6, 3, 2, 2) with 5 codes: the quantized maps, the gradient
that the encoder gets through the straight-through estimator and the commitment term, perplexity and usage, and the codebook that
follows by moving averages, its dead codes replaced by vectors that Philox chooses. Writes tests/golden/vq_values.h.
"""
import os

import numpy as np
import torch

from prior import uniforms, write
from pytorch import philox

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "golden", "vq_values.h")
TEST, RESTART = 8, 40  # lk_stream
SEED, N, C, SIDE, K = 7, 6, 3, 2, 5
DECAY, DEAD, BETA = 0.8, 0.5, 0.25


def below(stream, epoch, index, n):
    """Lemire's method, as lk_rng_below."""
    for word in philox(SEED, stream, epoch, index, 4).ravel():
        product = int(word) * n
        if product % 2**32 >= 2**32 % n:
            return product >> 32


def drawn(index, shape, low, high):
    return torch.from_numpy(low + (high - low) * uniforms(TEST, 0, index, int(np.prod(shape))).reshape(shape))


if __name__ == "__main__":
    codes = drawn(1, (K, C), -0.3, 0.3)
    count, total = torch.zeros(K).double(), torch.zeros(K, C).double()
    weight = drawn(2, (N, C, SIDE, SIDE), 0, 1)
    with open(OUT, "w") as out:
        out.write("/* Written by scripts/golden/vq.py: do not edit. */\n/* clang-format off */\n")
        for step in range(2):
            x = drawn(10 + step, (N, C, SIDE, SIDE), -1, 1).requires_grad_()
            flat = x.permute(0, 2, 3, 1).reshape(-1, C)
            index = ((flat[:, None] - codes[None]) ** 2).sum(2).argmin(1)
            given = codes[index].reshape(N, SIDE, SIDE, C).permute(0, 3, 1, 2).detach()
            z = x + (given - x).detach()
            objective = (z * weight).mean() + BETA * ((x - given) ** 2).mean()
            objective.backward()
            hot = torch.nn.functional.one_hot(index, K).double()
            p = hot.mean(0)
            write(out, f"given_{step}", given)
            write(out, f"dx_{step}", x.grad)
            write(out, f"objective_{step}", [objective.item()])
            write(out, f"perplexity_{step}", [torch.exp(-(p * torch.log(p + (p == 0))).sum()).item()])
            write(out, f"usage_{step}", [(p > 0).double().mean().item()])
            with torch.no_grad():
                count = DECAY * count + (1 - DECAY) * hot.sum(0)
                total = DECAY * total + (1 - DECAY) * hot.T @ flat
                mean = len(flat) / K
                for k in range(K):
                    if count[k] >= DEAD * mean:
                        codes[k] = total[k] / count[k]
                    else:
                        codes[k] = flat[below(RESTART, step, k, len(flat))]
                        count[k], total[k] = mean, codes[k] * mean
            write(out, f"codes_{step}", codes)
            write(out, f"count_{step}", count)
