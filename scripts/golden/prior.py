#!/usr/bin/python3
"""Write the golden values of tests/golden/test_prior.c by PyTorch float64. Needs python3-torch (tested with 1.13).

Draws codes (6, 5), noise and prior samples with Philox, as src/base/rng.c does. Then computes z = mu + exp(logvar / 2) eps,
the divergence from N(0, I) and MMD^2 with both kernels, and their gradients by autograd. Writes tests/golden/prior_values.h.
"""
import math
import os

import numpy as np
import torch
from torch.distributions import Normal, kl_divergence

from pytorch import philox

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "golden", "prior_values.h")
NOISE, PRIOR, TEST = 4, 5, 8  # lk_stream
SEED, STEP, N, Z = 7, 3, 6, 5
SCALES, VARIANCE = (0.1, 0.5, 1, 2), 1.5


def uniforms(stream, epoch, index, n):
    w = philox(SEED, stream, epoch, index, (n + 1) // 2).reshape(-1, 2)
    return (((w[:, 0] >> np.uint64(5)) << np.uint64(26) | (w[:, 1] >> np.uint64(6))).astype(np.float64) * 2.0**-53)[:n]


def normals(stream):
    """(N, Z): Box and Muller, two uniforms for each number."""
    u = np.stack([uniforms(stream, STEP, i, 2 * Z).reshape(Z, 2) for i in range(N)])
    return torch.from_numpy(np.sqrt(-2 * np.log(1 - u[..., 0])) * np.cos(2 * math.pi * u[..., 1]))


def codes(index):
    return torch.from_numpy(4 * uniforms(TEST, 0, index, N * Z).reshape(N, Z) - 2).requires_grad_()


def mmd(z, p, kernel):
    def k(a, b):
        r = ((a[:, None] - b[None]) ** 2).sum(2)
        return sum(c / (c + r) if kernel == "imq" else torch.exp(-r / c) for c in (2 * Z * VARIANCE * s for s in SCALES))

    off = 1 - torch.eye(N, dtype=torch.float64)
    return ((k(z, z) + k(p, p)) * off).sum() / (N * (N - 1)) - 2 * k(z, p).sum() / N**2


def write(out, name, values):
    numbers = [f"{v:.17g}" for v in np.asarray(values).ravel()]
    out.write(f"static const double golden_{name}[] = {{ {', '.join(numbers)} }};\n")


if __name__ == "__main__":
    mu, logvar = codes(0), codes(1)
    z = mu + torch.exp(logvar / 2) * normals(NOISE)
    weight = torch.from_numpy(uniforms(TEST, 0, 2, N * Z).reshape(N, Z))
    (z * weight).mean().backward()
    with open(OUT, "w") as out:
        out.write("/* Written by scripts/golden/prior.py: do not edit. */\n/* clang-format off */\n")
        write(out, "z", z.detach())
        write(out, "z_dmu", mu.grad)
        write(out, "z_dlogvar", logvar.grad)
        mu, logvar = codes(0), codes(1)
        kl = kl_divergence(Normal(mu, torch.exp(logvar / 2)), Normal(torch.zeros(N, Z).double(), torch.ones(N, Z).double())).sum(1).mean()
        kl.backward()
        write(out, "kl", [kl.item()])
        write(out, "kl_dmu", mu.grad)
        write(out, "kl_dlogvar", logvar.grad)
        for kernel in ("imq", "rbf"):
            z = codes(0)
            value = mmd(z, math.sqrt(VARIANCE) * normals(PRIOR), kernel)
            value.backward()
            write(out, kernel, [value.item()])
            write(out, f"{kernel}_dz", z.grad)
