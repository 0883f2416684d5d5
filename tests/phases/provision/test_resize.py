"""Another number of nodes for a pool of a run, on a Batch service in memory."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from in_memory_pools import PoolBatch, pool_context
from in_memory_run import NOW
from plans import a_job, a_plan, a_pool, a_pool_snapshot, a_task

from recipebatch.errors import UsageError
from recipebatch.phases.provision.resize import (
    check_scalable,
    check_size,
    pools_of,
    scale_command,
    scale_pools,
    size_of,
)
from recipebatch.plan import PoolSize, fixed_formula, with_expiry_rule
from recipebatch.plan.model import PlannedAutoScale, PlannedPool
from recipebatch.properties.job import AutoPool
from recipebatch.properties.task import MultiInstanceSettings
from recipebatch.report import TaskTotals
from recipebatch.runs import labels
from recipebatch.service import NodeSnapshot

if TYPE_CHECKING:
    from recipebatch.service import PoolSnapshot

UNTIL = NOW + timedelta(hours=3)
MINE = {labels.RUN: "r1"}
SCENARIO = PlannedAutoScale(formula="a = 1;", evaluation_interval=None, scenario="pending_tasks")
FORMULA = PlannedAutoScale(formula="a = 1;", evaluation_interval=None)


def sized(dedicated: int, spot: int = 0, **changed: object) -> PoolSnapshot:
    formula = with_expiry_rule(fixed_formula(dedicated, spot), UNTIL)
    return a_pool_snapshot(**{"auto_scale_formula": formula, "metadata": MINE, **changed})


@pytest.mark.parametrize(
    ("pool", "seen", "said", "hint"),
    [
        (
            {"existing": True},
            sized(1),
            "pool p1 is not of run r1, which only uses it (`existing`)",
            "where it was made",
        ),
        ({"auto_scale": SCENARIO}, sized(1), "scaled by the scenario pending_tasks: its next evaluation", "auto_scale"),
        ({"auto_scale": FORMULA}, sized(1), "scaled by the recipe's formula: its next evaluation", "auto_scale"),
        ({}, None, "pool p1 does not exist: it was deleted", "recipebatch provision --run r1"),
        ({}, sized(1, state="deleting"), "pool p1 is being deleted", ""),
        ({}, sized(1, metadata={}), "pool p1 was not made by run r1", ""),
        ({}, sized(1, metadata={labels.RUN: "r2"}), "was not made by run r1", "recipebatch scale --run r2"),
        ({}, sized(1, auto_scale_formula="$TargetDedicatedNodes = 4;"), "a formula of its own", "autoscale disable"),
    ],
)
def test_what_cannot_be_scaled_is_said(
    pool: dict[str, object], seen: PoolSnapshot | None, said: str, hint: str
) -> None:
    with pytest.raises(UsageError) as raised:
        check_scalable(a_pool(**pool), seen, "r1", NOW)
    assert said in raised.value.message
    assert hint in (raised.value.hint or "")


def test_sizes_that_the_service_does_not_give_a_pool_are_refused() -> None:
    communicating = a_pool(enable_inter_node_communication=True)
    check_size(communicating, PoolSize(60, 40))
    check_size(a_pool(), PoolSize(60, 60))
    with pytest.raises(UsageError, match="would have 120 nodes; with inter-node communication Azure Batch allows 100"):
        check_size(communicating, PoolSize(60, 60))
    disk = {"ephemeralOSDiskSettings": {"placement": "cachedisk"}}
    ephemeral = a_pool(properties={"virtualMachineConfiguration": {"osDisk": disk}})
    check_size(ephemeral, PoolSize(5, 0))
    with pytest.raises(UsageError, match="cannot have spot nodes: its ephemeral OS disks"):
        check_size(ephemeral, PoolSize(5, 1))


def test_a_pool_whose_run_has_expired_is_not_scaled() -> None:
    check_scalable(a_pool(), sized(1), "r1", UNTIL - timedelta(seconds=1))
    with pytest.raises(UsageError, match="run r1 expired at 2026-01-02 06:04 UTC, and pool p1 has no nodes since"):
        check_scalable(a_pool(), sized(1), "r1", UNTIL)


def test_pools_without_a_formula_and_those_of_endless_schedules_are_scaled() -> None:
    check_scalable(a_pool(), a_pool_snapshot(metadata=MINE), "r1", NOW)
    check_scalable(a_pool(endless=True), sized(1, auto_scale_formula=fixed_formula(0, 0)), "r1", NOW)


def test_the_size_is_what_the_formula_says_or_what_was_asked_for() -> None:
    assert size_of(sized(4, 1)) == PoolSize(4, 1)
    assert size_of(a_pool_snapshot(target_dedicated_nodes=3, target_low_priority_nodes=2)) == PoolSize(3, 2)


def test_the_formula_keeps_its_end_and_the_report_says_what_the_service_has() -> None:
    batch = PoolBatch(pools={"p1": sized(1)})
    context, notes = pool_context(batch, pool := a_pool())
    report = scale_pools(pool, PoolSize(5, 2), context)
    assert batch.pools["p1"].auto_scale_formula == with_expiry_rule(fixed_formula(5, 2), UNTIL)
    # The service in memory evaluates no formula.
    assert report.summary == "pool p1: 1 node → 5 nodes + 2 spot; it has 1 node now (1 idle); 1 node requested so far"
    assert report.notes == ("pool p1: its formula removes its nodes at 2026-01-02 06:04 UTC",)
    (step,) = report.steps
    assert (step.action, step.name, step.count, step.detail) == ("scaled", "p1", 7, "1 node → 5 nodes + 2 spot")
    assert notes.lines == []


def test_a_pool_of_a_fixed_size_is_resized_and_the_same_size_changes_nothing() -> None:
    batch = PoolBatch(pools={"p1": a_pool_snapshot(metadata=MINE)})
    context, _ = pool_context(batch, pool := a_pool(enable_inter_node_communication=True))
    report = scale_pools(pool, PoolSize(3, 0), context)
    assert report.summary == "pool p1: 1 node → 3 nodes; it has 3 nodes now (3 idle)"
    assert "no formula removes its nodes" in report.notes[0]
    again = scale_pools(pool, PoolSize(3, 0), context)
    assert again.summary == "pool p1: 3 nodes, as before; it has 3 nodes now (3 idle)"
    assert [step.action for step in again.steps] == ["kept"]
    assert batch.calls == [("resize", "p1")]


def test_what_the_service_says_is_wrong_and_tasks_that_need_more_nodes_are_noted() -> None:
    failing = sized(1, formula_error=("E", "no"), resize_errors=(("AccountCoreQuotaReached", "no cores left"),))
    several = MultiInstanceSettings(number_of_instances=4, coordination_command_line="a")
    tasks = [a_task(name, multi_instance_settings=several) for name in ("one", "two")]
    context, _ = pool_context(PoolBatch(pools={"p1": failing}), pool := a_pool())
    context = replace(context, plan=a_plan(pools=(pool,), jobs=(a_job(*tasks),)))
    notes = scale_pools(pool, PoolSize(2, 0), context).notes
    assert notes[0].startswith("warning: the autoscale formula of pool p1 fails: no (E)")
    assert notes[1:] == (
        "no cores left (AccountCoreQuotaReached)",
        "warning: task one needs 4 nodes at once and 1 other tasks need more: it does not start before",
    )


def coming(count: int) -> tuple[NodeSnapshot, ...]:
    return tuple(NodeSnapshot(id=f"n{number}", state="starting") for number in range(count))


def test_nodes_that_come_are_not_said_to_be_ready() -> None:
    resizing = sized(1, target_dedicated_nodes=3, allocation_state="resizing")
    context, _ = pool_context(PoolBatch(pools={"p1": resizing}, node_states=coming(3)), pool := a_pool())
    summary = scale_pools(pool, PoolSize(3, 0), context).summary
    assert summary == "pool p1: 1 node → 3 nodes; it has 3 nodes now (3 starting) and is resizing"


@dataclass
class Counted(PoolBatch):
    """A Batch account that says how many tasks there are."""

    totals: TaskTotals = field(default_factory=TaskTotals)

    def task_totals(self, _job_id: str) -> TaskTotals:
        return self.totals


SCALE_UP = "until the pool has nodes again: recipebatch scale --run r1 --nodes N"


@pytest.mark.parametrize(
    ("pool", "totals", "said"),
    [
        (sized(1), TaskTotals(active=1, succeeded=4), [f"1 task waits {SCALE_UP}"]),
        (
            sized(1),
            TaskTotals(active=2000, running=1),
            [
                "1 task is running: a node with a running task is removed when the task has ended",
                f"2,000 tasks wait {SCALE_UP}",
            ],
        ),
        (
            a_pool_snapshot(metadata=MINE),
            TaskTotals(running=2),
            ["2 running tasks start again from the beginning when the pool has nodes again"],
        ),
        (sized(1), TaskTotals(succeeded=3), []),
    ],
)
def test_the_tasks_that_wait_for_a_pool_without_nodes_are_counted(
    pool: PoolSnapshot, totals: TaskTotals, said: list[str]
) -> None:
    batch = Counted(pools={"p1": pool}, totals=totals)
    context, _ = pool_context(batch, planned := a_pool())
    context = replace(context, plan=a_plan(pools=(planned,), jobs=(a_job(a_task("t")),)))
    assert scale_pools(planned, PoolSize(0, 0), context).notes == ()
    batch.create_job(a_job(a_task("t")))
    assert list(scale_pools(planned, PoolSize(0, 0), context).notes) == said
    assert not [note for note in scale_pools(planned, PoolSize(1, 0), context).notes if "task" in note]


def test_the_command_that_scales_a_pool_is_of_the_run_that_made_it() -> None:
    one, two = a_plan(pools=(a_pool(),)), a_plan(pools=(a_pool(), a_pool(logical="other", id="p2")))
    assert scale_command(sized(1), one) == "recipebatch scale --run r1 --nodes N"
    assert scale_command(sized(1), two) == "recipebatch scale --run r1 --nodes N --pool p1"
    assert scale_command(sized(1, metadata={labels.RUN: "r2"}), two) == "recipebatch scale --run r2 --nodes N"
    assert scale_command(sized(1, metadata={}), one) == ""
    assert scale_command(sized(1), one, "work") == "recipebatch scale --run r1 --account work --nodes N"


def test_the_pools_that_jobs_make_are_found_by_their_jobs() -> None:
    batch = PoolBatch()
    pool: PlannedPool = a_pool(auto=True)
    job = a_job(a_task("t"), auto_pool=AutoPool(auto_pool_id_prefix="a"))
    context, _ = pool_context(batch, pool)
    context = replace(context, plan=a_plan(pools=(pool,), jobs=(job,)))
    assert pools_of(pool, context) == []
    batch.create_job(job)
    assert [each.id for each in pools_of(pool, context)] == ["p1"]
    assert pools_of(a_pool(), context) == [a_pool()]
