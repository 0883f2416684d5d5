"""Cost of a plan: what its nodes cost an hour and at most, and what the run probably will."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from recipebatch.cli.render.plan import parts
from recipebatch.cli.render.plan.sections import Block, Section
from recipebatch.vocabulary.durations import span
from recipebatch.vocabulary.money import amount_text, exact_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recipebatch.cost import Estimate, PlanCost, PoolPrice


def cost_section(cost: PlanCost) -> Section:
    """What a run costs; empty where it makes no pool."""
    if not cost.pools:
        return Section("Cost", ())
    return Section("Cost", tuple(Block((f"  {line}",), "line") for line in _lines(cost)))


def _lines(cost: PlanCost) -> Iterable[str]:
    if cost.is_free:
        yield "free: the account is on this machine"
    elif cost.per_hour is not None:
        yield f"{amount_text(cost.per_hour, cost.currency)} an hour{_full(cost)}: {_pools(cost)}{_sources(cost)}"
    elif cost.why_no_price:
        yield cost.why_no_price
    else:
        yield f"an hour: {_pools(cost)}{_sources(cost)}"
    if not cost.is_free:
        yield from _most(cost)
    if cost.estimate is not None:
        yield _estimate(cost.estimate, cost)
    if cost.max_cost is not None:
        limit = exact_text(cost.max_cost.amount, cost.max_cost.currency)
        if cost.why_unchecked:
            then = "apply refuses the run" if cost.max_cost.without_price == "refuse" else "the run has no limit"
            yield f"warning: {cost.why_unchecked}: {then}"
        else:
            yield f"max_cost {limit}: the run is stopped when its nodes have cost more"


def _full(cost: PlanCost) -> str:
    """Where a formula decides, the price is that of the most nodes."""
    return " at most" if any(None in {pool.dedicated, pool.spot} for pool in cost.pools) else ""


def _most(cost: PlanCost) -> Iterable[str]:
    if cost.most is not None:
        most = amount_text(cost.most, cost.currency, up=True)
        yield f"at most {most}, if all nodes stay until it expires in {span(cost.limit)}"
        return
    for pool in cost.pools:
        if pool.most is None and pool.why_unknown and not pool.no_price:
            yield f"the most it can cost is not known: pool {pool.pool}: {pool.why_unknown}"


def _pools(cost: PlanCost) -> str:
    return ", ".join(text for pool in cost.pools for text in _nodes(pool, cost.currency))


def _nodes(pool: PoolPrice, currency: str) -> Iterable[str]:
    """`2 × standard_d2s_v5 at 0.10 USD`, and the Spot nodes."""
    copies = f"{pool.copies} pools of " if pool.copies > 1 else ""
    for number, rate, spot in ((pool.dedicated, pool.rates[0], ""), (pool.spot, pool.rates[1], "spot ")):
        if number != 0 and rate is not None:
            yield f"{copies}{'?' if number is None else number} × {spot}{pool.vm_size} at {exact_text(rate, currency)}"


def _sources(cost: PlanCost) -> str:
    sources = dict.fromkeys(source for pool in cost.pools for source in pool.sources)
    return f" ({' and '.join(sources)})" if sources else ""


def _estimate(estimate: Estimate, cost: PlanCost) -> str:
    """`about 0.30 USD: 44 tasks take about 15 min by expect, plus the start of nodes`; retries are not counted."""
    amount = ""
    if estimate.cost is not None and not cost.is_free:
        amount = f"about {amount_text(estimate.cost, cost.currency)}: ".replace("about under", "under")
    tasks = parts.counted(estimate.tasks, "task")
    verb = "takes" if estimate.tasks == 1 else "take"
    if estimate.time is not None:
        taken = f"{verb} about {_time(estimate.time.total_seconds())}"
    else:
        taken = f"{verb} about {_time(estimate.node_seconds)} of nodes"
    known = " and ".join("expect" if each == "the recipe" else f"run {each}" for each in estimate.sources)
    return f"{amount}{tasks} {taken} by {known}, plus the start of nodes"


def _time(seconds: float) -> str:
    """`15 min`, `1 h 30 min`; below two minutes in seconds."""
    if seconds < 120:  # noqa: PLR2004 - two minutes
        return f"{seconds:.0f} s"
    return parts.time(timedelta(minutes=round(seconds / 60)))
