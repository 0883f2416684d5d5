"""cost_of_run: what a run has cost so far, from what is recorded of its nodes and what is there now; reads only."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from recipebatch.cost import NOT_RECORDED, RunCost, run_cost
from recipebatch.errors import ServiceError, UsageError
from recipebatch.phases import PROVISION, SUBMIT
from recipebatch.prices import NodeKind
from recipebatch.runs import STARTED, NodeHistory, NodeRate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from recipebatch.execution.open_account import Services
    from recipebatch.runs import RunRecord
    from recipebatch.service import NodeSnapshot


def cost_of_run(
    services: Services,
    record: RunRecord,
    *,
    looks: Mapping[str, Sequence[NodeSnapshot]] | None = None,
    look: bool = True,
    now: datetime | None = None,
) -> RunCost:
    """What a run has cost so far.

    Args:
        services: the account that it is recorded in.
        record: of the run.
        looks: by pool, the nodes that were there just now; such pools are not asked for again.
        look: ask the service for the nodes of other pools that are not known to be gone; False takes them as they
            were last seen, and prices as they were recorded, which needs one read.
        now: the time; None is this machine's.

    Raises:
        ServiceError: what is recorded cannot be read.
    """
    now = now or datetime.now(UTC)
    history = services.store.node_history(record.run_id)
    if not history.records:
        return _without_nodes(record)
    is_current = True
    for pool_id, nodes in (looks or {}).items():
        history = history.with_look(pool_id, nodes, now)
    for pool_id in {each.pool_id for each in history.records if each.gone is None} - set(looks or {}):
        if not look:
            is_current = False
            continue
        try:
            history = history.with_look(pool_id, services.batch.list_nodes(pool_id), now)
        except ServiceError:
            is_current = False
    if look:
        history = _with_prices(history, services, now)
    return run_cost(history, now, since=record.created, is_current=is_current)


def _without_nodes(record: RunRecord) -> RunCost:
    """The cost of a run of which no node is recorded: nothing before it made any."""
    if record.state_of(PROVISION.name) in {None, STARTED} and record.state_of(SUBMIT.name) is None:
        return run_cost(NodeHistory(), record.created, since=record.created)
    return RunCost(why_unknown=NOT_RECORDED)


def _with_prices(history: NodeHistory, services: Services, now: datetime) -> NodeHistory:
    """With the prices of today where none was known when a node was first seen."""
    unknown = {rate.key: rate for rate in history.rates if rate.per_hour is None}
    if not unknown:
        return history
    kinds = {key: NodeKind(rate.vm_size, rate.os, rate.spot) for key, rate in unknown.items()}
    try:
        card = services.prices().card(set(kinds.values()), now)
    except UsageError as error:
        return replace(history, rates=tuple(_why(rate, error.message) for rate in history.rates))
    found = [
        replace(rate, per_hour=price.per_hour, currency=card.currency, source=price.source)
        for key, rate in unknown.items()
        if (price := card.rate(kinds[key])).per_hour is not None
    ]
    return history.with_seen((), found)


def _why(rate: NodeRate, why: str) -> NodeRate:
    return rate if rate.per_hour is not None else replace(rate, source=why)
