"""compare_golden.py NEW OLD: do two folders hold the same golden values?

Processors and versions of numpy and PyTorch round the last bits differently. So numbers in text files (*.h) and
arrays of doubles (torch_*.bin, loss_gradients.bin) may differ by 1e-9 of the largest in the file. All other files must have
the same bytes. Needs only Python itself.
"""

import array
import os
import re
import sys

NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
DOUBLES = re.compile(r"(torch_.*|loss_gradients)\.bin$")


def close(new, old):
    largest = max((abs(x) for x in old), default=0)
    return len(new) == len(old) and all(abs(a - b) <= 1e-9 * largest for a, b in zip(new, old))


def same(name, new, old):
    if new == old:
        return True
    if name.endswith(".h"):
        new, old = new.decode(), old.decode()
        return NUMBER.sub("#", new) == NUMBER.sub("#", old) and all(
            close([float(a)], [float(b)]) for a, b in zip(NUMBER.findall(new), NUMBER.findall(old)))
    if DOUBLES.match(name) and len(new) == len(old) and len(old) % 8 == 0:
        return close(array.array("d", new), array.array("d", old))
    return False


def files(folder):
    return {os.path.relpath(os.path.join(at, name), folder) for at, _, names in os.walk(folder) for name in names}


def read(folder, name):
    with open(os.path.join(folder, name), "rb") as file:
        return file.read()


new, old = sys.argv[1:]
wrong = [f"{name}: only in one folder" for name in sorted(files(new) ^ files(old))]
wrong += [f"{name}: expected the values of {old}, got others"
          for name in sorted(files(new) & files(old)) if not same(name, read(new, name), read(old, name))]
print("\n".join(wrong) if wrong else "the golden values are the same")
sys.exit(bool(wrong))
