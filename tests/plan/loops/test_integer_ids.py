"""Ids that are numbers, where names would not fit."""

from __future__ import annotations

from typing import Any

from plan.planned_tasks import refusal, tasks_of, waits

PlanOf = Any


def test_what_would_not_fit_as_names_gets_integer_ids_and_the_plan_says_so(plan_of: PlanOf) -> None:
    sections = (
        "tasks:\n  - {name: a, for_each: {range: {start: 1, stop: 100000}}, command_line: 'a ${{ task.id }}'}\n"
        "  - {name: b, depends_on: a, command_line: b}\n"
    )
    plan = plan_of(sections)
    assert tasks_of(plan)["b"].depends_on == waits(ranges=((1, 100_000),))
    assert tasks_of(plan)["100000"].command_line == "a 100000"
    (warning,) = plan.warnings
    assert warning == (
        "r.yaml:5:5: the tasks of a get integer ids: b depends on all 100,000 of them, "
        "whose names would have 700,000 characters"
    )


def test_written_ids_that_do_not_fit_are_an_error(plan_of: PlanOf) -> None:
    sections = (
        "tasks:\n  - {name: a, for_each: {range: {stop: 9999}}, id: 'long-${{ item }}', command_line: a}\n"
        "  - {name: b, depends_on: a, command_line: b}\n"
    )
    message = refusal(plan_of, sections)
    assert message.startswith("6:27 [dependencies-too-long] a task of b depends on 10,000 ids with 88,890 characters")
