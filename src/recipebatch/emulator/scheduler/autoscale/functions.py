"""The functions of the article, except the methods of metrics such as `GetSample`.

`ceil`, `floor` and `round` came later than the others (a change of the article of November 2022); `vec` is mentioned
only in the description of `lg`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, TypeAlias

from recipebatch.emulator.scheduler.autoscale.values import Timestamp, Value, read_timestamp, type_name

if TYPE_CHECKING:
    from collections.abc import Callable

Doubles: TypeAlias = tuple[float, ...]


def call(name: str, arguments: tuple[Value, ...], *, now: Timestamp, rand: Callable[[], float]) -> Value:
    """Call a function of `NAMES`.

    Args:
        now: the result of `time()`.
        rand: the source of `rand()`, 0 up to 1.

    Raises:
        ValueError: the arguments are invalid. The message text is unverified.
    """
    if name in _OF_LIST:
        return _of_list(name, arguments)
    if name in _COMPONENT_WISE:
        apply = _COMPONENT_WISE[name]
        if len(arguments) == 1 and isinstance(arguments[0], float):
            return apply(arguments[0])
        return tuple(apply(item) for item in _doubles(name, arguments))
    if name in _OF_VECTOR:
        return _of_vector(name, arguments)
    if name == "time":
        return _time(arguments, now)
    if arguments:
        raise _invalid_arguments(name, arguments)
    return rand()


def vector(items: tuple[Value, ...]) -> Doubles:
    """The vector `[...]` of doubles; vectors among them are joined (unverified).

    Raises:
        ValueError: an item is neither a double nor a vector.
    """
    return _doubles("[]", items)


def _invalid_arguments(name: str, arguments: tuple[Value, ...]) -> ValueError:
    return ValueError(f"Function {name} is not defined for ({', '.join(type_name(value) for value in arguments)})")


def _doubles(name: str, arguments: tuple[Value, ...]) -> Doubles:
    """A doubleVecList: doubles and doubleVecs in any order become one doubleVec (the article)."""
    doubles: list[float] = []
    for argument in arguments:
        if isinstance(argument, float):
            doubles.append(argument)
        elif isinstance(argument, tuple):
            doubles.extend(argument)
        else:
            raise _invalid_arguments(name, arguments)
    return tuple(doubles)


def _of_list(name: str, arguments: tuple[Value, ...]) -> Value:
    doubles = _doubles(name, arguments)
    # A mean or extreme of no values is an error (unverified): formulas guard against it.
    if name in _OF_SOMETHING and not doubles:
        raise ValueError(f"Function {name} needs at least one value")
    return _OF_LIST[name](doubles)


def _of_vector(name: str, arguments: tuple[Value, ...]) -> float:
    vector, number = arguments if len(arguments) == 2 else (None, None)  # noqa: PLR2004 - the two parameters of both
    if not isinstance(vector, tuple) or not isinstance(number, float):
        raise _invalid_arguments(name, arguments)
    return _OF_VECTOR[name](vector, number)


def _time(arguments: tuple[Value, ...], now: Timestamp) -> Timestamp:
    if len(arguments) > 1 or not all(isinstance(argument, str) for argument in arguments):
        raise _invalid_arguments("time", arguments)
    text = str(arguments[0]) if arguments else ""
    return read_timestamp(text) if text else now


def _val(vector: Doubles, index: float) -> float:
    """The element at an index from zero; a fraction is cut off (unverified)."""
    if not (math.isfinite(index) and 0 <= int(index) < len(vector)):
        raise ValueError(f"Index {index:g} is outside a vector of {len(vector)} elements")
    return vector[int(index)]


def _percentile(vector: Doubles, percent: float) -> float:
    """The smallest element that at least `percent` of the elements do not exceed.

    The article says "the percentile element", so no value between two elements; the method is unverified.
    """
    if not vector or not 0 <= percent <= 100:  # noqa: PLR2004 - percent
        raise ValueError("Function percentile needs a vector with elements and a number from 0 to 100")
    return sorted(vector)[max(math.ceil(percent / 100 * len(vector)) - 1, 0)]


def _logarithm(of_positive: Callable[[float], float]) -> Callable[[float], float]:
    def apply(number: float) -> float:
        """IEEE 754 where Python raises: minus infinity at zero, NaN below (unverified)."""
        if number > 0:
            return of_positive(number)
        return -math.inf if number == 0 else math.nan

    return apply


def _whole(of_finite: Callable[[float], float]) -> Callable[[float], float]:
    def apply(number: float) -> float:
        return float(of_finite(number)) if math.isfinite(number) else number

    return apply


def _round(number: float) -> float:
    """The nearest whole number, halves away from zero (the article)."""
    whole = math.trunc(number)
    return whole + math.copysign(1.0, number) if abs(number - whole) >= 0.5 else float(whole)  # noqa: PLR2004 - half


def _std(doubles: Doubles) -> float:
    """The sample standard deviation; of one value it is 0 (unverified)."""
    if len(doubles) == 1:
        return 0.0
    mean = _sum(doubles) / len(doubles)
    return math.sqrt(_sum(tuple((item - mean) * (item - mean) for item in doubles)) / (len(doubles) - 1))


def _sum(doubles: Doubles) -> float:
    """Adds in order; infinite on overflow."""
    total = 0.0
    for item in doubles:
        total += item
    return total


_OF_LIST: Final[dict[str, Callable[[Doubles], Value]]] = {
    "len": lambda doubles: float(len(doubles)),
    "norm": lambda doubles: math.hypot(*doubles),
    "sum": _sum,
    "vec": lambda doubles: doubles,
    "avg": lambda doubles: _sum(doubles) / len(doubles),
    "max": max,
    "min": min,
    "range": lambda doubles: max(doubles) - min(doubles),
    "std": _std,
}
_OF_SOMETHING: Final = frozenset(("avg", "max", "min", "range", "std"))
_COMPONENT_WISE: Final[dict[str, Callable[[float], float]]] = {
    "lg": _logarithm(math.log2),
    "ln": _logarithm(math.log),
    "log": _logarithm(math.log10),
    "ceil": _whole(math.ceil),
    "floor": _whole(math.floor),
    "round": _whole(_round),
}
_OF_VECTOR: Final[dict[str, Callable[[Doubles, float], float]]] = {"percentile": _percentile, "val": _val}

NAMES: Final = frozenset((*_OF_LIST, *_COMPONENT_WISE, *_OF_VECTOR, "rand", "time"))
"""All functions except `stop`, which has no value."""
