"""Drawn values."""

from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest

from recipebatch.plan.loops.random_values import drawn, numbers, shuffled

if TYPE_CHECKING:
    from recipebatch.plan import Plan

PlanOf = Any


STORAGE = "storage: {input: {}, old: {existing: true, container: measurements}}\n"


def display_names(plan: "Plan") -> list[str | None]:
    tasks = plan.jobs[0].tasks
    assert tasks is not None
    return [task.display_name for task in tasks]


def loop(for_each: str, shown: str = "${{ item }}") -> str:
    return f"{STORAGE}tasks:\n  - for_each: {for_each}\n    display_name: {shown!r}\n    command_line: a\n"


DRAWN = "{random: {count: 2000, seed: 7, values: {x: {distribution: %s}}}}"


@pytest.mark.parametrize(
    ("distribution", "mean", "within"),
    [
        ("uniform, low: 2, high: 4", 3, (2, 4)),
        ("integer, low: 1, high: 6", 3.5, (1, 6)),
        ("normal, mean: 5, deviation: 1", 5, (0, 10)),
        ("lognormal, mean: 0, deviation: 0.5", 1.133, (0, 20)),
        ("beta, alpha: 2, beta: 3", 0.4, (0, 1)),
        ("beta, alpha: 0.5, beta: 0.5", 0.5, (0, 1)),
        ("exponential, rate: 0.5", 2, (0, 40)),
        ("gamma, shape: 3, scale: 2", 6, (0, 60)),
        ("gamma, shape: 0.5, scale: 1", 0.5, (0, 20)),
        ("triangular, low: 0, mode: 1, high: 5", 2, (0, 5)),
        ("pareto, alpha: 5", 1.25, (1, 20)),
        ("weibull, shape: 2, scale: 1", 0.886, (0, 6)),
    ],
)
def test_drawn_values_follow_their_distribution(
    plan_of: PlanOf, distribution: str, mean: float, within: tuple[float, float]
) -> None:
    shown = display_names(plan_of(loop(DRAWN % distribution, "${{ item.x }}")))
    values = [float(str(value)) for value in shown]
    assert within[0] <= min(values) <= max(values) <= within[1]
    assert sum(values) / len(values) == pytest.approx(mean, rel=0.06)


def test_drawn_values_are_the_same_for_the_same_seed_on_every_machine(plan_of: PlanOf) -> None:
    values = "x: {distribution: uniform, low: 0, high: 1}, y: {distribution: normal, mean: 0, deviation: 1}"
    shown = display_names(
        plan_of(loop(f"{{random: {{count: 2, seed: 1, values: {{{values}}}}}}}", "${{ item.x }} ${{ item.y }}"))
    )
    # Computed apart from the product: SHA-256 of "seed NUL name NUL index NUL step", its first 53 bits.
    assert shown == ["0.818869318924 0.913868116397", "0.786176681238 0.539280732973"]


def test_numbers_are_above_zero_and_below_one_and_differ_by_key() -> None:
    first = list(islice(numbers(7, "x", 0), 1000))
    assert first == list(islice(numbers(7, "x", 0), 1000))
    assert all(0 < number < 1 for number in first)
    assert not set(first) & set(islice(numbers(7, "x", 1), 1000))


def test_a_value_has_at_most_12_significant_digits_and_an_integer_stays_one() -> None:
    value = drawn("uniform", {"low": 0, "high": 1}, iter([1 / 3]))
    assert value == 0.333333333333
    die = drawn("integer", {"low": 1, "high": 6}, iter([0.999]))
    assert (die, type(die)) == (6, int)
    assert drawn("integer", {"low": 4, "high": 4}, iter([0.5])) == 4


@pytest.mark.parametrize(
    ("kind", "arguments", "numbers_drawn", "value"),
    [
        ("uniform", {"low": 2, "high": 4}, [0.25], 2.5),
        ("integer", {"low": -1, "high": 1}, [0.001], -1),
        ("normal", {"mean": 5, "deviation": 2}, [0.5], 5.0),
        ("normal", {"mean": 5, "deviation": 0}, [0.9], 5.0),
        ("lognormal", {"mean": 0, "deviation": 1}, [0.5], 1.0),
        ("exponential", {"rate": 2}, [0.5], 0.34657359028),
        ("triangular", {"low": 0, "mode": 1, "high": 2}, [0.125], 0.5),
        ("triangular", {"low": 0, "mode": 1, "high": 2}, [0.875], 1.5),
        ("triangular", {"low": 3, "mode": 3, "high": 3}, [], 3.0),
        ("pareto", {"alpha": 1}, [0.25], 4.0),
        ("weibull", {"shape": 1, "scale": 2}, [0.5], 1.38629436112),
    ],
)
def test_a_value_is_the_inverse_of_its_distribution_at_the_number_drawn(
    kind: str, arguments: dict[str, float], numbers_drawn: list[float], value: float
) -> None:
    assert drawn(kind, arguments, iter(numbers_drawn)) == value


@pytest.mark.parametrize(
    ("kind", "arguments", "message"),
    [
        ("uniform", {"low": 2, "high": 1}, "low (2) is above high (1)"),
        ("triangular", {"low": 0, "mode": 3, "high": 2}, "mode (3) is not between low (0) and high (2)"),
        ("integer", {"low": 0, "high": 1.5}, "low and high must be integers"),
        ("normal", {"mean": 0, "deviation": -1}, "deviation (-1) is negative"),
    ],
)
def test_arguments_that_do_not_fit_each_other_are_refused(kind: str, arguments: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=r"low|mode|deviation") as caught:
        drawn(kind, arguments, numbers("x"))
    assert str(caught.value) == message


def test_shuffling_keeps_every_value_and_depends_on_the_seed_alone() -> None:
    values = list(range(20))
    assert sorted(shuffled(values, 1)) == values
    assert shuffled(values, 1) == shuffled(values, 1) != shuffled(values, 2)
    assert values == list(range(20))
    assert (shuffled([], 1), shuffled(["a"], 1)) == ([], ["a"])
