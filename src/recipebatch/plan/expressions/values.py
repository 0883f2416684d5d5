"""The values that expressions may yield, and how each becomes text."""

from __future__ import annotations

from recipebatch.plan.expressions import deferred
from recipebatch.plan.expressions.namespaces import NOT_KNOWN_YET, DeferredText, File
from recipebatch.properties.value_types import scalar_text

MAX_TEXT = 1_000_000
"""Characters that an expression may give; a request to the service holds little more."""


class EvaluationError(ValueError):
    """An expression has no value, or one that cannot be used; `hint` says more."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


def text_of(value: object) -> str:
    """A value inside a text.

    Raises:
        EvaluationError: it is a list or a mapping, or nothing.
    """
    if isinstance(value, str):
        return scalar_text(value)
    if isinstance(value, DeferredText):
        return value.text
    if isinstance(value, File):
        raise EvaluationError("file is not a text", "write file.name or file.path")
    if isinstance(value, (list, tuple)):
        raise EvaluationError("a list is not a text", "join its elements: `| join(',')`")
    if isinstance(value, dict):
        raise EvaluationError("a mapping is not a text", "name one of its values")
    try:
        return scalar_text(value)
    except ValueError as error:
        raise EvaluationError(f"the value {error}") from None


def element_text(value: object) -> str:
    """An element of a list inside a text; a file is its name, which it has in the task's working directory."""
    return value.name if isinstance(value, File) else text_of(value)


def check_text(text: str) -> None:
    """Refuse a text that is too long, or in which a deferred value was changed.

    Raises:
        EvaluationError: it is one.
    """
    if len(text) > MAX_TEXT:
        raise EvaluationError(f"the result has more than {MAX_TEXT:,} characters")
    rest = deferred.fill(text, lambda _: "") if deferred.OPEN in text else text
    if deferred.OPEN in rest or deferred.CLOSE in rest:
        raise EvaluationError(NOT_KNOWN_YET)
