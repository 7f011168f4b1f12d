#!/usr/bin/python3
"""Trains a preset with PyTorch on the CPU, for bench.sh to compare with.

usage: bench_torch.py PRESET LOSS BATCH STEPS [--mode MODE] [--stock] [--until SSIM] [--seed N]
  PRESET   compact, dcgan, wae or shallow, as in src/model/presets.h and configs/bench
  LOSS     mse, ssim (a Gaussian window of 11), lwssim_conv or lwssim_pool (the four uniform
           windows of lwssim as depthwise convolutions or as avg_pool2d)
  --mode   words joined by "+": plain (nothing), cl (channels_last), bf16 (autocast), compile
           (torch.compile, of PyTorch 2). default: plain
  --stock  use nn.ConvTranspose2d unchanged, as PyTorch 2 always does here. PyTorch 1.13 trains it
           without oneDNN, so by default this script asks oneDNN for the same three convolutions, as
           later versions of PyTorch do.
  --until  train on the pictures of standard input, an .npz with train and val as uint8 N x H x W x
           C, until an epoch ends with this SSIM of val, at most STEPS epochs
  --seed   of the weights and the order of pictures. default: 1
The first steps warm up and are not timed. Prints one JSON object: the median time of a step
in milliseconds, and the peak of anonymous memory. With --until: the seconds from the first step on,
validations included, the epochs, and the SSIM after each. OMP_NUM_THREADS sets the number of
threads.
"""
import argparse
import io
import json
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

SIZE, CHANNELS, WARM_UP = 64, 3, 2
C1, C2 = 0.01**2, 0.03**2


# ---- transposed convolution through oneDNN ----
# Its forward pass is conv2d's gradient with respect to the input.


def conv_gradient(gradient, x, w, stride, padding, which):
    mask = [which == "input", which == "weight", False]
    ones, zeros = [1, 1], [0, 0]
    return torch.ops.aten.convolution_backward(
        gradient, x, w, [0], stride, padding, ones, False, zeros, 1, mask
    )


class Transposed(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w, stride, padding, output_padding):
        ctx.save_for_backward(x, w)
        ctx.geometry = stride, padding
        side = (x.shape[2] - 1) * stride[0] - 2 * padding[0] + w.shape[2] + output_padding[0]
        shape_only = x.new_empty((x.shape[0], w.shape[1], side, side))
        return conv_gradient(x, shape_only, w, stride, padding, "input")[0]

    @staticmethod
    def backward(ctx, gradient):
        x, w = ctx.saved_tensors
        gradient = gradient.contiguous()
        by_weight = conv_gradient(x, gradient, w, *ctx.geometry, "weight")[1]
        return F.conv2d(gradient, w, None, *ctx.geometry), by_weight, None, None, None


class TunedConvTranspose2d(nn.ConvTranspose2d):
    def forward(self, x):
        y = Transposed.apply(x, self.weight, self.stride, self.padding, self.output_padding)
        return y if self.bias is None else y + self.bias.view(1, -1, 1, 1)


# ---- the presets ----


def encoder(channels, kernel, padding, latent):
    layers, c = [], CHANNELS
    for out in channels:
        layers.append(nn.Conv2d(c, out, kernel, 2, padding, bias=False))
        layers += [nn.BatchNorm2d(out), nn.ReLU(inplace=True)]
        c = out
    return [*layers, nn.Flatten(), nn.Linear(c * (SIZE >> len(channels)) ** 2, latent)]


def decoder(transposed, channels, side, kernel, padding, output_padding, latent):
    c = channels[0]
    layers = [nn.Linear(latent, c * side**2), nn.Unflatten(1, (c, side, side))]
    layers += [nn.BatchNorm2d(c), nn.ReLU(inplace=True)]
    for out in channels[1:]:
        layers.append(transposed(c, out, kernel, 2, padding, output_padding, bias=False))
        layers += [nn.BatchNorm2d(out), nn.ReLU(inplace=True)]
        c = out
    return layers


CHANNELS_OF = {
    "shallow": (32, 64),
    "compact": (32, 64, 128, 256),
    "dcgan": (64, 128, 256, 512),
}


def network(preset, transposed):
    if preset == "wae":
        layers = encoder((128, 256, 512, 1024), 5, 2, 64)
        layers += decoder(transposed, (1024, 512, 256, 128), 8, 5, 2, 1, 64)
        layers.append(transposed(128, CHANNELS, 5, 1, 2))
    else:
        channels = CHANNELS_OF[preset]
        latent, side = 512 if preset == "shallow" else 128, SIZE >> len(channels)
        layers = encoder(channels, 4, 1, latent)
        layers += decoder(transposed, channels[::-1], side, 4, 1, 0, latent)
        layers.append(transposed(channels[0], CHANNELS, 4, 2, 1))
    return nn.Sequential(*layers, nn.Sigmoid())


# ---- the losses ----


def depthwise(taps):
    row = taps.view(1, 1, 1, -1).repeat(5 * CHANNELS, 1, 1, 1)
    column = row.transpose(2, 3).contiguous()
    return lambda maps: F.conv2d(F.conv2d(maps, row, groups=len(row)), column, groups=len(row))


def pool(size):
    return lambda maps: F.avg_pool2d(maps, size, 1)


def gaussian(size, sigma):
    taps = torch.exp(-((torch.arange(size) - size // 2) ** 2) / (2 * sigma**2))
    return taps / taps.sum()


def parts(x, y, blur):
    """Luminance, and contrast times structure, at every window position.

    One call of blur computes all five means.
    """
    mx, my, xx, yy, xy = blur(torch.cat((x, y, x * x, y * y, x * y), 1)).chunk(5, 1)
    luminance = (2 * mx * my + C1) / (mx * mx + my * my + C1)
    return luminance, (2 * (xy - mx * my) + C2) / (xx - mx * mx + yy - my * my + C2)


def ssim(blur):
    def loss(y, x):
        luminance, cs = parts(x, y, blur)
        return 1 - (luminance * cs).mean()

    return loss


def lwssim(blurs):
    def loss(y, x):
        return 2 - sum(sum(parts(x, y, blur)).mean() for blur in blurs) / len(blurs)

    return loss


WINDOWS = (3, 5, 7, 11)
LOSSES = {
    "mse": F.mse_loss,
    "ssim": ssim(depthwise(gaussian(11, 1.5))),
    "lwssim_conv": lwssim([depthwise(torch.full((n,), 1 / n)) for n in WINDOWS]),
    "lwssim_pool": lwssim([pool(n) for n in WINDOWS]),
}


# ---- the measurement ----


def peak_anonymous_mb():
    """The memory in use now, after a step.

    It misses higher peaks within a step, which favours PyTorch.
    """
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("RssAnon")) / 1024


def median(values):
    values, half = sorted(values), len(values) // 2
    return values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2


def read_arguments():
    parser = argparse.ArgumentParser(usage=__doc__)
    for name, kind in (("preset", str), ("loss", str), ("batch", int), ("steps", int)):
        parser.add_argument(name, type=kind)
    parser.add_argument("--mode", default="plain")
    parser.add_argument("--stock", action="store_true")
    parser.add_argument("--until", type=float)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    arguments.mode = set(arguments.mode.split("+")) - {"plain"}
    unknown = arguments.mode - {"cl", "bf16", "compile"}
    if unknown or arguments.loss not in LOSSES:
        sys.exit(__doc__)
    return arguments


def reconstruct(model, images, mode):
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled="bf16" in mode):
        return model(images).float()


def objective_of(model, loss, mode):
    """images -> loss: the network in its precision, the loss in float."""

    def objective(images):
        return loss(reconstruct(model, images, mode), images)

    return torch.compile(objective) if "compile" in mode else objective


def time_steps(step, arguments):
    """A line of figures about steps on random pictures."""
    mode, warm_up = arguments.mode, WARM_UP + ("compile" in arguments.mode)
    images = torch.rand(arguments.batch, CHANNELS, SIZE, SIZE)
    if "cl" in mode:
        images = images.to(memory_format=torch.channels_last)
    times, peak = [], 0
    for _ in range(warm_up + arguments.steps):
        begin = time.perf_counter()
        step(images)
        times.append(1e3 * (time.perf_counter() - begin))
        peak = max(peak, peak_anonymous_mb())
    return {"ms_per_step": median(times[warm_up:]), "peak_anon_mb": peak}


# ---- training until the pictures are good ----


def read_pictures():
    """N x C x H x W, in the channels_last order in which they come."""
    import numpy

    arrays = numpy.load(io.BytesIO(sys.stdin.buffer.read()))
    return [torch.from_numpy(arrays[key]).permute(0, 3, 1, 2) for key in ("train", "val")]


def numbers_of(pictures, mode):
    order = torch.channels_last if "cl" in mode else torch.contiguous_format
    return pictures.to(torch.float32, memory_format=order) / 255


def mean_ssim(model, val, arguments):
    """As `likeness eval` defines it: valid positions of the Gaussian window of 11."""
    total = 0
    model.eval()
    with torch.no_grad():
        for some in val.split(arguments.batch):
            images = numbers_of(some, arguments.mode)
            loss = LOSSES["ssim"](reconstruct(model, images, arguments.mode), images)
            total += (1 - loss.item()) * len(some)
    model.train()
    return total / len(val)


def time_quality(step, model, arguments):
    """Seconds until the SSIM is reached. An epoch leaves out pictures that fill no batch."""
    train, val = read_pictures()
    reached, begin = [], time.perf_counter()
    while len(reached) < arguments.steps and max(reached, default=0) < arguments.until:
        order = torch.randperm(len(train))
        for some in order[: len(order) // arguments.batch * arguments.batch].split(arguments.batch):
            step(numbers_of(train[some], arguments.mode))
        reached.append(mean_ssim(model, val, arguments))
    seconds = time.perf_counter() - begin
    is_reached = reached and max(reached) >= arguments.until
    return {"seconds": seconds if is_reached else None, "epochs": len(reached), "ssim": reached}


def main():
    arguments = read_arguments()
    mode = arguments.mode
    is_new = int(torch.__version__.split(".")[0]) >= 2
    torch.manual_seed(arguments.seed)
    torch.set_flush_denormal(True)
    transposed = nn.ConvTranspose2d if is_new or arguments.stock else TunedConvTranspose2d
    model = network(arguments.preset, transposed)
    if "cl" in mode:
        model = model.to(memory_format=torch.channels_last)
    beta1 = 0.5 if arguments.preset == "wae" else 0.9
    quick = {"fused": True} if is_new else {"foreach": True}
    optimizer = torch.optim.Adam(model.parameters(), 1e-3, (beta1, 0.999), **quick)
    objective = objective_of(model, LOSSES[arguments.loss], mode)

    def step(images):
        optimizer.zero_grad(set_to_none=True)
        objective(images).backward()
        optimizer.step()

    if arguments.until is None:
        figures = time_steps(step, arguments)
    else:
        figures = time_quality(step, model, arguments)
    print(json.dumps(figures))


main()
