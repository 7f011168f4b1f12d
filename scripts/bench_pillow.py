#!/usr/bin/python3
"""Makes arrays of CelebA's pictures with Pillow, as `likeness prepare --celeba` makes a pack.

usage: bench_pillow.py DIR OUT.npz [--pictures N] [--processes P]
  DIR          has img_align_celeba and list_eval_partition.txt
  OUT.npz      gets the arrays train and val, uint8 N x 64 x 64 x 3, for `likeness prepare --npy`
  --pictures   only the first N of train, and N / 20 of val (at least 1). default: all
  --processes  default: 2
Each picture is decoded, its centre of 148 x 148 is cut out, and Image.resize makes it 64 x 64 by
the bicubic filter. Prints one JSON object: the number of pictures, and the seconds from the list of
their names to the end of the file. The start of Python and of its modules does not count.
"""
import argparse
import json
import os
import time
from multiprocessing import Pool

import numpy as np
from PIL import Image

CROP, SIZE, CHUNK = 148, 64, 100
SPLITS = {"train": "0", "val": "1"}


def picture(path):
    with Image.open(path) as image:
        left, top = (image.width - CROP) // 2, (image.height - CROP) // 2
        cut = image.convert("RGB").crop((left, top, left + CROP, top + CROP))
        return np.asarray(cut.resize((SIZE, SIZE), Image.Resampling.BICUBIC))


def pictures(paths):
    return np.stack([picture(path) for path in paths])


def chunks(items):
    return [items[i : i + CHUNK] for i in range(0, len(items), CHUNK)]


def names_of(folder, code):
    with open(os.path.join(folder, "list_eval_partition.txt")) as lines:
        rows = [line.split() for line in lines if line.strip()]
    paths = [os.path.join(folder, "img_align_celeba", row[0]) for row in rows if row[1] == code]
    return [path for path in paths if os.path.exists(path)]


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("folder")
    parser.add_argument("out")
    parser.add_argument("--pictures", type=int)
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    n = arguments.pictures
    limits = {"train": n, "val": n and max(1, n // 20)}
    begin = time.perf_counter()
    paths = {split: names_of(arguments.folder, code)[: limits[split]]
             for split, code in SPLITS.items()}
    with Pool(arguments.processes) as pool:
        arrays = {split: np.concatenate(pool.map(pictures, chunks(names), 1))
                  for split, names in paths.items() if names}
    with open(arguments.out, "wb") as file:
        np.savez(file, **arrays)
    seconds = time.perf_counter() - begin
    print(json.dumps({"pictures": sum(map(len, paths.values())), "seconds": seconds}))


if __name__ == "__main__":
    main()
