#!/usr/bin/python3
"""Write the golden files of the decoders to tests/golden. Needs Pillow.

decode.gif, decode_interlaced.gif   photo_cat.png with 256 colours, written by Pillow; the first has a second frame
decode_gif.png                      their first frame as Pillow decodes it
decode.tga, decode.psd              photo_cat.png with run lengths, by Pillow and by hand; Pillow decodes both to photo_cat.png
decode_lossless.webp                photo_cat.png lying on its side, which its EXIF says
decode_lossy.webp, decode_webp.png  photo_cat.png upside down, and what Pillow decodes and turns by its EXIF
decode_alpha.webp, decode_alpha.png photo_cat.png that fades to the right, and the same laid over black
"""
import os
import struct

from PIL import Image, ImageOps

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "golden")


def path(name):
    return os.path.join(FOLDER, name)


def packed(row):
    """A row in PackBits: runs of three or more equal bytes, and single bytes."""
    out, at = b"", 0
    while at < len(row):
        n = 1
        while n < 128 and row[at : at + n + 1] == row[at : at + 1] * (n + 1):
            n += 1
        n = n if n > 2 else 1
        out += bytes([257 - n, row[at]]) if n > 1 else bytes([0, row[at]])
        at += n
    return out


def write_psd(image):
    rows = [packed(plane.crop((0, y, image.width, y + 1)).tobytes()) for plane in image.split() for y in range(image.height)]
    with open(path("decode.psd"), "wb") as out:
        out.write(struct.pack(">4sH6xHIIHHIIIH", b"8BPS", 1, 3, image.height, image.width, 8, 3, 0, 0, 0, 1))
        out.write(b"".join(struct.pack(">H", len(row)) for row in rows) + b"".join(rows))


cat = Image.open(path("photo_cat.png")).convert("RGB")
palette = cat.quantize(256)
palette.save(path("decode.gif"), save_all=True, append_images=[palette.rotate(180)], interlace=0)
palette.save(path("decode_interlaced.gif"), interlace=1)
first = Image.open(path("decode.gif")).convert("RGB")
first.save(path("decode_gif.png"))
assert first.tobytes() == Image.open(path("decode_interlaced.gif")).convert("RGB").tobytes()
cat.save(path("decode.tga"), compression="tga_rle")
write_psd(cat)
for name in ["decode.tga", "decode.psd"]:
    assert Image.open(path(name)).tobytes() == cat.tobytes()


def save_turned(name, turn, orientation, **options):
    exif = Image.Exif()
    exif[0x0112] = orientation
    cat.transpose(turn).save(path(name), exif=exif.tobytes(), **options)
    return ImageOps.exif_transpose(Image.open(path(name))).convert("RGB")


assert save_turned("decode_lossless.webp", Image.Transpose.ROTATE_90, 6, lossless=True).tobytes() == cat.tobytes()
save_turned("decode_lossy.webp", Image.Transpose.ROTATE_180, 3, quality=70).save(path("decode_webp.png"))
fading = cat.copy()
fading.putalpha(Image.linear_gradient("L").rotate(90).resize(cat.size))
fading.save(path("decode_alpha.webp"), quality=70)
over_black = Image.new("RGB", cat.size)
read = Image.open(path("decode_alpha.webp"))
over_black.paste(read.convert("RGB"), mask=read.getchannel("A"))
over_black.save(path("decode_alpha.png"))
