#!/usr/bin/python3
"""Write the golden values of tests/golden/test_layers.c by PyTorch float64. Needs python3-torch (tested with 1.13).

A case is a layer and the shape of its input. The input is uniform in [-3, 3], parameters in [-1, 1], and the objective is
the sum of the result's values, each with a weight in [-1, 1]. Writes tests/golden/layer_cases.h (the layers with their
parameters, as PyTorch names them) and tests/golden/layers.bin: for each case the result, the gradient of the input and
those of the parameters, as little-endian doubles in PyTorch's order.
"""
import json
import os

import numpy as np
import torch
import torch.nn as nn
from pytorch import HERE, TEST, philox, uniform

DROPOUT = 12  # lk_stream

MAPS, VECTORS = [2, 6, 4, 5], [3, 6]
CASES = [  # layer, shape of its input
    ({"type": "group_norm", "groups": 3}, MAPS),
    ({"type": "group_norm", "groups": 1, "eps": 0.1}, MAPS),
    ({"type": "group_norm", "groups": 2, "affine": False}, VECTORS),
    ({"type": "instance_norm"}, MAPS),
    ({"type": "instance_norm", "affine": True, "eps": 0.1}, MAPS),
    ({"type": "layer_norm"}, MAPS),
    ({"type": "layer_norm", "eps": 0.1}, VECTORS),
    ({"type": "layer_norm", "affine": False}, MAPS),
    ({"type": "dropout"}, MAPS),
    ({"type": "dropout", "p": 0.2}, VECTORS),
    ({"type": "residual", "layers": [{"type": "group_norm", "groups": 2}, {"type": "silu"}, {"type": "conv", "out": 6, "kernel": 3, "stride": 1}]}, MAPS),
    ({"type": "residual", "layers": [{"type": "silu"}, {"type": "conv", "out": 4, "kernel": 4}]}, MAPS),
    ({"type": "residual", "layers": [{"type": "residual", "layers": [{"type": "linear", "out": 6}]}, {"type": "linear", "out": 4}]}, VECTORS),
    ({"type": "attention"}, MAPS),
    ({"type": "attention", "heads": 3}, [2, 6, 9, 8]),
    ({"type": "residual", "layers": [{"type": "group_norm", "groups": 3}, {"type": "attention", "heads": 2}]}, MAPS),
    ({"type": "silu"}, MAPS),
    ({"type": "gelu"}, MAPS),
    ({"type": "gelu", "approximate": "tanh"}, VECTORS),
    ({"type": "elu"}, MAPS),
    ({"type": "elu", "alpha": 0.5}, VECTORS),
    ({"type": "softplus"}, MAPS),
    ({"type": "softplus", "beta": 2, "threshold": 1.5}, VECTORS),
    ({"type": "prelu"}, MAPS),
    ({"type": "prelu", "num_parameters": 6}, MAPS),
    ({"type": "prelu", "num_parameters": 6}, VECTORS),
]

class Dropout(nn.Module):
    """PyTorch's, with the noise of src/graph/ops/dropout.c: one word for each value, in the order H, W, C."""

    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, x):
        row = x[0].numel()
        words = np.stack([philox(0, DROPOUT, 0, i, (row + 3) // 4).ravel()[:row] for i in range(x.shape[0])])
        stays = torch.from_numpy(words.astype(np.float64) / 2**32 >= self.p)
        if x.dim() == 4:
            n, c, h, w = x.shape
            stays = stays.reshape(n, h, w, c).permute(0, 3, 1, 2)
        return x * stays / (1 - self.p)


class Residual(nn.Sequential):
    def __init__(self, shape, layers):
        out = shape
        super().__init__()
        for i, layer in enumerate(layers):
            self.add_module(str(i), make(layer, out))
            out = list(self[i](torch.zeros(out)).shape)
        self.layers = [self[i] for i in range(len(layers))]
        if out == shape:
            self.project = lambda x: x
        else:
            stride = (shape[2] - 1) // (out[2] - 1) if len(shape) == 4 else 0
            self.projection = nn.Conv2d(shape[1], out[1], 1, stride) if stride else nn.Linear(shape[1], out[1])
            self.project = self.projection

    def forward(self, x):
        y = x
        for layer in self.layers:
            y = layer(y)
        return y + self.project(x)


class Attention(nn.MultiheadAttention):
    """Over the positions of maps."""

    def __init__(self, shape, heads=1):
        super().__init__(shape[1], heads, batch_first=True)

    def forward(self, x):
        rows = x.flatten(2).transpose(1, 2)
        y, _ = super().forward(rows, rows, rows, need_weights=False)
        return y.transpose(1, 2).reshape(x.shape)


MAKERS = {
    "attention": Attention,
    "conv": lambda shape, out=32, kernel=4, stride=2, padding=1: nn.Conv2d(shape[1], out, kernel, stride, padding),
    "linear": lambda shape, out=128: nn.Linear(shape[1], out),
    "residual": Residual,
    "dropout": lambda shape, **o: Dropout(**o),
    "group_norm": lambda shape, groups=32, **o: nn.GroupNorm(groups, shape[1], **o),
    "instance_norm": lambda shape, **o: nn.InstanceNorm2d(shape[1], **o),
    "layer_norm": lambda shape, affine=True, **o: nn.LayerNorm(shape[1:], elementwise_affine=affine, **o),
    "silu": lambda shape: nn.SiLU(),
    "gelu": lambda shape, **o: nn.GELU(**o),
    "elu": lambda shape, **o: nn.ELU(**o),
    "softplus": lambda shape, **o: nn.Softplus(**o),
    "prelu": lambda shape, **o: nn.PReLU(**o),
}


def make(layer, shape):
    options = {k: v for k, v in layer.items() if k != "type"}
    return MAKERS[layer["type"]](shape, **options)


def around_0(index, shape, reach):
    """Values in [-reach, reach], the same ones that tests/golden/test_layers.c draws."""
    return torch.from_numpy(uniform(6, TEST, index, int(np.prod(shape))) * 2 * reach - reach).reshape(shape)


def values(layer, shape):
    net = nn.Sequential(make(layer, shape)).double()
    x = around_0(0, shape, 3).requires_grad_()
    with torch.no_grad():
        for i, p in enumerate(net.parameters()):
            p.copy_(around_0(10 + i, list(p.shape), 1))
    y = net(x)
    (y * around_0(1, list(y.shape), 1)).sum().backward()
    named = list(net.named_parameters())
    return y, [y.detach(), x.grad] + [p.grad for _, p in named], [(name, list(p.shape)) for name, p in named]


def text_of(shape):
    return "{ %d, { %s } }" % (len(shape), ", ".join(map(str, shape)))


def main():
    rows, tensors = [], []
    for layer, shape in CASES:
        y, of_case, parameters = values(layer, shape)
        tensors += [t.numpy().reshape(-1) for t in of_case]
        rows.append("    { %s,\n      %s, %s,\n      { %s } },\n" % (
            json.dumps(json.dumps([layer])), text_of(shape), text_of(list(y.shape)),
            ", ".join('{ "%s", %s }' % (name, text_of(s)) for name, s in parameters) or "{ 0 }"))
    with open(os.path.join(HERE, "layer_cases.h"), "w") as f:
        f.write("/* Written by scripts/golden/layers.py. */\n/* clang-format off */\nenum { GOLDEN_PARAMETERS_MAX = 8 };\n"
                "static const struct golden_layer {\n    const char *layers;\n    lk_shape in, out;\n"
                "    struct {\n        const char *name;\n        lk_shape shape;\n"
                "    } parameters[GOLDEN_PARAMETERS_MAX];\n} golden_layers[] = {\n")
        f.write("".join(rows) + "};\n/* clang-format on */\n")
    np.concatenate(tensors).astype("<f8").tofile(os.path.join(HERE, "layers.bin"))


if __name__ == "__main__":
    main()
