"""What tasks have written to a file: once, or as they write it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from recipebatch.errors import UsageError, WaitTimeoutError
from recipebatch.execution.output.of_record import KeptOutput, gone_error, kept_ends
from recipebatch.execution.output.written import NoOutputError, TaskOutput, files_hint, last_lines, missing_text
from recipebatch.phases import KEEP_HINT, PURGE, SUBMIT, WATCH, Poller, status_of, why_unreadable
from recipebatch.properties.purge import Part
from recipebatch.runs import DONE, STARTED
from recipebatch.text.name_lists import first_names
from recipebatch.text.nearest import did_you_mean
from recipebatch.vocabulary.states import JobState, TaskState

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from datetime import datetime

    from recipebatch.phases import PhaseContext
    from recipebatch.runs import RunRecord
    from recipebatch.service import TaskSnapshot

_SHOWN = 3
MAX_TASKS = 50
"""The output of more tasks is printed only if they are named."""


@dataclass(frozen=True, slots=True)
class Following:
    """How a command that follows tasks notices that its run is purged.

    Attributes:
        record: reads the run's record as it is now.
        has_read: called once all that tasks have written was read after a purge started: the purge may delete it.
    """

    record: Callable[[], RunRecord]
    has_read: Callable[[], None] = lambda: None


@dataclass(slots=True)
class _Tasks:
    """The tasks that are read.

    Attributes:
        jobs: the job of each, the newest one it is in.
        offsets: how far each was read; none of a task without the file.
        began: when the try began that was read.
    """

    jobs: dict[str, str]
    offsets: dict[str, int] = field(default_factory=dict)
    began: dict[str, datetime | None] = field(default_factory=dict)


def task_output(
    context: PhaseContext,
    record: RunRecord,
    *,
    tasks: Sequence[str],
    file: str,
    lines: int | None,
    following: Following | None = None,
    kept: Callable[[], KeptOutput] = KeptOutput,
) -> Iterator[TaskOutput]:
    """What tasks have written to a file: in the order of the plan, or as it is written.

    Args:
        context: the run at work.
        record: of the run.
        tasks: their ids; none means all.
        file: such as `stdout.txt`, or `wd/progress.log`.
        lines: the last so many of each task; None is all.
        following: continue until all of them have completed.
        kept: reads what the record keeps of tasks, for those whose files are gone.

    Raises:
        UsageError: the run has no such task, or too many to print all.
        NoOutputError: a task has no such file, or its files are gone; what others have written was given before.
        WaitTimeoutError: a task took longer than the run may last.
    """
    chosen = _Tasks(_chosen(context, record, tasks))
    if following is not None:
        yield from _follow(context, chosen, file, lines, following)
    else:
        for task in chosen.jobs:
            yield from _read(context, chosen, task, file, lines)
    reasons = _Reasons(context, record, file)
    missing = {task: reasons.of(task, job) for task, job in chosen.jobs.items() if task not in chosen.offsets}
    recorded = kept() if reasons.gone else KeptOutput()
    gone = {task: (chosen.jobs[task], missing[task]) for task in reasons.gone}
    parts, said = kept_ends(recorded, gone, file=file, lines=lines)
    for line in said:
        context.progress.say(line)
    for part in parts:
        del missing[part.task]
        chosen.offsets[part.task] = len(part.text)
        if part.text:
            yield part
    if not missing:
        return
    if len(chosen.jobs) == 1:
        ((task, reason),) = missing.items()
        if task in gone:
            raise gone_error(recorded, task, chosen.jobs[task], file, reason)
        raise reasons.error(task, reason)
    lost = [task for task in missing if task in gone]
    missing |= {task: recorded.why_missing(chosen.jobs[task], task, file, missing[task]) for task in lost}
    text = missing_text(file, missing, len(chosen.jobs))
    if tasks or not chosen.offsets or any(task not in reasons.waiting for task in missing):
        raise NoOutputError(text, hint=KEEP_HINT if lost else None)
    # Some of a run that goes on have not started: that is no error where they were not named.
    context.progress.say(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesOfTask:
    """The files of a task.

    Attributes:
        files: their sizes in bytes by name; empty if it has none, or none that are known.
        more: how many it had beside these.
        from_record: they are gone with their node, and were recorded.
        why_none: why none are known; empty if some are.
    """

    job: str
    task: str
    files: dict[str, int]
    more: int = 0
    from_record: bool = False
    why_none: str = ""


def files_of_tasks(
    context: PhaseContext, record: RunRecord, tasks: Sequence[str], kept: KeptOutput, *, is_gone: bool
) -> Iterator[FilesOfTask]:
    """The files of tasks on their nodes, else those that were recorded.

    Args:
        context: the run at work.
        record: of the run.
        tasks: their ids; none means all.
        kept: with its record.
        is_gone: the run was purged.

    Raises:
        UsageError: the run has no such task, or too many to list all.
    """
    reasons = _Reasons(context, record, "")
    for task, job in _chosen(context, record, tasks).items():
        listed = () if is_gone else context.batch.list_task_files(job, task)
        recorded = kept.tasks.find(job, task)
        if listed:
            yield FilesOfTask(job=job, task=task, files={file.name: file.size for file in listed})
        elif recorded is not None and recorded.files:
            yield FilesOfTask(job=job, task=task, files=recorded.files, more=recorded.more, from_record=True)
        else:
            why = "the run was purged" if is_gone else reasons.of(task, job)
            yield FilesOfTask(job=job, task=task, files={}, why_none=why)


def is_purging(record: RunRecord) -> bool:
    """Whether a purge of the run, or of its jobs or pools, has begun."""
    return record.state_of(PURGE.name) is not None or bool({Part.JOBS, Part.POOL} & {*record.purged})


def _follow(
    context: PhaseContext, chosen: _Tasks, file: str, lines: int | None, following: Following
) -> Iterator[TaskOutput]:
    poller = Poller(context, limit=context.plan.run_limit)
    open_tasks = list(chosen.jobs)
    purging = False
    while True:
        # Asked before the tasks and their files are: what was written before a purge began is read.
        record = following.record()
        purging, before = is_purging(record), purging
        seen, ended, gone = _look(context, record, chosen, open_tasks)
        changed = False
        for task in open_tasks:
            for part in _read(context, chosen, task, file, lines, seen.get(task)):
                changed = True
                yield part
        if purging and not before:
            following.has_read()
        completed = {task for task, now in seen.items() if now.state == TaskState.COMPLETED}
        over = {task for task in open_tasks if task in completed or chosen.jobs[task] in ended}
        open_tasks = [task for task in open_tasks if task not in over]
        if lost := [task for task in open_tasks if chosen.jobs[task] in gone]:
            if record.state_of(WATCH.name) != DONE:
                raise _ended_by(record, lost, gone)
            # A command saw them end, and the record may keep what they wrote.
            open_tasks = [task for task in open_tasks if task not in lost]
        if not open_tasks:
            return
        if poller.timed_out:
            raise WaitTimeoutError(f"{len(open_tasks)} tasks are still unfinished after {poller.elapsed:.0f} s")
        poller.wait(changed=changed)


def _look(
    context: PhaseContext, record: RunRecord, chosen: _Tasks, tasks: Sequence[str]
) -> tuple[dict[str, TaskSnapshot], set[str], set[str]]:
    """The tasks by their ids, the jobs that have completed, and the jobs that are gone or going."""
    found: dict[str, TaskSnapshot] = {}
    ended: set[str] = set()
    gone: set[str] = set()
    submitting = record.state_of(SUBMIT.name) == STARTED and not is_purging(record)
    for job in dict.fromkeys(chosen.jobs[task] for task in tasks):
        state = context.batch.get_job(job)
        if state is None:
            # A job may be submitted when those before it have ended.
            gone |= set() if submitting else {job}
            continue
        found |= {task.id: task for task in context.batch.list_tasks(job) if chosen.jobs.get(task.id) == job}
        if state.state == JobState.COMPLETED:
            ended.add(job)
        elif state.state == JobState.DELETING:
            gone.add(job)
    return found, ended, gone


def _ended_by(record: RunRecord, lost: Sequence[str], gone: Collection[str]) -> NoOutputError:
    which = first_names(lost, _SHOWN)
    if is_purging(record):
        return NoOutputError(
            f"the run was purged before its tasks had ended ({which})",
            hint=f"what is known of them: recipebatch runs show {record.run_id}",
        )
    if record.state_of(SUBMIT.name) is None:
        return _not_submitted(record)
    jobs = ", ".join(f"job {job} is gone" for job in sorted(gone))
    return NoOutputError(f"{jobs}, and tasks of it were not seen to end ({which})")


def _not_submitted(record: RunRecord) -> NoOutputError:
    return NoOutputError(
        f"run {record.run_id} has not submitted its tasks yet ({status_of(record)})",
        hint=f"when no command works on it, continue it: recipebatch runs resume {record.run_id}",
    )


def _read(
    context: PhaseContext,
    chosen: _Tasks,
    task: str,
    file: str,
    lines: int | None,
    seen: TaskSnapshot | None = None,
) -> Iterator[TaskOutput]:
    """What a task has written since it was read last; from the start if it was started again since."""
    job = chosen.jobs[task]
    if seen is not None and seen.began is not None:
        if chosen.began.setdefault(task, seen.began) != seen.began:
            context.progress.say(f"task {task} was started again")
            chosen.offsets.pop(task, None)
        chosen.began[task] = seen.began
    known = task in chosen.offsets
    text = context.batch.task_file_from(job, task, file, offset=chosen.offsets.get(task, 0))
    if text is None:
        return
    chosen.offsets[task] = chosen.offsets.get(task, 0) + len(text)
    if new := text if known else last_lines(text, lines):
        yield TaskOutput(job=job, task=task, text=new, file=file)


def _chosen(context: PhaseContext, record: RunRecord, tasks: Sequence[str]) -> dict[str, str]:
    """The job of each task that is asked for, in the order of the plan."""
    # The output of a retried task is in its newest job.
    known = {
        str(task.id): str(job.id)
        for job in context.plan.jobs
        for task in job.tasks or ()
        if task.id not in job.superseded
    }
    if any(name not in known for name in tasks) or not known:
        known = _of_managers(context) | known
    for name in tasks:
        if name not in known:
            if record.state_of(SUBMIT.name) is None and any(job.tasks is None for job in context.plan.jobs):
                raise _not_submitted(record)
            raise UsageError(f"the run has no task {name}", hint=did_you_mean(name, known))
    if not known:
        raise _not_submitted(record) if record.state_of(SUBMIT.name) is None else NoOutputError("the run has no tasks")
    if not tasks and len(known) > MAX_TASKS:
        raise UsageError(
            f"the run has {len(known):,} tasks, too many to print at once",
            hint="name some of them: --task ID (repeatable)",
        )
    return {name: known[name] for name in tasks or known}


def _of_managers(context: PhaseContext) -> dict[str, str]:
    """The tasks that the plan does not know: of job managers, and of the newest job of a schedule."""
    found: dict[str, str] = {}
    for job in context.plan.jobs:
        job_id: str | None = job.id
        if job.schedule is not None:
            schedule = context.batch.get_job_schedule(job.id)
            job_id = None if schedule is None else schedule.recent_job
        elif job.job_manager_task is None and job.tasks is not None:
            continue
        if job_id is not None:
            found |= dict.fromkeys(sorted(context.batch.list_task_ids(job_id)), job_id)
    return found


class _Reasons:
    """Why tasks have no such file, asked of the service once for each job.

    Attributes:
        waiting: the tasks that may still write it.
        gone: the tasks whose files went with their node, pool or job.
    """

    def __init__(self, context: PhaseContext, record: RunRecord, file: str) -> None:
        self.waiting: set[str] = set()
        self.gone: list[str] = []
        self._context = context
        self._record = record
        self._file = file
        self._seen: dict[str, dict[str, TaskSnapshot] | None] = {}
        self._ended: set[str] = set()
        self._names: tuple[str, ...] = ()

    def error(self, task: str, reason: str) -> NoOutputError:
        """The error for a single task."""
        if self._names:
            return NoOutputError(f"task {task} has no {self._file}", hint=files_hint(self._file, self._names))
        return NoOutputError(f"task {task}: {reason}")

    def of(self, task: str, job: str) -> str:
        """Why this task has none."""
        if job not in self._seen:
            found = self._context.batch.get_job(job)
            listed = () if found is None else self._context.batch.list_tasks(job)
            self._seen[job] = None if found is None else {each.id: each for each in listed}
            self._ended |= {job} if found is not None and found.state == JobState.COMPLETED else set()
        tasks = self._seen[job]
        if tasks is None:
            return self._without_job(task, job)
        seen = tasks.get(task)
        if job in self._ended and (seen is None or (not seen.started and seen.state != TaskState.COMPLETED)):
            return f"it never started before its job {job} ended"
        if seen is None or seen.state != TaskState.COMPLETED:
            self.waiting.add(task)
        if seen is None:
            return "it is not submitted yet"
        if not seen.started:
            return _not_started(seen)
        self._names = tuple(file.name for file in self._context.batch.list_task_files(job, task))
        if self._names:
            return "it has written no such file" + ("" if seen.state == TaskState.COMPLETED else " yet")
        self.gone.append(task)
        return why_unreadable(self._pool_of(job), seen, self._context.batch)

    def _pool_of(self, job: str) -> str:
        found = self._context.batch.get_job(job)
        if found is not None and found.pool_id:
            return found.pool_id
        plan = self._context.plan
        return next((str(plan.pool(each.pool).id) for each in plan.jobs if each.id == job), "")

    def _without_job(self, task: str, job: str) -> str:
        if is_purging(self._record):
            self.gone.append(task)
            return "the run was purged"
        submitted = self._record.state_of(SUBMIT.name)
        planned = next((each for each in self._context.plan.jobs if each.id == job), None)
        if submitted is None or (planned is not None and planned.after and submitted != DONE):
            self.waiting.add(task)
            return "its job is not submitted yet"
        self.gone.append(task)
        return f"its job {job} is gone"


def _not_started(seen: TaskSnapshot) -> str:
    if seen.state == TaskState.COMPLETED:
        return "it never started"
    return "its node was lost, and it waits to start again" if seen.requeued else "it has not started yet"
