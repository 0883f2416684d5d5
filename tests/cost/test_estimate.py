from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from cost.cards import a_card
from plans import a_job, a_plan, a_pool, a_task

from recipebatch.cost import Durations, Estimate, durations_of, plan_cost
from recipebatch.plan.model import Plan, PlannedAfter, PlannedAutoScale, PlannedDependencies, PlannedJob, PlannedPool
from recipebatch.properties.job import Schedule
from recipebatch.properties.task import MultiInstanceSettings
from recipebatch.runs import TaskHistory, TaskRecord

TEN = timedelta(minutes=10)
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
TASKS = tuple(a_task(f"t{number}") for number in range(10))


def estimate(
    *jobs: PlannedJob, pool: PlannedPool | None = None, durations: Durations | None = None, **changes: Any
) -> Estimate:
    found = estimate_or_none(*jobs, pool=pool, durations=durations, **changes)
    assert found is not None
    return found


def estimate_or_none(
    *jobs: PlannedJob, pool: PlannedPool | None = None, durations: Durations | None = None, **changes: Any
) -> Estimate | None:
    plan: Plan = a_plan(pools=(pool or a_pool(target_dedicated_nodes=2, task_slots_per_node=2),), jobs=jobs)
    return plan_cost(replace(plan, **{"expected_task": TEN, **changes}), a_card(), durations).estimate


def minutes(found: Estimate) -> float | None:
    return None if found.time is None else found.time.total_seconds() / 60


def test_tasks_take_as_many_turns_as_the_slots_need() -> None:
    found = estimate(a_job(*TASKS))
    assert (found.tasks, minutes(found), found.node_seconds) == (10, 30, 2 * 1800)
    assert found.cost == Decimal("0.2")
    assert found.sources == ("the recipe",)


def test_what_a_task_itself_says_counts_before_the_recipe_and_the_last_run() -> None:
    last = Durations(run_id="r0", by_template={"slow": timedelta(hours=2)}, mean=timedelta(minutes=1))
    said = (replace(a_task("a"), expected=timedelta(minutes=40)), a_task("b"))
    assert minutes(estimate(a_job(*said), durations=last)) == 40
    unsaid = (replace(a_task("a"), template="slow"), replace(a_task("b"), template="new"))
    found = estimate(a_job(*unsaid), durations=last, expected_task=None)
    assert (minutes(found), found.sources) == (120, ("r0",))


def test_templates_that_depend_on_others_run_after_them_and_jobs_after_jobs() -> None:
    merge = replace(a_task("m"), template="merge", depends_on=PlannedDependencies(task_ids=("t0", "t1")))
    last = replace(a_task("z"), template="last", depends_on=PlannedDependencies(task_id_ranges=(("m", "m"),)))  # type: ignore[arg-type]
    first = a_job(*(replace(task, template="t") for task in TASKS[:4]), merge)
    assert minutes(estimate(first)) == 20
    assert minutes(estimate(replace(first, tasks=(*(first.tasks or ()), last)))) in {20, 30}
    second = a_job(a_task("b"), logical="second", id="j2", after=(PlannedAfter(job="job", on_failed="block"),))
    assert minutes(estimate(second, first)) == 30


def test_slots_parallel_limits_and_multi_instance_tasks_count() -> None:
    assert minutes(estimate(a_job(*(replace(task, required_slots=2) for task in TASKS)))) == 50
    assert minutes(estimate(a_job(*TASKS, max_parallel_tasks=1))) == 100
    several = MultiInstanceSettings(number_of_instances=2, coordination_command_line="", common_resource_files=())
    assert minutes(estimate(a_job(replace(a_task("a"), multi_instance_settings=several), a_task("b")))) == 12.5


def test_of_a_formula_without_a_most_the_time_of_the_nodes_alone_is_known() -> None:
    scale = PlannedAutoScale(formula="$TargetDedicatedNodes = x;", evaluation_interval=None)
    found = estimate(a_job(*TASKS), pool=a_pool(auto_scale=scale, task_slots_per_node=2))
    assert (found.time, found.node_seconds) == (None, 10 * 600 / 2)
    assert found.cost == Decimal("0.2") * 3000 / 3600
    body = found.to_json()
    assert (body["seconds"], body["node_seconds"], body["tasks"], body["from"]) == (None, 3000, 10, ["the recipe"])


def test_a_pool_that_is_made_later_is_paid_from_then_on() -> None:
    later = a_pool(logical="later", id="p2")
    second = a_job(a_task("b"), logical="b", id="j2", pool="later", after=(PlannedAfter(job="job", on_failed="block"),))
    plan = replace(a_plan(pools=(a_pool(), later), jobs=(a_job(a_task("a")), second)), expected_task=TEN)
    found = plan_cost(plan, a_card()).estimate
    assert found is not None
    assert (minutes(found), found.node_seconds) == (20, 1200 + 600)


@pytest.mark.parametrize(
    ("job", "expected"),
    [(a_job(*TASKS), None), (a_job(tasks=None), TEN), (a_job(*TASKS, schedule=Schedule()), TEN)],
)
def test_without_durations_or_tasks_there_is_no_estimate(job: PlannedJob, expected: timedelta | None) -> None:
    assert estimate_or_none(job, expected_task=expected) is None


def test_durations_are_the_means_of_what_succeeded() -> None:
    def task(name: str, template: str, seconds: int, code: int | None = 0) -> TaskRecord:
        ended = NOON + timedelta(seconds=seconds)
        return TaskRecord(
            job_id="j", task_id=name, template=template, state="completed", exit_code=code, began=NOON, ended=ended
        )

    records = (task("a", "t", 10), task("b", "t", 20), task("c", "u", 60), task("d", "t", 999, code=1))
    unfinished = TaskRecord(job_id="j", task_id="e", state="active")
    found = durations_of("r0", TaskHistory(records=(*records, unfinished)))
    assert found == Durations(
        run_id="r0",
        by_template={"t": timedelta(seconds=15), "u": timedelta(seconds=60)},
        mean=timedelta(seconds=30),
    )
    assert durations_of("r0", TaskHistory(records=(unfinished,))) is None
