"""The line of a file that a problem is about, with a caret below its column; and colours for problems."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from recipebatch.errors import SourceFile
from recipebatch.text.lines import line_of
from recipebatch.text.terminal import one_line

if TYPE_CHECKING:
    from recipebatch.errors import SourcePosition

_WIDTH = 72
"""Characters of a line that are shown."""

_BEFORE = 40
"""Of these, at most so many before the column."""

_SEVERITY = re.compile(r"^(\S.*?: |)(error|warning|note)(: )", re.MULTILINE)
_HINT = re.compile(r"^(  hint:)", re.MULTILINE)
_CARET = re.compile(r"^( +\| *)(\^)$", re.MULTILINE)
_COLOURS = {"error": "1;31", "warning": "1;33", "note": "1;36"}


def source_lines(at: SourcePosition) -> list[str]:
    """The line of the position and a caret below; nothing where its text is not at hand or may hold a secret."""
    from recipebatch.lint import holds_secret  # here, not above: only problems of recipes pay for it

    if not isinstance(at.file, SourceFile):
        return []
    written = line_of(at.file.text, at.line)
    if not written.strip() or holds_secret(written):
        return []
    column = min(max(at.column, 1), len(written) + 1)
    first = max(0, column - 1 - _BEFORE) if len(written) > _WIDTH else 0
    begins = "…" if first else ""
    ends = "…" if first + _WIDTH < len(written) else ""
    before = begins + _flat(written[first : column - 1])
    after = _flat(written[column - 1 : first + _WIDTH]) + ends
    number = str(at.line).rjust(5)
    return [f"{number} | {before}{after}", f"{' ' * len(number)} | {' ' * _columns(before)}^"]


def painted(text: str) -> str:
    """Problems as `recipebatch.cli.render.problems` writes them, in the colours of a terminal."""
    text = _SEVERITY.sub(lambda found: f"{found[1]}\x1b[{_COLOURS[found[2]]}m{found[2]}\x1b[0m{found[3]}", text)
    text = _CARET.sub("\\1\x1b[1;31m^\x1b[0m", text)
    return _HINT.sub("\x1b[36m\\1\x1b[0m", text)


def _flat(text: str) -> str:
    return one_line(text.replace("\t", " "))


def _columns(text: str) -> int:
    """The columns of a terminal that a text takes."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )
