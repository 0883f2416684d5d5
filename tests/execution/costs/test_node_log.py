from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from in_memory_pools import Notes, PoolBatch
from in_memory_run import NOW, Clock, World
from plans import a_job, a_plan, a_pool

from recipebatch.errors import CostLimitError, ServiceError, UnreachableError, UsageError
from recipebatch.execution.costs import NodeLog
from recipebatch.plan.model import MaxCost
from recipebatch.prices import NodeKind, Rate, RateCard
from recipebatch.runs import NodeHistory
from recipebatch.service import NodeSnapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipebatch.phases import PhaseContext

SEEN = NodeSnapshot(id="n1", state="idle", vm_size="standard_d2s_v3", allocated=NOW)


class Store:
    """Keeps the history of one run."""

    def __init__(self) -> None:
        self.kept = NodeHistory()
        self.writes = 0
        self.error: ServiceError | None = None

    def node_history(self, _run: str) -> NodeHistory:
        return self.kept

    def update_node_history(self, _run: str, change: Callable[[NodeHistory], NodeHistory]) -> None:
        if self.error is not None:
            raise self.error
        self.writes += 1
        self.kept = change(self.kept)


class Nodes(PoolBatch):
    """Pools whose nodes a test sets."""

    there: tuple[NodeSnapshot, ...] = (SEEN,)

    def list_nodes(self, pool_id: str) -> tuple[NodeSnapshot, ...]:  # type: ignore[override]
        self.calls.append(("list", pool_id))
        return self.there


def card(kinds: set[NodeKind], _now: object, **_currency: object) -> RateCard:
    return RateCard(currency="USD", rates={kind: Rate(per_hour=Decimal("0.36"), source="own") for kind in kinds})


def logged(
    world: World, store: Store, prices: Any = lambda: SimpleNamespace(card=card)
) -> tuple[NodeLog, PhaseContext, Clock]:
    kept: Any = store
    log = NodeLog(kept, "r1", created=NOW, prices=prices, check_lock=world.check_lock)
    context = world.context(world.plan)
    batch = log.observed(context.batch, world.plan, context.clock)
    return log, replace(context, batch=batch, node_watch=log), world.clock


def world_of(**pool: Any) -> World:
    return World(plan=a_plan(pools=(a_pool(**pool),)), batch=Nodes())


def test_whoever_lists_nodes_has_them_recorded_and_what_is_seen_is_written_now_and_then() -> None:
    store, world = Store(), world_of()
    log, context, clock = logged(world, store)
    pool = str(context.plan.pools[0].id)
    context.node_watch.look(context)
    assert store.writes == 1
    assert [(node.node_id, node.gone) for node in store.kept.records] == [("n1", None)]
    assert [(rate.per_hour, rate.os) for rate in store.kept.rates] == [(Decimal("0.36"), "linux")]
    for _ in range(5):
        clock.sleep(1)
        context.batch.list_nodes(pool)
        context.node_watch.look(context)
    assert store.writes == 1
    clock.sleep(1)
    context.node_watch.look(context)
    assert store.writes == 2
    assert log.cost(clock.now()).amount == Decimal("0.0006")
    world.batch.there = ()  # type: ignore[attr-defined]
    context.node_watch.look(context, at_once=True)
    assert store.kept.records[0].gone == clock.now()


def test_nodes_that_a_wait_has_just_listed_are_not_listed_again() -> None:
    store, world = Store(), world_of()
    _, context, clock = logged(world, store)
    pool = str(context.plan.pools[0].id)
    calls: list[object] = world.batch.calls  # type: ignore[attr-defined]
    context.batch.list_nodes(pool)
    context.node_watch.look(context)
    assert calls.count(("list", pool)) == 1
    clock.sleep(6)
    context.node_watch.look(context)
    assert calls.count(("list", pool)) == 2
    context.node_watch.look(context, at_once=True)
    assert calls.count(("list", pool)) == 3


def test_what_is_not_written_yet_is_written_when_the_command_ends() -> None:
    store = Store()
    log, context, _ = logged(world_of(), store)
    with log:
        context.batch.list_nodes(str(context.plan.pools[0].id))
        assert store.writes == 0
    assert store.writes == 1
    log.__exit__(None, None, None)
    assert store.writes == 1


def test_a_service_that_is_not_there_is_not_waited_for_at_the_end() -> None:
    store = Store()
    log, context, _ = logged(world_of(), store)
    context.batch.list_nodes(str(context.plan.pools[0].id))
    log.__exit__(None, UnreachableError("offline"), None)
    assert store.writes == 0


def test_a_write_that_fails_fails_nothing_and_a_command_without_its_lock_writes_nothing() -> None:
    store, world = Store(), world_of()
    _, context, _ = logged(world, store)
    store.error = ServiceError("refused")
    context.node_watch.look(context, at_once=True)
    store.error, world.lost = None, True
    context.node_watch.look(context, at_once=True)
    assert store.writes == 0
    world.lost = False
    context.node_watch.look(context, at_once=True)
    assert store.writes == 1


def test_a_pool_that_the_run_uses_and_did_not_make_is_not_its_cost() -> None:
    store, world = Store(), world_of(existing=True)
    _, context, _ = logged(world, store)
    context.batch.list_nodes(str(context.plan.pools[0].id))
    context.node_watch.look(context, at_once=True)
    assert store.kept == NodeHistory()


def test_a_pool_that_was_made_with_a_job_is_known_by_its_prefix() -> None:
    store = Store()
    pool = a_pool(auto=True)
    spec: Any = SimpleNamespace(auto_pool_id_prefix="demo-r1", keep_alive=False)
    world = World(plan=a_plan(pools=(pool,), jobs=(a_job(auto_pool=spec, pool=pool.logical),)), batch=Nodes())
    _, context, _ = logged(world, store)
    context.batch.list_nodes("demo-r1_4f2a")
    context.batch.list_nodes("another")
    context.node_watch.look(context, at_once=True)
    assert [node.pool_id for node in store.kept.records] == ["demo-r1_4f2a"]


def test_what_costs_more_than_the_recipe_allows_is_told_once_and_not_while_nodes_go() -> None:
    store, world = Store(), world_of()
    limit = MaxCost(amount=Decimal("0.001"), currency="USD", without_price="refuse")
    world.plan = replace(world.plan, max_cost=limit)
    _, context, clock = logged(world, store)
    context.node_watch.look(context)
    clock.sleep(11)
    context.node_watch.look(context, at_once=True)
    with pytest.raises(CostLimitError, match=r"has cost 0\.0011 USD, more than its max_cost of 0\.001 USD") as over:
        context.node_watch.look(context)
    assert over.value.by == "its max_cost of 0.001 USD"
    context.node_watch.look(context)


@pytest.mark.parametrize("limit", [("1", "USD"), ("0.001", "EUR")])
def test_what_costs_less_or_is_in_another_currency_is_not_stopped(limit: tuple[str, str]) -> None:
    store, world = Store(), world_of()
    most = MaxCost(amount=Decimal(limit[0]), currency=limit[1], without_price="refuse")
    world.plan = replace(world.plan, max_cost=most)
    _, context, clock = logged(world, store)
    context.node_watch.look(context)
    clock.sleep(60)
    context.node_watch.look(context)
    assert store.writes == 2


def test_a_limit_that_cannot_be_checked_is_told_once() -> None:
    store, world, notes = Store(), world_of(), Notes()
    world.plan = replace(world.plan, max_cost=MaxCost(amount=Decimal(1), currency="EUR", without_price="continue"))
    _, context, clock = logged(world, store)
    context = replace(context, progress=notes)
    for _ in range(3):
        clock.sleep(60)
        context.node_watch.look(context)
    assert notes.lines == ["warning: max_cost does not stop the run: it is in EUR, but prices are in USD"]
    _, unknown, _ = logged(world_of(), Store(), lambda: SimpleNamespace(card=lambda *_, **__: RateCard(currency="USD")))
    notes.lines.clear()
    unknown = replace(unknown, progress=notes, plan=world.plan)
    unknown.node_watch.look(unknown)
    unknown.node_watch.look(unknown, at_once=True)
    assert notes.lines == ["warning: max_cost does not stop the run: price unknown: not asked for"]


def test_settings_of_prices_that_are_not_valid_stop_nothing() -> None:
    store = Store()

    def refuse() -> Any:
        raise UsageError("prices.yaml is broken")

    _, context, _ = logged(world_of(), store, refuse)
    context.node_watch.look(context, at_once=True)
    assert [(rate.per_hour, rate.source) for rate in store.kept.rates] == [(None, "prices.yaml is broken")]
