"""Finding: one cause why tasks do not run, or did not do their work, with the evidence and the next step."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from recipebatch.vocabulary.causes import Cause
from recipebatch.vocabulary.states import AllocationState, TaskState

if TYPE_CHECKING:
    from collections.abc import Iterable


class Code(StrEnum):
    """What is found, for programs; a member is listed before those that it outranks.

    What someone has to act on outranks what ends by waiting, and both outrank tasks that failed on their own.
    """

    PURGED = "purged"
    STOPPED = "stopped"
    PAUSED = "paused"
    JOB_DISABLED = "job-disabled"
    JOB_ENDED = "job-ended"
    JOB_QUOTA = "job-quota"
    POOL_QUOTA = "pool-quota"
    POOL_MISSING = "pool-missing"
    POOL_DELETING = "pool-deleting"
    PREPARATION_FAILED = "preparation-failed"
    QUOTA = "quota"
    ALLOCATION_FAILED = "allocation-failed"
    FORMULA_FAILED = "formula-failed"
    FORMULA_GIVES_NONE = "formula-gives-none"
    POOL_EXPIRED = "pool-expired"
    SCALED_TO_NONE = "scaled-to-none"
    START_TASK_FAILED = "start-task-failed"
    IMAGE = "image"
    NODES_UNUSABLE = "nodes-unusable"
    NODES_PREEMPTED = "nodes-preempted"
    NODES_LOST = "nodes-lost"
    NODES_OFFLINE = "nodes-offline"
    PHASE_FAILED = "phase-failed"
    JOB_MISSING = "job-missing"
    SCHEDULE_DISABLED = "schedule-disabled"
    SCHEDULE_ENDED = "schedule-ended"
    SCHEDULE_NOT_DUE = "schedule-not-due"
    AFTER_FAILED = "after-failed"
    BLOCKED = Cause.BLOCKED.value
    SLOTS = "slots"
    INSTANCES = "instances"
    PRIORITY = "priority"
    POOL_BUSY = "pool-busy"
    PARALLEL_LIMIT = "parallel-limit"
    PREPARATION_RUNNING = "preparation-running"
    START_TASK_RUNNING = "start-task-running"
    NODES_STARTING = "nodes-starting"
    RESIZING = AllocationState.RESIZING.value
    NO_NODES = "no-nodes"
    NOT_SUBMITTED = "not-submitted"
    PARTLY_SUBMITTED = "partly-submitted"
    AFTER = "after"
    DEPENDENCIES = "dependencies"
    SOON = "soon"
    RUNNING = TaskState.RUNNING.value
    SAS_ENDED = "sas-ended"
    OUTPUT_MISSING = "output-missing"
    UPLOAD_FAILED = "upload-failed"
    RESOURCE_FILE = "resource-file"
    WALL_CLOCK = "wall-clock"
    COMMAND = Cause.COMMAND.value
    EXIT_CODE = "exit-code"
    NODE = "node"
    PREEMPTED = Cause.PREEMPTED.value
    TERMINATED = Cause.TERMINATED.value
    NEVER_STARTED = "never-started"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"

    @classmethod
    def of_cause(cls, cause: str) -> Code:
        """What a `vocabulary.causes.Cause` is among the findings."""
        found = (code for code in cls if code == cause.replace("_", "-"))
        return _OF_CAUSE.get(cause) or next(found, cls.UNKNOWN)


_OF_CAUSE: dict[str, Code] = {Cause.CONTAINER: Code.IMAGE, Cause.START_TASK: Code.START_TASK_FAILED}
_RANKS = {code: rank for rank, code in enumerate(Code)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One cause.

    Attributes:
        code: which one.
        sentence: what is so, in one line.
        evidence: what the service, or the record, says about it, a line each; a text of several lines is output.
        steps: what to do next; what begins with `recipebatch` or `az` is a command to copy.
        partial: it keeps only some of what waits from running.
    """

    code: Code
    sentence: str
    evidence: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    partial: bool = False

    @property
    def command(self) -> str:
        """The first step that is a command; empty if none is."""
        return next((step for step in self.steps if is_command(step)), "")


def is_command(step: str) -> bool:
    """Whether a step is a command to copy. Pure."""
    return step.startswith(("recipebatch ", "az "))


def ranked(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings without repetitions, the one that explains most first. Pure."""
    return tuple(sorted(dict.fromkeys(found), key=lambda finding: (finding.partial, _RANKS[finding.code])))
