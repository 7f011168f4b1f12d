#!/usr/bin/python3
"""Write tests/golden/perceptual_values.h: distances of features in a small network, and their gradients, by PyTorch float64; the
scores frechet (scipy's matrix root) and lpips of other pictures in the same network.

tests/golden/test_perceptual.c draws the same pictures and weights, in the order of NAMES, and writes the weights to a file."""
import os

import numpy as np
import scipy.linalg
import torch
import torch.nn.functional as F
from pytorch import HERE, TEST, uniform

S = [2, 3, 6, 5]
SCORED = 70  # pictures of 6 x 6 that the scores compare: more than a batch
NAMES = [("net.0.weight", [4, 3, 3, 3]), ("net.0.bias", [4]), ("net.1.weight", [4]), ("net.1.bias", [4]), ("net.1.running_mean", [4]),
         ("net.1.running_var", [4]), ("net.3.weight", [5, 4, 3, 3]), ("net.3.bias", [5]), ("lin0.model.1.weight", [1, 4, 1, 1]),
         ("lin1.model.1.weight", [1, 5, 1, 1])]
CASES = [  # keys of the config, and the same for this script
    ('\\"mean\\": [0.5, 0.25, 0.75], \\"std\\": [0.5, 2, 0.25]', dict(mean=[0.5, 0.25, 0.75], std=[0.5, 2, 0.25], features=[3])),
    ('\\"features\\": [1, 3], \\"normalize\\": true, \\"linear\\": \\"lin\\"', dict(features=[1, 3], normalize=True, linear=True)),
    ('\\"features\\": [2, -1], \\"normalize\\": true, \\"mean\\": [0.5]', dict(features=[2, 3], normalize=True, mean=[0.5])),
]


def draw(index, shape):
    n = 1
    for d in shape:
        n *= d
    return torch.from_numpy(uniform(5, TEST, index, n)).reshape(shape)


WEIGHTS = {name: draw(10 + i, shape) - (0 if "var" in name or "lin" in name else 0.5) for i, (name, shape) in enumerate(NAMES)}


def features(x):
    w = WEIGHTS
    x = F.conv2d(x, w["net.0.weight"], w["net.0.bias"], padding=1)
    yield x
    x = F.batch_norm(x, w["net.1.running_mean"], w["net.1.running_var"], w["net.1.weight"], w["net.1.bias"])
    yield x
    x = F.relu(x)
    yield x
    yield F.conv2d(x, w["net.3.weight"], w["net.3.bias"], stride=2, padding=1)


def unit(x):
    """As LPIPS' normalize_tensor."""
    return x / (torch.sqrt((x**2).sum(1, keepdim=True)) + 1e-10)


def loss(x, y, features_, mean=(0,), std=(1,), normalize=False, linear=False):
    mean, std = (torch.tensor(v, dtype=torch.float64).reshape(1, -1, 1, 1) for v in (mean, std))
    pairs = list(zip(features((x - mean) / std), features((y - mean) / std)))
    total = 0
    for i, index in enumerate(features_):
        a, b = pairs[index]
        if not normalize:
            total = total + F.mse_loss(b, a)
            continue
        w = WEIGHTS["lin%d.model.1.weight" % i] if linear else 1
        total = total + (w * (unit(b) - unit(a)) ** 2).sum(1).mean()
    return total


def moments(x):
    """Mean and covariance of a feature, averaged over positions."""
    x = x.mean((2, 3)).numpy()
    return x.mean(0), np.cov(x, rowvar=False)


def frechet(a, b):
    """Heusel et al. 2017, as pytorch-fid writes it."""
    (m1, s1), (m2, s2) = moments(a), moments(b)
    root = scipy.linalg.sqrtm(s1 @ s2)
    return ((m1 - m2) ** 2).sum() + np.trace(s1) + np.trace(s2) - 2 * np.trace(np.real(root))


def lpips(x, y, n):
    each = torch.stack([loss(x[i:i + 1], y[i:i + 1], [1, 3], normalize=True, linear=True) for i in range(n)])
    return each.mean().item(), (each.std() / n**0.5).item()


def scores(n):
    """Of the first n of SCORED pictures; the reconstructions leave [0, 1], and are clipped."""
    x, y = draw(100, [SCORED, 3, 6, 6])[:n], (1.5 * draw(101, [SCORED, 3, 6, 6])[:n] - 0.25).clamp(0, 1)
    return (n, frechet(list(features(x))[3], list(features(y))[3]), *lpips(x, y, n))


def main():
    n = 2 * 3 * 6 * 5
    x, y = draw(0, S), draw(1, S)
    with open(os.path.join(HERE, "perceptual_values.h"), "w") as f:
        f.write("/* Written by scripts/golden/perceptual.py. */\n/* clang-format off */\nstatic const struct golden_tensor {\n    const char *name;\n"
                "    lk_shape shape;\n} golden_tensors[] = {\n")
        for name, shape in NAMES:
            f.write('    { "%s", { %d, { %s } } },\n' % (name, len(shape), ", ".join(map(str, shape))))
        f.write("};\nstatic const struct golden_loss {\n    const char *options;\n    double loss, gradient[%d];\n} golden_losses[] = {\n" % n)
        for text, options in CASES:
            options = dict(options)
            y_ = y.clone().requires_grad_()
            value = loss(x, y_, options.pop("features"), **options)
            value.backward()
            numbers = ", ".join("%.17g" % v for v in y_.grad.reshape(-1).tolist())
            f.write('    { "%s", %.17g, { %s } },\n' % (text, value.item(), numbers))
        f.write("};\nstatic const struct golden_scores {\n    int n;\n    double frechet, lpips, lpips_se;\n} golden_scores[] = {\n")
        for n in SCORED, 64, 4:
            f.write("    { %d, %.17g, %.17g, %.17g },\n" % scores(n))
        f.write("};\n/* clang-format on */\n")


if __name__ == "__main__":
    main()
