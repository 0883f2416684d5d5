"""What happens while a command works on a run, as values; `Progress.tell` is given them as it happens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipebatch.report.model import FailedTask, PhaseReport, RunReport, StepReport, TaskTotals


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOpened:
    """A command works on a run from now on.

    Attributes:
        templates: its task templates, as far as its plan is known.
        tasks: the ids of its first tasks, and so on.
    """

    run_id: str
    recipe: str
    account: str
    templates: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    pools: tuple[str, ...] = ()
    containers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseStarted:
    """A phase has begun."""

    phase: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseEnded:
    """A phase has ended.

    Attributes:
        report: what it did; None of one that failed.
        message: why it failed; empty of one that did not.
    """

    phase: str
    report: PhaseReport | None = None
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDone:
    """One thing was done: a file was uploaded or downloaded, a pool was created."""

    phase: str
    step: StepReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """How far a quantity has come.

    Attributes:
        what: a few words: `uploaded`, `downloaded`, `tasks added to job j`, `deleted`.
        done: of `total`, which may grow.
        unit: `bytes`, `tasks` or `resources`.
        text: said beside it, such as `3/40 files`.
        ended: it moves no more.
    """

    what: str
    done: int
    total: int
    unit: str
    text: str = ""
    ended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCounts:
    """The nodes of a pool by state, as the service said them.

    Attributes:
        target: how many were asked for; None where a formula decides.
        states: such as `{"idle": 2, "starting": 1}`.
        ready: how many can run tasks.
        start_task: the node whose start task others wait for, and the last line of its output; both empty without.
        ended: nobody looks at them any more.
    """

    pool_id: str
    target: int | None
    states: Mapping[str, int] = field(default_factory=dict)
    ready: int = 0
    start_task: tuple[str, str] = ("", "")
    ended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateCounts:
    """The tasks of one task template of a job.

    Attributes:
        planned: how many the plan has.
        totals: by state.
        age: seconds since they were asked for; those of a job with many templates are asked for less often.
    """

    name: str
    planned: int
    totals: TaskTotals
    age: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCounts:
    """The tasks of a job by state, as the service counts them.

    Attributes:
        job: its name in the recipe.
        planned: how many the plan has.
        templates: those whose counts are known.
        ended: all have ended; they are not asked for any more.
    """

    job_id: str
    job: str
    planned: int
    totals: TaskTotals
    templates: tuple[TemplateCounts, ...] = ()
    ended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFailed:
    """A task, a start task or a preparation was seen to have failed.

    Attributes:
        template: the task template; empty of what is no task of a job.
    """

    failure: FailedTask
    template: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a run has cost so far.

    Attributes:
        text: for a person: an amount with its currency; empty where nothing costs anything.
        amount: at least; None where it is not known.
        currency: of the amounts; empty where nothing costs anything, or no price is known.
        per_hour: of the nodes that there are now.
        why_unknown: empty where it is known.
    """

    text: str
    amount: float | None = None
    currency: str = ""
    per_hour: float | None = None
    why_unknown: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One line for a person."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request to a service has ended.

    Attributes:
        url: without its query.
        status: of HTTP; None where there was no answer.
        error: the service's code, or the kind of exception; empty without an error.
        request_id: by which the service knows it.
        detail: the answer to a request that was refused.
    """

    method: str
    url: str
    status: int | None
    error: str
    milliseconds: int
    request_id: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded:
    """The command has done its work on the run."""

    report: RunReport


Event = (
    RunOpened
    | PhaseStarted
    | PhaseEnded
    | StepDone
    | Amount
    | NodeCounts
    | TaskCounts
    | TaskFailed
    | Cost
    | Note
    | Request
    | RunEnded
)
"""What `Progress.tell` is given."""


class Progress(Protocol):
    """Where a command says what it is doing; goes to stderr. Threads may call it at the same time."""

    def say(self, text: str) -> None:
        """Say one line that stays."""

    def tell(self, event: Event) -> None:
        """Tell what has happened."""
