from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from recipebatch.emulator.scheduler.autoscale.operators import ARITHMETIC, COMPARISONS, binary, unary
from recipebatch.emulator.scheduler.autoscale.values import TimeInterval, Timestamp, type_name

if TYPE_CHECKING:
    from recipebatch.emulator.scheduler.autoscale.values import Value

EXAMPLES: dict[str, Value] = {
    "double": 3.0,
    "doubleVec": (1.0, 2.0),
    "string": "a",
    "timestamp": Timestamp(10_000),
    "timeinterval": TimeInterval(60),
}
TABLE = {
    **{("double", symbol, "double"): "double" for symbol in "+-*/"},
    ("double", "*", "timeinterval"): "timeinterval",
    **{("doubleVec", symbol, "double"): "doubleVec" for symbol in "+-*/"},
    **{("doubleVec", symbol, "doubleVec"): "doubleVec" for symbol in "+-*/"},
    ("timeinterval", "*", "double"): "timeinterval",
    ("timeinterval", "/", "double"): "timeinterval",
    ("timeinterval", "+", "timeinterval"): "timeinterval",
    ("timeinterval", "-", "timeinterval"): "timeinterval",
    ("timeinterval", "+", "timestamp"): "timestamp",
    ("timestamp", "+", "timeinterval"): "timestamp",
    ("timestamp", "-", "timestamp"): "timeinterval",
    **{
        (kind, symbol, kind): "double"
        for kind in ("double", "string", "timestamp", "timeinterval")
        for symbol in COMPARISONS
    },
    ("double", "&&", "double"): "double",
    ("double", "||", "double"): "double",
}
"""The table "Operations" of the article "Create a formula to automatically scale compute nodes in a Batch pool"."""


@pytest.mark.parametrize("symbol", [*ARITHMETIC, *COMPARISONS, "&&", "||"])
@pytest.mark.parametrize("left", EXAMPLES)
@pytest.mark.parametrize("right", EXAMPLES)
def test_operators_are_defined_as_the_table_says_and_nowhere_else(left: str, symbol: str, right: str) -> None:
    expected = TABLE.get((left, symbol, right))
    if expected is None:
        with pytest.raises(ValueError, match=f"is not defined for {left} and {right}"):
            binary(symbol, EXAMPLES[left], EXAMPLES[right])
    else:
        assert type_name(binary(symbol, EXAMPLES[left], EXAMPLES[right])) == expected


@pytest.mark.parametrize("kind", EXAMPLES)
def test_unary_operators_are_defined_as_the_table_says(kind: str) -> None:
    for symbol, kinds in (("-", {"double", "timeinterval"}), ("!", {"double"})):
        if kind in kinds:
            assert type_name(unary(symbol, EXAMPLES[kind])) == kind
        else:
            with pytest.raises(ValueError, match=f"is not defined for {kind}"):
                unary(symbol, EXAMPLES[kind])


def test_times_are_exact_to_the_tick() -> None:
    assert binary("/", TimeInterval(6_000_000_000), 3.0) == TimeInterval(2_000_000_000)
    assert binary("*", 1.5, TimeInterval(3)) == TimeInterval(4)
    assert binary("+", Timestamp(5), TimeInterval(-3)) == Timestamp(2)
    assert binary("-", Timestamp(5), Timestamp(9)) == TimeInterval(-4)


def test_division_by_zero_is_that_of_ieee_754() -> None:
    assert binary("/", 1.0, 0.0) == math.inf
    assert binary("/", -1.0, 0.0) == -math.inf
    assert binary("/", 1.0, -0.0) == -math.inf
    assert math.isnan(float(str(binary("/", 0.0, 0.0))))
    with pytest.raises(ValueError, match="too long"):
        binary("/", TimeInterval(5), 0.0)


def test_vectors_of_different_lengths_are_not_combined() -> None:
    with pytest.raises(ValueError, match="2 and 1 elements"):
        binary("+", (1.0, 2.0), (1.0,))
