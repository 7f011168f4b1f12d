#!/usr/bin/python3
"""Read what Likeness writes with numpy alone: read.py MODEL.safetensors ARRAY.npy. Prints the shape of every array."""
import json
import struct
import sys

import numpy as np

TYPES = {"F32": "<f4", "F64": "<f8", "U8": "|u1", "I64": "<i8"}


def read_safetensors(path):
    """The metadata and the tensors by name. The file is a length, a JSON header and the bytes of the tensors."""
    with open(path, "rb") as file:
        (n,) = struct.unpack("<Q", file.read(8))
        header, data = json.loads(file.read(n)), file.read()
    metadata = header.pop("__metadata__", {})
    return metadata, {name: np.frombuffer(data[slice(*t["data_offsets"])], TYPES[t["dtype"]]).reshape(t["shape"])
                      for name, t in header.items()}


if __name__ == "__main__":
    metadata, tensors = read_safetensors(sys.argv[1])
    print("metadata:", ", ".join(key for key in metadata if not key.startswith("crc32c.")))
    for name, tensor in tensors.items():
        print(name, tensor.shape, tensor.dtype)
    array = np.load(sys.argv[2])
    print(sys.argv[2], array.shape, array.dtype)
