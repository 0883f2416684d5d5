"""What the record keeps of the output of failed tasks: all there is of a run that was purged. Pure."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from recipebatch.execution.output.written import STDERR, STDOUT, NoOutputError, TaskOutput, last_lines, names_text
from recipebatch.report import START_TASK, TASK

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from recipebatch.runs import KeptFailure, RunFailures, RunRecord


def recorded_output(
    record: RunRecord,
    failures: RunFailures,
    *,
    tasks: Sequence[str] = (),
    nodes: Sequence[str] = (),
    start_tasks: bool = False,
    file: str | None = None,
    lines: int | None = None,
) -> Iterator[TaskOutput]:
    """The end of what failed tasks wrote, as it was recorded before the run was purged.

    Args:
        record: of the run.
        failures: what is kept of its failed tasks.
        tasks: only these ids; none means all.
        nodes: only what ran on these nodes; none means all.
        start_tasks: only the start tasks.
        file: `stdout.txt` or `stderr.txt`; None is stderr.txt, or stdout.txt where that is empty.
        lines: the last so many of each task; None is all that is kept.

    Raises:
        NoOutputError: nothing is kept of what is asked for.
    """
    found = [each for each in failures.kept if _fits(each, tasks, nodes, start_tasks=start_tasks)]
    lost = [task for task in tasks if task not in {each.task_id for each in found}]
    if not found or file not in {None, STDOUT, STDERR}:
        what = f"what {names_text(tasks, 3)} wrote" if tasks else "what its tasks wrote"
        raise NoOutputError(
            f"run {record.run_id} was purged: {what if file is None else file} is gone",
            hint="of failed tasks the record keeps the ends of stdout.txt and stderr.txt:"
            f" recipebatch runs show {record.run_id}",
        )
    yield from map(partial(_end, file=file, lines=lines), found)
    if lost:
        raise NoOutputError(
            f"run {record.run_id} was purged: what {names_text(lost, 3)} wrote is gone",
            hint="the record keeps the output of failed tasks only",
        )


def recorded_ends(
    failures: RunFailures, tasks: Collection[str], *, file: str, lines: int | None
) -> Iterator[TaskOutput]:
    """The recorded ends of one file of tasks of jobs; nothing of those that did not fail, or wrote nothing to it."""
    if file not in {STDOUT, STDERR}:
        return
    seen = {each.task_id: each for each in failures.kept if each.kind == TASK and each.task_id in tasks}
    for each in seen.values():
        part = _end(each, file=file, lines=lines)
        if part.text:
            yield part


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
