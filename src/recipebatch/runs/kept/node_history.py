"""NodeHistory: which nodes a run had, and from when to when; for what it cost, and for after they are gone."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from recipebatch.runs.kept.columns import packed, text_column, texts, time_column, times, unpacked

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

_VERSION = 1
_TEXTS = ("pool_id", "node_id", "vm_size", "state")
_FLAGS = ("spot", "preempted")
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
class NodeHistory:
    """The nodes of a run."""

    records: tuple[NodeRecord, ...] = ()

    def with_seen(self, records: Iterable[NodeRecord]) -> NodeHistory:
        """With what was seen now; of a node that is known already the newer look counts."""
        found = {record.key: record for record in self.records} | {record.key: record for record in records}
        return NodeHistory(records=tuple(found.values()))

    def to_json(self) -> str:
        """The text of its document."""
        columns: dict[str, Any] = {
            name: text_column([getattr(record, name) for record in self.records]) for name in _TEXTS
        }
        columns |= {name: [int(getattr(record, name)) for record in self.records] for name in _FLAGS}
        columns |= {name: time_column([getattr(record, name) for record in self.records]) for name in _TIMES}
        return json.dumps({"version": _VERSION, "nodes": packed(columns)})


def node_history_from_json(text: str) -> NodeHistory:
    """The inverse of `NodeHistory.to_json`; what someone else wrote, or a later version, is nothing."""
    try:
        columns = unpacked(json.loads(text)["nodes"])
        values: dict[str, list[Any]] = {name: texts(columns[name]) for name in _TEXTS}
        values |= {name: [bool(value) for value in columns[name]] for name in _FLAGS}
        values |= {name: times(columns[name]) for name in _TIMES}
        names = [field.name for field in fields(NodeRecord)]
        rows = zip(*(values[name] for name in names), strict=True)
        records = tuple(NodeRecord(**dict(zip(names, row, strict=True))) for row in rows)
        if any(None in {record.pool_id, record.node_id, record.state, record.last_seen} for record in records):
            return NodeHistory()
        return NodeHistory(records=records)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError, OverflowError):
        return NodeHistory()
