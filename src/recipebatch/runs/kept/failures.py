"""RunFailures: the failed tasks of a run with the end of what they wrote, kept beside its record for after the purge.

They are in a document of their own, so that the record, which is written before and after each step, stays small.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from recipebatch.report import TASK, FailedTask

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

MAX_KEPT = 50
"""The first so many failed tasks of a run are kept; those that were tried again make room for others."""
_VERSION = 1
_TYPES: dict[str, type] = {"exit_code": int, "tries": int, "tried_again": bool}
_NONE = frozenset({"exit_code", "node_id", "pool_id", "began", "ended"})


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFailure(FailedTask):
    """A failed task of a run, as it is kept.

    Attributes:
        tried_again: it counts no more: it was tried again later, with another end or in another job.
        left_out: why what it wrote is not kept; empty where it is.
    """

    tried_again: bool = False
    left_out: str = ""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What tells it from others: a node has one start task, and one preparation of a job."""
        node = "" if self.kind == TASK else f"{self.pool_id} {self.node_id}"
        return self.kind, self.job_id, self.task_id, node


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFailures:
    """What is kept of a run's failed tasks.

    Attributes:
        total: how many failed tasks there were when the tasks had ended, kept or not, without those tried again.
    """

    kept: tuple[KeptFailure, ...] = ()
    total: int = 0

    def with_seen(self, seen: Iterable[FailedTask], left_out: str = "") -> RunFailures:
        """With tasks that were seen to have failed; of one that is known already the newer look counts.

        Args:
            seen: the tasks.
            left_out: why what they wrote must not be kept; empty keeps it.
        """
        found = {failure.key: failure for failure in self.kept}
        for task in seen:
            new = _kept(task, left_out)
            before = found.get(new.key)
            if before is not None and _same_try(before, task):
                # Its node may be gone since: what was read first is all there is.
                new = replace(before, tried_again=False)
            elif before is None and len(found) >= MAX_KEPT:
                over = next((key for key, kept in found.items() if kept.tried_again), None)
                if over is None:
                    continue
                del found[over]
            found[new.key] = new
        kept = tuple(found.values())
        return RunFailures(kept=kept, total=max(self.total, _counted(kept)))

    def concluded(self, failed: Iterable[FailedTask], jobs: Collection[str]) -> RunFailures:
        """When the tasks of jobs have ended: those that are not among the failed ones any more were tried again.

        Args:
            failed: the failed tasks of these jobs.
            jobs: their ids.
        """
        still = {_kept(task).key for task in failed}
        kept = tuple(
            replace(failure, tried_again=failure.kind == TASK and failure.key not in still)
            if failure.job_id in jobs
            else failure
            for failure in self.kept
        )
        others = sum(failure.key not in still and not failure.tried_again for failure in kept)
        return RunFailures(kept=kept, total=len(still) + others)

    def to_json(self) -> str:
        """The text of its document."""
        body = {"version": _VERSION, "total": self.total, "failures": [asdict(failure) for failure in self.kept]}
        return json.dumps(body, ensure_ascii=True, indent=1)


def failures_from_json(text: str) -> RunFailures:
    """The inverse of `RunFailures.to_json`; what someone else wrote, or a later version, is nothing."""
    try:
        body = json.loads(text)
        if body["version"] != _VERSION:
            return RunFailures()
        kept = tuple(_read(entry) for entry in body["failures"][:MAX_KEPT])
        total = body["total"]
        return RunFailures(kept=kept, total=max(_counted(kept), total if isinstance(total, int) else 0))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return RunFailures()


def _counted(kept: Iterable[KeptFailure]) -> int:
    """How many of them count: not those that were tried again."""
    return sum(not failure.tried_again for failure in kept)


def _kept(task: FailedTask, left_out: str = "") -> KeptFailure:
    values = {field.name: getattr(task, field.name) for field in fields(FailedTask)}
    return KeptFailure(**values | ({"stdout": "", "stderr": ""} if left_out else {}), left_out=left_out)


def _read(entry: dict[str, Any]) -> KeptFailure:
    values = {field.name: entry[field.name] for field in fields(KeptFailure) if field.name in entry}
    for name, value in values.items():
        if value is None and name in _NONE:
            continue
        if not isinstance(value, _TYPES.get(name, str)):
            raise TypeError(name)
    return KeptFailure(**values)


def _same_try(before: FailedTask, now: FailedTask) -> bool:
    return (before.tries, before.began, before.ended, before.cause) == (now.tries, now.began, now.ended, now.cause)
