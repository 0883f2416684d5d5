"""What codes mean."""

from __future__ import annotations

from recipebatch import explain
from recipebatch.errors import UsageError
from recipebatch.text.nearest import nearest


def explain(code: str) -> explain.Explanation:
    """What a code means, that an error, a problem or a lint rule carries.

    Raises:
        UsageError: there is no such code.
    """
    found = explain.explanation(code)
    if found is None:
        best = nearest(code, (entry.code for entry in explain.all_explanations()))
        hint = f"did you mean {best}?" if best else "recipebatch explain lists all"
        raise UsageError(f"there is no code {code!r}", hint=hint)
    return found


def explanations() -> tuple[explain.Explanation, ...]:
    """What every code means, by subject."""
    return explain.all_explanations()
