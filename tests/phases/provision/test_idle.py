"""Pools whose jobs have ended, scaled to 0 nodes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from in_memory_pools import PoolBatch, pool_context
from in_memory_run import NOW
from plans import a_job, a_pool, a_pool_snapshot, a_task

from recipebatch.errors import PoolConflictError, ServiceError
from recipebatch.phases.provision.decide import KeepPool, ResizePool, ScalePool, decide
from recipebatch.phases.provision.idle import IdlePool, files_text, scale_idle_pools, why_needed
from recipebatch.phases.provision.provision import extend_pool_expiry, provision_pools
from recipebatch.phases.provision.targets import is_released
from recipebatch.plan import fixed_formula, scaling, with_expiry_rule
from recipebatch.plan.model import PlannedAutoScale
from recipebatch.properties.files import OutputFile
from recipebatch.properties.job import AutoPool, JobTask
from recipebatch.runs import labels
from recipebatch.service import JobSnapshot, LabeledResource

UNTIL = NOW + timedelta(hours=3)
OURS = {labels.RUN: "r1"}
SIZED = with_expiry_rule(fixed_formula(1, 0), UNTIL)
ZERO = with_expiry_rule(fixed_formula(0, 0), UNTIL)


@dataclass
class Used(PoolBatch):
    """A Batch account whose nodes come and go as formulas say; `users` are the jobs on every pool."""

    users: tuple[str, ...] = ()
    refuses: str = ""
    states: list[str] = field(default_factory=list)

    def jobs_on_pool(self, _pool_id: str) -> tuple[str, ...]:
        return self.users

    def list_labeled(self, _mark: str) -> tuple[LabeledResource, ...]:
        return tuple(
            LabeledResource(kind="pool", name=name, metadata=dict(pool.metadata), created=None)
            for name, pool in self.pools.items()
        )

    def get_job(self, job_id: str) -> JobSnapshot | None:
        if not self.states:
            return None
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return JobSnapshot(
            id=job_id,
            state=state,
            pool_id="auto_1",
            all_tasks_complete_mode="terminatejob",
            termination_reason=None,
            metadata=OURS,
        )

    def scale_pool(self, pool_id: str, rule: PlannedAutoScale) -> bool:
        if self.refuses:
            raise ServiceError(self.refuses)
        count = 0 if rule.formula.startswith(fixed_formula(0, 0)) else 1
        super().scale_pool(pool_id, rule)
        self.pools[pool_id] = replace(self.pools[pool_id], target_dedicated_nodes=count, current_dedicated_nodes=count)
        return True


def used(**changed: Any) -> Used:
    pool = a_pool_snapshot(metadata=OURS, auto_scale_formula=SIZED)
    return Used(pools={"p1": pool}, **changed)


def idle(batch: Used, *, keep: str = "", jobs: tuple[Any, ...] = (a_job(a_task("a")),), **pool: Any) -> list[str]:
    context, _ = pool_context(batch, a_pool(**pool))
    context = replace(context, plan=replace(context.plan, jobs=jobs))
    return [str(each) for each in scale_idle_pools(context, keep=keep)]


def test_the_pool_of_a_run_that_has_ended_is_scaled_to_0_nodes_and_gets_them_back() -> None:
    batch = used(users=("j1",))
    assert idle(batch) == ["pool p1: scaled to 0 nodes"]
    assert is_released(batch.pools["p1"])
    assert batch.pools["p1"].current_dedicated_nodes == 0
    calls = len(batch.calls)
    assert idle(batch) == ["pool p1: scaled to 0 nodes"]
    assert len(batch.calls) == calls
    context, _ = pool_context(batch, a_pool())
    assert provision_pools(context).summary == "pool p1 resized; 1 node ready"
    idle(batch)
    context, notes = pool_context(batch, a_pool())
    extend_pool_expiry(context, context.plan.pools)
    assert batch.pools["p1"].current_dedicated_nodes == 1
    assert notes.lines == ["pool p1 was scaled to 0 nodes; resizing it: 1 node"]


def test_a_pool_that_others_use_or_that_another_client_scales_keeps_its_nodes() -> None:
    assert idle(used(users=("j1", "other"))) == ["pool p1 keeps 1 node, which incurs charges: other uses it"]
    own = "$TargetDedicatedNodes = 7;"
    assert why_needed(a_pool(), a_pool_snapshot(auto_scale_formula=own), (), ()) == (
        "another client gave it a formula of its own"
    )
    by_recipe = a_pool(auto_scale=PlannedAutoScale(formula=own, evaluation_interval=None), endless=True)
    assert why_needed(by_recipe, a_pool_snapshot(auto_scale_formula=own), (), ()) == ""
    assert why_needed(a_pool(), a_pool_snapshot(), ("nightly",), ("j1",)) == "nightly uses it"


def test_only_pools_that_the_run_made_are_scaled() -> None:
    batch = used()
    assert idle(batch, existing=True) == []
    batch.pools["p1"] = replace(batch.pools["p1"], metadata={})
    assert idle(batch) == []
    batch.pools.clear()
    assert idle(batch) == []
    assert batch.calls == []


THEIRS = {labels.RUN: "r0"}


def test_a_pool_of_another_run_is_scaled_when_that_run_has_ended_and_nobody_uses_it() -> None:
    context, _ = pool_context(batch := used(), a_pool())
    batch.pools["p1"] = replace(batch.pools["p1"], metadata=THEIRS)
    [kept] = scale_idle_pools(context)
    assert (str(kept), kept.run) == ("pool p1 keeps 1 node, which incurs charges: another run made it", "r0")
    [kept] = scale_idle_pools(context, why_not=lambda metadata: f"run {metadata[labels.RUN]} has not ended")
    assert (kept.nodes, kept.reason) == (1, "run r0 has not ended")
    batch.users = ("theirs",)
    [kept] = scale_idle_pools(context, why_not=lambda _metadata: "")
    assert (kept.nodes, kept.reason, batch.calls) == (1, "theirs uses it", [])
    batch.users = ()
    [scaled] = scale_idle_pools(context, why_not=lambda _metadata: "")
    assert (str(scaled), scaled.run) == ("pool p1: scaled to 0 nodes", "r0")
    assert scale_idle_pools(context, why_not=lambda _metadata: "") == ()


@pytest.mark.parametrize(
    ("pool", "calls"),
    [
        ({"auto_scale_formula": SIZED}, ["scale", "scale"]),
        ({}, ["resize", "resize"]),
    ],
)
def test_a_pool_gets_its_nodes_back_where_another_run_adds_a_job_while_it_is_scaled(
    pool: dict[str, Any], calls: list[str]
) -> None:
    class Late(Used):
        def jobs_on_pool(self, _pool_id: str) -> tuple[str, ...]:
            return ("theirs",) if self.calls else ()

    batch = Late(pools={"p1": a_pool_snapshot(metadata=OURS, **pool)})
    assert idle(batch) == ["pool p1 keeps 1 node, which incurs charges: theirs uses it"]
    assert [call for call, _ in batch.calls] == calls
    assert batch.pools["p1"].auto_scale_formula == pool.get("auto_scale_formula")


def test_nodes_that_are_needed_stay_and_a_refusal_is_said() -> None:
    assert idle(used(), keep="files are on them") == ["pool p1 keeps 1 node, which incurs charges: files are on them"]
    assert idle(used(refuses="the account is suspended")) == [
        "pool p1 keeps 1 node, which incurs charges: it could not be scaled to 0 nodes: the account is suspended"
    ]


def test_nodes_that_go_slowly_are_said_to_be_there() -> None:
    class Slow(Used):
        def scale_pool(self, pool_id: str, rule: PlannedAutoScale) -> bool:
            return PoolBatch.scale_pool(self, pool_id, rule)

    batch = Slow(pools={"p1": a_pool_snapshot(metadata=OURS, auto_scale_formula=SIZED)})
    assert idle(batch) == ["pool p1: scaled to 0 nodes; 1 node still to be removed"]


def test_a_pool_without_a_formula_is_resized_and_an_empty_one_that_might_grow_too() -> None:
    batch = Used(pools={"p1": a_pool_snapshot(metadata=OURS)})
    assert idle(batch) == ["pool p1: scaled to 0 nodes"]
    assert batch.calls == [("resize", "p1")]
    by_tasks = with_expiry_rule("$TargetDedicatedNodes = $PendingTasks;", UNTIL)
    empty = a_pool_snapshot(metadata=OURS, auto_scale_formula=by_tasks, current_dedicated_nodes=0)
    batch = Used(pools={"p1": empty}, users=("other",))
    assert idle(batch) == ["pool p1 keeps 0 nodes: other uses it"]
    batch.users = ()
    assert idle(batch) == ["pool p1: scaled to 0 nodes"]
    assert is_released(batch.pools["p1"])


def test_the_nodes_stay_until_the_release_tasks_have_run() -> None:
    job = a_job(a_task("a"), job_release_task=JobTask(command_line="/bin/true"))
    batch = used(states=["terminating", "terminating", "completed"])
    assert idle(batch, jobs=(job,)) == ["pool p1: scaled to 0 nodes"]
    assert batch.states == ["completed"]


def test_a_pool_that_outlives_its_job_is_scaled_when_the_job_has_ended() -> None:
    settings = {"auto_pool_id_prefix": "", "pool_lifetime_option": "job"}
    alive = (a_job(a_task("a"), auto_pool=AutoPool(keep_alive=True, **settings)),)
    pools = {"auto_1": a_pool_snapshot(id="auto_1", metadata=OURS, auto_scale_formula=SIZED)}
    assert idle(Used(pools=dict(pools), states=["active"]), jobs=alive, auto=True) == []
    batch = Used(pools=dict(pools), states=["completed"])
    assert idle(batch, jobs=alive, auto=True) == ["pool auto_1: scaled to 0 nodes"]
    theirs = a_pool_snapshot(id="auto_2", metadata={**OURS, labels.RUN: "r2"}, auto_scale_formula=SIZED)
    job_is_gone = Used(pools={**pools, "auto_2": theirs})
    assert idle(job_is_gone, jobs=alive, auto=True) == ["pool auto_1: scaled to 0 nodes"]
    with_job = (a_job(a_task("a"), auto_pool=AutoPool(keep_alive=False, **settings)),)
    assert idle(Used(pools=dict(pools), states=["completed"]), jobs=with_job, auto=True) == []


def test_provision_sets_the_size_again() -> None:
    formula = scaling(a_pool(), UNTIL)
    assert formula is not None
    released = a_pool_snapshot(metadata=OURS, auto_scale_formula=ZERO, target_dedicated_nodes=0)
    assert decide(a_pool(), released, UNTIL) == ScalePool(a_pool(), formula)
    kept = a_pool_snapshot(metadata=OURS, auto_scale_formula=formula.formula)
    assert decide(a_pool(), kept, UNTIL) == KeepPool(a_pool())
    endless = a_pool(endless=True)
    fixed = a_pool_snapshot(metadata=OURS, target_dedicated_nodes=0, current_dedicated_nodes=0)
    assert decide(endless, fixed, UNTIL) == ResizePool(endless)


def test_a_recipe_that_uses_a_released_pool_of_a_run_is_told_how_it_gets_its_nodes_back() -> None:
    released = a_pool_snapshot(metadata=OURS, auto_scale_formula=ZERO)
    with pytest.raises(ServiceError, match="pool p1 was scaled to 0 nodes when run r1 had ended") as caught:
        decide(a_pool(existing=True), released, UNTIL)
    assert not isinstance(caught.value, PoolConflictError)
    assert caught.value.hint == "give it its nodes again: recipebatch provision --run r1"
    foreign = replace(released, metadata={})
    assert decide(a_pool(existing=True), foreign, UNTIL) == KeepPool(a_pool(existing=True))


def test_the_words_for_nodes() -> None:
    assert str(IdlePool(name="p", nodes=2)) == "pool p: scaled to 0 nodes; 2 nodes still to be removed"


def test_the_files_of_tasks_are_said_to_go_with_the_nodes() -> None:
    logs = OutputFile(file_pattern="../std*.txt", container="out", path="a", upload_condition="taskcompletion")
    other = replace(logs, file_pattern="*.csv")
    keeps, loses = a_job(a_task("a", output_files=(other, logs))), a_job(a_task("b", output_files=(other,)))
    said = "files of its tasks that were not uploaded or collected go with its nodes"
    assert files_text(a_pool(), [keeps]) == said
    assert files_text(a_pool(), [keeps, loses]) == said + " (`keep_logs` uploads stdout.txt and stderr.txt)"
    assert files_text(a_pool(), [replace(loses, pool="other")]) == said
    context, notes = pool_context(batch := used(), a_pool())
    context = replace(context, plan=replace(context.plan, jobs=(keeps,)))
    scale_idle_pools(context)
    assert notes.lines == [f"scaling pool p1 to 0 nodes: its tasks have ended; {said}"]
    # There are none to lose on a pool that might only grow.
    batch.pools["p1"] = a_pool_snapshot(metadata=OURS, current_dedicated_nodes=0)
    scale_idle_pools(context)
    assert notes.lines[1:] == ["scaling pool p1 to 0 nodes: its tasks have ended"]
