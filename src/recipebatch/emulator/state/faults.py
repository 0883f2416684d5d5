"""Fault injection: selects the fault, if any, that applies to a request, a resize or a start task.

Faults are kept in memory only: a restarted emulator has none. Matching is pure: no code here waits or replies.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import count
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

ANY = "*"
REST = "**"
UNTIL_REMOVED = -1


class Action(Enum):
    """The effect of a fault."""

    ANSWER = "answer"
    CLOSE = "close"
    DELAY = "delay"
    ALLOCATION = "allocation"
    START_TASK = "starttask"


REQUEST_ACTIONS = frozenset({Action.ANSWER, Action.CLOSE, Action.DELAY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault and its targets.

    Attributes:
        method: HTTP method of the requests it applies to, or `*`.
        path: pattern for their paths: `*` matches one segment, `**` at the end matches all that follow.
        pool: id of the pool whose resizes or start tasks it applies to, or `*`.
        skip: number of matches to ignore first.
        count: number of matches it applies to; -1 means all until it is removed.
        after: it applies after the request was executed and committed to disk; else instead of the request.
        code: the error of the reply, or the resize error.
        retry_after: seconds for the header `Retry-After`; None omits the header.
        delay: seconds; real time for requests, scaled by the time scale for resizes.
        nodes: number of requested nodes that a resize gets before its error.
    """

    id: str
    action: Action
    method: str = ANY
    path: str = f"/{REST}"
    pool: str = ANY
    skip: int = 0
    count: int = 1
    after: bool = False
    code: str | None = None
    retry_after: int | None = None
    delay: float = 0.0
    nodes: int = 0


def matches_request(fault: Fault, method: str, raw_path: str) -> bool:
    """Whether a fault applies to a request. Ids are case-insensitive, as on Azure."""
    if fault.action not in REQUEST_ACTIONS or fault.method.upper() not in {ANY, method.upper()}:
        return False
    pattern = fault.path.strip("/").lower().split("/")
    parts = [unquote(part).lower() for part in raw_path.strip("/").split("/")]
    if pattern[-1] == REST:
        pattern = pattern[:-1]
        parts = parts[: len(pattern)]
    return len(parts) == len(pattern) and all(
        expected in {ANY, part} for expected, part in zip(pattern, parts, strict=True)
    )


def matches_pool(fault: Fault, action: Action, pool_id: str) -> bool:
    """Whether a fault applies to a resize or start task of that pool."""
    return fault.action is action and fault.pool.lower() in {ANY, pool_id.lower()}


def used(fault: Fault) -> tuple[Fault | None, bool]:
    """Count one more match; returns the updated fault, None if it is used up, and whether it applies to that match."""
    if fault.skip > 0:
        return replace(fault, skip=fault.skip - 1), False
    if fault.count == UNTIL_REMOVED:
        return fault, True
    return (replace(fault, count=fault.count - 1) if fault.count > 1 else None), True


@dataclass(slots=True)
class Faults:
    """The faults of one account in the order of addition; the first match applies."""

    _faults: dict[str, Fault] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def next_id(self) -> str:
        """An id that was never used for a fault of this account."""
        return str(next(self._numbers))

    def add(self, fault: Fault) -> None:
        """Add a fault; it applies from now on."""
        self._faults[fault.id] = fault

    def all(self) -> list[Fault]:
        """The faults that still apply, with updated counts."""
        return list(self._faults.values())

    def remove(self, fault_id: str) -> bool:
        """Remove a fault; True if it existed."""
        return self._faults.pop(fault_id, None) is not None

    def clear(self) -> None:
        """Remove all."""
        self._faults.clear()

    def for_request(self, method: str, raw_path: str) -> Fault | None:
        """The fault that applies to this request; call once for each."""
        return self._take([fault for fault in self.all() if matches_request(fault, method, raw_path)])

    def for_pool(self, action: Action, pool_id: str) -> Fault | None:
        """The fault that applies to this resize or start task of a pool; call once for each."""
        return self._take([fault for fault in self.all() if matches_pool(fault, action, pool_id)])

    def _take(self, matching: list[Fault]) -> Fault | None:
        for fault in matching:
            left, applies = used(fault)
            if left is None:
                del self._faults[fault.id]
            else:
                self._faults[fault.id] = left
            if applies:
                return fault
        return None
