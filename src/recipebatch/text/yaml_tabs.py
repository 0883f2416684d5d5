"""A scanner of YAML that takes tabs between two tokens of a line. Source: YAML 1.2.2, 6.2 "Separation Spaces"."""

from __future__ import annotations

from typing import Any


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
