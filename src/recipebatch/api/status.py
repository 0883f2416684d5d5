"""The current state of a run, and the output of its tasks: no lock is needed, and nothing is changed."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from recipebatch import execution, phases
from recipebatch.api.look.opened import opened
from recipebatch.errors import UsageError
from recipebatch.report import Quiet
from recipebatch.runs import DONE
from recipebatch.text.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from recipebatch.api.recipe import Recipe
    from recipebatch.cost import RunCost
    from recipebatch.execution import AccountPool, ActiveRun, JobStatus, KeptOutput, PoolStatus, TaskOutput
    from recipebatch.report import Progress
    from recipebatch.runs import RunStore


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStatus:
    """The current state of a run.

    Attributes:
        status: of its record, such as `watch started`.
        locked_by: who holds its lock: command, owner, machine and time; empty if it is not locked.
        interrupted: by whom and since when the run is paused, or was stopped; empty if it is not.
        went_wrong: what the phases that failed said, and the watch of a run that did not succeed.
        nodes_stay: why the nodes of a run whose tasks have ended stay, and the commands that end it; empty if none do.
        cost: of its nodes so far, or why that is not known; None if it was not asked.
        why: what `why` says, in one line; empty of a run that is finished.
    """

    run_id: str
    recipe: str
    owner: str
    status: str
    verdict: str
    locked_by: str
    interrupted: str
    jobs: tuple[JobStatus, ...]
    pools: tuple[PoolStatus, ...]
    went_wrong: tuple[str, ...] = ()
    nodes_stay: str = ""
    cost: RunCost | None = None
    why: str = ""


def status(
    recipe: Recipe | None = None,
    *,
    run: str | None = None,
    account: str | None = None,
    progress: Progress | None = None,
) -> RunStatus:
    """The current state of a run's jobs and pools.

    Args:
        recipe: its newest run is used.
        run: the id of a run, instead of a recipe; without both it is the newest run of this owner.
        account: as in `Recipe.apply`, and `progress` too.

    Raises:
        UsageError: there is no such run, or both a recipe and a run are given.
    """
    with opened(recipe, run, account, progress) as (active, services):
        record = active.record
        locked_by = services.store.holder_of(record.run_id)
        # Of pools that were deleted their size says nothing any more.
        sizes = () if active.journal.has_begun(phases.PURGE) or "pool" in record.purged else record.sizes
        pools = execution.pool_statuses(active.context, () if record.ended else active.unmade_pools, sizes)
        return RunStatus(
            run_id=record.run_id,
            recipe=record.recipe_name,
            owner=record.owner,
            status=phases.status_now(phases.status_of(record), at_work=bool(locked_by)),
            verdict=record.verdict,
            locked_by=locked_by,
            interrupted=phases.interruption_of(record),
            jobs=execution.job_statuses(active.context),
            pools=pools,
            went_wrong=phases.went_wrong(record),
            nodes_stay=active.why_nodes_stay() if any(pool.nodes for pool in pools) else "",
            cost=execution.cost_of_run(services, record),
            why="" if record.ended else execution.why_run(active, services.store, outputs=False).sentence,
        )


def account_pools(*, account: str | None = None, progress: Progress | None = None) -> tuple[AccountPool, ...]:
    """All pools of an account that have nodes, or are to get some; also those of others, and that no run made.

    Args:
        account: as in `Recipe.apply`, and `progress` too.
    """
    with execution.account_services(account, progress or Quiet()) as services:
        return execution.pools_of_account(services)


def logs(
    recipe: Recipe | None = None,
    *,
    run: str | None = None,
    tasks: Sequence[str] = (),
    nodes: Sequence[str] = (),
    start_tasks: bool = False,
    file: str | None = None,
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
        nodes: instead of tasks, all that ran on these nodes: start task, preparation and release of jobs, and tasks.
        start_tasks: only the start tasks, of all nodes of the run's pools or of `nodes`.
        file: such as `stderr.txt`, or `wd/progress.log`; None is stdout.txt of tasks, and both of what runs on nodes.
        lines: the last so many of each task; None is all.
        follow: continue until all tasks have completed.
        account: as in `Recipe.apply`, and `progress` too.

    Raises:
        UsageError: there is no such run, task or node, or the arguments do not fit each other.
        NoOutputError: there is no such file, or it is gone; what others have written was given before.
    """
    on_nodes = bool(nodes) or start_tasks
    if on_nodes and (tasks or follow):
        raise UsageError("--node and --start-task print what ran on nodes: they take no --task and no --follow")
    progress = progress or Quiet()
    with opened(recipe, run, account, progress) as (active, services):
        record, store = active.record, services.store
        kept = partial(_kept, store, record.run_id)
        if _is_gone(active):
            progress.say(f"run {record.run_id} was purged: what its record keeps of its output is printed")
            _check_names(active, tasks)
            yield from execution.recorded_output(
                record,
                kept(),
                tasks=tasks,
                nodes=nodes,
                start_tasks=start_tasks,
                file=file,
                lines=lines,
            )
        elif on_nodes:
            yield from execution.node_output(
                active.context, nodes=nodes, start_tasks=start_tasks, file=file, lines=lines, kept=kept()
            )
        else:
            with ExitStack() as stack:
                following = None
                if follow:
                    has_read = stack.enter_context(store.following(record.run_id))
                    following = execution.Following(lambda: store.load(record.run_id), has_read)
                yield from execution.task_output(
                    active.context,
                    record,
                    tasks=tasks,
                    file=file or "stdout.txt",
                    lines=lines,
                    following=following,
                    kept=kept,
                )


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
