"""What two lists of lines have not in common, in the form of `diff -u`, in bounded time."""

from __future__ import annotations

from difflib import unified_diff
from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_LINES = 500
"""Lines of each side between the first and the last that differ; finding what they share takes the square of it."""

_CONTEXT = 3


def differences(old: Sequence[str], new: Sequence[str], first: str, second: str, *, end: str = "") -> list[str]:
    """A unified diff; empty when they are equal.

    Where too many lines are between the first and the last that differ, all of them are shown as replaced.

    Args:
        old: lines.
        new: lines.
        first: what the old ones are called.
        second: what the new ones are called.
        end: of the lines of the header: that of the given lines.
    """
    head = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
    rest = min(len(old), len(new)) - head
    pairs = zip(reversed(old), reversed(new), strict=False)
    tail = min(rest, sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs)))
    if max(len(old), len(new)) - head - tail <= MAX_LINES:
        # What is equal on both ends is left to it in the part that it shows around the differences.
        begin, end_old, end_new = max(0, head - _CONTEXT), len(old) - tail + _CONTEXT, len(new) - tail + _CONTEXT
        lines = unified_diff(old[begin:end_old], new[begin:end_new], first, second, lineterm=end)
        return _moved(list(lines), begin, end)
    if head == len(old) == len(new):
        return []
    removed, added = old[head : len(old) - tail], new[head : len(new) - tail]
    place = f"@@ -{head + 1},{len(removed)} +{head + 1},{len(added)} @@"
    shown = [*(f"-{line}" for line in removed), *(f"+{line}" for line in added)]
    return [f"--- {first}{end}", f"+++ {second}{end}", f"{place}{end}", *shown]


def _moved(lines: list[str], by: int, end: str) -> list[str]:
    """The numbers of lines as they are in the whole."""
    return [_place(line, by, end) if line.startswith("@@ ") else line for line in lines] if by else lines


def _place(line: str, by: int, end: str) -> str:
    old, new = line.split()[1:3]
    return f"@@ -{_later(old[1:], by)} +{_later(new[1:], by)} @@{end}"


def _later(place: str, by: int) -> str:
    number, comma, count = place.partition(",")
    return f"{int(number) + by}{comma}{count}"
