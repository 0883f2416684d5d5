"""What a command would do with each resource: create, change, keep or replace it, and which property differs."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from recipebatch.text.sizes import size_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Action(StrEnum):
    """What would be done with something."""

    CREATE = "create"
    CHANGE = "change"
    REPLACE = "replace"
    CONFLICT = "conflict"
    KEEP = "keep"


SYMBOLS = {Action.CREATE: "+", Action.CHANGE: "~", Action.REPLACE: "-", Action.CONFLICT: "!", Action.KEEP: "="}
"""What stands before something in a plan."""

CONTAINER, BLOB, POOL, JOB, SCHEDULE, TASK = "container", "blob", "pool", "job", "job schedule", "task"
"""Kinds of what is compared, in the order in which they are counted."""
LASTS = "scaled to zero"
"""The property of a pool that changes with the time of a plan."""
KINDS = (CONTAINER, BLOB, POOL, SCHEDULE, JOB, TASK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A property that differs.

    Attributes:
        property: its name; of one of several things with its name before it.
        old: what the service has.
        new: what the recipe asks for.
    """

    property: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What would be done with one resource, or with several blobs of a container or tasks of a job.

    Attributes:
        kind: one of `KINDS`.
        name: of the resource; of the container or job of several blobs or tasks.
        names: of the blobs or tasks.
        size: bytes that would be uploaded.
        reason: why, where that is no difference: what keeps it from being made, or where it comes from.
    """

    action: Action
    kind: str
    name: str
    names: tuple[str, ...] = ()
    size: int = 0
    differences: tuple[Difference, ...] = ()
    reason: str = ""

    @property
    def count(self) -> int:
        """How many things."""
        return len(self.names) if self.kind in {BLOB, TASK} else 1

    @property
    def only_lasts(self) -> bool:
        """Nothing but the time differs at which a pool is scaled to zero."""
        return bool(self.differences) and all(each.property == LASTS for each in self.differences)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {**asdict(self), "action": self.action.value, "names": list(self.names), "count": self.count}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A plan against what an account has.

    Attributes:
        account: its name.
        run_id: the unfinished run that `apply` continues; None where it starts one.
        step: what `apply` does now, as a sentence; empty if it has nothing left to do.
        refused: why `apply` would not begin, as a sentence; empty if it would.
        changes: what it does with each resource.
        seen: what of the service was compared: name of the resource → its ETag, or what it is.
    """

    account: str
    run_id: str | None
    step: str
    refused: str = ""
    changes: tuple[Change, ...] = ()
    seen: dict[str, str] = field(default_factory=dict)

    @property
    def changes_existing(self) -> tuple[Change, ...]:
        """What changes or replaces what exists, but for what a run that goes on only completes or keeps for longer."""
        found = (each for each in self.changes if each.action in {Action.CHANGE, Action.REPLACE} and each.kind != JOB)
        return tuple(each for each in found if self.run_id is None or not each.only_lasts)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; the ETags are left out."""
        return {
            "account": self.account,
            "run": self.run_id,
            "step": self.step,
            "refused": self.refused,
            "changes": [change.to_json() for change in self.changes],
            "summary": changes_text(self.changes),
        }


def changes_text(changes: Iterable[Change]) -> str:
    """`2 containers, 3,000 blobs (14.6 KiB), 1 pool, 3,000 tasks to create; 1 pool to change`. Pure."""
    found = list(changes)
    verbs = {
        Action.CREATE: "to create",
        Action.CHANGE: "to change",
        Action.REPLACE: "to replace",
        Action.CONFLICT: "in conflict",
    }
    parts = []
    for action, verb in verbs.items():
        counted = _counted([change for change in found if change.action is action])
        if counted:
            parts.append(f"{counted} {verb}")
    if parts:
        return "; ".join(parts)
    kept = _counted([change for change in found if change.action is Action.KEEP])
    return f"nothing to create or change{f'; {kept} kept' if kept else ''}"


def _counted(changes: Sequence[Change]) -> str:
    parts = []
    for kind in KINDS:
        of_kind = [change for change in changes if change.kind == kind]
        count, size = sum(change.count for change in of_kind), sum(change.size for change in of_kind)
        if count:
            sized = f" ({size_text(size)})" if kind == BLOB and size else ""
            parts.append(f"{count:,} {kind}{'' if count == 1 else 's'}{sized}")
    return ", ".join(parts)
