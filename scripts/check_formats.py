#!/usr/bin/python3
"""Checks that numpy can load the files that we write: check_formats.py FOLDER.

Run the io tests with LIKENESS_SCRATCH=FOLDER first. This script reads the files that they leave
there. It uses only numpy and json, and follows the published descriptions of the formats. It is
not part of the default tests.
"""
import json
import struct
import sys

import numpy as np


def read_safetensors(path):
    data = open(path, "rb").read()
    (n,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + n])
    types = {"F32": "<f4", "F64": "<f8", "U8": "|u1", "I64": "<i8"}
    tensors = {}
    for name, t in header.items():
        if name != "__metadata__":
            begin, end = t["data_offsets"]
            values = np.frombuffer(data[8 + n + begin:8 + n + end], types[t["dtype"]])
            tensors[name] = values.reshape(t["shape"])
    return header["__metadata__"], tensors


def main():
    scratch = sys.argv[1] + "/"
    metadata, tensors = read_safetensors(scratch + "safetensors/valid")
    assert metadata["config"] == '{"a": 1}\n// \\ \t end' and metadata["name"] == "caf\u00e9"
    weight = np.float32([[1, -2, 3.5], [0, 1e-30, 6]])
    np.testing.assert_array_equal(tensors["encoder.0.weight"], weight)
    np.testing.assert_array_equal(tensors['m\u00f6ments "1"'], [0.1, -1e300])
    assert tensors["step"] == -9007199254740993 and tensors["step"].shape == ()
    assert tensors["empty"].shape == (4, 0, 2)
    assert tensors["bytes"].tolist() == [0, 7, 255]
    two = np.load(scratch + "npy/two")
    assert two.dtype == np.float32 and two.tolist() == [[1], [-2]]
    print("numpy reads our safetensors and npy files as written")


main()
