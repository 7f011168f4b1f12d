#!/usr/bin/python3
"""Checks that other programs read event files: check_events.py PROTOC RUN.

It reads the files in RUN/tensorboard with Google's protobuf and the messages of
src/io/events.proto, and compares the numbers with RUN/metrics.csv. Where TensorBoard is installed,
its own reader must find the same numbers.
"""
import csv
import glob
import os
import struct
import subprocess
import sys
import tempfile

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
COLUMNS = {"loss/train": "train_loss", "loss/validation": "val_loss", "scores/ssim": "val_ssim",
           "scores/mse": "val_mse", "codes/active": "val_active", "training/learning_rate": "lr"}


def event_class(protoc):
    """The class of an Event, from the .proto file."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "set")
        subprocess.run([protoc, f"-I{ROOT}/src/io", f"--descriptor_set_out={out}", "events.proto"],
                       check=True)
        files = descriptor_pb2.FileDescriptorSet.FromString(open(out, "rb").read())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    return message_factory.MessageFactory(pool).GetPrototype(
        pool.FindMessageTypeByName("tensorflow.Event"))


def records(path):
    data, at = open(path, "rb").read(), 0
    while at + 12 <= len(data):
        (n,) = struct.unpack("<Q", data[at:at + 8])
        yield data[at + 12:at + 12 + n]
        at += 16 + n
    assert at == len(data), path


def our_numbers(folder, event):
    """{tag: {step: value}}"""
    found = {}
    for path in sorted(glob.glob(folder + "/*tfevents*")):
        for record in records(path):
            message = event.FromString(record)
            for value in message.summary.value:
                if value.WhichOneof("value") == "simple_value":
                    found.setdefault(value.tag, {})[message.step] = value.simple_value
    return found


def tensorboards_numbers(folder):
    try:
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    except ImportError:
        return None
    reader = EventAccumulator(folder)
    reader.Reload()
    tags = reader.Tags()
    assert tags["images"] and tags["histograms"] and tags["tensors"], tags
    return {tag: {e.step: e.value for e in reader.Scalars(tag)} for tag in tags["scalars"]}


def main():
    protoc, run = sys.argv[1:]
    numbers = our_numbers(run + "/tensorboard", event_class(protoc))
    rows = list(csv.DictReader(open(run + "/metrics.csv")))
    for tag, column in COLUMNS.items():
        expected = {int(row["step"]): struct.unpack("f", struct.pack("f", float(row[column])))[0]
                    for row in rows}
        assert numbers[tag] == expected, (tag, numbers[tag], expected)
    others = tensorboards_numbers(run + "/tensorboard")
    assert others in (None, numbers)
    print(f"{len(numbers)} tags at {len(rows)} epochs: the numbers of metrics.csv; TensorBoard's "
          f"own reader: {'not installed' if others is None else 'the same'}")


main()
