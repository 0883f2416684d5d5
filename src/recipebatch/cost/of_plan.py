"""PlanCost: what a run can cost at most, and what it probably will. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from recipebatch.cost.estimate import Durations, Estimate, estimated
from recipebatch.plan import NodesGo, most_nodes, nodes_go
from recipebatch.prices import NodeKind
from recipebatch.vocabulary.money import amount_text, exact_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recipebatch.plan.model import MaxCost, Plan, PlannedPool
    from recipebatch.prices import RateCard

HOUR = Decimal(3600)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolPrice:
    """What a pool of a plan costs; amounts are None where something they need is not known.

    Attributes:
        pool: its id.
        vm_size: the dearest of those that may be tried.
        dedicated, spot: the most nodes of each kind; None where a formula does not say it.
        copies: how many pools it stands for: one for each job that makes one.
        rates: the price of a dedicated and of a Spot node an hour.
        per_hour: with the most nodes.
        most: until the run expires.
        why_unknown: why amounts are None; empty if none is.
        no_price: it is for want of a price.
        sources: where the prices come from, in words.
    """

    pool: str
    vm_size: str
    dedicated: int | None
    spot: int | None
    copies: int
    rates: tuple[Decimal | None, Decimal | None]
    per_hour: Decimal | None
    most: Decimal | None
    why_unknown: str = ""
    no_price: bool = False
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanCost:
    """What a run costs, before it begins.

    Attributes:
        currency: of all amounts.
        pools: those that the run makes.
        limit: how long nodes can stay at most.
        max_cost: the recipe's own limit; None without one.
    """

    currency: str
    pools: tuple[PoolPrice, ...]
    limit: timedelta
    max_cost: MaxCost | None = None
    estimate: Estimate | None = None

    @property
    def per_hour(self) -> Decimal | None:
        """Of all pools with the most nodes; None if that of one is not known."""
        return _sum(pool.per_hour for pool in self.pools)

    @property
    def most(self) -> Decimal | None:
        """The most that the run can cost until it expires; None if that of one pool is not known."""
        return _sum(pool.most for pool in self.pools)

    @property
    def is_free(self) -> bool:
        """Whether all prices are 0, as on this machine."""
        rates = [rate for pool in self.pools for rate in pool.rates if rate is not None]
        return bool(rates) and not any(rates) and not self.why_no_price

    @property
    def why_no_price(self) -> str:
        """Why a price is not known; empty if all are."""
        return next((pool.why_unknown for pool in self.pools if pool.no_price), "")

    @property
    def excess(self) -> str:
        """That the run can cost more than the recipe's `max_cost`; empty if not, or that is not known."""
        if self.max_cost is None or self.most is None or not self.most:
            return ""
        if self.currency != self.max_cost.currency or self.most <= self.max_cost.amount:
            return ""
        most = amount_text(self.most, self.currency, up=True)
        return f"the run can cost {most}, more than its max_cost of {_limit_text(self.max_cost)}"

    @property
    def why_unchecked(self) -> str:
        """Why the recipe's `max_cost` can never be checked, not even while the run is at work; empty if it can."""
        if self.max_cost is None or self.is_free:
            return ""
        if self.why_no_price:
            return f"max_cost cannot be checked: {self.why_no_price}"
        if self.currency != self.max_cost.currency and self.pools:
            return f"max_cost is in {self.max_cost.currency}, but prices are in {self.currency}"
        return ""

    def longest_within(self) -> timedelta | None:
        """How long the run may last at most so that it stays within `max_cost`; None if that is not known."""
        if self.max_cost is None or not self.per_hour or self.most is None:
            return None
        return timedelta(seconds=int(self.max_cost.amount / self.per_hour * HOUR))

    def to_json(self) -> dict[str, Any]:
        """As JSON values; amounts are numbers, null where they are not known, times are seconds."""
        limit = self.max_cost
        return {
            "currency": self.currency,
            "per_hour": _number(self.per_hour),
            "most": _number(self.most),
            "limit": self.limit.total_seconds(),
            "free": self.is_free,
            "unknown": self.why_no_price or None,
            "max_cost": None if limit is None else {"amount": float(limit.amount), "currency": limit.currency},
            "estimate": None if self.estimate is None else self.estimate.to_json(),
            "pools": [
                {
                    "pool": pool.pool,
                    "vm_size": pool.vm_size,
                    "dedicated": pool.dedicated,
                    "spot": pool.spot,
                    "pools": pool.copies,
                    "dedicated_node": _number(pool.rates[0]),
                    "spot_node": _number(pool.rates[1]),
                    "per_hour": _number(pool.per_hour),
                    "most": _number(pool.most),
                    "unknown": pool.why_unknown or None,
                    "prices": list(pool.sources),
                }
                for pool in self.pools
            ],
        }


def kinds_of(plan: Plan) -> set[NodeKind]:
    """What the prices of a run depend on: the kinds of nodes that its pools can have."""
    return {kind for pool in plan.pools if not pool.existing for kinds in _kinds(pool) for kind in kinds}


def plan_cost(plan: Plan, card: RateCard, durations: Durations | None = None) -> PlanCost:
    """What a run costs.

    Args:
        plan: of it.
        card: the prices of `kinds_of`.
        durations: how long its tasks took the last time; what the recipe expects counts before it.
    """
    made = [pool for pool in plan.pools if not pool.existing]
    pools = tuple(_pool_price(pool, plan, card) for pool in made)
    per_node = {pool.logical: _node_rate(pool, price) for pool, price in zip(made, pools, strict=True)}
    return PlanCost(
        currency=card.currency,
        pools=pools,
        limit=plan.run_limit,
        max_cost=plan.max_cost,
        estimate=estimated(plan, per_node, durations),
    )


def _kinds(pool: PlannedPool) -> tuple[tuple[NodeKind, ...], tuple[NodeKind, ...]]:
    """The kinds of its dedicated and of its Spot nodes, one for each VM size that may be tried."""
    limits = most_nodes(pool)
    sizes = pool.vm_sizes or (pool.vm_size,)
    dedicated, spot = (
        tuple(NodeKind(size.lower(), pool.os, is_spot) for size in sizes) if number != 0 else ()
        for is_spot, number in ((False, limits.dedicated), (True, limits.spot))
    )
    return dedicated, spot


def _pool_price(pool: PlannedPool, plan: Plan, card: RateCard) -> PoolPrice:
    limits = most_nodes(pool)
    why_price = ""
    rates: list[Decimal | None] = []
    sources: dict[str, None] = {}
    dearest = pool.vm_size
    for kinds in _kinds(pool):
        found = [(card.rate(kind), kind) for kind in kinds]
        unknown = next((rate.why_unknown for rate, _ in found if rate.per_hour is None), "")
        why_price = why_price or unknown
        best = max(found, key=lambda each: each[0].per_hour or Decimal(0), default=None)
        rates.append(None if unknown or best is None else best[0].per_hour)
        if best is not None and not unknown:
            dearest = best[1].vm_size
            sources |= {best[0].source: None}
    copies = sum(job.pool == pool.logical for job in plan.jobs) if pool.auto else 1
    per_hour = None if why_price else _per_hour((limits.dedicated, limits.spot), rates, copies)
    endless = pool.endless or nodes_go(pool) not in {NodesGo.AT_EXPIRY, NodesGo.WITH_JOB}
    free = per_hour is not None and not per_hour
    most = None
    if per_hour is not None and (free or not endless):
        most = per_hour * Decimal(str(plan.run_limit.total_seconds())) / HOUR
    why = f"price unknown ({why_price})" if why_price else ""
    if not why and per_hour is None:
        why = "its formula does not say how many nodes there are at most"
    if not why and most is None:
        why = "nothing removes its nodes when the run expires"
    return PoolPrice(
        pool=str(pool.id),
        vm_size=dearest,
        dedicated=limits.dedicated,
        spot=limits.spot,
        copies=copies,
        rates=(rates[0], rates[1]),
        per_hour=per_hour,
        most=most,
        why_unknown=why,
        no_price=bool(why_price),
        sources=tuple(sources),
    )


def _per_hour(numbers: tuple[int | None, int | None], rates: list[Decimal | None], copies: int) -> Decimal | None:
    total = Decimal(0)
    for number, rate in zip(numbers, rates, strict=True):
        if number == 0 or rate == 0:
            continue
        if number is None or rate is None:
            return None
        total += number * rate * copies
    return total


def _node_rate(pool: PlannedPool, price: PoolPrice) -> Decimal | None:
    """What one node costs an hour on average, as the pool mixes them."""
    limits = most_nodes(pool)
    numbers = (limits.dedicated, limits.spot)
    if price.no_price:
        return None
    known = [(number or 0, rate or Decimal(0)) for number, rate in zip(numbers, price.rates, strict=True)]
    together = sum(number for number, _ in known)
    if None in numbers or not together:
        only = [rate for number, rate in zip(numbers, price.rates, strict=True) if number != 0 and rate is not None]
        return only[0] if len(only) == 1 else None
    return sum((number * rate for number, rate in known), Decimal(0)) / together


def _limit_text(limit: MaxCost) -> str:
    return exact_text(limit.amount, limit.currency)


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    total = Decimal(0)
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total


def _number(amount: Decimal | None) -> float | None:
    return None if amount is None else float(round(amount, 6))
