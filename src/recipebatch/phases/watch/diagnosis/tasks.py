"""Why one task waits, failed, was blocked, or never ran."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from recipebatch.phases.outputs import ends_text
from recipebatch.phases.table import RETRY, STAGE
from recipebatch.phases.watch.blocked_tasks import ids_of, satisfies
from recipebatch.phases.watch.diagnosis.findings import Code, Finding
from recipebatch.phases.watch.diagnosis.jobs import JobLook, job_findings, needs_of
from recipebatch.phases.watch.failed_tasks import name_of
from recipebatch.report import START_TASK, TASK
from recipebatch.vocabulary.causes import exit_code_text
from recipebatch.vocabulary.durations import limit_text, span
from recipebatch.vocabulary.states import TaskState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from recipebatch.plan.model import PlannedTask
    from recipebatch.report import FailedTask
    from recipebatch.service import TaskSnapshot

_NAMED = 5
_DENIED = ("BlobAccessDenied", "FileUploadAccessDenied")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLook:
    """A task at one moment.

    Attributes:
        task_id: its id.
        job: of the task.
        planned: the task of the plan; None if the plan does not know it.
        seen: None if there is none.
        states: the tasks that it depends on, and those that these depend on, by their ids.
        failure: how it failed, with the ends of what it wrote; None if it has not.
        first: the same of the task that keeps it from starting.
        access_ends: when the SAS of its files ends, as the service has it; None if that is not known.
        missing: the outputs that it promised, and that are not in their containers.
    """

    task_id: str
    job: JobLook
    planned: PlannedTask | None
    seen: TaskSnapshot | None
    states: Mapping[str, TaskSnapshot] = field(default_factory=dict)
    failure: FailedTask | None = None
    first: FailedTask | None = None
    access_ends: datetime | None = None
    missing: Sequence[str] = ()

    @property
    def run_option(self) -> str:
        """What a command needs to find the run."""
        return self.job.run_option


def task_findings(look: TaskLook) -> list[Finding]:
    """Why a task waits or failed; that it runs, or has succeeded. Pure."""
    if look.seen is None:
        return job_findings(look.job) or [_unknown(look)]
    if look.seen.state == TaskState.COMPLETED:
        return [_completed(look, look.seen)]
    if look.seen.state != TaskState.ACTIVE:
        return [_running(look, look.seen)]
    again: tuple[str, ...] = ()
    if look.seen.requeued:
        again = ("it ran before, and waits again: its node was preempted or lost, or its job was disabled",)
    if look.task_id in look.job.blocked:
        return [_blocked(look)]
    if (waits := _dependencies(look)) is not None:
        return [replace(waits, evidence=(*again, *waits.evidence))]
    job = replace(look.job, waiting=(look.task_id,), blocked={})
    found = [each for each in job_findings(job) if not each.partial] or needs_of(job) or [_soon(look)]
    return [replace(found[0], evidence=(*again, *found[0].evidence)), *found[1:]]


def _unknown(look: TaskLook) -> Finding:
    return Finding(
        code=Code.UNKNOWN,
        sentence=f"job {look.job.name} has no task {look.task_id} any more",
        evidence=(look.job.text(),),
    )


def _soon(look: TaskLook) -> Finding:
    return Finding(
        code=Code.SOON,
        sentence=f"task {look.task_id} waits for its turn: other tasks of job {look.job.name} run",
        evidence=(look.job.text(), *((look.job.pool.text(),) if look.job.pool is not None else ())),
        steps=(f"recipebatch watch {look.run_option}",),
    )


def _running(look: TaskLook, seen: TaskSnapshot) -> Finding:
    since = f" since {seen.began:%Y-%m-%d %H:%M:%S} UTC" if seen.began is not None else ""
    doing = "runs" if seen.state == TaskState.RUNNING else f"is {seen.state}"
    return Finding(
        code=Code.RUNNING,
        sentence=f"task {look.task_id} {doing} on node {seen.node_id}{since}",
        evidence=_limit_lines(look.planned),
        steps=(f"recipebatch logs {look.run_option} --task {look.task_id} --follow",),
    )


def _completed(look: TaskLook, seen: TaskSnapshot) -> Finding:
    if look.failure is not None:
        return failure_finding(look.failure, look.run_option, look.planned, look.access_ends)
    if look.missing:
        return Finding(
            code=Code.OUTPUT_MISSING,
            sentence=f"task {look.task_id} succeeded, and {_missing_text(len(look.missing))}",
            evidence=tuple(look.missing),
            steps=(f"recipebatch logs {look.run_option} --task {look.task_id}", _retry(look.run_option, look.task_id)),
        )
    took = f" in {span(seen.ran_for)}" if seen.ran_for is not None else ""
    return Finding(code=Code.SUCCEEDED, sentence=f"task {look.task_id} succeeded{took} on node {seen.node_id}")


def _missing_text(count: int) -> str:
    return "one of its outputs is missing" if count == 1 else f"{count:,} of its outputs are missing"


def failure_finding(
    failure: FailedTask,
    run_option: str,
    planned: PlannedTask | None = None,
    access_ends: datetime | None = None,
) -> Finding:
    """How a task failed, with what it wrote last. Pure.

    Args:
        failure: the task.
        run_option: what a command needs to find the run.
        planned: the task of the plan, with its limits.
        access_ends: when the SAS of its files ended; None if that is not known.
    """
    code = Code.of_cause(failure.cause)
    name = name_of(failure) + (f" ({failure.item})" if failure.item else "")
    ended = f"{exit_code_text(failure.exit_code)}, " if failure.exit_code is not None else ""
    verb = {Code.TERMINATED: "was stopped", Code.NEVER_STARTED: "never started"}.get(code, "failed")
    said = f"{name} {verb}: {ended}{failure.message} ({failure.code})"
    denied = is_denied(failure)
    if denied and access_ends is not None and failure.began and access_ends <= datetime.fromisoformat(failure.began):
        code = Code.SAS_ENDED
        said = f"{name} failed: the SAS of its files ended at {access_ends:%Y-%m-%d %H:%M} UTC, before it began"
    elif code is Code.WALL_CLOCK and planned is not None and planned.constraints.max_wall_clock_time is not None:
        limit = limit_text(planned.constraints.max_wall_clock_time)
        said = f"{name} failed: it ran until its limit of {limit} (`max_wall_clock_time`)"
    lines = [f"on node {failure.node_id}"] if failure.node_id and failure.kind == TASK else []
    lines += [f"{failure.tries} {'try' if failure.tries == 1 else 'tries'}"] if failure.tries else []
    lines += (
        [f"{failure.began[:19].replace('T', ' ')} to {(failure.ended or '?')[:19].replace('T', ' ')} UTC"]
        if (failure.began)
        else []
    )
    evidence = [", ".join(lines)] if lines else []
    evidence += [f"{failure.message} ({failure.code})"] if code in {Code.SAS_ENDED, Code.WALL_CLOCK} else []
    if denied and access_ends is None:
        evidence.append("the service does not say when the SAS of its files ends")
    evidence += [text] if (text := ends_text(failure.stdout, failure.stderr).strip("\n")) else []
    return Finding(code=code, sentence=said, evidence=tuple(evidence), steps=_failure_steps(code, failure, run_option))


def access_ends(body: Mapping[str, Any]) -> datetime | None:
    """When the first SAS in the addresses of a task's files ends; None if none of them has a SAS. Pure.

    Args:
        body: of the task, by REST names. Source: "Create a service SAS", `se`.
    """
    urls = [each.get(name) for each in body.get("resourceFiles") or () for name in ("httpUrl", "storageContainerUrl")]
    targets = [(each.get("destination") or {}).get("container") or {} for each in body.get("outputFiles") or ()]
    urls += [target.get("containerUrl") for target in targets]
    ends = []
    for url in filter(None, urls):
        for text in parse_qs(urlsplit(url).query).get("se", ()):
            try:
                end = datetime.fromisoformat(text)
            except ValueError:
                continue
            ends.append(end if end.tzinfo is not None else end.replace(tzinfo=UTC))
    return min(ends, default=None)


def is_denied(failure: FailedTask) -> bool:
    """Whether a file of a task could not be read or written for lack of a permission. Pure."""
    return failure.code.startswith(_DENIED)


def _failure_steps(code: Code, failure: FailedTask, run_option: str) -> tuple[str, ...]:
    if failure.kind != TASK:
        which = "--start-task" if failure.kind == START_TASK else f"--node {failure.node_id}"
        return (f"recipebatch logs {run_option} {which}", "correct it and start another run: apply --new")
    logs = f"recipebatch logs {run_option} --task {failure.task_id}"
    again = _retry(run_option, failure.task_id)
    correct = "and start another run: apply --new"
    steps: dict[Code, tuple[str, ...]] = {
        Code.EXIT_CODE: (f"{logs} --file stderr.txt", f"as it is, once more: {again}", f"correct the recipe {correct}"),
        Code.OUTPUT_MISSING: (logs, f"once more: {again}"),
        Code.SAS_ENDED: (f"sign new ones: {again}",),
        Code.RESOURCE_FILE: (f"upload what is missing: recipebatch {STAGE} {run_option}", f"then: {again}"),
        Code.UPLOAD_FAILED: (logs, "check that the task writes what `output_files` names, in a container that exists"),
        Code.WALL_CLOCK: (logs, f"give it more time with `max_wall_clock_time` {correct}"),
        Code.COMMAND: (f"correct `commands`, or install the program in `start_task`, {correct}",),
        Code.IMAGE: (f"correct `image_name` or the registry's credentials {correct}",),
        Code.START_TASK_FAILED: (f"recipebatch logs {run_option} --start-task", f"then: {again}"),
    }
    return steps.get(code, (again,))


def _retry(run_option: str, task: str) -> str:
    return f"recipebatch {RETRY} {run_option} --task {task}"


def _blocked(look: TaskLook) -> Finding:
    """The chain of dependencies from a task to the first failure."""
    chain = dependency_chain(look)
    first = look.job.blocked[look.task_id]
    lines = [" ← ".join(_shortened(list(reversed(chain))))]
    steps = [f"after the cause is removed: recipebatch {RETRY} {look.run_option}"]
    if look.first is not None:
        cause = failure_finding(look.first, look.run_option)
        lines += [cause.sentence, *cause.evidence]
        steps = [*cause.steps[:1], *steps]
    return Finding(
        code=Code.BLOCKED,
        sentence=f"task {look.task_id} cannot start: it depends on {first}, which failed",
        evidence=tuple(lines),
        steps=tuple(steps),
    )


def _shortened(names: list[str]) -> list[str]:
    if len(names) <= 2 * _NAMED:
        return names
    return [*names[:_NAMED], f"… {len(names) - 2 * _NAMED:,} more …", *names[-_NAMED:]]


def dependency_chain(look: TaskLook) -> list[str]:
    """From a blocked task to the first failure, by their ids. Pure."""
    planned = {str(task.id): task for task in look.job.job.tasks or ()}
    blocked, name, chain = look.job.blocked, look.task_id, [look.task_id]
    while name in blocked and name in planned and planned[name].depends_on is not None:
        depends_on = planned[name].depends_on
        ids = [] if depends_on is None else list(ids_of(depends_on))
        first = blocked[look.task_id]
        following = first if first in ids else next((each for each in ids if blocked.get(each) == first), first)
        if following in chain:
            break
        chain.append(following)
        name = following
    return chain


def _dependencies(look: TaskLook) -> Finding | None:
    """The tasks that it waits for, and that have not ended; None if there are none."""
    if look.planned is None or look.planned.depends_on is None:
        return None
    planned = {str(task.id): task for task in look.job.job.tasks or ()}
    ids = list(ids_of(look.planned.depends_on))
    open_ = [
        name
        for name in ids
        if (seen := look.states.get(name)) is None
        or seen.state != TaskState.COMPLETED
        or not satisfies(planned.get(name), seen)
    ]
    if not open_:
        return None
    states = Counter(look.states[name].state if name in look.states else "not submitted" for name in open_)
    counted = ", ".join(f"{count:,} {state}" for state, count in sorted(states.items()))
    named = ", ".join(open_[:_NAMED]) + (f" and {len(open_) - _NAMED:,} more" if len(open_) > _NAMED else "")
    return Finding(
        code=Code.DEPENDENCIES,
        sentence=f"task {look.task_id} waits for {len(open_):,} of {len(ids):,} tasks that it depends on: {counted}",
        evidence=(f"waits for {named}", look.job.text()),
        steps=(f"recipebatch why {look.run_option} {open_[0]}",),
    )


def _limit_lines(planned: PlannedTask | None) -> tuple[str, ...]:
    limit = None if planned is None else planned.constraints.max_wall_clock_time
    return () if limit is None else (f"its limit is {limit_text(limit)}",)
