"""RunCost: what the nodes of a run have cost so far, by pool. Pure.

A node costs its price from when it was allocated until it is gone, whatever it does meanwhile; disks, addresses,
traffic and storage are not counted. Source: "Azure Batch pricing": Batch itself is free.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from recipebatch.vocabulary.money import amount_text, rounded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from recipebatch.runs import NodeHistory, NodeRate, NodeRecord

_HOUR = Decimal(3600)
NOT_RECORDED = "its nodes were not recorded"


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolCost:
    """The cost of one pool; amounts are None where the price of one of its nodes is not known.

    Attributes:
        pool: its id.
        nodes: how many it had in all.
        nodes_now: how many are there, as far as is known.
        node_seconds: the time that its nodes were there, together.
        per_hour: of the nodes that are there now.
        amount: so far; the least it can be, where it is not known when nodes have gone.
        most: the most it can be so far.
        why_unknown: why the price is not known; empty if it is.
    """

    pool: str
    nodes: int
    nodes_now: int
    node_seconds: float
    per_hour: Decimal | None
    amount: Decimal | None
    most: Decimal | None
    why_unknown: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCost:
    """The cost of a run so far; amounts are as of its pools, None where that of one pool is not known.

    Attributes:
        currency: of all amounts; empty if nothing costs anything, or no price is known.
        is_free: all prices are 0, as on this machine.
        why_unknown: why amounts are not known; empty if they are.
        source: where the prices come from, in words.
    """

    currency: str = ""
    pools: tuple[PoolCost, ...] = ()
    per_hour: Decimal | None = None
    amount: Decimal | None = None
    most: Decimal | None = None
    is_free: bool = False
    why_unknown: str = ""
    source: str = ""

    def __str__(self) -> str:
        """`0.42 USD so far, 1.20 USD an hour`; `free (local)`; `unknown (offline)`."""
        if self.why_unknown or self.amount is None:
            return f"unknown ({self.why_unknown})"
        now = f", {amount_text(self.per_hour, self.currency)} an hour now" if self.per_hour else ""
        return f"{self.amount_text}{now}"

    @property
    def amount_text(self) -> str:
        """`0.42 USD`, `0.42 to 0.48 USD`, `free`, `0` before the first node; `?` if it is not known."""
        if self.amount is None or self.most is None:
            return "?"
        if not self.pools:
            return "0"
        if self.is_free:
            return "free"
        if rounded(self.amount) == rounded(self.most):
            return amount_text(self.amount, self.currency)
        least = amount_text(self.amount, self.currency).removesuffix(f" {self.currency}")
        return f"{least} to {amount_text(self.most, self.currency)}"

    def to_json(self) -> dict[str, Any]:
        """As JSON values; amounts are numbers, null where they are not known."""
        return {
            "currency": self.currency or None,
            "amount": _number(self.amount),
            "most": _number(self.most),
            "per_hour": _number(self.per_hour),
            "free": self.is_free,
            "unknown": self.why_unknown or None,
            "prices": self.source or None,
            "pools": [
                {
                    "pool": pool.pool,
                    "nodes": pool.nodes,
                    "nodes_now": pool.nodes_now,
                    "node_seconds": round(pool.node_seconds, 3),
                    "amount": _number(pool.amount),
                    "most": _number(pool.most),
                    "per_hour": _number(pool.per_hour),
                    "unknown": pool.why_unknown or None,
                }
                for pool in self.pools
            ],
        }


def _number(amount: Decimal | None) -> float | None:
    return None if amount is None else float(round(amount, 6))


def run_cost(history: NodeHistory, now: datetime, *, since: datetime, is_current: bool = True) -> RunCost:
    """The cost of a run so far.

    Args:
        history: its nodes and their prices.
        now: the time.
        since: when the run started: a node of a pool that was there before is counted from then on.
        is_current: its pools were looked at just now; else nodes that are not known to be gone may be.
    """
    rates = {rate.key: rate for rate in history.rates}
    names = dict.fromkeys(record.pool_id for record in history.records)
    span = partial(_span, now=now, since=since, is_current=is_current)
    pools = [
        _pool_cost(name, [record for record in history.records if record.pool_id == name], rates, span)
        for name in names
    ]
    used = [rates[key] for key in dict.fromkeys(map(_rate_key, history.records)) if key in rates]
    currencies = sorted({rate.currency for rate in used if rate.per_hour is not None})
    why = next((pool.why_unknown for pool in pools if pool.why_unknown), "")
    if len(currencies) > 1:
        why = why or f"prices are in {' and '.join(currencies)}"
    known = not why
    return RunCost(
        currency=currencies[0] if known and currencies else "",
        pools=tuple(pools),
        per_hour=_sum(pool.per_hour for pool in pools) if known else None,
        amount=_sum(pool.amount for pool in pools) if known else None,
        most=_sum(pool.most for pool in pools) if known else None,
        is_free=known and bool(used) and all(rate.per_hour == 0 for rate in used),
        why_unknown=why,
        source=" and ".join(dict.fromkeys(rate.source for rate in used)) if known else "",
    )


def _pool_cost(
    name: str,
    records: list[NodeRecord],
    rates: dict[tuple[str, str, bool], NodeRate],
    span: Callable[[NodeRecord], tuple[float, float]],
) -> PoolCost:
    amount, most, per_hour = Decimal(0), Decimal(0), Decimal(0)
    seconds = 0.0
    why = ""
    for record in records:
        least_seconds, most_seconds = span(record)
        seconds += least_seconds
        rate = rates.get(_rate_key(record))
        if rate is None or rate.per_hour is None:
            why = why or (rate.source if rate is not None else "the price was not recorded")
            continue
        amount += rate.per_hour * Decimal(str(least_seconds)) / _HOUR
        most += rate.per_hour * Decimal(str(most_seconds)) / _HOUR
        per_hour += rate.per_hour if record.gone is None else 0
    return PoolCost(
        pool=name,
        nodes=len({record.node_id for record in records}),
        nodes_now=sum(record.gone is None for record in records),
        node_seconds=seconds,
        per_hour=None if why else per_hour,
        amount=None if why else amount,
        most=None if why else most,
        why_unknown=why,
    )


def _span(record: NodeRecord, now: datetime, since: datetime, *, is_current: bool) -> tuple[float, float]:
    """The least and the most seconds that a node can have been there for the run."""
    begun = max(record.allocated or record.start_began or record.last_seen, since)
    if record.gone is not None:
        least, most = min(record.last_seen, record.gone), record.gone
    else:
        least, most = (now if is_current else record.last_seen), now
    return max(0.0, (least - begun).total_seconds()), max(0.0, (most - begun).total_seconds())


def _rate_key(record: NodeRecord) -> tuple[str, str, bool]:
    return record.pool_id, record.vm_size.lower(), record.spot


def _sum(amounts: Iterable[Decimal | None]) -> Decimal:
    return sum((amount for amount in amounts if amount is not None), Decimal(0))
