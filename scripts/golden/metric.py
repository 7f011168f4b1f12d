#!/usr/bin/python3
"""Write tests/golden/metric_values.h: metrics of deterministic pictures by scikit-image and plain numpy float64.

The pictures follow an integer formula that tests/golden/test_metric.c repeats, in steps of 1/256 so that float32 and
float64 hold the same values. Needs numpy and scikit-image (tested with 0.19)."""
import os

import numpy as np
from skimage.color import deltaE_cie76, rgb2lab
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

KINDS = ["smooth", "noisy", "flat", "dark", "mixed"]
PAIRS = [  # kind of x, kind of y, H, W, C
    ("smooth", "noisy", 64, 64, 3), ("smooth", "mixed", 90, 47, 1), ("smooth", "mixed", 64, 64, 3), ("noisy", "mixed", 64, 64, 1), ("flat", "noisy", 32, 48, 3),
    ("flat", "dark", 17, 23, 3), ("dark", "flat", 11, 11, 1), ("mixed", "smooth", 31, 13, 3), ("mixed", "dark", 11, 40, 1),
    ("smooth", "flat", 12, 11, 3), ("noisy", "smooth", 37, 29, 1), ("mixed", "mixed", 19, 19, 3),
]


def picture(kind, height, width, channels):
    """(H, W, C) in [0, 1]: multiples of 1/256."""
    r, c, k = np.meshgrid(np.arange(height), np.arange(width), np.arange(channels), indexing="ij")
    ramp = (5 * r + 3 * c + 67 * k + r * c // 8) % 512
    smooth = np.where(ramp > 255, 511 - ramp, ramp)
    h = (r * 73856093) ^ (c * 19349663) ^ (k * 83492791)
    noisy = ((h * 2654435761) % 2**32) >> 24
    flat = 256 - 100 * k
    dark = 0 * k
    mixed = (5 * smooth + 3 * noisy) // 8
    return {"smooth": smooth, "noisy": noisy, "flat": flat, "dark": dark, "mixed": mixed}[kind] / 256.0


def ssim(x, y):
    return structural_similarity(x, y, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1, channel_axis=2)


def lwssim(x, y):
    """Lu 2019, eq. (1) to (6), one window at a time."""
    c1, c2, c3 = 1e-4, 9e-4, 4.5e-4
    levels = []
    for size in (3, 5, 7, 11):
        a = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(0, 1)).reshape(-1, size * size)
        b = np.lib.stride_tricks.sliding_window_view(y, (size, size), axis=(0, 1)).reshape(-1, size * size)
        ma, mb = a.mean(1), b.mean(1)
        da, db = a - ma[:, None], b - mb[:, None]
        va, vb, cov = (da * da).mean(1), (db * db).mean(1), (da * db).mean(1)
        level = (2 * ma * mb + c1) / (ma * ma + mb * mb + c1)
        contrast = (2 * np.sqrt(va) * np.sqrt(vb) + c2) / (va + vb + c2)
        structure = (cov + c3) / (np.sqrt(va) * np.sqrt(vb) + c3)
        levels.append((level + contrast * structure).mean())
    return np.mean(levels)


def ms_ssim(x, y):
    """Wang, Simoncelli, Bovik 2003, with as many of the five scales as fit a window of 11."""
    exponents = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]
    n = next(n for n in range(5, 0, -1) if min(x.shape[:2]) >> (n - 1) >= 11)
    d = np.arange(11) - 5
    taps = np.exp(-d**2 / (2 * 1.5**2))
    w = np.outer(taps, taps) / taps.sum()**2
    product = 1
    for i in range(n):
        a, b = (np.lib.stride_tricks.sliding_window_view(p, (11, 11), axis=(0, 1)) for p in (x, y))
        ma, mb = (a * w).sum((-1, -2)), (b * w).sum((-1, -2))
        da, db = a - ma[..., None, None], b - mb[..., None, None]
        cs = (2 * (w * da * db).sum((-1, -2)) + 9e-4) / ((w * da * da).sum((-1, -2)) + (w * db * db).sum((-1, -2)) + 9e-4)
        if i == n - 1:
            cs = cs * (2 * ma * mb + 1e-4) / (ma**2 + mb**2 + 1e-4)
        product = product * np.maximum(cs.mean((0, 1)), 0)**(exponents[i] / sum(exponents[:n]))
        h, v = x.shape[0] // 2 * 2, x.shape[1] // 2 * 2
        x, y = ((p[0:h:2, 0:v:2] + p[1:h:2, 0:v:2] + p[0:h:2, 1:v:2] + p[1:h:2, 1:v:2]) / 4 for p in (x, y))
    return product.mean()


def sharpness(x):
    luma = x @ np.array([0.299, 0.587, 0.114]) if x.shape[2] == 3 else x[:, :, 0]
    across, down = np.diff(luma, axis=1)[:-1], np.diff(luma, axis=0)[:, :-1]
    return np.hypot(across, down).mean()


def number(v):
    return "(double)NAN" if v is None or not np.isfinite(v) else repr(float(v))


def pair_row(kind_x, kind_y, height, width, channels):
    x, y = picture(kind_x, height, width, channels), picture(kind_y, height, width, channels)
    mse = np.mean((x - y) ** 2)
    chroma = [None, None]
    delta_e = None
    if channels == 3:
        labs = rgb2lab(x), rgb2lab(y)
        chroma = [np.hypot(lab[..., 1], lab[..., 2]).mean() for lab in labs]
        delta_e = deltaE_cie76(*labs).mean()
    psnr = peak_signal_noise_ratio(x, y, data_range=1) if mse > 0 else None
    values = [ssim(x, y), mse, psnr, lwssim(x, y), chroma[0], chroma[1], delta_e, sharpness(x), sharpness(y), ms_ssim(x, y)]
    return "    { %d, %d, %d, %d, %d, %s }," % (KINDS.index(kind_x), KINDS.index(kind_y), height, width, channels,
                                               ", ".join(number(v) for v in values))


def lab_row(rgb):
    lab = rgb2lab(np.array(rgb, dtype=np.float64).reshape(1, 1, 3)).ravel()
    return "    { { %s }, { %s } }," % (", ".join(map(number, rgb)), ", ".join(map(number, lab)))


def write_header(path):
    levels = [0.0, 0.03125, 0.25, 0.71875, 1.0]
    colours = [(r, g, b) for r in levels[::2] for g in levels for b in levels[::2]]
    lines = ["/* Written by scripts/golden/metric.py: do not edit. */"]
    lines += ["static const struct golden_pair {", "    int kind_x, kind_y, height, width, channels;",
              "    double ssim, mse, psnr, lwssim, chroma_x, chroma_y, delta_e, sharpness_x, sharpness_y, ms_ssim;",
              "} golden_pairs[] = {"] + [pair_row(*p) for p in PAIRS] + ["};"]
    lines += ["static const struct golden_lab {", "    double rgb[3], lab[3];", "} golden_labs[] = {"]
    lines += [lab_row(c) for c in colours] + ["};", ""]
    with open(path, "w") as out:
        out.write("\n".join(lines))


write_header(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "golden", "metric_values.h"))
