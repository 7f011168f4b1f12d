#!/usr/bin/python3
"""A run of Likeness as a PyTorch module.

    torch_model.py RUN PICTURES.npy OUT.npy       write the module's reconstructions
    torch_model.py RUN --save FILE.safetensors    write its state_dict, for likeness import

PICTURES.npy holds float32 pictures in [0, 1], N x C x H x W. As a library:

    import torch_model
    model = torch_model.load("runs/vae")    # its state_dict has the names of model.safetensors
    code = model.encode(pictures)           # N x latents, or N x C x H x W where codes are maps
    pictures = model.decode(code)

torch_model.build(config, size, channels) makes the module of any config.json, with weights to
train; torch_model.save(path, model.state_dict()) writes them. Needs torch and numpy.
"""
import argparse
import json
import pathlib
import struct

import numpy as np
import torch
from torch import nn

TYPES = {"F32": "<f4", "F64": "<f8", "I64": "<i8", "U8": "|u1"}


def read_safetensors(path):
    """The metadata and the tensors of a file: a length, a JSON header, the bytes of the tensors."""
    data = pathlib.Path(path).read_bytes()
    (n,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + n])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, t in header.items():
        begin, end = t["data_offsets"]
        values = np.frombuffer(data[8 + n + begin : 8 + n + end], TYPES[t["dtype"]])
        tensors[name] = torch.from_numpy(values.reshape(t["shape"]).copy())
    return metadata, tensors


def save(path, state_dict):
    """Write tensors as float32, or int64 where they are whole numbers."""
    header, pieces, at = {"__metadata__": {"format": "pt"}}, [], 0
    for name, tensor in state_dict.items():
        kind = "F32" if tensor.is_floating_point() else "I64"
        piece = tensor.detach().cpu().numpy().astype(TYPES[kind]).tobytes()
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [at, at + len(piece)]}
        pieces.append(piece)
        at += len(piece)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    pathlib.Path(path).write_bytes(struct.pack("<Q", len(text)) + text + b"".join(pieces))


# ---- layers that are no module of PyTorch ----


class Residual(nn.Sequential):
    """x + layers(x); where shapes differ, x goes through `projection`."""

    def __init__(self, layers, projection):
        super().__init__(*layers)
        if projection:
            self.add_module("projection", projection)

    def forward(self, x):
        y = x
        for name, layer in self.named_children():
            if name != "projection":
                y = layer(y)
        return y + (self.projection(x) if hasattr(self, "projection") else x)


class Attention(nn.MultiheadAttention):
    """Self-attention over the positions of maps."""

    def __init__(self, channels, heads):
        super().__init__(channels, heads, batch_first=True)

    def forward(self, x):
        positions = x.flatten(2).transpose(1, 2)
        y, _ = super().forward(positions, positions, positions, need_weights=False)
        return y.transpose(1, 2).reshape(x.shape)


class Reshape(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.shape = shape

    def forward(self, x):
        return x.reshape(len(x), *self.shape)


# ---- the layers of a config ----


def residual(o, x, channels):
    layers, y = stack(o["layers"], x, channels)
    projection = None
    if y.shape != x.shape and x.dim() == 2:
        projection = nn.Linear(x.shape[1], y.shape[1])
    elif y.shape != x.shape:
        stride = next(s for s in range(1, max(x.shape[2:]) + 1)
                      if [(side - 1) // s + 1 for side in x.shape[2:]] == list(y.shape[2:]))
        projection = nn.Conv2d(x.shape[1], y.shape[1], 1, stride)
    return Residual(layers, projection)


def norm(o, x):
    """batch_norm of maps or of vectors."""
    kind = nn.BatchNorm2d if x.dim() == 4 else nn.BatchNorm1d
    return kind(x.shape[1], o["eps"], o["momentum"])


def pool(o):
    return o["kernel"], o["stride"] or o["kernel"], o["padding"]


# For each type of layer: the module for input x of pictures with so many channels, from options o.
LAYERS = {
    "conv": lambda o, x, channels: nn.Conv2d(
        x.shape[1], o["out"] or channels, o["kernel"], o["stride"], o["padding"], o["dilation"], o["groups"],
        o["bias"]),
    "conv_transpose": lambda o, x, channels: nn.ConvTranspose2d(
        x.shape[1], o["out"] or channels, o["kernel"], o["stride"], o["padding"], o["output_padding"],
        o["groups"], o["bias"], o["dilation"]),
    "linear": lambda o, x, _: nn.Linear(x.shape[1], o["out"], o["bias"]),
    "batch_norm": lambda o, x, _: norm(o, x),
    "group_norm": lambda o, x, _: nn.GroupNorm(o["groups"], x.shape[1], o["eps"], o["affine"]),
    "instance_norm": lambda o, x, _: nn.InstanceNorm2d(x.shape[1], o["eps"], affine=o["affine"]),
    "layer_norm": lambda o, x, _: nn.LayerNorm(x.shape[1:], o["eps"], o["affine"]),
    "relu": lambda o, x, _: nn.ReLU(),
    "leaky_relu": lambda o, x, _: nn.LeakyReLU(o["slope"]),
    "sigmoid": lambda o, x, _: nn.Sigmoid(),
    "tanh": lambda o, x, _: nn.Tanh(),
    "silu": lambda o, x, _: nn.SiLU(),
    "gelu": lambda o, x, _: nn.GELU(o["approximate"]),
    "elu": lambda o, x, _: nn.ELU(o["alpha"]),
    "softplus": lambda o, x, _: nn.Softplus(o["beta"], o["threshold"]),
    "prelu": lambda o, x, _: nn.PReLU(o["num_parameters"], o["init"]),
    "dropout": lambda o, x, _: nn.Dropout(o["p"]),
    "residual": residual,
    "attention": lambda o, x, _: Attention(x.shape[1], o["heads"]),
    "max_pool": lambda o, x, _: nn.MaxPool2d(*pool(o)),
    "avg_pool": lambda o, x, _: nn.AvgPool2d(*pool(o), count_include_pad=o["count_include_pad"]),
    "upsample": lambda o, x, _: nn.Upsample(
        scale_factor=o["scale"], mode=o["mode"], align_corners=False if o["mode"] == "bilinear" else None),
    "pixel_shuffle": lambda o, x, _: nn.PixelShuffle(o["factor"]),
    "reshape": lambda o, x, _: Reshape(o["shape"]),
    "flatten": lambda o, x, _: nn.Flatten(),
}


def stack(layers, x, channels):
    """The modules of a list of layers, and what they make of x."""
    modules = []
    for options in layers:
        module = LAYERS[options["type"]](options, x, channels).eval()
        x = module(x)
        modules.append(module)
    return modules, x


# ---- models ----


class Codebook(nn.Module):
    """The nearest code of each vector. `count` and `sum` are what Likeness trains the codes with."""

    def __init__(self, codes, length):
        super().__init__()
        self.register_buffer("weight", (2 * torch.rand(codes, length) - 1) / codes)
        self.register_buffer("count", torch.zeros(codes))
        self.register_buffer("sum", torch.zeros(codes, length))

    def forward(self, x):
        vectors = x.movedim(1, -1)
        index = (vectors.unsqueeze(-2) - self.weight).square().sum(-1).argmin(-1)
        return x + (self.weight[index].movedim(-1, 1) - x).detach()


class Encoder(nn.Sequential):
    """The layers of a config, then the last one or two, which make the numbers of the code."""

    def __init__(self, layers, heads):
        super().__init__(*layers)
        for name, head in heads.items():
            self.add_module(name, head)
        self.heads = list(heads)

    def forward(self, x):
        """As many results as there are heads."""
        for name, layer in self.named_children():
            if name not in self.heads:
                x = layer(x)
        heads = [self.get_submodule(name) for name in self.heads]
        return [head(x.flatten(1) if isinstance(head, nn.Linear) else x) for head in heads]


def head(x, code):
    """From features to a code (Z), or (C, H, W)."""
    return nn.Linear(x[0].numel(), code[0]) if len(code) == 1 else nn.Conv2d(x.shape[1], code[0], 1)


class Model(nn.Module):
    """An autoencoder: forward is decode(encode(pictures)). A vae draws its codes in training."""

    def __init__(self, config, size, channels):
        super().__init__()
        model = config["model"]
        lists = model["architecture"]
        code = model["latent"] if isinstance(model["latent"], list) else [model["latent"]]
        names = ["mu", "logvar"] if model["type"] == "vae" else [str(len(lists["encoder"]))]
        with torch.no_grad():
            layers, features = stack(lists["encoder"], torch.zeros(2, channels, size, size), channels)
            self.encoder = Encoder(layers, {name: head(features, code) for name in names})
            self.decoder = nn.Sequential(*stack(lists["decoder"], torch.zeros(2, *code), channels)[0])
        if model["type"] == "vq":
            self.codebook = Codebook(model["codes"], code[0])
        self.train()

    def encode(self, pictures):
        z, *logvar = self.encoder(pictures)
        if logvar and self.training:
            z = z + torch.exp(logvar[0].clamp(-30, 20) / 2) * torch.randn_like(z)
        return self.codebook(z) if hasattr(self, "codebook") else z

    def decode(self, code):
        return self.decoder(code)

    def forward(self, pictures):
        return self.decode(self.encode(pictures))


def build(config, size, channels):
    """The module of a config.json, whose layers are written out, for pictures of that size."""
    return Model(config, size, channels)


def load(run):
    """The trained module of a run's folder, for evaluation."""
    run = pathlib.Path(run)
    metadata, tensors = read_safetensors(run / "model.safetensors")
    images = json.loads(metadata["likeness.images"])
    model = build(json.loads((run / "config.json").read_text()), images["size"], images["channels"])
    missing, unexpected = model.load_state_dict(tensors, strict=False)
    missing = [name for name in missing if not name.endswith(".num_batches_tracked")]
    if missing or unexpected:
        raise ValueError(f"{run}: expected the tensors of config.json; missing: {missing}; unexpected: {unexpected}")
    return model.eval()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run")
    parser.add_argument("pictures", nargs="?")
    parser.add_argument("out", nargs="?")
    parser.add_argument("--save")
    given = parser.parse_args()
    model = load(given.run)
    if given.save:
        save(given.save, model.state_dict())
    if given.pictures:
        with torch.no_grad():
            np.save(given.out, model(torch.from_numpy(np.load(given.pictures))).numpy())


if __name__ == "__main__":
    main()
