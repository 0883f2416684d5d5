"""The operators for each combination of types: exactly the table "Operations" of the article.

For example, `doubleVec + double` is valid, but `double + doubleVec` and `timestamp - timeinterval` are not (the article
writes `time() + (-6 * TimeInterval_Hour)`). That the service refuses operations not in the table is unverified.
Arithmetic of doubles is that of IEEE 754: a division by zero is infinite (unverified).
"""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, Final, TypeGuard

from recipebatch.emulator.scheduler.autoscale.values import TimeInterval, Timestamp, Value, type_name

if TYPE_CHECKING:
    from collections.abc import Callable


def _divide(left: float, right: float) -> float:
    if right:
        return left / right
    if math.isnan(left) or left == 0:
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1.0, right)


ARITHMETIC: Final[dict[str, Callable[[float, float], float]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
}
COMPARISONS: Final[dict[str, Callable[[Value, Value], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
    "!=": operator.ne,
}


def binary(symbol: str, left: Value, right: Value) -> Value:
    """Apply a binary operator, including `&&` and `||`, to evaluated operands.

    Raises:
        ValueError: the operator is not defined for these types, or the result is out of range (text unverified).
    """
    result: Value | None = None
    if symbol in COMPARISONS:
        if type(left) is type(right) and not isinstance(left, tuple):
            result = float(COMPARISONS[symbol](left, right))
    elif symbol in ARITHMETIC:
        result = _arithmetic(symbol, left, right)
    elif isinstance(left, float) and isinstance(right, float):
        result = float(bool(left) and bool(right) if symbol == "&&" else bool(left) or bool(right))
    if result is None:
        raise ValueError(f"Operator {symbol} is not defined for {type_name(left)} and {type_name(right)}")
    return result


def unary(symbol: str, operand: Value) -> Value:
    """Apply `-` or `!`.

    Raises:
        ValueError: the operator is not defined for this type.
    """
    if isinstance(operand, float):
        return -operand if symbol == "-" else float(not operand)
    if isinstance(operand, TimeInterval) and symbol == "-":
        return TimeInterval(-operand.ticks)
    raise ValueError(f"Operator {symbol} is not defined for {type_name(operand)}")


def _arithmetic(symbol: str, left: Value, right: Value) -> Value | None:
    if isinstance(left, float):
        if isinstance(right, float):
            return ARITHMETIC[symbol](left, right)
        return _interval(right.ticks * left) if isinstance(right, TimeInterval) and symbol == "*" else None
    if isinstance(left, tuple):
        return _vector(symbol, left, right)
    if _is_time(left) and _is_time(right):
        return _times(symbol, left, right)
    if isinstance(left, TimeInterval) and isinstance(right, float) and symbol in "*/":
        return _interval(ARITHMETIC[symbol](left.ticks, right))
    return None


def _vector(symbol: str, left: tuple[float, ...], right: Value) -> Value | None:
    apply = ARITHMETIC[symbol]
    if isinstance(right, float):
        return tuple(apply(item, right) for item in left)
    if not isinstance(right, tuple):
        return None
    # Vectors of different lengths are an error (unverified).
    if len(left) != len(right):
        raise ValueError(f"Vectors of {len(left)} and {len(right)} elements cannot be combined with {symbol}")
    return tuple(apply(mine, theirs) for mine, theirs in zip(left, right, strict=True))


def _is_time(value: Value) -> TypeGuard[Timestamp | TimeInterval]:
    return isinstance(value, Timestamp | TimeInterval)


def _times(symbol: str, left: Timestamp | TimeInterval, right: Timestamp | TimeInterval) -> Value | None:
    moments = isinstance(left, Timestamp) + isinstance(right, Timestamp)
    if symbol == "+" and moments <= 1:
        return (Timestamp if moments else TimeInterval)(left.ticks + right.ticks)
    if symbol == "-" and moments != 1:
        return TimeInterval(left.ticks - right.ticks)
    return None


def _interval(ticks: float) -> TimeInterval:
    """An interval of a number of ticks, rounded to whole ones (unverified)."""
    if not math.isfinite(ticks):
        raise ValueError("The timeinterval is too long")
    return TimeInterval(round(ticks))
