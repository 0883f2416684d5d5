"""Text from elsewhere, such that it cannot control the terminal or the log it is written to."""

from __future__ import annotations

import unicodedata

_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

# U+DC80 to U+DCFF are bytes that are not UTF-8, as Python and the file system hand them over.
_FIRST_BYTE, _LAST_BYTE = 0xDC80, 0xDCFF
_ONE_BYTE, _TWO_BYTES = 0x100, 0x10000


def printable(text: str) -> str:
    r"""The text with every character that is not shown as itself as an escape: `\x1b`, `\u202e`, `\U000e0001`.

    Line ends (`\n`) and tabs are kept; `one_line` is for a value that must not begin a line of its own. Escaped are
    what Unicode calls "Other" and "Separator" but for blanks: C0 and C1 controls, DEL, marks of direction, characters
    of no width, line and paragraph separators, private use, surrogates, and what this Python does not know. A byte that
    is not UTF-8 is shown as the byte. Nothing is removed: the length of a text tells of it.
    """
    if text.isprintable():
        return text
    return "".join(sign if sign in "\n\t" or sign.isprintable() else _shown(sign) for sign in text)


def one_line(text: str) -> str:
    r"""The text as `printable`, with line ends and tabs escaped too: a value within a line of ours."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else _shown(sign) for sign in text)


def _shown(sign: str) -> str:
    if sign in _NAMED:
        return _NAMED[sign]
    if unicodedata.category(sign) == "Zs":
        # A blank of a width of its own, such as U+3000 or U+00A0.
        return sign
    code = ord(sign)
    if _FIRST_BYTE <= code <= _LAST_BYTE:
        return f"\\x{code - 0xDC00:02x}"
    if code < _ONE_BYTE:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < _TWO_BYTES else f"\\U{code:08x}"
