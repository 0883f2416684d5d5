"""Drawn values."""

from typing import TYPE_CHECKING, Any

import pytest

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
