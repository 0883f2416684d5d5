"""Explanation: what one code means, its cause, its fix and an example."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Example:
    """The same part of a recipe, wrong and right.

    Each is one or more top-level sections of a recipe; required sections that are not shown do not matter.
    """

    wrong: str
    right: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What one code means.

    Attributes:
        meaning: what is the case, as a short phrase without a full stop.
        cause: how it happens, and why it is refused or inadvisable.
        fix: what to do.
        example: of a recipe, where the recipe is the cause; else None.
        snippet: a command or a line that illustrates a code without an example; else None.
        severity: `error`, `warning` or `note`; only `lint` reports the last two.
    """

    code: str
    meaning: str
    cause: str
    fix: str
    example: Example | None = None
    snippet: str | None = None
    severity: str = "error"
