#!/usr/bin/python3
"""Writes the seeds of the fuzz targets, tests/fuzz/corpus/TARGET/seed_*, and no other files.

usage: fuzz_seeds.py LIKENESS   (the program, which makes the packs)

The seeds are drawn pictures and tiny files, no photographs. Needs PIL and numpy.
"""

import io
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parent.parent
CORPUS = ROOT / "tests/fuzz/corpus"


def put(target, name, data):
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"seed_{name}").write_bytes(data if isinstance(data, bytes) else data.encode())


def drawing(mode, width=9, height=7):
    y, x = np.mgrid[0:height, 0:width]
    rgb = np.stack([20 * x, 30 * y, 255 - 10 * x - 10 * y], axis=2).clip(0, 255).astype(np.uint8)
    return Image.fromarray(rgb).convert(mode)


def encoded(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


# ---- pictures ----


def png_chunk(kind, data):
    import zlib

    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_by_hand(depth, colour, interlaced, palette=0, transparent=b"", bits=b""):
    """A 5 x 3 PNG of a form that PIL does not write. The pixels have no meaning."""
    import zlib

    width, height = 5, 3
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)]
    passes += [(0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    raw = b""
    for x, y, dx, dy in passes if interlaced else [(0, 0, 1, 1)]:
        w = -(-(width - x) // dx) if width > x else 0
        h = -(-(height - y) // dy) if height > y and w else 0
        n = (w * channels * depth + 7) // 8
        row = bytes(j * 37 % (2 if palette else 16 if bits else 256) for j in range(n))
        raw += b"".join(bytes([i % 5]) + row for i in range(h))
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    out = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header)
    if palette:
        out += png_chunk(b"PLTE", bytes(range(3 * palette)))
    if bits:
        out += png_chunk(b"sBIT", bits)
    if transparent:
        out += png_chunk(b"tRNS", transparent)
    return out + png_chunk(b"IDAT", zlib.compress(raw, 9)) + png_chunk(b"IEND", b"")


def big_endian_exif(orientation):
    return b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)


def fading(mode):
    picture = drawing(mode)
    picture.putalpha(drawing("L"))
    return picture


def packed(row):
    """A row as PackBits, which PSD uses: packs runs of at least three, and copies the rest."""
    out, at = b"", 0
    while at < len(row):
        n = 1
        while at + n < len(row) and n < 128 and row[at + n] == row[at]:
            n += 1
        if n >= 3:
            out += bytes([257 - n, row[at]])
        else:
            n = min(2, len(row) - at)
            out += bytes([n - 1]) + row[at : at + n]
        at += n
    return out


def psd(width, height, pixels, runs):
    """Three planes of 8 bits, with a resource and a section of layers that readers skip."""
    head = b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, height, width, 8, 3)
    head += struct.pack(">II4sHHI2s", 0, 14, b"8BIM", 1000, 0, 2, b"ab") + struct.pack(">II", 4, 0)
    if not runs:
        return head + struct.pack(">H", 0) + pixels
    rows = [packed(pixels[i : i + width]) for i in range(0, len(pixels), width)]
    lengths = b"".join(struct.pack(">H", len(row)) for row in rows)
    return head + struct.pack(">H", 1) + lengths + b"".join(rows)


def tga_header(*fields):
    return struct.pack("<BBBHHBHHHHBB", *fields)


def bmp(head, data):
    return b"BM" + head + data


def bmp_header(*fields):
    return struct.pack("<IIIIiiHHIIIIII", *fields)


def stb_pictures():
    """The pictures that stb_image decodes."""
    grey = drawing("L", 30, 20)
    put("gif", "palette", encoded(drawing("P", 6, 4), "GIF", interlace=0))
    put("gif", "interlaced", encoded(drawing("P", 5, 17), "GIF", interlace=1))
    put("gif", "grey", encoded(grey, "GIF"))
    put("gif", "transparent", encoded(drawing("P", 6, 4), "GIF", transparency=3, comment=b"drawn"))
    put("gif", "one_bit", encoded(drawing("1", 9, 5), "GIF"))
    more = [grey.rotate(180), grey]
    put("gif", "frames", encoded(grey, "GIF", save_all=True, append_images=more, loop=0))
    for mode in ["L", "LA", "P", "RGB", "RGBA"]:
        put("tga", mode.lower(), encoded(drawing(mode, 5, 3), "TGA"))
        flat = Image.new(mode, (40, 3), drawing(mode).getpixel((2, 2)))
        flat.paste(drawing(mode, 5, 3), (7, 0))
        if mode == "P":
            flat.putpalette(drawing(mode).getpalette())
        put("tga", f"{mode.lower()}_runs", encoded(flat, "TGA", compression="tga_rle"))
    put("tga", "top_down", encoded(drawing("RGB", 5, 3), "TGA", orientation=1))
    pixels = bytes(range(40))
    head = tga_header(3, 0, 2, 0, 0, 0, 0, 0, 5, 2, 16, 0)
    put("tga", "rgb16", head + b"abc" + pixels[:20])
    head = tga_header(0, 1, 1, 0, 4, 16, 0, 0, 3, 2, 8, 0x20)
    put("tga", "palette16", head + pixels[:8] + b"\0\1\2\3\2\1")
    head = tga_header(0, 1, 9, 0, 4, 32, 0, 0, 3, 2, 16, 0)
    put("tga", "wide_index", head + pixels[:16] + b"\x83\1\0\1\2\0\3\0")
    put("psd", "plain", psd(4, 3, pixels[:36], False))
    put("psd", "runs", psd(6, 4, (pixels[:9] + bytes(9)) * 4, True))
    put("psd", "long_runs", psd(200, 2, bytes(1000) + pixels * 5, True))


def pictures():
    for mode in ["1", "L", "LA", "P", "RGB", "RGBA"]:
        put("png", mode.lower(), encoded(drawing(mode), "PNG"))
    for depth in [1, 2, 4]:
        picture = png_by_hand(depth, 3, 0, palette=2**depth, transparent=b"\x10\x80")
        put("png", f"palette{depth}", picture)
        put("png", f"grey{depth}", png_by_hand(depth, 0, 1))
    put("png", "grey16", png_by_hand(16, 0, 0, transparent=b"\x00\x07"))
    picture = png_by_hand(8, 2, 1, transparent=b"\x00\x07\x00\x08\x00\x09")
    put("png", "rgb8_transparent", picture)
    put("png", "rgba16", png_by_hand(16, 6, 1))
    put("jpeg", "baseline", encoded(drawing("RGB"), "JPEG", quality=60))
    put("jpeg", "progressive", encoded(drawing("RGB", 17, 9), "JPEG", quality=60, progressive=True))
    put("jpeg", "grey", encoded(drawing("L"), "JPEG", quality=40, optimize=True))
    put("jpeg", "cmyk", encoded(drawing("CMYK"), "JPEG", quality=40, subsampling=0))
    put("jpeg", "restarts", encoded(drawing("RGB", 40, 8), "JPEG", quality=30, subsampling=1))
    for mode in ["1", "L", "P", "RGB", "RGBA"]:
        put("bmp", mode.lower(), encoded(drawing(mode, 5, 3), "BMP"))
    for orientation in [1, 6]:
        turned = Image.Exif()
        turned[0x0112] = orientation
        turned = turned.tobytes()
        put("exif", f"orientation{orientation}", turned)
        put("exif", f"big_endian{orientation}", big_endian_exif(orientation))
        put("jpeg", f"exif{orientation}", encoded(drawing("RGB"), "JPEG", quality=50, exif=turned))
        put("png", f"exif{orientation}", encoded(drawing("RGB"), "PNG", exif=turned))
        webp = encoded(drawing("RGB"), "WEBP", quality=50, exif=turned)
        put("webp", f"exif{orientation}", webp)
    put("webp", "lossy", encoded(drawing("RGB"), "WEBP", quality=50))
    put("webp", "lossless", encoded(drawing("RGB", 17, 9), "WEBP", lossless=True))
    put("webp", "alpha", encoded(fading("RGB"), "WEBP", quality=30))
    put("webp", "lossless_alpha", encoded(fading("RGB"), "WEBP", lossless=True))
    frames = [drawing("RGB"), drawing("RGB").rotate(180)]
    put("webp", "frames", encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:]))
    put("png", "rgba_fading", encoded(fading("RGB"), "PNG"))
    put("png", "grey16_12bits", png_by_hand(16, 0, 0, bits=b"\x0C"))
    pixels = bytes(range(40))
    head = struct.pack("<IIIIHHHH", 26 + 24, 0, 26, 12, 5, 1, 1, 24)
    put("bmp", "core", bmp(head, pixels[:24]))
    head = bmp_header(54 + 32, 0, 54, 40, 5, -2, 1, 24, 0, 0, 0, 0, 0, 0)
    put("bmp", "top_down", bmp(head, pixels[:32]))
    masks = struct.pack("<III", 0xF800, 0x7E0, 0x1F)
    head = bmp_header(66 + 24, 0, 66, 40, 5, 2, 1, 16, 3, 0, 0, 0, 0, 0)
    put("bmp", "565", bmp(head, masks + pixels[:24]))
    masks = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    head = bmp_header(122 + 40, 0, 122, 108, 5, 2, 1, 32, 3, 0, 0, 0, 0, 0)
    put("bmp", "v4", bmp(head, masks + bytes(52) + pixels))
    for bits in [1, 4]:
        head = bmp_header(0, 0, 54 + 8, 40, 5, 2, 1, bits, 0, 0, 0, 0, 2, 0)
        data = bytes(range(8)) + bytes([0x10, 0x01, 0x10, 0x01] * 2)
        put("bmp", f"palette{bits}", bmp(head, data))
    put("pnm", "p6", b"P6 # drawn\n3 2\n255\n" + pixels[:18])
    put("pnm", "p5", b"P5\n3 2\n#again\n 7\n" + pixels[:6])
    put("pnm", "p5_deep", b"P5 3 2 65535\n" + pixels[:12])
    put("pnm", "p6_deep", b"P6 2 2 1000 " + pixels[:24])


# ---- texts ----

SMALL = {
    "name": "small",
    "model": {
        "latent": 2,
        "architecture": {
            "encoder": [{"type": "flatten"}],
            "decoder": [
                {"type": "linear", "out": 4},
                {"type": "reshape", "shape": [1, 2, 2]},
                {"type": "batch_norm"},
                {"type": "sigmoid"},
            ],
        },
    },
    "optimizer": {"average": 0.5},
    "train": {"batch_size": 2},
}


def texts():
    every = r'{"a": [1, -0.5e+3, true, false, null, ""], // words'
    every += '\n"\\u00e9\\ud83d\\ude00\\n": {"b": {}}, "é€😀": []}\n'
    put("json", "every", every)
    put("json", "mark", b"\xef\xbb\xbf[\"\\\"\\\\\\/\\b\\f\\r\\t\", 1e308, 12345678901234567890]")
    layers = (ROOT / "tests/golden/odd.json").read_text()
    put("config", "layers", '{"model":{"architecture":' + layers + "}}")
    inside = '{"type":"residual","layers":[{"type":"group_norm","groups":1},%s]}'
    inside = inside % (inside % '{"type":"attention","heads":3}')
    inside = '{"encoder":[%s],"decoder":[{"type":"sigmoid"}]}' % inside
    inside = '{"model":{"architecture":%s}}' % inside
    put("config", "layers_inside", inside + "\0model.architecture.encoder.0.layers.1.layers.0=elu")
    preset = '{"model":{"architecture":{"preset":"wae","width":48}}}'
    put("config", "preset", preset + "\0model.architecture.width=16")
    small = json.dumps(SMALL, separators=(",", ":"))
    put("config", "small", small + "\0train.epochs=3\0name=a b\0model.architecture=dcgan")
    for loss in ["mse", "l1", "ssim", "ms_ssim", "lwssim"]:
        put("config", loss, json.dumps({"reconstruction": {"type": loss}}))
    terms = '[{"type":"ssim","weight":0.5},{"type":"mse"}]'
    put("config", "sum", '{"reconstruction":{"type":"sum","terms":%s}}' % terms)
    vae = '{"model":{"type":"vae"},"regularizer":{"type":"kl","weight":0.1},'
    vae += '"optimizer":{"type":"sgd","schedule":{"type":"cosine"}}}'
    put("config", "vae", vae)
    mmd = '{"model":{"type":"mmd"},"regularizer":{"type":"mmd"},'
    mmd += '"optimizer":{"type":"adamw","lr":1e-4}}\0regularizer.type=none'
    put("config", "mmd", mmd)
    run = '{"config":"a.json","label":"%s","name":"%s",'
    run += '"paper":{"ssim":0.5,"mse":null},"set":{"train.epochs":2}}'
    runs = run % ("one", "one") + "," + (run % ("two", "two")).replace("null", "0.1")
    head = '{"name":"table","note":"n","seeds":[1,2],"runs":[%s]}\0'
    put("experiment", "extends", head % runs + '{"extends":"base.json","name":"a"}\0' + small)
    put("experiment", "plain", head % '{"config":"a.json","label":"x"}' + "{}\0{}\0seed=3")
    grid = head.replace('"seeds":[1,2]', '"grid":{"seed":[1,2],"optimizer.lr":[1e-2,1],"a":[{}]}')
    put("experiment", "grid", grid % '{"config":"a.json","label":"x"}' + "{}\0{}\0train.epochs=3")
    put("experiment", "circle", head % runs + '{"extends":"base.json"}\0{"extends":"a.json"}')
    results = ROOT / "tests/golden/report/results"
    read = lambda name: (results / name).read_text()
    tables = read("baselines.json") + "\0" + read("verdicts.json")
    put("results", "rows", read("ae_mse-s1.json") + "\0" + read("ae_ssim-s1.json") + "\0" + tables)
    tables = '{"baselines":[]}\0{"experiment":"","note":"","differences":[]}'
    put("results", "odd", read("odd-s7.json") + "\0" + read("vae_mse-s7.json") + "\0" + tables)
    line = '{"type":"%s","step":%d,"epoch":1,"lr":0.1,"train_loss":1,"val_loss":null,'
    line += '"val_terms":{"kl":{"value":1}}}\n'
    lines = "".join(line % (kind, step) for step in [2, 4] for kind in ["step", "epoch"])
    lines += '{"type":"st'
    scores = '{"n":2,"ssim":0.5,"codes":null}\0epoch,step,lr\n1,2,0.1\n2,4,0.1\n\0'
    put("run", "run", scores + small + "\0" + lines)
    put("partition", "plain", "000001.jpg 0\n000002.jpg 1\n000003.jpg 2\n000004.jpg 0\n")
    put("partition", "windows", "3 \t2 \r\n\r\nnot_there.png 0")
    put("partition", "twice", "000001.jpg 0\n000001.jpg 0")
    put("partition", "page", "<html><body>quota exceeded</body></html>")


# ---- numbers ----


def safetensors(tensors, metadata):
    """The bytes of a .safetensors file without checksums."""
    header, data = {"__metadata__": metadata} if metadata else {}, b""
    for name, array in tensors.items():
        kind = {"float32": "F32", "float64": "F64", "uint8": "U8", "int64": "I64"}[str(array.dtype)]
        begin, data = len(data), data + array.tobytes()
        header[name] = {"dtype": kind, "shape": list(array.shape)}
        header[name]["data_offsets"] = [begin, len(data)]
    text = json.dumps(header, separators=(",", ":")).encode()
    return struct.pack("<Q", len(text)) + text + data


def numbers():
    tensors = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b.w": np.array(2.5)}
    tensors |= {"c": np.zeros((2, 0), np.int64), "d": np.ones(3, np.uint8)}
    put("safetensors", "plain", safetensors(tensors, {"format": "pt"}))
    put("safetensors", "no_metadata", safetensors({"é": np.ones(2, np.float32)}, None))
    put("safetensors", "empty", safetensors({}, None))
    text = safetensors(tensors, {"format": "pt"})[8:]
    end = text.rindex(b"}}") + 2
    put("header", "plain", struct.pack("<H", len(text) - end) + text[:end])
    put("header", "spaces", struct.pack("<H", 0) + b'{"__metadata__":{"crc32c":"00000000"}}   ')
    for kind in ["<f4", "<f8", "|u1"]:
        out = io.BytesIO()
        np.save(out, np.arange(6).reshape(1, 2, 3).astype(kind))
        put("npy", kind[1:], out.getvalue())
    out = io.BytesIO()
    np.save(out, np.array(1.5))
    put("npy", "scalar", out.getvalue())
    order = b"{'shape': (2,), 'descr': '<f4', 'fortran_order': False}"
    put("npy", "order", b"\x93NUMPY\3\0" + struct.pack("<I", len(order)) + order + bytes(8))
    record = b"{'descr': [('x', '<f4', (2,))], 'fortran_order': True, 'shape': (2,), }"
    put("npy", "record", b"\x93NUMPY\1\0" + struct.pack("<H", len(record)) + record + bytes(16))
    one = np.ones(16, np.float32)
    shapes = {"encoder.1.weight": (2, 4), "encoder.1.bias": (2,)}
    shapes |= {"decoder.0.weight": (4, 2), "decoder.0.bias": (4,)}
    shapes |= {"decoder.2.weight": (1,), "decoder.2.bias": (1,)}
    weights = {name: one[: int(np.prod(shape))].reshape(shape) for name, shape in shapes.items()}
    statistics = {"decoder.2.running_mean": one[:1], "decoder.2.running_var": one[:1]}
    state = {}
    for prefix in ["average.", "adam.m.", "adam.v."]:
        state |= {prefix + name: array for name, array in weights.items()}
    config = json.dumps(dict(SMALL, name="run"), separators=(",", ":"))
    metadata = {"likeness.images": '{"size": 2, "channels": 1}', "likeness.config": config}
    put("checkpoint", "model", safetensors(weights | statistics, metadata))
    metadata |= {"likeness.step": "3", "likeness.best": "0.5", "likeness.epoch_loss": "1"}
    metadata |= {"likeness.ended": "2", "likeness.fingerprint": "0123456789abcdef"}
    metadata |= {"likeness.blas": "?", "likeness.isa": "?"}
    put("checkpoint", "checkpoint", safetensors(weights | statistics | state, metadata))


def from_program(program):
    """The packs, which only the program writes."""
    with tempfile.TemporaryDirectory() as folder:
        for channels in ["3", "1"]:
            pack = pathlib.Path(folder) / f"faces{channels}.lkd"
            words = [program, "prepare", "--synthetic", "4", "--size", "4", "--channels", channels]
            words += ["--val", "0.25", "--test", "0.25", "--out", str(pack)]
            subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
            put("pack", f"channels{channels}", pack.read_bytes())


def arrays():
    """The two files of MNIST after each other, a batch of CIFAR-10, arrays of pictures."""
    import gzip

    idx = bytes([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4]) + bytes(range(24))
    put("mnist", "plain", idx)
    put("mnist", "gzip", gzip.compress(idx, mtime=0))
    put("cifar10", "batch", bytes([3]) + bytes(i % 251 for i in range(3072)))
    grey, colour = np.zeros((2, 3, 4), np.uint8), np.zeros((2, 3, 4, 3), np.uint8)
    for name, array in [("grey", grey), ("colour", colour)]:
        out = io.BytesIO()
        np.save(out, array)
        put("npz", name, out.getvalue())
    out = io.BytesIO()
    np.savez(out, x_train=grey, x_test=colour, y_train=np.zeros(2, np.int64))
    put("npz", "stored", out.getvalue())
    out = io.BytesIO()
    np.savez_compressed(out, faces=grey)
    put("npz", "deflated", out.getvalue())
    put("partition", "csv", "\ufeffimage_id,partition\n000001.jpg,0\n000002.jpg,2\n")
    put("partition", "commas", " 000001.jpg , 0 \r\n000002.jpg\t1\n")


if len(sys.argv) != 2:
    sys.exit(__doc__)
pictures()
stb_pictures()
texts()
numbers()
arrays()
from_program(sys.argv[1])
