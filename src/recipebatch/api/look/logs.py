"""What tasks of a run have written, and which files they have: no lock is needed, and nothing is changed."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from recipebatch import execution, phases
from recipebatch.api.look.opened import opened
from recipebatch.errors import UsageError
from recipebatch.report import Quiet, Verdict
from recipebatch.runs import DONE
from recipebatch.text.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from recipebatch.api.phases import GivenRecipe
    from recipebatch.execution import ActiveRun, FilesOfTask, KeptOutput, Services, TaskOutput
    from recipebatch.report import Progress
    from recipebatch.runs import RunStore

STREAMS = {"stdout": ("stdout.txt",), "stderr": ("stderr.txt",), "both": ("stdout.txt", "stderr.txt")}
"""The files of each stream of a task."""

_MOST = 50
"""Of the tasks that fit a condition, so many are printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What is printed of which tasks."""

    nodes: Sequence[str]
    start_tasks: bool
    lines: int | None
    follow: bool


def logs(
    recipe: GivenRecipe | None = None,
    *,
    run: str | None = None,
    tasks: Sequence[str] = (),
    failed: bool = False,
    templates: Sequence[str] = (),
    nodes: Sequence[str] = (),
    start_tasks: bool = False,
    agent: bool = False,
    file: str | None = None,
    stream: str | None = None,
    lines: int | None = None,
    follow: bool = False,
    account: str | None = None,
    progress: Progress | None = None,
) -> Iterator[TaskOutput]:
    """What tasks of a run have written to a file; where their files are gone, what is recorded of them.

    Args:
        recipe: its newest run is used.
        run: the id of a run, instead of a recipe; without both it is the newest run of this owner.
        tasks: their ids; none means all, if they are not too many.
        failed: only those that failed, the first 50 of them.
        templates: only those of these templates of the recipe, the first 50 of them.
        nodes: instead of tasks, all that ran on these nodes: start task, preparation and release of jobs, and tasks.
        start_tasks: only the start tasks, of all nodes of the run's pools or of `nodes`.
        agent: instead of these, the agent logs of `nodes` or of all unusable nodes: what is recorded of them, or what
            the service has now.
        file: such as `stderr.txt`, or `wd/progress.log`; None is stdout.txt of tasks, and both of what runs on nodes.
        stream: instead of a file `stdout`, `stderr` or `both`: first stdout.txt of all, then stderr.txt.
        lines: the last so many of each task; None is all.
        follow: continue until all tasks have completed.
        account: as in `Recipe.apply`, and `progress` too.

    Raises:
        UsageError: there is no such run, task, template or node, or the arguments do not fit each other.
        NoOutputError: there is no such file, or it is gone; what others have written was given before.
    """
    on_nodes = bool(nodes) or start_tasks
    if agent:
        _check_alone(tasks, follow, failed, templates, start_tasks, file, stream)
        with opened(recipe, run, account, progress) as (active, services):
            yield from _agent_logs(active, services, nodes, lines)
        return
    if on_nodes and (tasks or follow or failed or templates):
        raise UsageError(
            "--node and --start-task print what ran on nodes: they take no --task, --failed, --template and no --follow"
        )
    if stream is not None and file is not None:
        raise UsageError("--stream and --file cannot be combined: a stream is stdout.txt or stderr.txt")
    files: tuple[str | None, ...] = (file,) if stream is None else _files_of(stream)
    if follow and len(files) > 1:
        raise UsageError("--follow prints one stream", hint="--stream stdout, or --stream stderr")
    progress = progress or Quiet()
    with opened(recipe, run, account, progress) as (active, services):
        chosen: Sequence[str] | None = tasks
        if failed or templates:
            chosen = _fitting(active, services, tasks, templates, progress, failed=failed)
        if chosen is None:
            return
        _tell_if_gone(active, progress)
        asked = _Asked(nodes=nodes, start_tasks=start_tasks, lines=lines, follow=follow)
        missing: execution.NoOutputError | None = None
        for name in files:
            try:
                yield from _written(active, services, chosen, name, asked)
            except execution.NoOutputError as error:
                # What the other stream has is printed first.
                missing = missing or error
        if missing is not None:
            raise missing


def _tell_if_gone(active: ActiveRun, progress: Progress) -> None:
    """Say once, whatever is printed, that there is only what the record keeps."""
    if _is_gone(active):
        progress.say(f"run {active.record.run_id} was purged: what its record keeps of its output is printed")


def _check_alone(*others: object) -> None:
    """Check that nothing is chosen beside agent logs."""
    if any(others):
        raise UsageError(
            "--agent prints the agent logs of nodes: it takes --node and --tail, and no --task, --failed, --template,"
            " --start-task, --file, --stream and no --follow"
        )


def _agent_logs(active: ActiveRun, services: Services, nodes: Sequence[str], lines: int | None) -> Iterator[TaskOutput]:
    # Without the run's lock: the container that the logs go through is this command's own.
    context = replace(active.context, batch=services.batch, blobs=services.blobs)
    recorded = services.store.tasks(active.record.run_id).agent_logs
    yield from execution.agent_output(context, recorded, nodes=nodes, lines=lines, is_gone=_is_gone(active))


def _files_of(stream: str) -> tuple[str, ...]:
    if stream not in STREAMS:
        raise UsageError(f"there is no stream {stream!r}", hint=did_you_mean(stream, STREAMS))
    return STREAMS[stream]


def _written(
    active: ActiveRun,
    services: Services,
    tasks: Sequence[str],
    file: str | None,
    asked: _Asked,
) -> Iterator[TaskOutput]:
    """What was written to one file."""
    record, store = active.record, services.store
    kept = partial(_kept, store, record.run_id)
    if _is_gone(active):
        _check_names(active, tasks)
        yield from execution.recorded_output(
            record,
            kept(),
            tasks=tasks,
            nodes=asked.nodes,
            start_tasks=asked.start_tasks,
            file=file,
            lines=asked.lines,
        )
    elif asked.nodes or asked.start_tasks:
        yield from execution.node_output(
            active.context,
            nodes=asked.nodes,
            start_tasks=asked.start_tasks,
            file=file,
            lines=asked.lines,
            kept=kept(),
        )
    else:
        with ExitStack() as stack:
            following = None
            if asked.follow:
                has_read = stack.enter_context(store.following(record.run_id))
                following = execution.Following(lambda: store.load(record.run_id), has_read)
            yield from execution.task_output(
                active.context,
                record,
                tasks=tasks,
                file=file or "stdout.txt",
                lines=asked.lines,
                following=following,
                kept=kept,
            )


def task_files(
    recipe: GivenRecipe | None = None,
    *,
    run: str | None = None,
    tasks: Sequence[str] = (),
    failed: bool = False,
    templates: Sequence[str] = (),
    account: str | None = None,
    progress: Progress | None = None,
) -> tuple[FilesOfTask, ...]:
    """The files of tasks with their sizes: those on their nodes; where these are gone, those that were recorded.

    Args:
        recipe: its newest run is used; the other arguments are as of `logs`.

    Raises:
        UsageError: there is no such run, task or template.
    """
    progress = progress or Quiet()
    with opened(recipe, run, account, progress) as (active, services):
        chosen: Sequence[str] | None = tasks
        if failed or templates:
            chosen = _fitting(active, services, tasks, templates, progress, failed=failed)
        if chosen is None:
            return ()
        kept = _kept(services.store, active.record.run_id)
        return tuple(execution.files_of_tasks(active.context, active.record, chosen, kept, is_gone=_is_gone(active)))


def _fitting(
    active: ActiveRun,
    services: Services,
    tasks: Sequence[str],
    templates: Sequence[str],
    progress: Progress,
    *,
    failed: bool,
) -> list[str] | None:
    """The ids of the tasks that fit and ran; None if there are none, which is said."""
    known = {task.template for job in active.plan.jobs for task in job.tasks or ()}
    for name in templates:
        if known and name not in known:
            raise UsageError(f"the recipe has no task template {name}", hint=did_you_mean(name, known))
    states = frozenset({Verdict.FAILED.value}) if failed else frozenset()
    query = execution.TaskQuery(states=states, templates=frozenset(templates))
    recorded = execution.RecordedRun(active.record)
    rows = execution.list_run_tasks(services, recorded, query, now=datetime.now(UTC)).rows
    ran = [row.record.task_id for row in rows if row.record.began is not None]
    found = [name for name in dict.fromkeys(ran) if not tasks or name in tasks]
    if not found:
        what = (
            "no task has failed" if failed and not rows else "no task that failed has run" if failed else "no task ran"
        )
        progress.say(what + (f" of template {' or '.join(templates)}" if templates else ""))
        return None
    if len(found) > _MOST and not tasks:
        progress.say(f"the first {_MOST} of {len(found):,} tasks are printed; others by --task")
        return found[:_MOST]
    return found


def _kept(store: RunStore, run_id: str) -> KeptOutput:
    return execution.KeptOutput(failures=store.failures(run_id), tasks=store.tasks(run_id))


def _check_names(active: ActiveRun, tasks: Sequence[str]) -> None:
    """Check that the tasks are of a run that was purged, as far as its plan knows them.

    Raises:
        UsageError: the run had no such task.
    """
    if active.by_labels or any(job.tasks is None or job.job_manager_task is not None for job in active.plan.jobs):
        return
    known = {str(task.id) for job in active.plan.jobs for task in job.tasks or ()}
    for name in tasks:
        if name not in known:
            raise UsageError(f"the run had no task {name}", hint=did_you_mean(name, known))


def _is_gone(active: ActiveRun) -> bool:
    """Whether a run was purged: its purge is done, or has deleted its jobs."""
    if active.record.state_of(phases.PURGE.name) == DONE:
        return True
    if not execution.is_purging(active.record):
        return False
    batch = active.context.batch
    return all(batch.get_job(job.id) is None and batch.get_job_schedule(job.id) is None for job in active.plan.jobs)
