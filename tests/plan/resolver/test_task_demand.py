"""What tasks need of the nodes of their pool."""

from fractions import Fraction
from typing import Any

import pytest
from plans import a_job, a_task

from recipebatch.plan.resolver.task_demand import Demand, demand
from recipebatch.properties.job import JobManagerTask, JobTask
from recipebatch.properties.task import MultiInstanceSettings

PlanOf = Any


def several(instances: int) -> MultiInstanceSettings:
    return MultiInstanceSettings(number_of_instances=instances)


@pytest.mark.parametrize(
    ("slots", "needed", "expected"),
    [
        (1, [1, 1], Fraction(1)),
        (4, [1] * 8, Fraction(1, 4)),
        (4, [4] * 8, Fraction(1)),
        (4, [3], Fraction(1)),
        (4, [2, 2, 2], Fraction(1, 2)),
        (4, [1] * 4 + [4] * 4, Fraction(5, 8)),
        (4, [], Fraction(1, 4)),
    ],
)
def test_tasks_need_as_many_nodes_as_their_slots_fill(slots: int, needed: list[int], expected: Fraction) -> None:
    job = a_job(*(a_task(f"t{number}", required_slots=each) for number, each in enumerate(needed)))
    specs: list[Any] = []
    assert demand(specs, [job], slots, 10) == Demand(expected)


def test_instances_need_their_nodes_at_once() -> None:
    job = a_job(a_task("m", multi_instance_settings=several(4)), a_task("n", multi_instance_settings=several(2)))
    assert demand([], [job, a_job(a_task("t"))], 1, 10) == Demand(Fraction(1), 4)


def test_a_manager_that_runs_alone_takes_the_slots_of_its_node() -> None:
    manager = JobManagerTask(task=JobTask(id="m", command_line="a"))
    assert demand([], [a_job(job_manager_task=manager)], 4, 10).besides == 3
    beside = JobManagerTask(task=JobTask(id="m", command_line="a"), run_exclusive=False)
    assert demand([], [a_job(job_manager_task=beside)], 4, 10).besides == 0


SCENARIO = "{image: ubuntu-24.04, vm_size: a, %s, auto_scale: {scenario: pending_tasks, max_nodes: 10}}"
LATE = (
    "storage: {c: {}}\njobs: {first: {tasks: [{command_line: a}]}, next: {after: first, tasks: [{for_each: {files: c},"
)


def test_the_formula_of_a_scenario_counts_slots_and_instances(plan_of: PlanOf) -> None:
    tasks = "tasks: [{command_line: a, required_slots: 4, for_each: {range: {stop: 7}}}]"
    whole = plan_of(tasks, pool=SCENARIO % "task_slots_per_node: 4").pools[0].auto_scale.formula
    assert "wanted = tasks;" in whole
    tasks = "tasks: [{command_line: a, multi_instance_settings: {number_of_instances: 4}}]"
    at_once = plan_of(tasks, pool=SCENARIO % "enable_inter_node_communication: true").pools[0].auto_scale.formula
    assert "wanted = (tasks > 0 ? max(tasks, 4) : 0);" in at_once


def test_tasks_that_are_not_known_yet_count_as_their_template_says(plan_of: PlanOf) -> None:
    by_item = LATE + " command_line: a, required_slots: '${{ file.name | length }}'}]}}"
    assert "wanted = tasks;" in plan_of(by_item, pool=SCENARIO % "task_slots_per_node: 4").pools[0].auto_scale.formula
    written = LATE + " command_line: a, required_slots: 2}]}}"
    formula = plan_of(written, pool=SCENARIO % "task_slots_per_node: 4").pools[0].auto_scale.formula
    assert "wanted = (tasks + 1) / 2;" in formula
    instances = (
        LATE + " command_line: a, multi_instance_settings: {number_of_instances: '${{ file.name | length }}'}}]}}"
    )
    formula = plan_of(instances, pool=SCENARIO % "enable_inter_node_communication: true").pools[0].auto_scale.formula
    assert "wanted = (tasks > 0 ? max(tasks, 10) : 0);" in formula
