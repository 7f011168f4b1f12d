#!/usr/bin/python3
"""Write the golden values of tests/golden/test_loss.c by PyTorch float64 autograd. Needs python3-torch (tested with 1.13).

The losses, and their gradients with respect to y, follow the definitions in include/likeness/loss.h literally: each
window is unfolded and its mean subtracted. Writes tests/golden/loss_cases.h (the inputs and the loss) and
tests/golden/loss_gradients.bin (little-endian doubles, one case after another, in N, C, H, W order).
"""
import json
import os

import numpy as np
import torch
import torch.nn.functional as F
from pytorch import HERE, TEST, uniform

E = 1e-8
MS_WEIGHTS = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]

S = [1, 3, 9, 8]  # images, channels, height, width
CASES = [  # options, pictures, shape
    ({"type": "mse"}, "noise", [2, 3, 9, 8]), ({"type": "l1"}, "noise", S),
    ({"type": "ssim", "windows": [5], "window": "uniform"}, "noise", [2, 1, 9, 8]),
    ({"type": "ssim"}, "close", [1, 3, 12, 13]),
    ({"type": "ssim", "windows": [3, 7], "weights": [0.5, 2], "K1": 0.02, "K2": 0.05}, "close", S),
    ({"type": "ssim", "windows": [7], "sigma": 0.8}, "flat", S),
    ({"type": "lwssim"}, "close", [1, 3, 11, 12]),
    ({"type": "lwssim", "windows": [5, 9, 3, 7, 11], "weights": [1, 0.5, 2, 0.25, 3]}, "noise", [1, 3, 11, 12]),
    ({"type": "lwssim", "windows": [3, 5], "weights": [1, 0.25], "window": "gaussian"}, "noise", S),
    ({"type": "lwssim", "windows": [3, 5]}, "flat", S),
    ({"type": "lwssim", "windows": [3], "alpha": 2}, "noise", S),
    ({"type": "lwssim", "windows": [3], "gamma": 0.5}, "noise", S),
    ({"type": "lwssim", "windows": [5], "beta": 0.5, "gamma": 2}, "negative", S),
    ({"type": "lwssim", "windows": [3], "gamma": 0.5}, "negative", S),
    ({"type": "lwssim", "windows": [3], "beta": 0.5, "gamma": 0.5}, "nearly flat", S),
    ({"type": "lwssim", "windows": [3], "alpha": 0.5, "beta": 2, "gamma": 0.5}, "one nearly flat", S),
    ({"type": "ssim", "windows": [3, 5], "beta": 0.5}, "nearly flat", S),
    ({"type": "ssim", "windows": [5], "gamma": 2, "beta": 1.5, "alpha": 0.7}, "one nearly flat", S),
    ({"type": "ssim", "windows": [3], "gamma": 0.5}, "flat", S),
    ({"type": "ssim", "windows": [5], "alpha": 0.01, "beta": 0.01, "gamma": 0.01}, "close", S),
    ({"type": "lwssim", "windows": [3], "alpha": 16, "beta": 16, "gamma": 16}, "noise", S),
    ({"type": "ms_ssim", "scales": 2, "window_size": 5}, "close", [2, 3, 12, 14]),
    ({"type": "ms_ssim", "scales": 3, "window_size": 3, "window": "uniform"}, "close", [1, 3, 12, 16]),
    ({"type": "ms_ssim", "scales": 2, "window_size": 3, "K2": 0.05}, "one channel negative", [2, 3, 12, 10]),
    ({"type": "ms_ssim"}, "close", [1, 1, 44, 44]),
    ({"type": "ms_ssim", "scales": 5, "window_size": 3}, "close", [1, 1, 48, 48]),
    ({"type": "charbonnier"}, "noise", S), ({"type": "charbonnier", "eps": 0.2}, "close", S),
    ({"type": "huber"}, "noise", S), ({"type": "huber", "delta": 1}, "noise", S), ({"type": "huber", "delta": 0.3}, "noise", S),
    ({"type": "gradient"}, "noise", [2, 3, 9, 8]), ({"type": "gradient"}, "flat", S),
    ({"type": "ssim", "windows": [5], "color": "luma"}, "close", [2, 3, 9, 8]), ({"type": "ssim", "windows": [3], "color": "luma"}, "noise", [1, 1, 9, 8]),
    ({"type": "lwssim", "windows": [3, 5], "gamma": 0.5, "color": "ycbcr"}, "close", S),
    ({"type": "ms_ssim", "scales": 2, "window_size": 3, "color": "ycbcr"}, "close", [1, 3, 12, 10]),
    ({"type": "laplacian"}, "noise", [2, 1, 19, 18]), ({"type": "laplacian", "levels": 2}, "flat", S), ({"type": "laplacian", "levels": 3}, "close", S),
    ({"type": "focal_frequency"}, "noise", [2, 3, 9, 8]), ({"type": "focal_frequency", "alpha": 0.5}, "close", [1, 2, 7, 6]),
    ({"type": "focal_frequency", "alpha": 3}, "noise", [1, 1, 16, 12]), ({"type": "focal_frequency", "alpha": 0}, "noise", S),
    ({"type": "gmsd"}, "close", [2, 3, 13, 12]), ({"type": "gmsd", "color": "rgb"}, "noise", S), ({"type": "gmsd", "c": 0.1, "color": "ycbcr"}, "flat", [1, 3, 12, 14]),
    ({"type": "sum", "terms": [{"type": "ms_ssim", "scales": 1, "window_size": 7, "scale": 0.84}, {"type": "l1", "scale": 0.16}]}, "close", S),
]


def pictures(kind, shape):
    """Two float64 batches in [0, 1], the same ones that tests/golden/test_loss.c draws."""
    n = int(np.prod(shape))
    u, v = (torch.from_numpy(uniform(5, TEST, i, n)).reshape(shape) for i in range(2))
    if kind == "noise":
        return u, v
    if kind == "close":
        return u, 0.8 * u + 0.2 * v
    if kind == "negative":
        return u, 0.9 - 0.6 * u - 0.2 * v
    if kind == "nearly flat":
        return 0.5 + 1e-4 * u, 0.3 + 1e-4 * v
    if kind == "one nearly flat":
        return u, 0.4 + 1e-5 * v
    if kind == "flat":  # left of the middle
        left = torch.arange(shape[3]) < shape[3] // 2 + 1
        return torch.where(left, torch.tensor(0.75, dtype=torch.float64), u), torch.where(left, torch.tensor(0.25, dtype=torch.float64), v)
    channel = torch.arange(shape[1]).reshape(1, -1, 1, 1)  # one channel negative
    return u, torch.where(channel == 0, 1 - u, 0.7 * u + 0.3 * v)


def taps(size, gaussian, sigma):
    t = torch.arange(size, dtype=torch.float64) - size // 2
    w = torch.exp(-((t / (sigma or 1.5 * size / 11)) ** 2) / 2) if gaussian else torch.ones(size, dtype=torch.float64)
    w = torch.outer(w, w).reshape(-1, 1)
    return w / w.sum()


def moments(x, y, size, gaussian, sigma):
    """(N C, positions) each: means, population variances, covariance."""
    w = taps(size, gaussian, sigma)
    a, b = (F.unfold(i.reshape(-1, 1, *i.shape[2:]), size) for i in (x, y))
    ma, mb = (w * a).sum(1), (w * b).sum(1)
    da, db = a - ma[:, None], b - mb[:, None]
    return ma, mb, (w * da * da).sum(1), (w * db * db).sum(1), (w * da * db).sum(1)


def power(x, exponent):
    return x if exponent == 1 else torch.sign(x) * torch.abs(x) ** exponent


def parts(x, y, size, o):
    """l^alpha and c^beta s^gamma at each position."""
    c1, c2 = o.get("K1", 0.01) ** 2, o.get("K2", 0.03) ** 2
    alpha, beta, gamma = (o.get(k, 1) for k in ("alpha", "beta", "gamma"))
    mx, my, vx, vy, sxy = moments(x, y, size, o["window"] == "gaussian", o.get("sigma", 0))
    l = (2 * mx * my + c1) / (mx**2 + my**2 + c1)
    if (alpha, beta, gamma) == (1, 1, 1):
        return l, (2 * sxy + c2) / (vx + vy + c2)
    a, b = vx + E, vy + E
    p = torch.sqrt(a * b)
    return power(l, alpha), power((2 * p + c2) / (a + b + c2), beta) * power((sxy + E + c2 / 2) / (p + c2 / 2), gamma)


def ms_ssim(x, y, o):
    n = o.get("scales", 3)
    w = np.array(MS_WEIGHTS[:n]) / sum(MS_WEIGHTS[:n])
    values = []
    for i in range(n):
        l, cs = parts(x, y, o.get("window_size", 11), o)
        values.append((cs * l if i == n - 1 else cs).mean(1))
        x, y = F.avg_pool2d(x, 2), F.avg_pool2d(y, 2)
    values = torch.stack(values)
    positive = values.min(0).values > 0
    values = torch.where(positive, values, torch.ones_like(values))  # a root of 0 has no gradient
    product = (values ** torch.from_numpy(w)[:, None]).prod(0)
    return 1 - torch.where(positive, product, torch.zeros_like(product)).mean()


def laplacian(e, levels):
    """Burt and Adelson's pyramid: 1 4 6 4 1 over 16, edges repeated."""
    w = torch.tensor([1, 4, 6, 4, 1], dtype=torch.float64) / 16
    w = torch.outer(w, w)[None, None]
    e, total = e.reshape(-1, 1, *e.shape[2:]), 0
    for _ in range(levels):
        coarse = F.conv2d(F.pad(e, (2, 2, 2, 2), mode="replicate"), w, stride=2)
        wide = F.conv_transpose2d(F.pad(coarse, (1, 1, 1, 1), mode="replicate"), 4 * w, stride=2)
        total = total + (e - wide[:, :, 4:4 + e.shape[2], 4:4 + e.shape[3]]).abs().mean()
        e = coarse
    return total + e.abs().mean()


def focal_frequency(e, alpha):
    """As the authors' program, github.com/EndlessSora/focal-frequency-loss, with one patch."""
    f = torch.fft.fft2(e, norm="ortho")
    power = f.real**2 + f.imag**2
    weight = (power.detach().sqrt()) ** alpha
    weight = (weight / weight.amax((2, 3), keepdim=True)).clamp(0, 1)
    return (weight * power).mean()


def gmsd(x, y, c):
    prewitt = torch.tensor([[[-1., 0, 1]] * 3, [[-1.] * 3, [0.] * 3, [1.] * 3]], dtype=torch.float64)[:, None] / 3
    a, b = ((F.conv2d(F.avg_pool2d(i.reshape(-1, 1, *i.shape[2:]), 2), prewitt) ** 2).sum(1) + E for i in (x, y))
    gms = (2 * torch.sqrt(a * b) + c) / (a + b + c)
    return gms.flatten(1).std(1, unbiased=False).mean()


def recolor(x, color):
    """BT.601, full range."""
    if color == "rgb" or x.shape[1] == 1:
        return x
    r, g, b = x.unbind(1)
    luma = 0.299 * r + 0.587 * g + 0.114 * b
    planes = [luma, 0.5 + (b - luma) / 1.772, 0.5 + (r - luma) / 1.402]
    return torch.stack(planes if color == "ycbcr" else planes[:1], 1)


def loss(x, y, o):
    kind = o["type"]
    if kind == "mse":
        return ((x - y) ** 2).mean()
    if kind == "l1":
        return (x - y).abs().mean()
    if kind == "charbonnier":
        eps = o.get("eps", 1e-3)
        return ((x - y) ** 2 + eps**2).sqrt().mean() - eps
    if kind == "huber":
        return F.huber_loss(y, x, delta=o.get("delta", 0.1))
    if kind == "gradient":
        return F.l1_loss(y.diff(dim=2), x.diff(dim=2)) + F.l1_loss(y.diff(dim=3), x.diff(dim=3))
    if kind == "laplacian":
        return laplacian(y - x, o.get("levels", 5))
    if kind == "focal_frequency":
        return focal_frequency(y - x, o.get("alpha", 1))
    if kind == "gmsd":
        x, y = (recolor(i, o.get("color", "luma")) for i in (x, y))
        return gmsd(x, y, o.get("c", 170 / 255**2))
    if kind == "sum":
        return sum(t.get("scale", 1) * loss(x, y, t) for t in o["terms"])
    x, y = recolor(x, o.get("color", "rgb")), recolor(y, o.get("color", "rgb"))
    o = dict({"window": "uniform" if kind == "lwssim" else "gaussian"}, **o)
    if kind == "ms_ssim":
        return ms_ssim(x, y, o)
    windows = o.get("windows", [3, 5, 7, 11] if kind == "lwssim" else [11])
    weights = o.get("weights", [1] * len(windows))
    total = 0
    for size, weight in zip(windows, weights):
        l, cs = parts(x, y, size, o)
        total = total + weight * (2 - (l + cs).mean() if kind == "lwssim" else 1 - (l * cs).mean())
    return total / len(windows)


def main():
    rows, gradients = [], []
    for options, kind, shape in CASES:
        x, y = pictures(kind, shape)
        y.requires_grad_()
        value = loss(x, y, options)
        value.backward()
        assert torch.isfinite(y.grad).all(), (options, kind)
        gradients.append(y.grad.numpy().reshape(-1))
        text = json.dumps(json.dumps(options))
        rows.append("    { %s,\n      \"%s\", { 4, { %s } }, %s },\n" % (text, kind, ", ".join(map(str, shape)), repr(value.item())))
    with open(os.path.join(HERE, "loss_cases.h"), "w") as f:
        f.write("/* Written by scripts/golden/loss.py. */\n/* clang-format off */\nstatic const struct golden_loss {\n"
                "    const char *options, *pictures;\n    lk_shape shape;\n    double loss;\n} golden_losses[] = {\n")
        f.write("".join(rows) + "};\n/* clang-format on */\n")
    np.concatenate(gradients).astype("<f8").tofile(os.path.join(HERE, "loss_gradients.bin"))


if __name__ == "__main__":
    main()
