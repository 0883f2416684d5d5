"""StepReport, PhaseReport, RunReport."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from recipebatch.errors import ExitCode
from recipebatch.vocabulary.causes import Cause


class Verdict(StrEnum):
    """How a run stands; taken from exit codes and failure infos, never from the state "completed" alone."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    STOPPED = "stopped"
    """Its jobs were ended by `recipebatch stop` before all tasks had done their work."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReport:
    """One thing a phase did, or found already done.

    Attributes:
        action: `created`, `uploaded`, `unchanged`, `resized`, `kept`, `added`, `downloaded`, `deleted`, `absent`, …
        kind: `container`, `blob`, `pool`, `job`, `task`, `file`.
        name: of the thing, as the service or the disk has it.
        count: how many things the step stands for.
        size: bytes moved, or 0.
    """

    action: str
    kind: str
    name: str
    count: int = 1
    size: int = 0
    detail: str | None = None


_TRANSFERS = frozenset({"uploaded", "downloaded"})

_NUMBERS = re.compile(r"\d+")

TASK, START_TASK, JOB_PREPARATION_TASK = "task", "start task", "job preparation task"
AGENT_LOG = "agent log"
"""The kinds of tasks that can fail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedTask:
    """A task that did not do its work: of a job, or the start task of a node, or the preparation of a job on a node.

    Attributes:
        job_id: empty for a start task.
        task_id: empty for a start task and a preparation: `kind` and `node_id` tell which one.
        exit_code: None when the command never ran.
        code: the service's failure code, such as `FailureExitCode` or `BlobNotFound`.
        stderr: the end of its stderr.txt without secrets; empty when there is none, or there are many failed tasks.
        cause: one of `vocabulary.causes.Cause`.
        stdout: the same of its stdout.txt.
        kind: `task`, `start task` or `job preparation task`.
        pool_id: of a start task.
        item: what it is of in `for_each`: an item, a file or a group; empty without a loop.
        tries: how many times its command was started, by the service's count.
        began: when its last try did, in ISO 8601; None when there was none.
        ended: when its last try did.
    """

    job_id: str
    task_id: str
    exit_code: int | None
    code: str
    message: str
    stderr: str = ""
    node_id: str | None = None
    cause: str = Cause.EXIT_CODE.value
    stdout: str = ""
    kind: str = TASK
    pool_id: str | None = None
    item: str = ""
    tries: int = 0
    began: str | None = None
    ended: str | None = None

    @property
    def alike(self) -> tuple[object, ...]:
        """Equal for failures that say the same, also where each message has its task's own names and numbers."""
        text = self.message
        for own in (self.item, self.task_id, self.node_id):
            # Whole words: an item `a` is no part of `bad`.
            text = re.sub(rf"(?<!\w){re.escape(own)}(?!\w)", "*", text) if own else text
        return self.kind, self.cause, self.exit_code, self.code, _NUMBERS.sub("#", text)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskTotals:
    """Tasks of a run by state."""

    active: int = 0
    running: int = 0
    succeeded: int = 0
    failed: int = 0

    @property
    def total(self) -> int:
        """All tasks."""
        return self.active + self.running + self.succeeded + self.failed

    @property
    def unfinished(self) -> int:
        """Those that have not ended."""
        return self.active + self.running


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseReport:
    """What one phase did; `summary` is the sentence a person reads.

    Attributes:
        missing_outputs: what tasks promised or uploaded, and is not there.
        stopped: a job was ended by `recipebatch stop`.
    """

    phase: str
    summary: str
    steps: tuple[StepReport, ...] = ()
    failed_tasks: tuple[FailedTask, ...] = ()
    totals: TaskTotals | None = None
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    missing_outputs: tuple[str, ...] = ()
    stopped: bool = False

    @property
    def transferred(self) -> int:
        """The bytes that it has uploaded and downloaded."""
        return sum(step.size for step in self.steps if step.action in _TRANSFERS)

    @property
    def verdict(self) -> Verdict:
        """`unknown` unless this phase saw the tasks end, or that outputs of theirs are missing."""
        if self.missing_outputs:
            return Verdict.FAILED
        if self.totals is None:
            # Of a schedule, which goes on, failures alone can be seen.
            return Verdict.FAILED if self.failed_tasks else Verdict.UNKNOWN
        if not (self.totals.failed or self.failed_tasks or self.totals.unfinished):
            return Verdict.SUCCEEDED
        # A finished task whose output is gone has failed, also where others were stopped.
        lost = any(task.cause == Cause.OUTPUT_MISSING for task in self.failed_tasks)
        return Verdict.STOPPED if self.stopped and not lost else Verdict.FAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """What one command did to one run.

    Attributes:
        run_id: None where there was no run, and so nothing to do.
        recorded: the verdict that an earlier command recorded, for one that saw no task end itself.
        to_the_end: the command was to follow tasks to their end: without a verdict it has not done so.
        to_submit: the names of jobs that were not submitted when it had followed the others to their end.
        was_to_stop: the command was to stop the run.
        earlier: what earlier runs of this owner still hold, in lines for a person.
    """

    run_id: str | None
    recipe: str
    account: str
    phases: tuple[PhaseReport, ...] = ()
    recorded: Verdict = Verdict.UNKNOWN
    to_the_end: bool = False
    to_submit: tuple[str, ...] = ()
    was_to_stop: bool = False
    earlier: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The verdict of the phase that saw the tasks end, else the recorded one."""
        known = [phase.verdict for phase in self.phases if phase.verdict is not Verdict.UNKNOWN]
        return known[-1] if known else self.recorded

    @property
    def exit_code(self) -> int:
        """0 done; 1 a task failed, or no command saw the tasks end; 6 it was stopped; 10 jobs are left to submit."""
        if self.to_the_end and self.verdict is Verdict.UNKNOWN:
            return ExitCode.CHANGES_PENDING if self.to_submit else ExitCode.FAILED
        if self.verdict is Verdict.FAILED:
            return ExitCode.FAILED
        if self.verdict is Verdict.STOPPED and not self.was_to_stop:
            return ExitCode.STOPPED
        return ExitCode.DONE
