"""What runs still hold in the services: pools with their nodes and until when, jobs, containers. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from recipebatch.plan import expiry_rule
from recipebatch.runs import labels

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recipebatch.service import LabeledResource, PoolSnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPool:
    """A pool of a run.

    Attributes:
        name: its id.
        nodes: how many it has.
        asked: how many it is to have.
        until: when its formula removes its nodes, in ISO 8601; None if it does not.
    """

    name: str
    nodes: int
    asked: int
    until: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What one run holds, by the names in the services."""

    pools: tuple[HeldPool, ...] = ()
    jobs: tuple[str, ...] = ()
    job_schedules: tuple[str, ...] = ()
    containers: tuple[str, ...] = ()
    owner: str = field(default="?", compare=False)

    @property
    def nodes(self) -> int:
        """The nodes of all pools."""
        return sum(pool.nodes for pool in self.pools)

    def __str__(self) -> str:
        kinds = ((self.jobs, "job"), (self.job_schedules, "job schedule"), (self.containers, "container"))
        parts = [f"{_count(len(self.pools), 'pool')} ({self._nodes_text()})"] if self.pools else []
        parts += [_count(len(names), kind) for names, kind in kinds if names]
        return ", ".join(parts)

    def _nodes_text(self) -> str:
        there, asked = self.nodes, sum(pool.asked for pool in self.pools)
        text = _count(there, "node") + (f", {asked} requested" if asked != there else "")
        if not there and not asked:
            return text
        ends = [pool.until for pool in self.pools if pool.nodes or pool.asked]
        if None in ends:
            return f"{text} without an end"
        last = max(datetime.fromisoformat(end) for end in ends if end is not None)
        return f"{text} until {last:%Y-%m-%d %H:%M} UTC"


def holdings_of(things: Iterable[LabeledResource]) -> dict[str, Holdings]:
    """By run, what it holds of the resources of an account."""
    of_run: dict[str, list[LabeledResource]] = {}
    for thing in things:
        if (run := thing.metadata.get(labels.RUN)) is not None:
            of_run.setdefault(run, []).append(thing)
    return {run: _held(found) for run, found in of_run.items()}


def _held(things: list[LabeledResource]) -> Holdings:
    def names(kind: str) -> tuple[str, ...]:
        return tuple(thing.name for thing in things if thing.kind == kind)

    return Holdings(
        pools=tuple(_held_pool(thing) for thing in things if thing.kind == "pool"),
        jobs=names("job"),
        job_schedules=names("job schedule"),
        containers=names("container"),
        owner=things[0].metadata.get(labels.OWNER, "?"),
    )


def _held_pool(thing: LabeledResource) -> HeldPool:
    pool = thing.pool
    if pool is None:
        return HeldPool(name=thing.name, nodes=thing.size or 0, asked=thing.size or 0)
    return HeldPool(
        name=thing.name,
        nodes=pool.current_dedicated_nodes + pool.current_low_priority_nodes,
        asked=pool.target_dedicated_nodes + pool.target_low_priority_nodes,
        until=_until(pool),
    )


def _until(pool: PoolSnapshot) -> str | None:
    """When its formula removes a pool's nodes; one that fails removes none."""
    if pool.auto_scale_formula is None or pool.formula_error is not None:
        return None
    until = expiry_rule(pool.auto_scale_formula).until
    return None if until is None else until.astimezone(UTC).isoformat()


def _count(number: int, noun: str) -> str:
    return f"1 {noun}" if number == 1 else f"{number} {noun}s"
