"""What provision would do."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from in_memory_pools import PoolBatch, pool_context
from in_memory_run import NOW
from plans import a_pool, a_pool_snapshot

from recipebatch.phases.preview import kept_pools, pool_changes
from recipebatch.plan import scaling
from recipebatch.plan.model import PlannedAutoScale, PlannedPool
from recipebatch.report import Action, Change
from recipebatch.runs import labels

if TYPE_CHECKING:
    from recipebatch.service import PoolSnapshot

OURS = {labels.RUN: "r1"}


def change(pool: PlannedPool, there: PoolSnapshot | None, *, is_new: bool = False) -> Change:
    batch = PoolBatch(pools={} if there is None else {there.id: there})
    context, _ = pool_context(batch, pool)
    (found,) = pool_changes(context, {}, is_new=lambda _name: is_new)
    return found


def differences(found: Change) -> list[tuple[str, str, str]]:
    return [(each.property, each.old, each.new) for each in found.differences]


def formula(pool: PlannedPool, hours: float) -> str:
    rule = scaling(pool, NOW + timedelta(hours=hours))
    assert rule is not None
    return rule.formula


def test_a_pool_that_is_not_there_is_created_and_an_equal_one_is_kept() -> None:
    assert change(a_pool(), None).action is Action.CREATE
    assert change(a_pool(), a_pool_snapshot(), is_new=True).action is Action.CREATE
    assert change(a_pool(), a_pool_snapshot()).action is Action.KEEP
    assert change(a_pool(auto=True), None).reason == "the service makes it with its job"


def test_another_number_of_nodes_is_a_change() -> None:
    found = change(a_pool(target_dedicated_nodes=3), a_pool_snapshot())
    assert (found.action, differences(found)) == (Action.CHANGE, [("nodes", "1 node", "3 nodes")])


def test_nodes_that_the_service_could_not_give_are_asked_for_again() -> None:
    quota = (("AccountCoreQuotaReached", "no cores left"),)
    found = change(a_pool(), a_pool_snapshot(current_dedicated_nodes=0, resize_errors=quota))
    assert (found.action, differences(found)) == (Action.CHANGE, [])
    assert found.reason == "its nodes are asked for once more: the service could not give them"


def test_a_pool_of_the_run_shows_its_nodes_and_when_it_is_scaled_to_zero() -> None:
    pool = a_pool(target_dedicated_nodes=3)
    there = a_pool_snapshot(auto_scale_formula=formula(a_pool(), 1), metadata=OURS)
    found = change(pool, there)
    assert found.action is Action.CHANGE
    assert differences(found) == [
        ("nodes", "1 node", "3 nodes"),
        ("scaled to zero", "2026-01-02 04:04 UTC", "2026-01-02 05:04 UTC"),
    ]


def test_another_formula_is_shown_as_it_is_and_as_it_will_be() -> None:
    rule = PlannedAutoScale(formula="$TargetDedicatedNodes = 7;", evaluation_interval=None)
    there = a_pool_snapshot(auto_scale_formula=formula(a_pool(), 2), metadata=OURS)
    found = change(a_pool(auto_scale=rule), there)
    assert found.differences[0].property == "formula"
    assert found.differences[0].new == "$TargetDedicatedNodes = 7;"
    by_hand = change(a_pool(auto_scale=rule), a_pool_snapshot(metadata=OURS))
    assert differences(by_hand)[0] == ("formula", "1 node", "$TargetDedicatedNodes = 7;")


def test_what_cannot_be_changed_is_a_conflict_with_every_property() -> None:
    found = change(a_pool(vm_size="standard_d4s_v3", task_slots_per_node=2), a_pool_snapshot())
    assert found.action is Action.CONFLICT
    assert differences(found) == [
        ("VM size", "standard_d2s_v3", "standard_d4s_v3"),
        ("task slots per node", "1", "2"),
    ]
    assert "another id" in found.reason
    assert change(a_pool(existing=True), None).reason == "pool p1 does not exist"
    assert change(a_pool(), a_pool_snapshot(state="deleting")).action is Action.CONFLICT


def kept(there: PoolSnapshot | None, *, submits: bool = False) -> Change:
    batch = PoolBatch(pools={} if there is None else {there.id: there})
    context, _ = pool_context(batch, a_pool())
    remembered: dict[str, str] = {}
    (found,) = kept_pools(context, remembered, submits=submits)
    assert remembered == {"pool p1": "" if there is None else "exists"}
    return found


def test_a_pool_that_is_provisioned_is_kept_or_gone() -> None:
    assert (kept(a_pool_snapshot()).action, kept(a_pool_snapshot()).reason) == (Action.KEEP, "provisioned before")
    assert kept(None).reason == "it is not there any more"


def test_a_pool_gets_its_nodes_back_and_keeps_them_for_jobs_that_are_submitted() -> None:
    released = a_pool_snapshot(auto_scale_formula=formula(a_pool(target_dedicated_nodes=0), 2), metadata=OURS)
    assert kept(released).action is Action.KEEP
    assert differences(kept(released, submits=True)) == [("nodes", "0 nodes", "1 node")]
    shorter = a_pool_snapshot(auto_scale_formula=formula(a_pool(), 1), metadata=OURS)
    found = kept(shorter, submits=True)
    assert differences(found) == [("scaled to zero", "2026-01-02 04:04 UTC", "2026-01-02 05:04 UTC")]
