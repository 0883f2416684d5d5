"""Random values that are equal for equal seeds, on every machine and with every Python.

Every number is made from SHA-256 of seed, name, index and a counter: no state, so any item can be drawn alone. Results
are rounded to 12 significant digits, which hides the last bits in which mathematical libraries differ.
"""

from __future__ import annotations

import hashlib
import math
from itertools import count
from statistics import NormalDist
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

T = TypeVar("T")

_BITS = 53
_NORMAL = NormalDist()


def numbers(*key: object) -> Iterator[float]:
    """Numbers above 0 and below 1, as many as are asked for; equal for equal keys."""
    text = "\x00".join(map(str, key))
    for step in count():
        digest = hashlib.sha256(f"{text}\x00{step}".encode()).digest()
        # Half a step up: never 0, of which there is no logarithm.
        yield ((int.from_bytes(digest[:8], "big") >> (64 - _BITS)) + 0.5) / 2**_BITS


def drawn(kind: str, arguments: Mapping[str, float], drawing: Iterator[float]) -> float:
    """One value of a distribution.

    Args:
        kind: a name of `recipebatch.recipe.parser.task.loops.DISTRIBUTIONS`.
        arguments: its arguments, by name.
        drawing: as `numbers` gives them.

    Raises:
        ValueError: the arguments do not fit each other.
    """
    _check(kind, arguments)
    value = _DRAW[kind](arguments, drawing)
    return value if isinstance(value, int) else float(f"{value:.12g}")


def shuffled(values: Sequence[T], seed: int) -> list[T]:
    """The values in an order that the seed decides (Fisher and Yates)."""
    found = list(values)
    drawing = numbers("shuffle", seed)
    for last in range(len(found) - 1, 0, -1):
        other = int(next(drawing) * (last + 1))
        found[last], found[other] = found[other], found[last]
    return found


def _check(kind: str, arguments: Mapping[str, float]) -> None:
    low, high = arguments.get("low", 0), arguments.get("high", 0)
    if low > high:
        raise ValueError(f"low ({low}) is above high ({high})")
    if kind == "triangular" and not low <= arguments["mode"] <= high:
        raise ValueError(f"mode ({arguments['mode']}) is not between low ({low}) and high ({high})")
    if kind == "integer" and not (isinstance(low, int) and isinstance(high, int)):
        raise ValueError("low and high must be integers")
    if arguments.get("deviation", 0) < 0:
        raise ValueError(f"deviation ({arguments['deviation']}) is negative")


def _uniform(given: Mapping[str, float], drawing: Iterator[float]) -> float:
    return given["low"] + (given["high"] - given["low"]) * next(drawing)


def _integer(given: Mapping[str, float], drawing: Iterator[float]) -> float:
    low, high = int(given["low"]), int(given["high"])
    return low + int(next(drawing) * (high - low + 1))


def _normal(given: Mapping[str, float], drawing: Iterator[float]) -> float:
    return given["mean"] + given["deviation"] * _NORMAL.inv_cdf(next(drawing))


def _lognormal(given: Mapping[str, float], drawing: Iterator[float]) -> float:
    return math.exp(_normal(given, drawing))


def _exponential(given: Mapping[str, float], drawing: Iterator[float]) -> float:
    return -math.log(next(drawing)) / given["rate"]


def _triangular(given: Mapping[str, float], drawing: Iterator[float]) -> float:
    low, mode, high = given["low"], given["mode"], given["high"]
    if low == high:
        return float(low)
    share = next(drawing)
    if share < (mode - low) / (high - low):
        return low + math.sqrt(share * (high - low) * (mode - low))
    return high - math.sqrt((1 - share) * (high - low) * (high - mode))


def _gamma(given: Mapping[str, float], drawing: Iterator[float]) -> float:
    return given["scale"] * _standard_gamma(given["shape"], drawing)


def _beta(given: Mapping[str, float], drawing: Iterator[float]) -> float:
    first = _standard_gamma(given["alpha"], drawing)
    return first / (first + _standard_gamma(given["beta"], drawing))


def _standard_gamma(shape: float, drawing: Iterator[float]) -> float:
    """Marsaglia and Tsang, "A simple method for generating gamma variables" (2000)."""
    if shape < 1:
        # A variable of shape + 1, times a power of a uniform one (section 6 there).
        return float(_standard_gamma(shape + 1, drawing) * next(drawing) ** (1 / shape))
    third = shape - 1 / 3
    while True:
        normal = _NORMAL.inv_cdf(next(drawing))
        cube = (1 + normal / math.sqrt(9 * third)) ** 3
        if cube > 0 and math.log(next(drawing)) < normal**2 / 2 + third * (1 - cube + math.log(cube)):
            return float(third * cube)


def _pareto(given: Mapping[str, float], drawing: Iterator[float]) -> float:
    return float(next(drawing) ** (-1 / given["alpha"]))


def _weibull(given: Mapping[str, float], drawing: Iterator[float]) -> float:
    return float(given["scale"] * (-math.log(next(drawing))) ** (1 / given["shape"]))


_DRAW: dict[str, Callable[[Mapping[str, float], Iterator[float]], float]] = {
    "uniform": _uniform,
    "integer": _integer,
    "normal": _normal,
    "lognormal": _lognormal,
    "beta": _beta,
    "exponential": _exponential,
    "gamma": _gamma,
    "triangular": _triangular,
    "pareto": _pareto,
    "weibull": _weibull,
}
