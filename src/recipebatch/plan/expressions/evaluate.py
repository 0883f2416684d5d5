"""Expressions → values, with errors that say what and what to do."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from recipebatch.errors import UnknownValueError
from recipebatch.plan.expressions.namespaces import File, Namespace, OpaqueText
from recipebatch.properties.written_scalars import WrittenBoolean
from recipebatch.text.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from recipebatch.recipe import Expression
from recipebatch.plan.expressions.budget import charge, current, deep_size
from recipebatch.plan.expressions.unknown import UNKNOWN, may_be_unknown
from recipebatch.plan.expressions.values import EvaluationError, plain_text

_CHAIN = re.compile(r"(?!true\Z|false\Z|none\Z)[a-z]+(?:\.[A-Za-z][A-Za-z0-9_]*)*\Z")


def evaluator(expression: Expression) -> Callable[[Mapping[str, object]], object]:
    """A function from values for an expression's names to its value.

    The function raises EvaluationError when there is no value, or one that is too large; UnknownValueError when it
    depends on something that is UNKNOWN.
    """
    from jinja2 import TemplateError  # here, not above: a tenth of a second that only expressions pay

    # What Python objects to in someone's expression is a fault of that expression, not of this program.
    faults = (ArithmeticError, AttributeError, LookupError, MemoryError, TypeError, ValueError, TemplateError)
    source = expression.source
    compiled = _compiled(expression)

    def evaluate(scope: Mapping[str, object]) -> object:
        try:
            return value_of(scope)
        except EvaluationError:
            if may_be_unknown(expression, scope):
                raise UnknownValueError from None
            raise

    def value_of(scope: Mapping[str, object]) -> object:
        current().at_once = 0
        try:
            return _checked(compiled(scope))
        except EvaluationError:
            raise
        except NameError:
            # The template is compiled to Python, where a literal such as 1e400 becomes the name `inf`.
            raise EvaluationError(f"{source}: a number is too large") from None
        except RecursionError:
            raise EvaluationError(f"{source}: nested too deep") from None
        except faults as error:
            raise EvaluationError(f"{source}: {error}", getattr(error, "hint", None)) from None

    return evaluate


@lru_cache(maxsize=4096)
def _compiled(expression: Expression) -> Callable[[Mapping[str, object]], object]:
    from recipebatch.plan.expressions.sandbox import environment

    sandbox = environment()
    if not _CHAIN.match(expression.source):
        return sandbox.compiled(expression.tree)
    # `a.b.c`, most of all expressions, needs no compiled template: this is ten times as fast. Alone it keeps the way in
    # which a boolean was written, for texts; for operators and filters it is a plain boolean.
    first, *rest = expression.source.split(".")

    def follow(scope: Mapping[str, object]) -> object:
        value: Any = scope[first]
        for member in rest:
            value = sandbox.member(value, member)
        return charge(value)

    return follow


def _checked(value: object) -> object:
    """The value as a plain one, or the reason why it is none."""
    if isinstance(value, str):
        return str(plain_text(value))
    if isinstance(value, (range, tuple)):
        value = list(value)
    if isinstance(value, float) and value - value != 0:  # infinite, or "not a number"
        raise EvaluationError("the result is not a number that can be used")
    if isinstance(value, (list, dict)):
        deep_size(value)
        return value
    if value is None or value is UNKNOWN or isinstance(value, (bool, int, float, OpaqueText, File, WrittenBoolean)):
        return value
    if isinstance(value, Namespace):
        raise EvaluationError(f"{value.label} cannot be used as a value", did_you_mean("", value.values))
    str(value)  # of something undefined it raises, with the name that is missing
    raise EvaluationError("the result cannot be used as a value")
