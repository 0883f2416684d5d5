"""Lines of a text as YAML counts them. Source: YAML 1.2.2, 5.4 "Line Break Characters", and 1.1 for the others."""

from __future__ import annotations

import re

_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


def line_of(text: str, number: int) -> str:
    """One line, counted from 1; empty where there is none."""
    lines = _LINE_END.split(text)
    return lines[number - 1] if 0 < number <= len(lines) else ""


def is_tab_indentation(line: str, column: int) -> bool:
    """Whether YAML refused a line at a column, counted from 1, because a tab indents it."""
    return line[column - 1 : column] == "\t" or "\t" in line[: len(line) - len(line.lstrip())]
