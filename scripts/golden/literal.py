#!/usr/bin/python3
"""Write tests/golden/photo_*.png and literal_values.h: losses of photographs in plain numpy float64, and scikit-image's SSIM.

Every loss is written out as in its paper, one window at a time: Lu 2019, eq. (1) to (6); Wang, Simoncelli, Bovik 2003.
The photographs are crops of two scikit-image samples, chelsea (Stefan van der Walt) and coffee (Rachel Michetti). Both
photographers dedicated them to the public domain (CC0). Needs numpy, scikit-image (tested with 0.19) and Pillow."""
import json
import os

import numpy as np
from PIL import Image, ImageFilter
from skimage import data
from skimage.metrics import structural_similarity

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "golden")
WIDTH, HEIGHT = 61, 47
LOSSES = [
    "mse", "l1", "ssim", "lwssim",
    {"type": "mse", "scale": 0.25},
    {"type": "ssim", "windows": [7], "window": "uniform"},
    {"type": "ssim", "windows": [3, 7], "weights": [1, 2], "alpha": 2, "beta": 0.5, "gamma": 0.5, "window": "uniform"},
    {"type": "ssim", "windows": [11], "alpha": 0.5, "beta": 2, "gamma": 2, "window": "gaussian", "sigma": 1.5},
    {"type": "lwssim", "windows": [3, 7], "gamma": 0.5},
    {"type": "lwssim", "windows": [3, 5, 7, 11], "weights": [0.5, 0, 2, 1], "alpha": 0.5, "beta": 2, "gamma": 2},
    {"type": "lwssim", "windows": [5], "alpha": 0.5, "beta": 0.5, "gamma": 0.5},
    {"type": "lwssim", "windows": [5], "alpha": 2, "beta": 2, "gamma": 2, "scale": 3},
    {"type": "lwssim", "windows": [7, 15], "weights": [3], "window": "gaussian"},
    {"type": "lwssim", "windows": [31], "window": "gaussian", "sigma": 2.5},
    {"type": "lwssim", "windows": [9], "K1": 0.02, "K2": 0.1},
    {"type": "ms_ssim", "scales": 3, "window_size": 11, "window": "gaussian", "sigma": 1.5},
    {"type": "ms_ssim", "scales": 4, "window_size": 5, "window": "uniform"},
    {"type": "ms_ssim", "scales": 1, "window_size": 7, "window": "gaussian"},
    {"type": "ssim", "color": "luma"}, {"type": "lwssim", "windows": [3, 7], "color": "ycbcr"},
    {"type": "ms_ssim", "scales": 2, "window_size": 5, "color": "luma"},
    "charbonnier", {"type": "charbonnier", "eps": 0.25}, "huber", {"type": "huber", "delta": 0.01}, "gradient",
    "laplacian", {"type": "laplacian", "levels": 2}, "focal_frequency", {"type": "focal_frequency", "alpha": 0.5},
    "gmsd", {"type": "gmsd", "color": "rgb", "c": 0.01},
    {"type": "sum", "terms": [{"type": "ms_ssim", "scales": 3, "window_size": 11, "scale": 0.84}, {"type": "l1", "scale": 0.16}]},
    {"type": "sum", "scale": 2, "terms": [{"type": "lwssim", "windows": [3]}, {"type": "mse", "scale": 10}]},
]
EXPONENTS = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]


def photographs():
    """Pictures by name: a cat, the same cat softer, darker and paler, and an unrelated cup."""
    cat = Image.fromarray(data.chelsea()[90:90 + 2 * HEIGHT, 130:130 + 2 * WIDTH]).resize((WIDTH, HEIGHT), Image.LANCZOS)
    cup = Image.fromarray(data.coffee()[100:100 + 4 * HEIGHT, 150:150 + 4 * WIDTH]).resize((WIDTH, HEIGHT), Image.LANCZOS)
    soft = np.asarray(cat.filter(ImageFilter.GaussianBlur(1)), dtype=np.float64)
    grey = soft.mean(2, keepdims=True)
    soft = 0.85 * (grey + 0.7 * (soft - grey)) + 8
    return {"cat": np.asarray(cat), "soft": np.round(soft).astype(np.uint8), "cup": np.asarray(cup)}


def weights_of(size, options, window):
    if options.get("window", window) == "uniform":
        return np.full((size, size), 1 / size**2)
    sigma = options.get("sigma", 0) or 1.5 * size / 11
    d = np.arange(size) - size // 2
    taps = np.exp(-d**2 / (2 * sigma**2))
    w = np.outer(taps, taps)
    return w / w.sum()


def terms(x, y, w, options):
    """Eq. (1) to (3) at every position, as arrays (positions down, along, channel)."""
    size = len(w)
    c1, c2 = options.get("K1", 0.01)**2, options.get("K2", 0.03)**2
    c3 = c2 / 2
    a = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(0, 1))
    b = np.lib.stride_tricks.sliding_window_view(y, (size, size), axis=(0, 1))
    ma, mb = (a * w).sum((-1, -2)), (b * w).sum((-1, -2))
    da, db = a - ma[..., None, None], b - mb[..., None, None]
    va, vb, cov = (w * da * da).sum((-1, -2)), (w * db * db).sum((-1, -2)), (w * da * db).sum((-1, -2))
    level = (2 * ma * mb + c1) / (ma**2 + mb**2 + c1)
    contrast = (2 * np.sqrt(va * vb) + c2) / (va + vb + c2)
    structure = (cov + c3) / (np.sqrt(va * vb) + c3)
    return level, contrast, structure


def power(v, exponent):
    return np.sign(v) * np.abs(v)**exponent


def structural(x, y, options, is_sum):
    windows = options.get("windows", [3, 5, 7, 11] if is_sum else [11])
    lambdas = options.get("weights", [1])
    if len(lambdas) == 1:
        lambdas = lambdas * len(windows)
    total = 0
    for size, weight in zip(windows, lambdas):
        l, c, s = terms(x, y, weights_of(size, options, "uniform" if is_sum else "gaussian"), options)
        l, c, s = (power(v, options.get(k, 1)) for v, k in ((l, "alpha"), (c, "beta"), (s, "gamma")))
        total += weight * ((2 - (l + c * s).mean()) if is_sum else (1 - (l * c * s).mean()))
    return total / len(windows)


def halve(x):
    h, w = x.shape[0] // 2 * 2, x.shape[1] // 2 * 2
    return (x[0:h:2, 0:w:2] + x[1:h:2, 0:w:2] + x[0:h:2, 1:w:2] + x[1:h:2, 1:w:2]) / 4


def ms_ssim(x, y, options):
    n = options["scales"]
    exponents = np.array(EXPONENTS[:n]) / sum(EXPONENTS[:n])
    w = weights_of(options["window_size"], options, "gaussian")
    product = 1
    for i in range(n):
        l, c, s = terms(x, y, w, options)
        value = (l * c * s if i == n - 1 else c * s).mean((0, 1))
        product = product * np.maximum(value, 0)**exponents[i]
        x, y = halve(x), halve(y)
    return 1 - product.mean()


def recolor(x, color):
    """BT.601, full range."""
    if color == "rgb":
        return x
    luma = x @ [0.299, 0.587, 0.114]
    planes = [luma, 0.5 + (x[..., 2] - luma) / 1.772, 0.5 + (x[..., 0] - luma) / 1.402]
    return np.stack(planes if color == "ycbcr" else planes[:1], -1)


def huber(x, y, delta):
    d = np.abs(x - y)
    return np.where(d <= delta, d**2 / 2, delta * (d - delta / 2)).mean()


def gradient(x, y):
    e = y - x
    return np.abs(np.diff(e, axis=0)).mean() + np.abs(np.diff(e, axis=1)).mean()


def laplacian(e, levels):
    """Burt and Adelson's pyramid, one axis after the other, edges repeated."""
    def reduce(a):
        p = np.pad(a, [(2, 2)] + [(0, 0)] * (a.ndim - 1), "edge")
        return sum(k * p[i:i + len(a)] for i, k in enumerate([1, 4, 6, 4, 1]))[::2] / 16

    def expand(a, n):
        p = np.pad(a, [(1, 1)] + [(0, 0)] * (a.ndim - 1), "edge")
        out = np.empty((2 * len(a),) + a.shape[1:])
        out[::2] = (p[:-2] + 6 * p[1:-1] + p[2:]) / 8
        out[1::2] = (p[1:-1] + p[2:]) / 2
        return out[:n]

    total = 0
    for _ in range(levels):
        coarse = reduce(reduce(e).swapaxes(0, 1)).swapaxes(0, 1)
        wide = expand(expand(coarse, len(e)).swapaxes(0, 1), e.shape[1]).swapaxes(0, 1)
        total, e = total + np.abs(e - wide).mean(), coarse
    return total + np.abs(e).mean()


def focal_frequency(e, alpha):
    size = np.abs(np.fft.fft2(e, axes=(0, 1), norm="ortho"))
    weight = np.zeros_like(size) if size.max() == 0 else size**alpha / (size**alpha).max((0, 1))
    return (weight * size**2).mean()


def gmsd(x, y, c):
    def magnitude(p):
        p = halve(p)
        across, down = p[:, 2:] - p[:, :-2], p[2:] - p[:-2]
        gx, gy = (across[:-2] + across[1:-1] + across[2:]) / 3, (down[:, :-2] + down[:, 1:-1] + down[:, 2:]) / 3
        return np.sqrt(gx**2 + gy**2)
    a, b = magnitude(x), magnitude(y)
    return ((2 * a * b + c) / (a**2 + b**2 + c)).std((0, 1)).mean()


def loss(x, y, options):
    if isinstance(options, str):
        options = {"type": options}
    x, y = (recolor(picture, options.get("color", "luma" if options["type"] == "gmsd" else "rgb")) for picture in (x, y))
    value = {
        "mse": lambda: ((x - y)**2).mean(),
        "l1": lambda: np.abs(x - y).mean(),
        "ssim": lambda: structural(x, y, options, False),
        "lwssim": lambda: structural(x, y, options, True),
        "ms_ssim": lambda: ms_ssim(x, y, options),
        "charbonnier": lambda: (np.sqrt((x - y)**2 + options.get("eps", 1e-3)**2) - options.get("eps", 1e-3)).mean(),
        "huber": lambda: huber(x, y, options.get("delta", 0.1)),
        "gradient": lambda: gradient(x, y),
        "laplacian": lambda: laplacian(y - x, options.get("levels", 5)),
        "focal_frequency": lambda: focal_frequency(y - x, options.get("alpha", 1)),
        "gmsd": lambda: gmsd(x, y, options.get("c", 170 / 255**2)),
        "sum": lambda: sum(loss(x, y, term) for term in options["terms"]),
    }[options["type"]]()
    return options.get("scale", 1) * value


def c_text(options):
    text = options if isinstance(options, str) else json.dumps(options)
    return '"%s"' % text.replace('"', '\\"')


def main():
    photos = photographs()
    for name, picture in photos.items():
        Image.fromarray(picture).save(os.path.join(FOLDER, "photo_%s.png" % name), optimize=True)
    pairs = [("cat", "soft"), ("cat", "cup")]
    lines = ["/* Written by scripts/golden/literal.py: do not edit. */", "static const struct golden_photos {",
             "    const char *x, *y;", "    double ssim;", "} golden_photos[] = {"]
    rows = []
    for name_x, name_y in pairs:
        x, y = photos[name_x] / 255.0, photos[name_y] / 255.0
        ssim = structural_similarity(x, y, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1, channel_axis=2)
        lines.append('    { "%s", "%s", %r },' % (name_x, name_y, float(ssim)))
        rows += ['    { "%s", "%s", %s, %r },' % (name_x, name_y, c_text(o), float(loss(x, y, o))) for o in LOSSES]
    lines += ["};", "static const struct golden_loss {", "    const char *x, *y, *loss;", "    double value;", "} golden_losses[] = {"]
    with open(os.path.join(FOLDER, "literal_values.h"), "w") as out:
        out.write("\n".join(lines + rows + ["};", ""]))


main()
