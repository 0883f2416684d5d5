"""The current state of a run and the output of its tasks, on services in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from in_memory_pools import QUOTA, PoolBatch
from in_memory_run import World
from plans import a_job, a_plan, a_pool, a_pool_snapshot, a_task

from recipebatch.errors import UsageError, WaitTimeoutError
from recipebatch.execution.status import (
    NOT_FOUND,
    NOT_MADE,
    JobStatus,
    PoolStatus,
    TaskOutput,
    job_statuses,
    pool_statuses,
    task_output,
)
from recipebatch.plan import scaling
from recipebatch.plan.model import PlannedAfter

JOB = a_job(a_task("one"), a_task("two"))
PLAN = a_plan(jobs=(JOB,))
UNTIL = datetime(2026, 1, 2, 6, 0, tzinfo=UTC)


@dataclass
class OutputBatch(PoolBatch):
    """A Batch account with output of tasks, which gets one more line whenever it is read to its end."""

    output: dict[str, list[bytes]] = field(default_factory=dict)
    written: dict[str, bytes] = field(default_factory=dict)

    def task_file_from(self, _job_id: str, task_id: str, _path: str, *, offset: int) -> bytes:
        if offset == len(self.written.get(task_id, b"")) and self.output.get(task_id):
            self.written[task_id] = self.written.get(task_id, b"") + self.output[task_id].pop(0)
        return self.written.get(task_id, b"")[offset:]


def printed(batch: OutputBatch, **options: Any) -> list[tuple[str, bytes]]:
    chosen: dict[str, Any] = {"tasks": (), "file": "stdout.txt", "lines": None, "follow": False}
    context = World(plan=PLAN, batch=batch).context(PLAN)
    return [(part.task, part.text) for part in task_output(context, **(chosen | options))]


def test_a_job_that_is_not_submitted_yet_is_not_found() -> None:
    assert job_statuses(World(plan=PLAN).context(PLAN)) == (JobStatus(job="j1", state=NOT_FOUND, planned=2),)


def test_a_job_has_the_totals_of_its_tasks() -> None:
    world = World(plan=PLAN)
    world.batch.exit_codes["two"] = 1
    world.batch.create_job(JOB)
    world.batch.add_tasks("j1", JOB.tasks or ())
    assert job_statuses(world.context(PLAN)) == (JobStatus(job="j1", state="active", planned=2, succeeded=1, failed=1),)


def test_pools_have_their_nodes_their_expiry_and_what_is_missing() -> None:
    rule = scaling(a_pool(), UNTIL)
    assert rule is not None
    seen = a_pool_snapshot(auto_scale_formula=rule.formula, resize_errors=QUOTA)
    plan = a_plan(pools=(a_pool(), a_pool(logical="gone", id="p2"), a_pool(logical="auto", id="p3", auto=True)))
    assert pool_statuses(World(plan=plan, batch=PoolBatch(pools={"p1": seen})).context(plan)) == (
        PoolStatus(
            pool="p1",
            state="active",
            allocation_state="steady",
            nodes={"idle": 1},
            until=UNTIL.isoformat(),
            asked=(1, 0),
            errors=("no cores left (AccountCoreQuotaReached)",),
        ),
        PoolStatus(pool="p2", state=NOT_FOUND, nodes={}),
    )


def test_a_pool_that_waits_for_its_jobs_is_not_made_yet() -> None:
    later = a_job(a_task("b"), logical="b", pool="q", after=(PlannedAfter(job="job", on_failed="satisfy"),))
    plan = a_plan(pools=(a_pool(logical="q", id="p2"),), jobs=(JOB, later))
    context = World(plan=plan, batch=PoolBatch()).context(plan)
    [found] = pool_statuses(context, ("q",))
    assert (found.state, found.turn) == (NOT_MADE, "when job job has ended")
    [found] = pool_statuses(context)
    assert (found.state, found.turn) == (NOT_FOUND, "")


def test_a_pool_whose_formula_fails_says_so_and_promises_no_end() -> None:
    rule = scaling(a_pool(), UNTIL)
    assert rule is not None
    seen = a_pool_snapshot(auto_scale_formula=rule.formula, formula_error=("E", "Undefined symbol: nope"))
    plan = a_plan(pools=(a_pool(),))
    (status,) = pool_statuses(World(plan=plan, batch=PoolBatch(pools={"p1": seen})).context(plan))
    assert status.until is None
    [error] = status.errors
    assert error.startswith("the autoscale formula of pool p1 fails: Undefined symbol: nope (E); while it fails")


def test_the_output_of_all_tasks_comes_in_the_order_of_the_plan() -> None:
    output = {"two": [b"b\n"], "one": [b"a\nb\nc\n"]}
    assert printed(OutputBatch(output=dict(output))) == [("one", b"a\nb\nc\n"), ("two", b"b\n")]


@pytest.mark.parametrize(("lines", "text"), [(1, b"c\n"), (2, b"b\nc\n"), (9, b"a\nb\nc\n"), (0, b"")])
def test_the_last_lines_of_a_task_are_chosen(lines: int, text: bytes) -> None:
    batch = OutputBatch(output={"one": [b"a\nb\nc\n"]})
    assert printed(batch, tasks=("one",), lines=lines) == [("one", text)]


def test_output_is_followed_until_the_tasks_have_completed() -> None:
    batch = OutputBatch(output={"one": [b"a\n", b"b\n"]})
    batch.create_job(JOB)
    parts = task_output(
        World(plan=PLAN, batch=batch).context(PLAN), tasks=("one",), file="stdout.txt", lines=None, follow=True
    )
    assert next(parts) == TaskOutput(job="j1", task="one", text=b"a\n")
    batch.add_tasks("j1", JOB.tasks or ())
    assert list(parts) == [TaskOutput(job="j1", task="one", text=b"b\n")]


def test_a_task_that_outlasts_its_run_is_not_followed_without_end() -> None:
    batch = OutputBatch()
    batch.create_job(JOB)
    with pytest.raises(WaitTimeoutError, match="2 tasks are still unfinished after 7200 s"):
        printed(batch, follow=True)


def test_a_task_that_the_run_does_not_have_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="the run has no task twi") as raised:
        printed(OutputBatch(), tasks=("twi",))
    assert raised.value.hint == "did you mean two?"


def test_more_than_50_tasks_must_be_named() -> None:
    plan = a_plan(jobs=(a_job(*(a_task(f"t{number}") for number in range(51))),))
    context = World(plan=plan, batch=OutputBatch()).context(plan)
    with pytest.raises(UsageError) as raised:
        list(task_output(context, tasks=(), file="stdout.txt", lines=None, follow=False))
    assert raised.value.message == "the run has 51 tasks, too many to print at once"
    assert raised.value.hint == "name some of them: --task ID (repeatable)"
