"""The values that expressions may yield, and how each becomes text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.plan.expressions.namespaces import File, OpaqueText
from recipebatch.plan.expressions.unknown import known
from recipebatch.properties.value_types import scalar_text
from recipebatch.vocabulary.reserved_characters import unfit_character

if TYPE_CHECKING:
    from recipebatch.properties.deferred import Text

MAX_TEXT = 1_000_000
"""Characters that an expression may give; a request to the service holds little more."""


class EvaluationError(ValueError):
    """An expression has no value, or one that cannot be used; `hint` says more."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


def text_of(value: object) -> Text:
    """A value inside a text.

    Raises:
        EvaluationError: it is a list or a mapping, or nothing.
    """
    if isinstance(value, str):
        return plain_text(value)
    if isinstance(value, OpaqueText):
        return value.text
    if isinstance(value, File):
        raise EvaluationError("file is not a text", "write file.name or file.path")
    if isinstance(value, (list, tuple)):
        raise EvaluationError("a list is not a text", "join its elements: `| join(',')`")
    if isinstance(value, dict):
        raise EvaluationError("a mapping is not a text", "name one of its values")
    try:
        return scalar_text(known(value))
    except ValueError as error:
        raise EvaluationError(f"the value {error}") from None


def element_text(value: object) -> Text:
    """An element of a list inside a text; a file is its name, which it has in the task's working directory."""
    return value.name if isinstance(value, File) else text_of(value)


def plain_text(text: str) -> str:
    """The text, if it is one that can be used.

    Raises:
        EvaluationError: it is too long, or holds a character that is not allowed.
    """
    if len(text) > MAX_TEXT:
        raise EvaluationError(f"the result has more than {MAX_TEXT:,} characters")
    if (refused := unfit_character(text)) is not None:
        raise EvaluationError(f"the result holds the character {refused}, which is not allowed")
    return text


def check_texts(value: object) -> None:
    """Check all texts of a value: in lists and mappings too.

    Raises:
        EvaluationError: one holds a character that is not allowed.
    """
    stack = [value]
    while stack:
        found = stack.pop()
        if isinstance(found, str):
            if (refused := unfit_character(found)) is not None:
                raise EvaluationError(f"it holds the character {refused}, which is not allowed")
        elif isinstance(found, (list, tuple)):
            stack.extend(found)
        elif isinstance(found, dict):
            stack.extend(found)
            stack.extend(found.values())
