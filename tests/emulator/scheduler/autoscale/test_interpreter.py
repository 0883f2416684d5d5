from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipebatch.emulator.scheduler.autoscale import (
    AutoScaleRun,
    PoolSizes,
    Samples,
    evaluate,
)

NOW = datetime(2026, 11, 20, 12, 34, 56, 789000, tzinfo=UTC)  # a Friday


def run(formula: str, sizes: PoolSizes | None = None, samples: Samples | None = None) -> AutoScaleRun:
    return evaluate(formula, now=NOW, samples=samples or Samples(), current=sizes or PoolSizes())


def value(expression: str) -> str:
    answer = run(f"x = {expression}")
    assert answer.error is None, answer.error
    return answer.results.rpartition(";x=")[2]


def number(expression: str) -> float:
    """The value, to the six digits that results show."""
    return float(value(expression))


def complaint(formula: str) -> str:
    answer = run(formula, PoolSizes(target_dedicated=2, target_low_priority=1))
    assert answer.error is not None
    assert (answer.target_dedicated, answer.target_low_priority) == (2, 1)
    assert answer.results == "$TargetDedicatedNodes=2;$TargetLowPriorityNodes=1;$NodeDeallocationOption=requeue"
    return answer.error.values[0][1]


DOUBLES = st.floats(allow_nan=False, allow_infinity=False, width=32).filter(lambda double: abs(double) < 1e30)


@st.composite
def arithmetic(draw: st.DrawFn, depth: int = 4) -> str:
    if depth == 0 or draw(st.booleans()):
        return repr(abs(draw(DOUBLES)))
    if draw(st.integers(0, 5)) == 0:
        return f"(-{draw(arithmetic(depth - 1))})"
    left, right = draw(arithmetic(depth - 1)), draw(arithmetic(depth - 1))
    return f"({left} {draw(st.sampled_from('+-*'))} {right})" if draw(st.booleans()) else f"{left} + {right}"


NAMES = st.sampled_from(
    [
        *("a", "b", "$TargetDedicatedNodes", "$TargetLowPriority", "$NodeDeallocationOption", "$CurrentDedicatedNodes"),
        *("$RunningTasks", "$CPUPercent", "$TaskSlotsPerNode", "TimeInterval_Hour", "TimeInterval_Year", "requeue"),
    ]
)
LEAVES = NAMES | st.sampled_from(
    ["0", "1", "2.5", "1e300", '"2026"', '"b"', "[]", "[1,2]", "time()", "rand()", "stop()"]
)
FUNCTIONS = st.sampled_from(
    "avg len lg ln log max min norm percentile range round std sum time val vec ceil floor nothing".split()  # noqa: SIM905
)
METHODS = st.sampled_from(["GetSample", "GetSamplePercent", "GetSamplePeriod", "Count", "HistoryBeginTime", "Other"])
SYMBOLS = st.sampled_from(["+", "-", "*", "/", "<", "==", ">=", "&&", "||"])


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    many = st.lists(inner, max_size=3).map(", ".join)
    return st.one_of(
        st.builds("({} {} {})".format, inner, SYMBOLS, inner),
        st.builds("{}({})".format, FUNCTIONS, many),
        st.builds("{}.{}({})".format, NAMES, METHODS, many),
        st.builds("({} ? {} : {})".format, inner, inner, inner),
        st.builds("{}{}".format, st.sampled_from(["-", "!"]), inner),
        st.builds("{}.{}".format, inner, st.sampled_from(["hour", "weekday", "year", "length"])),
    )


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("$NodeDeallocationOption = 1", "Line 1, Col 1: $NodeDeallocationOption must be one of requeue, terminate, "),
        ("$TargetDedicatedNodes = [1]", "Line 1, Col 1: $TargetDedicatedNodes must be a double, not a doubleVec"),
        ("$TargetDedicatedNodes = 1/0", "Line 1, Col 1: $TargetDedicatedNodes cannot be inf"),
        ("$TargetDedicatedNodes = -1", "Line 1, Col 1: $TargetDedicatedNodes cannot be -1"),
        ("$PendingTasks = 1", "Line 1, Col 1: Cannot assign to read-only symbol: $PendingTasks"),
        ("TimeInterval_Day = 1", "Line 1, Col 1: Cannot assign to read-only symbol: TimeInterval_Day"),
        ("x = sqrt(4)", "Line 1, Col 5: Undefined symbol: sqrt"),
        ("x = 1;\nx = x.hour", "Line 2, Col 5: Undefined member: hour"),
        ("x = time().century", "Line 1, Col 5: Undefined member: century"),
        ("x = time().GetSample(1)", "Line 1, Col 5: Undefined method: GetSample"),
        ("x = $PendingTasks.Sum()", "Line 1, Col 5: Undefined method: Sum"),
        ("x = $PendingTasks.GetSample()", "Line 1, Col 5: Method GetSample is not defined for ()"),
        ("x = $PendingTasks.Count(1)", "Line 1, Col 5: Method Count is not defined for (double)"),
        ('x = time() ? 1 : "a"', "Line 1, Col 5: A condition must be a double, not a timestamp"),
    ],
)
def test_an_invalid_operation_is_an_error_with_its_position(formula: str, message: str) -> None:
    assert complaint(formula).startswith(message)


def test_stop_ends_the_evaluation_and_keeps_what_was_set() -> None:
    answer = run("x = 1; $TargetDedicatedNodes = 2; x > 0 ? stop() : 0; x = 3; nothing")
    assert (answer.target_dedicated, answer.error) == (2, None)
    assert answer.results.endswith(";x=1")


def test_only_the_deciding_operands_are_evaluated() -> None:
    assert value("1 ? 2 : nothing") == "2"
    assert value("0 ? nothing : 0 ? nothing : 3") == "3"
    assert value("0 && nothing") == "0"
    assert value("5 || nothing") == "1"
    assert value("0 || 0 || 7 && 2") == "1"


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("2 + 3 * 4 - 10 / 5", 12),
        ("(2 + 3) * 4", 20),
        ("10 - 4 - 3", 3),
        ("64 / 4 / 2", 8),
        ("-2 * -3", 6),
        ("!0 + !5", 1),
        ("1 < 2 == 1", 1),
        ("1 + 1 > 1 && 3 >= 3", 1),
        ("1 || 0 && 0", 1),
        ("0 ? 1 : 1 ? 2 : 3", 2),
        ("1 ? 0 ? 1 : 2 : 3", 2),
        ('"a" < "b"', 1),
        ("time() != time()", 0),
    ],
)
def test_operators_rank_as_in_c(expression: str, result: float) -> None:
    assert number(expression) == result


@pytest.mark.parametrize(
    "formula",
    [
        "v = [1,2,3,4];" + "v = vec(v, v, v, v);" * 90,
        "v = $CPUPercent.GetSample(2880);" + "x = vec(v, v, v, v, v, v, v, v, v, v, v, v, v, v);" * 90,
        ";".join(f"v{index} = $CPUPercent.GetSample(100000)" for index in range(99)),
    ],
)
def test_vectors_cannot_grow_without_end(formula: str) -> None:
    samples = Samples()
    for index in range(3000):
        samples.add(NOW - timedelta(seconds=30 * (3000 - index)), {"$CPUPercent": 1})
    answer = run(formula, samples=samples)
    assert answer.error is not None
    assert "elements of vectors" in answer.error.values[0][1]


def test_an_interval_cannot_grow_without_end() -> None:
    assert "timeinterval is too long" in complaint("x = TimeInterval_Year * 1e30")
    assert "timeinterval is too long" in complaint("x = TimeInterval_Year * 1e308 * 1e308")
    assert "years 1 to 9999" in complaint("x = time() + 9000 * TimeInterval_Year")


@given(arithmetic())
def test_arithmetic_agrees_with_python(expression: str) -> None:
    expected = eval(expression, {"__builtins__": {}})  # noqa: S307 - numbers and operators of our own making
    assert value(expression) == f"{expected or 0.0:g}"
    assert value(f"({expression}) == ({expression})") == ("0" if math.isnan(expected) else "1")


@given(st.lists(DOUBLES, min_size=1, max_size=8), DOUBLES.filter(bool))
def test_a_vector_and_a_double_are_combined_one_by_one(items: list[float], other: float) -> None:
    vector = "[" + ",".join(repr(item) for item in items) + "]"
    assert value(f"{vector} / {other!r}") == "[" + ",".join(f"{item / other or 0.0:g}" for item in items) + "]"
    assert value(f"{vector} - {vector}") == "[" + ",".join("0" for _ in items) + "]"


@given(st.lists(st.tuples(NAMES, st.recursive(LEAVES, _larger, max_leaves=12)), min_size=1, max_size=6))
def test_any_formula_has_targets_or_an_error_with_a_position(statements: list[tuple[str, str]]) -> None:
    samples = Samples()
    for minutes in range(10):
        samples.add(NOW - timedelta(minutes=10 - minutes), {"$RunningTasks": minutes})
    answer = run(";\n".join(f"{name} = {expression}" for name, expression in statements), samples=samples)
    assert answer.results.startswith(f"$TargetDedicatedNodes={answer.target_dedicated};")
    assert answer.target_dedicated >= 0 <= answer.target_low_priority
    assert answer.error is None or answer.error.values[0][1].startswith("Line ")
