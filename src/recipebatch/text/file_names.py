"""File names that are not UTF-8: Python has a surrogate for each such byte, which no JSON, URL or terminal takes.

They are shown and stored with `%` and two hexadecimal digits for each of these bytes: `a%FF.txt`.
"""

from __future__ import annotations

import re

_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED_BYTE = re.compile("%([89A-F][0-9A-F])")
_OF_BYTES = 0xDC00
"""What Python adds to a byte that is not UTF-8 (PEP 383)."""


def without_surrogates(name: str) -> str:
    """The name with `%FF` for a byte that is not UTF-8; half a surrogate pair, of no file's name, is `%D83D`."""
    if name.isascii():
        return name
    return _SURROGATE.sub(lambda found: f"%{_number(found[0]):02X}", name)


def with_bytes(name: str) -> str:
    """The name that an escaped one stands for, as the file system has it."""
    return _ESCAPED_BYTE.sub(lambda found: chr(_OF_BYTES + int(found[1], 16)), name)


def _number(surrogate: str) -> int:
    number = ord(surrogate)
    return number - _OF_BYTES if _OF_BYTES + 0x80 <= number <= _OF_BYTES + 0xFF else number
