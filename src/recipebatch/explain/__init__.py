"""What the codes of errors, problems and lint rules mean, one data file a code. The door is `explanation`."""

from __future__ import annotations

from recipebatch.explain.code_files import SUBJECTS, codes_of, read
from recipebatch.explain.model import Example, Explanation

__all__ = ["Example", "Explanation", "all_explanations", "explanation", "lint_codes"]


def all_explanations() -> tuple[Explanation, ...]:
    """Every explanation, by subject, then by code."""
    return tuple(read(subject, code) for subject in SUBJECTS for code in codes_of(subject))


def explanation(code: str) -> Explanation | None:
    """The explanation of a code, or None."""
    return next((read(subject, code) for subject in SUBJECTS if code in codes_of(subject)), None)


def lint_codes() -> tuple[str, ...]:
    """The codes of the lint rules."""
    return codes_of("lint")
