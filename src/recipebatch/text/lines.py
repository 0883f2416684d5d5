"""Lines of a text as YAML counts them, and the tabs in them.

Source: YAML 1.2.2, 5.4 "Line Break Characters" (1.1 for the others), and 6.2 "Separation Spaces".
"""

from __future__ import annotations

import re
from typing import Any

LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""The line breaks of YAML."""


def line_of(text: str, number: int) -> str:
    """One line, counted from 1; empty where there is none."""
    lines = LINE_END.split(text)
    return lines[number - 1] if 0 < number <= len(lines) else ""


def is_tab_indentation(line: str, column: int) -> bool:
    """Whether YAML refused a line at a column, counted from 1, because a tab indents it."""
    return line[column - 1 : column] == "\t" or "\t" in line[: len(line) - len(line.lstrip())]


def with_tabs(scanner: Any) -> Any:
    """A scanner of ruamel.yaml that also takes tabs, except where they indent."""

    class TabScanner(scanner):  # type: ignore[misc]
        def scan_to_next_token(self) -> Any:
            found = super().scan_to_next_token()
            reader = self.reader
            while reader.peek() == "\t" and (self.flow_level or not _is_indentation(reader)):
                while reader.peek() == "\t":
                    reader.forward()
                found = super().scan_to_next_token() or found
            return found

    return TabScanner


def _is_indentation(reader: Any) -> bool:
    before: str = reader.buffer[max(0, reader.pointer - reader.column) : reader.pointer]
    return not before.strip()
