"""The ends of what a task wrote to stdout and stderr: read without secrets, and quoted in a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.runs import OUTPUT_BYTES
from recipebatch.text.secret import end_without_secrets, size_of_secrets
from recipebatch.text.terminal import printable

if TYPE_CHECKING:
    from collections.abc import Callable

_SHOWN = 2000


def read_end(read: Callable[[int], str]) -> str:
    """The end of a file without secrets, from what gives so many of its last bytes."""
    # A secret that begins before what is kept is recognized by its beginning.
    return end_without_secrets(read(OUTPUT_BYTES + size_of_secrets()), OUTPUT_BYTES).rstrip()


def ends_text(stdout: str, stderr: str) -> str:
    """The end of stderr, or of stdout where that is empty, as a quotation on lines of its own; empty without both."""
    if stderr:
        return f"\n{indented(stderr[-_SHOWN:])}"
    if stdout:
        return f"\n    its stderr is empty; the end of its stdout:\n{indented(stdout[-_SHOWN:])}"
    return ""


def indented(text: str) -> str:
    """The text as a quotation of several lines; what could control a terminal is escaped."""
    return "\n".join(f"    | {line}" for line in printable(text.replace("\r\n", "\n")).split("\n"))
