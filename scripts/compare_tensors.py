#!/usr/bin/env python3
"""Compares two .safetensors files tensor by tensor: names, types, shapes and bytes.

usage: compare_tensors.py A.safetensors B.safetensors

Prints each tensor that differs. The metadata may differ: it holds the config of the run.
Exit status: 0 all tensors are the same, 1 some differ, 2 a file cannot be read.
"""
import json
import struct
import sys


def read_tensors(path):
    """name -> (type, shape, bytes)"""
    with open(path, "rb") as file:
        data = file.read()
    (header_bytes,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + header_bytes])
    header.pop("__metadata__", None)
    values = data[8 + header_bytes :]
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        if not 0 <= begin <= end <= len(values):
            raise ValueError(f"{name}: data_offsets point outside the file")
        tensors[name] = (entry["dtype"], entry["shape"], values[begin:end])
    if not tensors:
        raise ValueError("expected tensors, got none")
    return tensors


def difference(a, b):
    """What differs between two tensors, in words; None if nothing does."""
    if a is None or b is None:
        return "only in the " + ("second file" if a is None else "first file")
    if a[:2] != b[:2]:
        return f"{a[0]} {a[1]} and {b[0]} {b[1]}"
    n_bytes = sum(x != y for x, y in zip(a[2], b[2]))
    return f"{n_bytes} of {len(a[2])} bytes" if n_bytes else None


def main(paths):
    if len(paths) != 2:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    files = []
    for path in paths:
        try:
            files.append(read_tensors(path))
        except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
            print(f"{path}: {error}", file=sys.stderr)
            return 2
    n_different = 0
    names = sorted(files[0].keys() | files[1].keys())
    for name in names:
        words = difference(files[0].get(name), files[1].get(name))
        if words:
            n_different += 1
            print(f"{name}: {words}")
    print(f"{len(names)} tensors, {n_different} different")
    return 1 if n_different else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
