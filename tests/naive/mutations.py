"""Damage to files, drawn from a seed: what every reader has to survive."""

import re

import numpy as np


def mutate(data: bytes, rng: np.random.Generator) -> bytes:
    """Damage a file in one to three ways."""
    for _ in range(rng.integers(1, 4)):
        if not data:
            return data
        way = rng.integers(0, 11)
        place = int(rng.integers(0, len(data)))
        lines = data.splitlines(keepends=True)
        line = int(rng.integers(0, len(lines))) if lines else 0
        if way == 0:  # flip some bits
            changed = bytearray(data)
            for at in rng.integers(0, len(data), rng.integers(1, 9)):
                changed[at] ^= 1 << int(rng.integers(0, 8))
            data = bytes(changed)
        elif way == 1:  # cut off
            data = data[:place]
        elif way == 2:  # leave a piece out
            data = data[:place] + data[place + int(rng.integers(1, 40)) :]
        elif way == 3:  # put noise in
            data = data[:place] + rng.bytes(int(rng.integers(1, 12))) + data[place:]
        elif way == 4:  # a line less
            data = b"".join(lines[:line] + lines[line + 1 :])
        elif way == 5:  # a line twice
            data = b"".join(lines[:line] + lines[line : line + 1] + lines[line:])
        elif way == 6:  # a digit, sign or separator changed for another
            marks = b"0123456789-+.,;eENa\t \"'#/:<>&"
            changed = bytearray(data)
            changed[place] = marks[int(rng.integers(0, len(marks)))]
            data = bytes(changed)
        elif way == 7:  # other line ends
            data = data.replace(b"\r\n", b"\n").replace(b"\n", [b"\r", b"\r\n"][place % 2])
        elif way == 8:  # another encoding
            text = data.decode("latin-1")
            data = text.encode(["utf-16", "utf-8-sig", "utf-8"][place % 3])
        elif way == 9:  # an absurd number
            found = [m.span() for m in re.finditer(rb"\d+(?:\.\d+)?", data[:20_000])]
            if found:
                a, b = found[int(rng.integers(0, len(found)))]
                absurd = (b"1e400", b"-1e300", b"nan", b"9" * 400, b"1e-320", b"0x1F", b"1_0")
                data = data[:a] + absurd[int(rng.integers(0, len(absurd)))] + data[b:]
        else:  # two lines exchanged
            other = int(rng.integers(0, len(lines))) if lines else 0
            if lines:
                lines[line], lines[other] = lines[other], lines[line]
            data = b"".join(lines)
    return data
