"""Converts a picture to a gray one of half the size: `thumbnail.py IN.png OUT.png`.

Reads and writes PNG files of 8 bits per channel, gray or RGB, not interlaced; uses only the standard library.
Source: "Portable Network Graphics (PNG) Specification", third edition.
"""

from __future__ import annotations

import struct
import sys
import zlib
from pathlib import Path

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3}
"""Color type → channels: gray, and RGB."""


def read(data: bytes) -> tuple[int, int, list[bytes]]:
    """Width, channels and rows of a picture.

    Raises:
        ValueError: it is no such PNG file.
    """
    if not data.startswith(_SIGNATURE):
        raise ValueError("not a PNG file")
    packed, header, place = b"", b"", len(_SIGNATURE)
    while place < len(data):
        length, kind = struct.unpack(">I4s", data[place : place + 8])
        body = data[place + 8 : place + 8 + length]
        header = body if kind == b"IHDR" else header
        packed += body if kind == b"IDAT" else b""
        place += length + 12
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    if depth != 8 or colour not in _CHANNELS or interlaced:  # noqa: PLR2004 - bits, as the docstring says
        raise ValueError("only 8 bits per channel, grey or RGB, not interlaced")
    channels = _CHANNELS[colour]
    size = width * channels
    raw = zlib.decompress(packed)
    rows: list[bytes] = []
    before = bytes(size)
    for number in range(height):
        begin = number * (size + 1)
        before = _unfiltered(raw[begin], raw[begin + 1 : begin + 1 + size], before, channels)
        rows.append(before)
    return width, channels, rows


def _unfiltered(kind: int, line: bytes, above: bytes, channels: int) -> bytes:
    """A row with its filter removed (section 9 of the specification)."""
    found = bytearray(line)
    for place, value in enumerate(line):
        left = found[place - channels] if place >= channels else 0
        corner = above[place - channels] if place >= channels else 0
        guess = (0, left, above[place], (left + above[place]) // 2, _paeth(left, above[place], corner))[kind]
        found[place] = (value + guess) % 256
    return bytes(found)


def _paeth(left: int, above: int, corner: int) -> int:
    """The neighbor closest to left + above - corner (the Paeth predictor)."""
    return min((left, above, corner), key=lambda value: abs(left + above - corner - value))


def halved(width: int, channels: int, rows: list[bytes]) -> list[bytes]:
    """Gray rows, each pixel the mean of four; an odd last column or row is dropped."""
    found = []
    for number in range(0, len(rows) - 1, 2):
        line = bytearray()
        for column in range(0, width - 1, 2):
            place = column * channels
            four = rows[number][place : place + 2 * channels] + rows[number + 1][place : place + 2 * channels]
            line.append(round(sum(four) / len(four)))
        found.append(bytes(line))
    return found


def write(rows: list[bytes]) -> bytes:
    """A gray PNG file."""
    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    packed = zlib.compress(b"".join(b"\0" + row for row in rows))
    chunks = ((b"IHDR", header), (b"IDAT", packed), (b"IEND", b""))
    return _SIGNATURE + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


def main(arguments: list[str]) -> int:
    """Convert one picture."""
    if len(arguments) != 2:  # noqa: PLR2004 - as many as the docstring names
        print(__doc__, file=sys.stderr)
        return 2
    try:
        width, channels, rows = read(Path(arguments[0]).read_bytes())
    except (ValueError, struct.error, zlib.error) as error:
        print(f"{arguments[0]}: {error}", file=sys.stderr)
        return 1
    Path(arguments[1]).write_bytes(write(halved(width, channels, rows)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
