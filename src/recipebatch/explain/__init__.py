"""What each code of an error, a problem or a lint rule means. Doors: `explanation`, `all_explanations`."""

from __future__ import annotations

from recipebatch.explain import composition, documents, jobs, lint, runs, tasks, values
from recipebatch.explain.model import Example, Explanation

__all__ = ["Example", "Explanation", "all_explanations", "explanation", "lint_rules"]

_ENTRIES = (
    *documents.ENTRIES,
    *composition.ENTRIES,
    *values.ENTRIES,
    *tasks.ENTRIES,
    *jobs.ENTRIES,
    *lint.ENTRIES,
    *runs.ENTRIES,
)
_BY_CODE = {entry.code: entry for entry in _ENTRIES}


def all_explanations() -> tuple[Explanation, ...]:
    """Every entry, by subject."""
    return _ENTRIES


def explanation(code: str) -> Explanation | None:
    """The entry of a code, or None."""
    return _BY_CODE.get(code)


def lint_rules() -> tuple[Explanation, ...]:
    """The entries of the lint rules."""
    return lint.ENTRIES
