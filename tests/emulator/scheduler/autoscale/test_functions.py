from __future__ import annotations

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipebatch.emulator.scheduler.autoscale.functions import NAMES, call
from recipebatch.emulator.scheduler.autoscale.values import Timestamp, Value, format_value

NOW = Timestamp(639_000_000_000_000_000)
DOUBLES = st.floats(-1e6, 1e6)


def answer(name: str, *arguments: Value) -> Value:
    return call(name, arguments, now=NOW, rand=lambda: 0.5)


@pytest.mark.parametrize(
    ("name", "arguments", "result"),
    [
        ("avg", ((1.0, 2.0, 3.0), 6.0), 3.0),
        ("len", ((1.0, 2.0), 7.0), 3.0),
        ("len", (), 0.0),
        ("max", (0.0, ()), 0.0),
        ("max", ((1.0, 9.0), 3.0), 9.0),
        ("min", (25.0, 4.0), 4.0),
        ("norm", (3.0, 4.0), 5.0),
        ("range", ((1.0, 9.0),), 8.0),
        ("sum", (1.0, (2.0, 3.0)), 6.0),
        ("std", (2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0), statistics.stdev([2, 4, 4, 4, 5, 5, 7, 9])),
        ("std", (2.0,), 0.0),
        ("vec", (1.0, (2.0,)), (1.0, 2.0)),
        ("lg", (8.0,), 3.0),
        ("lg", ((8.0, 2.0),), (3.0, 1.0)),
        ("lg", (8.0, 2.0), (3.0, 1.0)),
        ("ln", (math.e,), 1.0),
        ("log", (1000.0,), math.log10(1000)),
        ("log", (0.0,), -math.inf),
        ("ceil", (1.1,), 2.0),
        ("ceil", ((-1.1, 2.0),), (-1.0, 2.0)),
        ("floor", (-1.1,), -2.0),
        ("round", (2.5,), 3.0),
        ("round", (-2.5,), -3.0),
        ("round", (0.49999999999999994,), 0.0),
        ("round", (math.inf,), math.inf),
        ("percentile", ((5.0, 1.0, 3.0, 2.0, 4.0), 50.0), 3.0),
        ("percentile", ((5.0, 1.0, 3.0, 2.0, 4.0), 0.0), 1.0),
        ("percentile", ((5.0, 1.0, 3.0, 2.0, 4.0), 90.0), 5.0),
        ("val", ((5.0, 6.0), 1.0), 6.0),
        ("rand", (), 0.5),
        ("time", (), NOW),
        ("time", ("",), NOW),
    ],
)
def test_functions_answer_as_documented(name: str, arguments: tuple[Value, ...], result: Value) -> None:
    assert answer(name, *arguments) == result


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("avg", (), "at least one value"),
        ("max", ((),), "at least one value"),
        ("sum", ("a",), r"not defined for \(string\)"),
        ("val", ((1.0,), 1.0), "outside a vector of 1"),
        ("val", ((1.0,), -1.0), "outside"),
        ("val", ((1.0,), math.nan), "outside"),
        ("val", (1.0, 1.0), r"not defined for \(double, double\)"),
        ("percentile", ((1.0,),), "not defined"),
        ("percentile", ((1.0,), 101.0), "from 0 to 100"),
        ("percentile", ((), 50.0), "with elements"),
        ("rand", (1.0,), "not defined"),
        ("time", (1.0,), "not defined"),
        ("time", ("", ""), "not defined"),
        ("time", ("yesterday",), "W3C-DTF or RFC 1123"),
    ],
)
def test_unsuited_arguments_are_refused(name: str, arguments: tuple[Value, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        answer(name, *arguments)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("2026", "2026-01-01T00:00:00.000Z"),
        ("2026-11", "2026-11-01T00:00:00.000Z"),
        ("2026-11-20", "2026-11-20T00:00:00.000Z"),
        ("2026-11-20T08:30Z", "2026-11-20T08:30:00.000Z"),
        ("2026-11-20T08:30:15+02:00", "2026-11-20T06:30:15.000Z"),
        ("2026-11-20T08:30:15.1234567-01:30", "2026-11-20T10:00:15.123Z"),
        ("Fri, 20 Nov 2026 08:30:15 GMT", "2026-11-20T08:30:15.000Z"),
        ("20 Nov 2026 08:30:15 -0100", "2026-11-20T09:30:15.000Z"),
    ],
)
def test_times_are_read_in_w3c_dtf_and_rfc_1123(text: str, printed: str) -> None:
    assert format_value(answer("time", text)) == printed


@pytest.mark.parametrize(
    "text",
    ["2026-11-20T08:30:15.123456789Z", "2026-11-20T08:30:15", "2026-13", "2026-02-30", "Fri, 20 Foo 2026 08:30:15 GMT"],
)
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="time"):
        answer("time", text)


@given(st.lists(DOUBLES, min_size=1), DOUBLES)
def test_a_list_of_doubles_and_vectors_is_one_vector(items: list[float], last: float) -> None:
    for name in sorted(NAMES - {"percentile", "val", "rand", "time", "lg", "ln", "log"}):
        assert answer(name, tuple(items), last) == answer(name, *items, last) == answer(name, (*items, last))


@given(st.lists(DOUBLES, min_size=2))
def test_statistics_agree_with_python(items: list[float]) -> None:
    assert answer("std", *items) == pytest.approx(statistics.stdev(items), rel=1e-6, abs=1e-6)
    assert answer("avg", *items) == pytest.approx(statistics.fmean(items), rel=1e-9, abs=1e-6)
    assert answer("percentile", tuple(items), 100.0) == max(items)


@given(st.lists(st.floats(), min_size=1))
def test_no_number_makes_a_function_fail(items: list[float]) -> None:
    for name in sorted(NAMES - {"percentile", "val", "rand", "time"}):
        answer(name, tuple(items))
