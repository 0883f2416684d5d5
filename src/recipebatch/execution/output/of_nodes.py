"""What ran on the nodes of a run beside and among its tasks: start tasks, preparations and releases of jobs, tasks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.errors import UsageError
from recipebatch.execution.output.of_record import KeptOutput, recorded_on_nodes
from recipebatch.execution.output.written import (
    STDERR,
    STDOUT,
    NoOutputError,
    TaskOutput,
    files_hint,
    last_lines,
    names_text,
)
from recipebatch.report import JOB_PREPARATION_TASK, START_TASK, TASK
from recipebatch.text.nearest import did_you_mean
from recipebatch.vocabulary.states import NodeState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from recipebatch.phases import PhaseContext
    from recipebatch.service import NodeSnapshot

JOB_RELEASE_TASK = "job release task"
_NOT_YET = frozenset({NodeState.CREATING, NodeState.STARTING, NodeState.REBOOTING, NodeState.REIMAGING})
_START_FOLDER = "startup"


@dataclass(frozen=True, slots=True)
class _Place:
    """Something that ran on a node, and the folder of its files there; a task of a job has none, but its id."""

    kind: str
    pool_id: str
    node_id: str
    folder: str = ""
    job_id: str = ""
    task_id: str = ""

    def __str__(self) -> str:
        if self.kind == TASK:
            return f"task {self.task_id}"
        of = f" of job {self.job_id}" if self.job_id else ""
        return f"{self.kind}{of} on node {self.node_id}"


def node_output(
    context: PhaseContext,
    *,
    nodes: Sequence[str],
    start_tasks: bool,
    file: str | None,
    lines: int | None,
    kept: KeptOutput | None = None,
) -> Iterator[TaskOutput]:
    """What was written on nodes: by their start tasks; and by all that ran there, if only nodes are named.

    Args:
        context: the run at work.
        nodes: their ids; none means all nodes of the run's pools.
        start_tasks: only of the start tasks.
        file: one file of each; None is stdout.txt and stderr.txt.
        lines: the last so many of each file; None is all.
        kept: with the run's record, for what failed on nodes that are gone.

    Raises:
        UsageError: the run has no such node.
        NoOutputError: nothing that was asked for is there.
    """
    there = {(pool_id, node.id): node for pool_id in pools_of(context) for node in context.batch.list_nodes(pool_id)}
    recorded = recorded_on_nodes(
        kept or KeptOutput(),
        {node_id for _, node_id in there},
        nodes=nodes,
        start_tasks=start_tasks,
        file=file,
        lines=lines,
    )
    if recorded:
        gone = names_text(list(dict.fromkeys(each.node for each in recorded)), 5)
        context.progress.say(f"gone: {gone}; the record keeps the end of what failed there")
        yield from recorded
    chosen = _chosen(there, nodes, {each.node for each in recorded})
    if not chosen and recorded:
        return
    if not chosen:
        raise NoOutputError("the pools of the run have no nodes now")
    places = [_Place(START_TASK, pool_id, node_id, _START_FOLDER) for pool_id, node_id in chosen]
    if not start_tasks:
        ids = {node_id for _, node_id in chosen}
        places += [place for place in _of_jobs(context) if place.node_id in ids]
    any_there = False
    for place in places:
        for name in (file,) if file is not None else (STDOUT, STDERR):
            text = _read(context, place, name)
            any_there = any_there or text is not None
            if text and (shown := last_lines(text, lines)):
                yield TaskOutput(
                    job=place.job_id, task=place.task_id, text=shown, file=name, node=place.node_id, kind=place.kind
                )
    if not any_there:
        raise _nothing(context, places, chosen, file)


def _chosen(
    there: dict[tuple[str, str], NodeSnapshot], nodes: Sequence[str], recorded: Collection[str]
) -> dict[tuple[str, str], NodeSnapshot]:
    """The nodes that are asked, by pool and id; those of which the record tells need not be there."""
    known = {node_id for _, node_id in there}
    for name in nodes:
        if name not in known and name not in recorded:
            raise UsageError(f"the run has no node {name} now", hint=did_you_mean(name, known))
    return {key: node for key, node in there.items() if not nodes or node.id in nodes}


def pools_of(context: PhaseContext) -> tuple[str, ...]:
    """The pools that the run's tasks run on, those that the service made with a job among them."""
    found = [str(pool.id) for pool in context.plan.pools if not pool.auto]
    for job_id in _jobs_of(context):
        job = context.batch.get_job(job_id)
        found += [job.pool_id] if job is not None and job.pool_id else []
    return tuple(dict.fromkeys(found))


def _jobs_of(context: PhaseContext) -> Iterator[str]:
    """The ids of the run's jobs that may be there; of a schedule that of its newest job."""
    for job in context.plan.jobs:
        if job.schedule is None:
            yield str(job.id)
        elif (schedule := context.batch.get_job_schedule(job.id)) is not None and schedule.recent_job:
            yield schedule.recent_job


def _of_jobs(context: PhaseContext) -> Iterator[_Place]:
    for job_id in _jobs_of(context):
        if context.batch.get_job(job_id) is None:
            continue
        for prepared in context.batch.preparations(job_id):
            yield _Place(JOB_PREPARATION_TASK, prepared.pool_id, prepared.node_id, prepared.folder, job_id)
        for released in context.batch.releases(job_id):
            yield _Place(JOB_RELEASE_TASK, released.pool_id, released.node_id, released.folder, job_id)
        for task in context.batch.list_tasks(job_id):
            if task.node_id:
                yield _Place(TASK, "", task.node_id, "", job_id, task.id)


def _read(context: PhaseContext, place: _Place, name: str) -> bytes | None:
    if place.kind == TASK:
        return context.batch.task_file_from(place.job_id, place.task_id, name, offset=0)
    return context.batch.node_file(place.pool_id, place.node_id, f"{place.folder}/{name}")


def _nothing(
    context: PhaseContext, places: Sequence[_Place], chosen: dict[tuple[str, str], NodeSnapshot], file: str | None
) -> NoOutputError:
    """Why nothing is there: other files are, or the nodes have not started, or there is no start task."""
    for place in places:
        if place.kind == TASK:
            names = [each.name for each in context.batch.list_task_files(place.job_id, place.task_id)]
        else:
            found = context.batch.list_node_files(place.pool_id, place.node_id, place.folder)
            names = [each.name.removeprefix(f"{place.folder}/") for each in found]
        if names and file is not None:
            return NoOutputError(f"{place} has no {file}", hint=files_hint(file, names))
    states = [f"{node.id} ({node.state})" for node in chosen.values() if node.state in _NOT_YET]
    if states:
        return NoOutputError(f"nodes have not started yet: {names_text(states, 5)}")
    return NoOutputError(f"nothing ran with output on {names_text([node_id for _, node_id in chosen], 5)}")
