"""Expressions → values, with errors that say what and what to do."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from recipebatch.plan import deferred
from recipebatch.plan.names import NOT_KNOWN_YET, File, Later, Members
from recipebatch.recipe.kinds import spelled
from recipebatch.recipe.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from recipebatch.recipe.expressions import Expression

MAX_TEXT = 1_000_000
"""Characters that an expression may give; a request to the service holds little more."""

_CHAIN = re.compile(r"(?!true\Z|false\Z|none\Z)[a-z]+(?:\.[A-Za-z][A-Za-z0-9_]*)*\Z")


class EvaluationError(ValueError):
    """An expression has no value, or one that cannot be used; `hint` says more."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


def evaluator(expression: Expression) -> Callable[[Mapping[str, object]], object]:
    """A function from values for an expression's names to its value.

    The function raises EvaluationError when there is no value, or one that is too large.
    """
    from jinja2 import TemplateError  # here, not above: a tenth of a second that only expressions pay

    # What Python objects to in someone's expression is a fault of that expression, not of this program.
    faults = (ArithmeticError, AttributeError, LookupError, MemoryError, TypeError, ValueError, TemplateError)
    source = expression.source
    compiled = _compiled(source)

    def evaluate(names: Mapping[str, object]) -> object:
        try:
            return _checked(compiled(names))
        except EvaluationError:
            raise
        except RecursionError:
            raise EvaluationError(f"{source}: nested too deep") from None
        except faults as error:
            raise EvaluationError(f"{source}: {error}", getattr(error, "hint", None)) from None

    return evaluate


def text_of(value: object) -> str:
    """A value inside a text.

    Raises:
        EvaluationError: it is a list or a mapping, or nothing.
    """
    if isinstance(value, str):
        return spelled(value)
    if isinstance(value, Later):
        return value.text
    if isinstance(value, File):
        raise EvaluationError("file is not a text", "write file.name or file.path")
    if isinstance(value, (list, tuple)):
        raise EvaluationError("a list is not a text", "join its elements: `| join(',')`")
    if isinstance(value, dict):
        raise EvaluationError("a mapping is not a text", "name one of its values")
    try:
        return spelled(value)
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


@lru_cache(maxsize=4096)
def _compiled(source: str) -> Callable[[Mapping[str, object]], object]:
    from recipebatch.plan.sandbox import environment  # here, not above: it imports Jinja2

    sandbox = environment()
    if not _CHAIN.match(source):
        return sandbox.compiled(source)
    # `a.b.c`, most of all expressions, needs no compiled template: this is ten times as fast.
    first, *rest = source.split(".")

    def follow(names: Mapping[str, object]) -> object:
        value: Any = names[first]
        for member in rest:
            value = sandbox.getattr(value, member)
        return value

    return follow


def _checked(value: object) -> object:
    """The value as a plain one, or the reason why it is none."""
    if isinstance(value, str):
        check_text(value)
        return str(value)
    if isinstance(value, (range, tuple)):
        return list(value)
    if isinstance(value, float) and value - value != 0:  # infinite, or "not a number"
        raise EvaluationError("the result is not a number that can be used")
    if value is None or isinstance(value, (bool, int, float, list, dict, Later, File)):
        return value
    if isinstance(value, Members):
        raise EvaluationError(f"{value.label} is not a value of its own", did_you_mean("", value.values))
    str(value)  # of something undefined it raises, with the name that is missing
    raise EvaluationError("the result is not a value of its own")
