#!/usr/bin/python3
"""Write the golden values of tests/golden/test_prior.c by PyTorch float64. Needs python3-torch (tested with 1.13).

Draws codes (6, 5), noise and prior samples with Philox, as src/base/rng.c does. Then computes z = mu + exp(logvar / 2) eps,
the divergence from N(0, I), also with free bits, MMD^2 with both kernels, the three parts of beta-TCVAE and the norms of codes,
and their gradients by autograd. Writes tests/golden/prior_values.h.
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
FREE, IMAGES = 1.1, 1000


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


def tc(z, mu, logvar, alpha, beta, gamma, stratified, images):
    """Chen et al. 2018, by torch.distributions; the weights of the stratified estimate as appendix C.2 has them."""
    each = Normal(mu[None], torch.exp(logvar / 2)[None]).log_prob(z[:, None])  # (code, posterior, latent)
    weight = torch.full((N, N), 1 / (N * images), dtype=torch.float64)
    if stratified:
        m = N - 1
        weight = torch.full((N, N), 1 / m, dtype=torch.float64)
        for i in range(N):
            weight[i, i] = 1 / images
            weight[i, (i + 1) % N] = (images - m) / (images * m)
    own = Normal(mu, torch.exp(logvar / 2)).log_prob(z).sum(1)
    together = torch.logsumexp(each.sum(2) + weight.log(), 1)
    singles = torch.logsumexp(each + weight.log()[..., None], 1).sum(1)
    prior = Normal(torch.zeros(1).double(), torch.ones(1).double()).log_prob(z).sum(1)
    return (alpha * (own - together) + beta * (together - singles) + gamma * (singles - prior)).mean()


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
        mu, logvar = codes(0), codes(1)
        each = kl_divergence(Normal(mu, torch.exp(logvar / 2)), Normal(torch.zeros(N, Z).double(), torch.ones(N, Z).double()))
        value = torch.clamp(each.mean(0), min=FREE).sum()
        value.backward()
        write(out, "free", [value.item()])
        write(out, "free_dmu", mu.grad)
        write(out, "free_dlogvar", logvar.grad)
        for sampling in ("weighted", "stratified"):
            mu, logvar = codes(0), codes(1)
            z = mu + torch.exp(logvar / 2) * normals(NOISE)
            value = tc(z, mu, logvar, 0.5, 6, 2, sampling == "stratified", IMAGES)
            value.backward()
            write(out, sampling, [value.item()])
            write(out, f"{sampling}_dmu", mu.grad)
            write(out, f"{sampling}_dlogvar", logvar.grad)
        for name, of in (("l1", lambda z: z.abs()), ("l2", lambda z: z**2 / 2)):
            z = codes(0)
            value = of(z).sum(1).mean()
            value.backward()
            write(out, name, [value.item()])
            write(out, f"{name}_dz", z.grad)
