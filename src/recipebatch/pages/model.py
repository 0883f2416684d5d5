"""RunReportData: one run as its report shows it. Times are seconds since 1970 (UTC), None where they are not known."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipebatch.cost import RunCost


class State(StrEnum):
    """How a task stands, for a person: the service's state together with the cause of its end."""

    WAITING = "waiting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    PREEMPTED = "preempted"
    STOPPED = "stopped"
    NOT_RUN = "not run"
    TRIED_AGAIN = "tried again"
    """It did not do its work, and counts no more: it was tried again in another job."""


ENDED_BADLY = frozenset({State.FAILED, State.PREEMPTED})
"""States of tasks that are listed with the failures."""


class ReportTask(NamedTuple):
    """A task of the run; a tuple, as there may be 100,000.

    Attributes:
        job: its id.
        template: the name of its task template; empty if it is not known.
        item: what it is of in `for_each`; empty without a loop.
        cause: why it did not do its work (`vocabulary.causes.Cause`), else empty.
        code: the service's failure code, else empty.
        tries: how many times its command was started, by the service's count.
        node: the id of the node of its last try; empty if there is none.
        created: when it was added.
        began: when its last try did.
        ended: when its last try did; None while it runs.
    """

    job: str
    id: str
    template: str = ""
    item: str = ""
    state: State = State.WAITING
    cause: str = ""
    code: str = ""
    exit_code: int | None = None
    tries: int = 0
    node: str = ""
    pool: str = ""
    created: float | None = None
    began: float | None = None
    ended: float | None = None

    @property
    def seconds(self) -> float | None:
        """How long its last try ran; None if that is not known or not over."""
        return None if self.began is None or self.ended is None else max(self.ended - self.began, 0.0)

    @property
    def waited(self) -> float | None:
        """From its creation to the beginning of its last try."""
        return None if self.began is None or self.created is None else max(self.began - self.created, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportNode:
    """A node that the run had. One that was preempted and came back is there twice.

    Attributes:
        allocated: when the service gave it; None of a node that is known from its tasks only.
        preempted: the service took it away.
        gone: when it was first seen to be gone.
        last_seen: when it was there last, as far as a command has looked.
        state: as the service said last.
    """

    pool: str
    id: str
    vm_size: str = ""
    spot: bool | None = None
    allocated: float | None = None
    start_began: float | None = None
    start_ended: float | None = None
    preempted: bool = False
    gone: float | None = None
    last_seen: float | None = None
    state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPhase:
    """One phase of the run.

    Attributes:
        state: `started`, `done` or `failed`.
        began: when a command began it last.
        moved: when it took its state.
        transferred: bytes it has uploaded or downloaded; None if that was not recorded.
    """

    name: str
    state: str
    began: float | None
    moved: float | None
    summary: str = ""
    transferred: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What the run's record says of it; `status` and the texts are those of `recipebatch status`.

    Attributes:
        parameters: their values; a secret's as `***`.
        recipe_text: the recipe as it ran.
        fragments: the files that it extends and includes: name and text.
        tool_version: of the recipebatch that wrote this report.
    """

    run_id: str
    recipe: str
    recipe_version: str | None
    recipe_file: str
    digest: str
    owner: str
    account: str
    created: float
    status: str
    verdict: str
    ended: bool
    interrupted: str = ""
    went_wrong: tuple[str, ...] = ()
    parameters: Mapping[str, Any]
    recipe_text: str
    fragments: tuple[tuple[str, str], ...] = ()
    retries: int = 0
    tool_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateDurations:
    """How long the tasks of one template ran.

    Attributes:
        counts: how many of its tasks are in each state.
        ran: how many have run to an end; the durations in seconds are of these, and None if there are none.
        bins: for the histogram: how many ran at least so long (seconds) and shorter than the next one.
        slowest: the ten that ran longest, longest first.
    """

    template: str
    counts: Mapping[State, int]
    ran: int
    least: float | None = None
    median: float | None = None
    mean: float | None = None
    p95: float | None = None
    most: float | None = None
    total: float = 0.0
    bins: tuple[tuple[float, int], ...] = ()
    slowest: tuple[ReportTask, ...] = ()

    @property
    def tasks(self) -> int:
        """All tasks of the template."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureExample:
    """One failed task of a group, with the ends of what it wrote; `left_out` says why they are not kept."""

    name: str
    item: str
    node: str
    began: str
    ended: str
    stdout: str = ""
    stderr: str = ""
    left_out: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureGroup:
    """Failed tasks that say the same.

    Attributes:
        kind: `task`, `start task` or `job preparation task`.
        count: how many; the examples are the first of them.
        tried_again: these do not count any more: a later try of theirs did.
    """

    kind: str
    template: str
    cause: str
    exit_code: int | None
    code: str
    message: str
    count: int
    tried_again: bool = False
    examples: tuple[FailureExample, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeUse:
    """What a node, or all nodes of a pool, spent their time on, in seconds of node time.

    Attributes:
        nodes: how many.
        there: from allocation to the end, as far as it is known.
        start: in the start task.
        succeeded: in which at least one task that did its work ran.
        lost: in which only tasks ran that failed, were preempted or stopped.
        taken: of preempted nodes, the time after their last task that is known: the tries that ran then ended with the
            node, and the service keeps no times of them.
        idle: the rest.
        known: False where nodes are known from their tasks only: then nothing but the time of tasks is.
    """

    pool: str
    node: str = ""
    vm_size: str = ""
    spot: bool | None = None
    nodes: int = 1
    tasks: int = 0
    there: float = 0.0
    start: float = 0.0
    succeeded: float = 0.0
    lost: float = 0.0
    taken: float = 0.0
    idle: float = 0.0
    preempted: int = 0
    known: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReportData:
    """All that the report of one run shows.

    Attributes:
        seen_at: when the services were asked, or for what has ended, the record was written.
        live: the run goes on.
        span: the first and the last moment in which anything is known of tasks and nodes; None if nothing is.
        counts: tasks by state.
        task_seconds: the time of all tasks together, of their last tries.
        peak: the most tasks that ran at the same time, and when.
        cost: of its nodes so far; None if it was not asked.
        unknown: what is not known, and why, in sentences.
    """

    facts: RunFacts
    seen_at: float
    live: bool
    phases: tuple[ReportPhase, ...]
    tasks: tuple[ReportTask, ...]
    nodes: tuple[ReportNode, ...]
    span: tuple[float, float] | None
    counts: Mapping[State, int]
    task_seconds: float
    peak: tuple[int, float] | None
    templates: tuple[TemplateDurations, ...]
    failures: tuple[FailureGroup, ...]
    failures_total: int
    pools: tuple[NodeUse, ...]
    node_uses: tuple[NodeUse, ...]
    cost: RunCost | None = None
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePage:
    """What a page of `recipebatch ui` needs.

    Attributes:
        token: what its script sends with each request that changes something.
        events: the path of the stream that says when something has changed.
        can_stop: the run can be stopped.
        can_retry: tasks of the run can be retried.
    """

    token: str
    events: str
    can_stop: bool = False
    can_retry: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """A run in the list of runs.

    Attributes:
        age: in seconds.
        at_work: a command works on it now.
        has_record: False of what is left of a run whose record is gone.
        tasks: such as `3,000, 2 failed`; empty if that is not known.
        cost: as `recipebatch runs` says it; empty if it was not asked.
        holds: what the services have of it.
    """

    run_id: str
    recipe: str
    owner: str
    status: str
    verdict: str
    created: float | None
    age: float
    at_work: bool = False
    has_record: bool = True
    tasks: str = ""
    cost: str = ""
    holds: str = ""
