"""What the record keeps of what tasks wrote: all there is when their nodes are gone, or the run was purged. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from recipebatch.execution.output.written import (
    STDERR,
    STDOUT,
    NoOutputError,
    TaskOutput,
    last_lines,
    likely_first,
    missing_text,
    names_text,
)
from recipebatch.phases import KEEP_HINT
from recipebatch.report import START_TASK, TASK
from recipebatch.runs import RunFailures, RunTasks
from recipebatch.text.sizes import size_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from recipebatch.runs import KeptFailure, KeptTask, RunRecord

_TASKS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptOutput:
    """What is kept with a run's record of what its tasks and nodes wrote."""

    failures: RunFailures = field(default_factory=RunFailures)
    tasks: RunTasks = field(default_factory=RunTasks)

    def end_of(self, job: str, task: str, file: str) -> tuple[str, bool] | None:
        """The recorded end of stdout.txt or stderr.txt of a task, and whether it is the whole file; None if unknown."""
        if file not in {STDOUT, STDERR}:
            return None
        kept = self.tasks.find(job, task)
        if kept is not None and (end := kept.end_of(file)) is not None:
            return end, kept.is_whole(file)
        for failure in self.failures.kept:
            if failure.kind == TASK and (failure.job_id, failure.task_id) == (job, task):
                text = failure.stdout if file == STDOUT else failure.stderr
                return (text, False) if text else None
        return None

    def why_missing(self, job: str, task: str, file: str, why: str, *, sizes: bool = False) -> str:
        """Why a task has no such file any more, or never had it, as far as it is recorded.

        Args:
            job: of the task.
            task: its id.
            file: that is asked for.
            why: what its files went with.
            sizes: with the sizes of files, which differ between tasks.
        """
        kept = self.tasks.find(job, task)
        if kept is None:
            return why
        if kept.left_out:
            return f"{why}; what it wrote is not kept: {kept.left_out}"
        if file in kept.files:
            return f"{why}, and its {_named(kept, file, sizes=sizes)} with it"
        if kept.more:
            return f"{why}; the record names {len(kept.files)} of its {len(kept.files) + kept.more:,} files, not {file}"
        names = [_named(kept, name, sizes=sizes) for name in likely_first(file, kept.files)]
        return f"it had {names_text(names)}; {why}"

    def never_had(self, job: str, task: str, file: str) -> bool:
        """All files of a task are recorded, and this one is not among them."""
        kept = self.tasks.find(job, task)
        return kept is not None and not kept.left_out and not kept.more and file not in kept.files


def _named(kept: KeptTask, file: str, *, sizes: bool) -> str:
    return f"{file} ({size_text(kept.files[file])})" if sizes else file


def kept_ends(
    kept: KeptOutput, gone: Mapping[str, tuple[str, str]], *, file: str, lines: int | None
) -> tuple[list[TaskOutput], list[str]]:
    """The recorded ends of one file of tasks whose files are gone, and what to say of it, a line for each reason.

    Args:
        kept: with the run's record.
        gone: by the id of a task its job, and what its files went with.
        file: that is asked for.
        lines: the last so many of each task; None is all that is kept.
    """
    parts = []
    tasks_by_reason: dict[tuple[str, bool], list[str]] = defaultdict(list)
    for task, (job, why) in gone.items():
        if (end := kept.end_of(job, task, file)) is None:
            continue
        text, whole = end
        tasks_by_reason[why, whole].append(task)
        content = last_lines(text.encode("utf-8", "replace"), lines)
        parts.append(TaskOutput(job=job, task=task, text=content, file=file))
    said = [
        f"{tasks_text(tasks)}: {_of_all(why, tasks)}; the record keeps {'' if whole else 'the end of '}{file}"
        for (why, whole), tasks in tasks_by_reason.items()
    ]
    return parts, said


def _of_all(why: str, tasks: Sequence[str]) -> str:
    """A reason in words for one task or for several."""
    return why if len(tasks) == 1 or not why.startswith("its ") else f"their {why.removeprefix('its ')}"


def tasks_text(tasks: Sequence[str]) -> str:
    """`task a`, or `7 tasks (a, b, c, d, e and 2 more)`."""
    return f"task {tasks[0]}" if len(tasks) == 1 else f"{len(tasks):,} tasks ({names_text(tasks, _TASKS)})"


def gone_error(kept: KeptOutput, task: str, job: str, file: str, why: str) -> NoOutputError:
    """The error for one task whose files are gone.

    Args:
        kept: with the run's record.
        task: its id.
        job: of the task.
        file: that is asked for.
        why: what its files went with.
    """
    reason = kept.why_missing(job, task, file, why, sizes=True)
    if kept.never_had(job, task, file):
        return NoOutputError(f"task {task} has no file {file}; {reason}")
    with_it = ", and its files with it" if reason == why and why.endswith("gone") else ""
    return NoOutputError(f"task {task}: {reason}{with_it}", hint=KEEP_HINT)


def recorded_on_nodes(
    kept: KeptOutput,
    there: Collection[str],
    *,
    nodes: Sequence[str],
    start_tasks: bool,
    file: str | None,
    lines: int | None,
) -> list[TaskOutput]:
    """The recorded ends of what failed on nodes that are gone; the arguments are as of `recorded_output`.

    Args:
        there: the nodes that can be asked.
    """
    if file not in {None, STDOUT, STDERR}:
        return []
    gone = [each for each in kept.failures.kept if each.node_id is not None and each.node_id not in there]
    fitting = [each for each in gone if _fits(each, (), nodes, start_tasks=start_tasks)]
    return [replace(_end(each, file=file, lines=lines), node=each.node_id or "") for each in fitting]


def recorded_output(
    record: RunRecord,
    kept: KeptOutput,
    *,
    tasks: Sequence[str] = (),
    nodes: Sequence[str] = (),
    start_tasks: bool = False,
    file: str | None = None,
    lines: int | None = None,
) -> Iterator[TaskOutput]:
    """The end of what tasks wrote, as it was recorded before the run was purged.

    Args:
        record: of the run.
        kept: with its record.
        tasks: only these ids; none means those that failed, or all if none did.
        nodes: only what failed on these nodes; none means all.
        start_tasks: only the start tasks that failed.
        file: `stdout.txt` or `stderr.txt`; None is stderr.txt of failed tasks, or stdout.txt where that is empty, and
            stdout.txt of others.
        lines: the last so many of each task; None is all that is kept.

    Raises:
        NoOutputError: nothing is kept of what is asked for.
    """
    failed = [each for each in kept.failures.kept if _fits(each, tasks, nodes, start_tasks=start_tasks)]
    if file not in {None, STDOUT, STDERR}:
        failed = []
    of_nodes = bool(nodes) or start_tasks
    others = () if of_nodes else _others(kept, failed, tasks, file=file)
    yield from map(partial(_end, file=file, lines=lines), failed)
    wanted = file or STDOUT
    lost: dict[str, str] = {}
    for each in others:
        if (end := kept.end_of(each.job_id, each.task_id, wanted)) is None:
            lost[each.task_id] = each.job_id
            continue
        text = last_lines(end[0].encode("utf-8", "replace"), lines)
        yield TaskOutput(job=each.job_id, task=each.task_id, text=text, file=wanted)
    unknown = (
        [] if of_nodes else _unknown(tasks, [*(each.task_id for each in failed), *(each.task_id for each in others)])
    )
    if len(lost) == 1 and not unknown:
        (task, job), *_ = lost.items()
        raise gone_error(kept, task, job, wanted, "the run was purged")
    if lost:
        reasons = {task: kept.why_missing(job, task, wanted, "the run was purged") for task, job in lost.items()}
        reasons |= dict.fromkeys(unknown, "the run was purged")
        raise NoOutputError(missing_text(wanted, reasons, len(lost) + len(failed) + len(unknown)), hint=KEEP_HINT)
    if unknown or not (failed or others):
        raise _purged(record, unknown, file, of_nodes=of_nodes)


def _purged(record: RunRecord, tasks: Sequence[str], file: str | None, *, of_nodes: bool) -> NoOutputError:
    what = "what ran on its nodes wrote" if of_nodes else f"what {names_text(tasks, 3) if tasks else 'its tasks'} wrote"
    return NoOutputError(
        f"run {record.run_id} was purged: {what if file is None else file} is gone",
        hint="the record keeps the ends of stdout.txt and stderr.txt of what failed, and of the first tasks:"
        f" recipebatch logs {record.run_id}, recipebatch runs show {record.run_id}",
    )


def _others(
    kept: KeptOutput, failed: Collection[KeptFailure], tasks: Sequence[str], *, file: str | None
) -> list[KeptTask]:
    """The tasks that are not printed as failed ones."""
    names = {each.task_id for each in failed}
    if not tasks and file is None and any(each.kind == TASK and not each.tried_again for each in failed):
        return []
    return [each for each in kept.tasks.kept if each.task_id not in names and (not tasks or each.task_id in tasks)]


def _unknown(tasks: Sequence[str], known: Collection[str]) -> list[str]:
    return [task for task in tasks if task not in known]


def _end(each: KeptFailure, *, file: str | None, lines: int | None) -> TaskOutput:
    name = file or (STDERR if each.stderr or not each.stdout else STDOUT)
    text = each.stderr if name == STDERR else each.stdout
    return TaskOutput(
        job=each.job_id,
        task=each.task_id,
        text=last_lines(text.encode("utf-8", "replace"), lines),
        file=name,
        node="" if each.kind == TASK else each.node_id or "",
        kind=each.kind,
        failure=None if file else each,
    )


def _fits(failure: KeptFailure, tasks: Sequence[str], nodes: Sequence[str], *, start_tasks: bool) -> bool:
    if start_tasks and failure.kind != START_TASK:
        return False
    if nodes and failure.node_id not in nodes:
        return False
    return not tasks or failure.task_id in tasks
