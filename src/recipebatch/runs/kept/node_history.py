"""NodeHistory: which nodes a run had, and from when to when; for what it cost, and for after they are gone."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from recipebatch.runs.kept.columns import kept_time, packed, text_column, texts, time_column, times, unpacked
from recipebatch.vocabulary.money import is_currency, price_per_hour
from recipebatch.vocabulary.states import NodeState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from decimal import Decimal

    from recipebatch.service import NodeSnapshot

_VERSION = 1
_TEXTS = ("pool_id", "node_id", "vm_size", "state")
_FLAGS = ("spot", str(NodeState.PREEMPTED))
_TIMES = ("allocated", "start_began", "start_ended", "gone", "last_seen")


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRecord:
    """A node of a run's pools as it was last seen.

    Attributes:
        vm_size: as Azure Batch writes it, such as `standard_d2s_v5`; empty if it is not known.
        spot: it is a Spot node, not a dedicated one.
        state: of the service, such as `idle` or `unusable`, when it was last seen.
        preempted: it was taken away by the service.
        allocated: when the service allocated it: from here on it incurs charges.
        start_began: when the last try of its start task did; None if there is no start task, or it has not begun.
        start_ended: when that ended.
        gone: when it was first seen to be gone, or its pool was deleted; None while it is there.
        last_seen: when it was last seen there.
    """

    pool_id: str
    node_id: str
    vm_size: str = ""
    spot: bool = False
    state: str
    preempted: bool = False
    allocated: datetime | None = None
    start_began: datetime | None = None
    start_ended: datetime | None = None
    gone: datetime | None = None
    last_seen: datetime

    @property
    def key(self) -> tuple[str, str, datetime | None]:
        """What tells it from others: a node that was preempted can come back with the same id."""
        return self.pool_id, self.node_id, self.allocated


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRate:
    """What a node of a pool costs an hour, as it was when the first of them was seen.

    Attributes:
        vm_size: in lower case.
        os: `linux` or `windows`.
        per_hour: None if it was not known.
        currency: of it.
        source: where the price comes from, in words; why it was not known, where it was not.
    """

    pool_id: str
    vm_size: str
    spot: bool
    os: str
    per_hour: Decimal | None
    currency: str
    source: str = ""

    @property
    def key(self) -> tuple[str, str, bool]:
        """What tells it from others."""
        return self.pool_id, self.vm_size, self.spot


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeHistory:
    """The nodes of a run, and what they cost an hour."""

    records: tuple[NodeRecord, ...] = ()
    rates: tuple[NodeRate, ...] = ()

    def with_seen(self, records: Iterable[NodeRecord], rates: Iterable[NodeRate] = ()) -> NodeHistory:
        """With what was seen now; of a node that is known already the newer look counts, of a rate that is the first.

        A node that was seen before the service said when it was allocated is the one that has a time of it now.
        """
        found = {record.key: record for record in self.records}
        for record in records:
            found.pop((record.pool_id, record.node_id, None), None)
            found[record.key] = record
        known = {rate.key: rate for rate in (*self.rates, *rates) if rate.per_hour is None}
        known |= {rate.key: rate for rate in reversed((*self.rates, *rates)) if rate.per_hour is not None}
        return NodeHistory(records=tuple(found.values()), rates=tuple(known[key] for key in sorted(known)))

    def with_look(self, pool_id: str, nodes: Iterable[NodeSnapshot], at: datetime) -> NodeHistory:
        """With a look at all nodes of a pool: those of it that are not there any more are gone."""
        at = kept_time(at) or at
        before = {record.node_id: record for record in self.records if record.pool_id == pool_id}
        seen = [_seen(pool_id, node, before.get(node.id), at) for node in nodes]
        there = {record.node_id for record in seen}
        gone = [
            replace(record, gone=at)
            for record in self.records
            if record.pool_id == pool_id and record.gone is None and record.node_id not in there
        ]
        return self.with_seen([*gone, *seen])

    def to_json(self) -> str:
        """The text of its document."""
        columns: dict[str, Any] = {
            name: text_column([getattr(record, name) for record in self.records]) for name in _TEXTS
        }
        columns |= {name: [int(getattr(record, name)) for record in self.records] for name in _FLAGS}
        columns |= {name: time_column([getattr(record, name) for record in self.records]) for name in _TIMES}
        rates = [
            [rate.pool_id, rate.vm_size, rate.spot, rate.os, _number_text(rate.per_hour), rate.currency, rate.source]
            for rate in self.rates
        ]
        return json.dumps({"version": _VERSION, "nodes": packed(columns), "rates": rates})


def _number_text(number: Decimal | None) -> str | None:
    return None if number is None else f"{number:f}"


def _seen(pool_id: str, node: NodeSnapshot, before: NodeRecord | None, at: datetime) -> NodeRecord:
    """A node as a look has shown it; `before` is its newest record."""
    allocated = kept_time(node.allocated)
    gone: datetime | None = None
    if node.state == NodeState.PREEMPTED:
        # It incurs no charges from then on, though the pool still lists it. Source: "Use Spot VMs with Batch".
        gone = kept_time(node.state_since) or (before.gone if before is not None else None) or at
    if before is not None and before.allocated is not None:
        if before.gone is None or gone is not None:
            allocated = max(before.allocated, allocated or before.allocated)
        elif allocated is None or allocated <= before.gone:
            # It came back, and the service says no newer time.
            allocated = max(before.gone, kept_time(node.state_since) or before.gone)
    return NodeRecord(
        pool_id=pool_id,
        node_id=node.id,
        vm_size=node.vm_size,
        spot=node.spot,
        state=node.state,
        preempted=node.state == NodeState.PREEMPTED,
        allocated=allocated,
        start_began=kept_time(node.start_began),
        start_ended=kept_time(node.start_ended),
        gone=gone,
        last_seen=at,
    )


def node_history_from_json(text: str) -> NodeHistory:
    """The inverse of `NodeHistory.to_json`; what someone else wrote, or a later version, is nothing."""
    try:
        body = json.loads(text)
        if body["version"] != _VERSION:
            return NodeHistory()
        columns = unpacked(body["nodes"])
        values: dict[str, list[Any]] = {name: texts(columns[name]) for name in _TEXTS}
        values |= {name: [bool(value) for value in columns[name]] for name in _FLAGS}
        values |= {name: times(columns[name]) for name in _TIMES}
        names = [field.name for field in fields(NodeRecord)]
        rows = zip(*(values[name] for name in names), strict=True)
        records = tuple(NodeRecord(**dict(zip(names, row, strict=True))) for row in rows)
        if any(None in {record.pool_id, record.node_id, record.state, record.last_seen} for record in records):
            return NodeHistory()
        return NodeHistory(records=records, rates=tuple(_rate(*values) for values in body.get("rates", ())))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError, OverflowError):
        return NodeHistory()


def _rate(
    pool_id: object, vm_size: object, spot: object, os: object, number: object, currency: object, source: object
) -> NodeRate:
    texts_are_texts = all(isinstance(text, str) for text in (pool_id, vm_size, os, number or "", source))
    if not (texts_are_texts and isinstance(spot, bool) and is_currency(currency)):
        raise ValueError("a rate is none")
    per_hour = None if number is None else price_per_hour(number)
    if number is not None and per_hour is None:
        raise ValueError("a rate is no price")
    return NodeRate(
        pool_id=str(pool_id),
        vm_size=str(vm_size),
        spot=spot,
        os=str(os),
        per_hour=per_hour,
        currency=str(currency),
        source=str(source),
    )
