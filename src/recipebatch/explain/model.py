"""Explanation: what one code means, what to do about it, and an example of both."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Example:
    """The same piece of a recipe, wrong and right.

    Each is one or several sections at the top level of a recipe; a section that a recipe must have and that is not
    shown is of no importance.
    """

    wrong: str
    right: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What one code means.

    Attributes:
        title: one short sentence without a full stop: what is the case.
        cause: how it comes, and why it is no good.
        cure: what to do.
        example: of the recipe, where a recipe is to blame.
        shown: an example in other words, of a command for instance.
        severity: `error`, or what `lint` calls it: `error`, `warning` or `note`.
    """

    code: str
    title: str
    cause: str
    cure: str
    example: Example | None = None
    shown: str | None = None
    severity: str = "error"
