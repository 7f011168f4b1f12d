#!/usr/bin/python3
"""Write the golden values of the image layer to tests/golden. Needs Pillow.

resize.bin        a formula picture resized by Pillow, one case after another in the order of tests/unit/test_image_resize.c
resize_*.jpg|png  a smooth formula picture, 20 x 14, in kinds of files that our own encoder does not write
resize_files.bin  their pixels as Pillow decodes them: RGB, in the order rgb, grey, cmyk
"""
import os
import numpy as np
from PIL import Image

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "golden")
FILTERS = [Image.BICUBIC, Image.BILINEAR, Image.LANCZOS, Image.BOX]
CASES = [(37, 29, 3, 11, 7), (37, 29, 1, 37, 13), (37, 29, 1, 16, 29), (13, 9, 1, 31, 20), (5, 40, 1, 9, 17)]  # W H C to W H


def noise(width, height, channels):
    """A hash of each byte's index; the test computes the same one."""
    h = np.arange(width * height * channels, dtype=np.uint64)
    h = (h * 2654435761 + 12345) & 0xFFFFFFFF
    h ^= h >> 15
    h = (h * 2246822519) & 0xFFFFFFFF
    h ^= h >> 13
    pixels = (h >> 24).astype(np.uint8).reshape(height, width, channels)
    return pixels[:, :, 0] if channels == 1 else pixels


def smooth(width=20, height=14):
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([30 + 10 * x, 40 + 12 * y, 220 - 6 * x - 4 * y], axis=2).astype(np.uint8)


def path(name):
    return os.path.join(FOLDER, name)


with open(path("resize.bin"), "wb") as out:
    for filter_ in FILTERS:
        for w, h, c, w2, h2 in CASES:
            out.write(np.asarray(Image.fromarray(noise(w, h, c)).resize((w2, h2), filter_)).tobytes())

rgb = Image.fromarray(smooth())
rgb.save(path("resize_rgb.jpg"), quality=95, subsampling=0)
rgb.convert("L").save(path("resize_grey.jpg"), quality=95)
rgb.convert("CMYK").save(path("resize_cmyk.jpg"), quality=95, subsampling=0)
with open(path("resize_files.bin"), "wb") as out:
    for name in ["rgb", "grey", "cmyk"]:
        out.write(np.asarray(Image.open(path("resize_%s.jpg" % name)).convert("RGB")).tobytes())
rgba = np.dstack([smooth(), np.full((14, 20), 77, np.uint8)])
Image.fromarray(rgba).save(path("resize_alpha.png"))
Image.fromarray((smooth()[:, :, 0].astype(np.uint16) * 256 + 99)).save(path("resize_16bit.png"))
