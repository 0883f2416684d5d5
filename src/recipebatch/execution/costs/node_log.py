"""NodeLog: the nodes of a run are recorded whenever a phase looks at them, for what they cost."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from recipebatch.cost import RunCost, run_cost
from recipebatch.errors import CostLimitError, RecipeBatchError, UnreachableError, UsageError
from recipebatch.phases import STOP, NodeWatch, pools_of
from recipebatch.prices import NodeKind
from recipebatch.report import Cost
from recipebatch.runs import NodeHistory, NodeRate
from recipebatch.vocabulary.money import exact_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from recipebatch.phases import Clock, PhaseContext
    from recipebatch.plan.model import MaxCost, Plan, PlannedPool
    from recipebatch.prices import PriceSource, RateCard
    from recipebatch.runs import RunStore
    from recipebatch.service import BatchService, NodeSnapshot

LOOK_EVERY = 6.0
"""Nodes are looked at, and what was seen is written, every so many of the longest intervals at which a wait asks."""


class NodeLog(NodeWatch):
    """The nodes of one run, as a command that works on it sees them.

    What is seen is written now and then, when the command ends, and before nodes go; a write that fails fails nothing.

    Args:
        store: where it is kept.
        run_id: of the run.
        created: when the run started; its nodes are counted from then on.
        prices: gives the prices of the account.
        check_lock: raises when the run may no longer be changed.
        run_option: what a command needs to find the run, for a hint.
    """

    def __init__(
        self,
        store: RunStore,
        run_id: str,
        *,
        created: datetime,
        prices: Callable[[], PriceSource],
        check_lock: Callable[[], None],
        run_option: str = "",
    ) -> None:
        self._store = store
        self._run_id = run_id
        self._created = created
        self._prices = prices
        self._check_lock = check_lock
        self._run_option = run_option
        self._is_over = False
        self._said_unchecked = False
        self._currency: str | None = None
        self._history: NodeHistory | None = None
        self._is_written = True
        self._looked: float | None = None
        self._listed: dict[str, float] = {}
        self._wrote: float | None = None

    def __enter__(self) -> None:
        """The command begins."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """The command ends: write what is not written yet, unless the service is not there."""
        if not isinstance(error, UnreachableError):
            self.write()

    @property
    def history(self) -> NodeHistory:
        """What is known of the nodes; read when it is first asked for."""
        if self._history is None:
            self._history = self._store.node_history(self._run_id)
        return self._history

    def observed(self, batch: BatchService, plan: Plan, clock: Clock) -> BatchService:
        """The Batch account; each list of the nodes of a pool that the run made is recorded."""
        return cast("BatchService", _Observed(batch, lambda pool, nodes: self._seen(plan, pool, nodes, clock)))

    def look(self, context: PhaseContext, *, at_once: bool = False) -> None:
        """Look at the nodes of all pools of the run, unless that was done a short time ago; write what is due.

        Raises:
            CostLimitError: once, when they have cost more than the recipe allows and are not about to go.
        """
        now, every = context.clock.monotonic(), LOOK_EVERY * context.slow_poll_interval.total_seconds()
        if at_once or self._looked is None or now - self._looked >= every:
            self._looked = now
            with suppress(RecipeBatchError):
                for pool_id in self._pools(context):
                    # A wait that shows the nodes has listed them already.
                    if at_once or now - self._listed.get(pool_id, -every) >= every:
                        context.batch.list_nodes(pool_id)
            self._tell_cost(context)
        if at_once or self._wrote is None or now - self._wrote >= every:
            self._wrote = now
            self.write()
        if not at_once and context.plan.max_cost is not None and not self._is_over:
            self._check_cost(context.plan.max_cost, context)

    def _pools(self, context: PhaseContext) -> list[str]:
        """The pools of the run: those of the plan, those of its jobs, and those that had nodes when seen last."""
        made = [str(each.id) for pool in context.plan.pools if not pool.existing for each in pools_of(pool, context)]
        return list(dict.fromkeys([*made, *(each.pool_id for each in self.history.records if each.gone is None)]))

    def _check_cost(self, limit: MaxCost, context: PhaseContext) -> None:
        cost = self.cost(context.clock.now())
        if why := _why_unchecked(cost, limit):
            if not self._said_unchecked:
                self._said_unchecked = True
                context.progress.say(f"warning: max_cost does not stop the run: {why}")
            return
        if cost.amount is None or cost.amount <= limit.amount:
            return
        # What ends the run looks at its nodes too.
        self._is_over = True
        text = exact_text(limit.amount, limit.currency)
        raise CostLimitError(
            f"run {self._run_id} has cost {cost.amount_text}, more than its max_cost of {text}",
            by=f"its max_cost of {text}",
            hint=f"stop it with its results: recipebatch {STOP} {self._run_option}",
        )

    def cost(self, now: datetime) -> RunCost:
        """What the run has cost so far, as far as this command has seen."""
        return run_cost(self.history, now, since=self._created)

    def _tell_cost(self, context: PhaseContext) -> None:
        cost = self.cost(context.clock.now())
        known = not cost.why_unknown and cost.amount is not None
        event = Cost(
            text=cost.amount_text if known and cost.pools and not cost.is_free else "",
            amount=float(cost.amount) if cost.amount is not None else None,
            currency=cost.currency,
            per_hour=float(cost.per_hour) if cost.per_hour is not None else None,
            why_unknown="" if known else cost.why_unknown or "not known",
        )
        context.progress.tell(event)

    def write(self) -> None:
        """Write what was seen and is not written yet."""
        if self._is_written or self._history is None:
            return
        seen = self._history
        with suppress(RecipeBatchError):
            self._check_lock()
            self._store.update_node_history(self._run_id, lambda kept: kept.with_seen(seen.records, seen.rates))
            self._is_written = True

    def _seen(self, plan: Plan, pool_id: str, nodes: Sequence[NodeSnapshot], clock: Clock) -> None:
        self._listed[pool_id] = clock.monotonic()
        planned = _planned(plan, pool_id)
        # Nobody pays for a pool by looking at it before its first node.
        if planned is None or not (nodes or any(record.pool_id == pool_id for record in self.history.records)):
            return
        now = clock.now()
        self._currency = None if plan.max_cost is None else plan.max_cost.currency
        history = self.history.with_look(pool_id, nodes, now)
        known = {rate.key for rate in history.rates}
        keys = {(pool_id, node.vm_size, node.spot) for node in nodes} - known
        rates = self._rates(planned, keys, now) if keys else ()
        self._history = history.with_seen((), rates)
        self._is_written = False

    def _rates(self, pool: PlannedPool, keys: set[tuple[str, str, bool]], now: datetime) -> list[NodeRate]:
        kinds = {(name, size, spot): NodeKind(size, pool.os, spot) for name, size, spot in sorted(keys)}
        try:
            card: RateCard = self._prices().card(set(kinds.values()), now, currency=self._currency)
        except UsageError as error:
            return [_rate(key, kind, None, error.message) for key, kind in kinds.items()]
        return [_rate(key, kind, card, "") for key, kind in kinds.items()]


def _why_unchecked(cost: RunCost, limit: MaxCost) -> str:
    """Why what a run has cost cannot be compared with its limit; empty if it can."""
    if cost.why_unknown:
        return cost.why_unknown
    if cost.amount and cost.currency != limit.currency:
        return f"it is in {limit.currency}, but prices are in {cost.currency}"
    return ""


def _rate(key: tuple[str, str, bool], kind: NodeKind, card: RateCard | None, why: str) -> NodeRate:
    rate = None if card is None else card.rate(kind)
    pool_id, vm_size, spot = key
    return NodeRate(
        pool_id=pool_id,
        vm_size=vm_size,
        spot=spot,
        os=kind.os,
        per_hour=None if rate is None else rate.per_hour,
        currency="USD" if card is None else card.currency,
        source=why if rate is None else rate.source or f"price unknown: {rate.why_unknown}",
    )


def _planned(plan: Plan, pool_id: str) -> PlannedPool | None:
    """The planned pool that a pool of the service was made from; None if the run did not make it."""
    for pool in plan.pools:
        if not (pool.existing or pool.auto) and str(pool.id) == pool_id:
            return pool
    for job in plan.jobs:
        prefix = None if job.auto_pool is None else job.auto_pool.auto_pool_id_prefix
        if prefix and pool_id.lower().startswith(str(prefix).lower()):
            return plan.pool(job.pool)
    return None


class _Observed:
    """A Batch account that tells of the nodes that are listed."""

    def __init__(self, batch: BatchService, on_nodes: Callable[[str, Sequence[NodeSnapshot]], None]) -> None:
        self._batch = batch
        self._on_nodes = on_nodes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def list_nodes(self, pool_id: str) -> tuple[NodeSnapshot, ...]:
        nodes = self._batch.list_nodes(pool_id)
        self._on_nodes(str(pool_id), nodes)
        return nodes
