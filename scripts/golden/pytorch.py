#!/usr/bin/python3
"""Write the golden values of tests/golden/test_torch.c by PyTorch float64. Needs python3-torch (tested with 1.13).

Each case starts from the same parameters (drawn with Philox, as in src/base/rng.c and src/graph/params.c) and the same
batch, and takes ten steps of Adam on the mean squared error. tests/golden/torch_CASE.bin holds little-endian doubles: the
ten losses, then a summary of each of these tensors:
  the first output; the gradients of the first step, in the order of the parameters; the parameters and running
  statistics after the last step; the output in evaluation mode after the last step.
A summary is the Euclidean norm, SIGNS sums with random signs, and SAMPLES evenly spaced values (all if there are fewer).
"""
import os

import numpy as np
import torch
import torch.nn as nn

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "golden")
SAMPLES, SIGNS, STEPS = 256, 8, 10
INIT, TEST = 1, 8  # lk_stream


def philox(seed, stream, epoch, index, n_blocks):
    """n_blocks x 4 words of the sequence (seed, stream, epoch, index)."""
    c = [np.arange(n_blocks, dtype=np.uint64)] + [np.full(n_blocks, v, np.uint64) for v in (index, epoch, stream)]
    k0, k1, mask = seed & 0xFFFFFFFF, seed >> 32, np.uint64(0xFFFFFFFF)
    for _ in range(10):
        p0, p1 = c[0] * np.uint64(0xD2511F53), c[2] * np.uint64(0xCD9E8D57)
        c = [(p1 >> np.uint64(32)) ^ c[1] ^ np.uint64(k0), p1 & mask, (p0 >> np.uint64(32)) ^ c[3] ^ np.uint64(k1), p0 & mask]
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return np.stack(c, 1)


def uniform(seed, stream, index, n):
    w = philox(seed, stream, 0, index, (n + 1) // 2).reshape(-1, 2)
    return (((w[:, 0] >> np.uint64(5)) << np.uint64(26) | (w[:, 1] >> np.uint64(6))).astype(np.float64) * 2.0**-53)[:n]


def pictures(n, c, size, grid=4):
    """Random colours on a grid with bilinear interpolation between them: smooth, like photographs."""
    g = uniform(1, TEST, 0, n * c * grid * grid).reshape(n, c, grid, grid)
    t = np.arange(size) * (grid - 1) / (size - 1)
    i = np.minimum(t.astype(int), grid - 2)
    f = t - i
    rows = g[:, :, i, :] * (1 - f)[:, None] + g[:, :, i + 1, :] * f[:, None]
    return rows[:, :, :, i] * (1 - f) + rows[:, :, :, i + 1] * f


def start(net, seed):
    """Parameters uniform in +-1/sqrt(fan_in), drawn in the order in which the modules list parameters and statistics."""
    index = 0
    with torch.no_grad():
        for m in net.modules():
            if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
                fan_in = m.weight[0].numel()
                for p in (m.weight, m.bias):
                    if p is None:
                        continue
                    u = uniform(seed, INIT, index, p.numel())
                    p.copy_(torch.from_numpy((2 * u - 1) / np.sqrt(fan_in)).reshape(p.shape))
                    index += 1
            if isinstance(m, nn.BatchNorm2d):
                index += 4  # weight, bias, running_mean, running_var: constants


def summary(tensor, stream_index):
    v = tensor.detach().numpy().astype(np.float64).ravel()
    bits = philox(1, TEST, 1, stream_index, (v.size + 3) // 4).ravel()[: v.size]
    signs = [np.dot(v, 1.0 - 2.0 * ((bits >> np.uint64(b)) & np.uint64(1)).astype(np.float64)) for b in range(SIGNS)]
    m = min(SAMPLES, v.size)
    return np.concatenate([[np.linalg.norm(v)], signs, v[[i * v.size // m for i in range(m)]]])


def compact():
    enc, c = [], 3
    for o in (32, 64, 128, 256):
        enc += [nn.Conv2d(c, o, 4, 2, 1, bias=False), nn.BatchNorm2d(o), nn.ReLU()]
        c = o
    dec = [nn.Linear(128, 4096), nn.Unflatten(1, (256, 4, 4)), nn.BatchNorm2d(256), nn.ReLU()]
    for a, b in ((256, 128), (128, 64), (64, 32)):
        dec += [nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU()]
    return nn.Sequential(*enc, nn.Flatten(), nn.Linear(4096, 128), *dec, nn.ConvTranspose2d(32, 3, 4, 2, 1), nn.Sigmoid()), (8, 3, 64)


def odd():
    """tests/golden/odd.json: unusual geometry. (H + 2p - k) is not a multiple of the stride; stride 3, kernel 5, output
    padding, one channel, batch 3, layers without batch norm."""
    return nn.Sequential(
        nn.Conv2d(1, 5, 3, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(5, 7, 5, 3, 2, bias=False), nn.BatchNorm2d(7), nn.Tanh(), nn.Flatten(), nn.Linear(63, 6),
        nn.Linear(6, 63), nn.Unflatten(1, (7, 3, 3)), nn.ConvTranspose2d(7, 4, 5, 3, 2, output_padding=1), nn.ReLU(),
        nn.ConvTranspose2d(4, 1, 3, 2, 1, output_padding=1), nn.Sigmoid()), (3, 1, 16)


def resampling():
    """tests/golden/resampling.json: pools whose windows overlap and reach into the padding, and three ways to larger maps."""
    return nn.Sequential(
        nn.Conv2d(1, 6, 3, padding=1, bias=False), nn.MaxPool2d(2), nn.Conv2d(6, 8, 3, bias=False), nn.BatchNorm2d(8), nn.Tanh(), nn.MaxPool2d(3, 2, 1), nn.AvgPool2d(3, 1, 1),
        nn.AvgPool2d(2, 1, 1, count_include_pad=False), nn.Flatten(), nn.Linear(128, 6),
        nn.Linear(6, 72), nn.Unflatten(1, (18, 2, 2)), nn.PixelShuffle(3), nn.Upsample(scale_factor=2), nn.Conv2d(2, 4, 5), nn.ReLU(),
        nn.Upsample(scale_factor=2, mode="bilinear"), nn.Conv2d(4, 1, 3, padding=1), nn.Sigmoid()), (3, 1, 16)


def grouped():
    """tests/golden/grouped.json: groups, dilation and depthwise convolutions."""
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=2, dilation=2, bias=False), nn.BatchNorm2d(8), nn.Tanh(), nn.Conv2d(8, 8, 3, 2, 1, groups=8),
        nn.Conv2d(8, 12, 4, 2, 1, groups=4), nn.LeakyReLU(0.2), nn.Flatten(), nn.Linear(192, 6),
        nn.Linear(6, 192), nn.Unflatten(1, (12, 4, 4)), nn.ConvTranspose2d(12, 8, 4, 2, 1, groups=4), nn.LeakyReLU(0.2),
        nn.ConvTranspose2d(8, 8, 3, 2, 1, output_padding=1, groups=8), nn.ConvTranspose2d(8, 1, 3, 1, 3, dilation=3), nn.Sigmoid()), (3, 1, 16)


def run(name, net, shape, lr):
    net = net.double()
    start(net, seed=1)
    x = torch.from_numpy(pictures(*shape))
    adam = torch.optim.Adam(net.parameters(), lr=lr)
    losses, first = [], None
    for _ in range(STEPS):
        adam.zero_grad()
        y = net(x)
        loss = ((y - x) ** 2).mean()
        loss.backward()
        losses.append(loss.item())
        if first is None:
            first = [summary(y, 0)] + [summary(p.grad, i + 1) for i, p in enumerate(net.parameters())]
        adam.step()
    last = [summary(p, 100 + i) for i, p in enumerate(net.parameters())]
    last += [summary(b, 200 + i) for i, b in enumerate(b for n, b in net.named_buffers() if "running" in n)]
    net.eval()
    last.append(summary(net(x), 300))
    np.concatenate([losses] + first + last).astype("<f8").tofile(os.path.join(HERE, f"torch_{name}.bin"))
    print(name, losses)


def optimisers():
    """Five steps on the gradient w^3 - w/2 from w_i = (i - 3) / 4. tests/golden/torch_optim.bin holds the 7 weights after
    each step, one optimiser after another."""
    rows = []
    for make in (lambda p: torch.optim.Adam(p, lr=0.1, weight_decay=0.2), lambda p: torch.optim.AdamW(p, lr=0.1, betas=(0.8, 0.99), weight_decay=0.3),
                 lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9), lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.7, nesterov=True, weight_decay=0.1)):
        w = torch.tensor([(i - 3) / 4 for i in range(7)], dtype=torch.float64, requires_grad=True)
        optimiser = make([w])
        for _ in range(5):
            w.grad = (w**3 - w / 2).detach()
            optimiser.step()
            rows.append(w.detach().numpy().copy())
    np.concatenate(rows).astype("<f8").tofile(os.path.join(HERE, "torch_optim.bin"))


if __name__ == "__main__":
    run("compact", *compact(), lr=1e-3)
    # At 1e-3 float32 is chaotic. When rounding flips a ReLU, the sign of many small gradients changes, and Adam's first steps
    # scale them to full size. PyTorch's own float32 then differs from its float64 by up to 1e-2 after ten steps.
    run("compact_slow", *compact(), lr=3e-5)
    run("odd", *odd(), lr=1e-3)
    run("grouped", *grouped(), lr=1e-3)
    run("resampling", *resampling(), lr=1e-3)
    optimisers()
