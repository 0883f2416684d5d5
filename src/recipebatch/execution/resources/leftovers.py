"""What is left of a run when a command ends, asked of the services; and the commands that retry or delete it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.config import accounts
from recipebatch.errors import ServiceError, UnreachableError
from recipebatch.phases import RETRY, nodes_text, pools_made_with_jobs
from recipebatch.runs import labels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from recipebatch.execution.active_run import ActiveRun
    from recipebatch.runs import RunRecord
    from recipebatch.service import PoolSnapshot

NOTHING = "nothing that this run made remains"


def remaining(run: ActiveRun, error: BaseException | None = None) -> str:
    """Which resources that the run made the services have now, as a sentence.

    Args:
        run: its plan says what to ask for; a resource counts only if its label names the run.
        error: why the command ends; a service that could not be reached is not asked again.
    """
    if not run.record.phases:
        return "nothing was created yet"
    if isinstance(error, UnreachableError):
        return "not known: what remains of the run, as a service cannot be reached"
    parts: list[str] = []
    unknown: list[str] = []
    for what, asked in (("jobs and pools", _of_batch), ("containers", _containers)):
        try:
            parts += asked(run)
        except ServiceError as refused:
            unknown.append(f"not known: which {what} remain ({refused.message})")
    found = "remaining: " + ", ".join(parts) if parts else ""
    return "; ".join([found, *unknown] if found else unknown) or NOTHING


def _of_batch(run: ActiveRun) -> list[str]:
    batch, run_id = run.context.batch, run.record.run_id
    parts: list[str] = []
    pools = [str(pool.id) for pool in run.plan.pools if not (pool.existing or pool.auto)]
    for job in run.plan.jobs:
        kind: str = "job"
        look: Callable[[str], object] = batch.get_job
        if job.schedule is not None:
            kind, look = "job schedule", batch.get_job_schedule
        seen = look(job.id)
        if seen is None or getattr(seen, "metadata", {}).get(labels.RUN) != run_id:
            continue
        parts.append(f"{kind} {job.id}")
    for pool_id in (*pools, *pools_made_with_jobs(run.context)):
        pool = batch.get_pool(pool_id)
        if pool is not None and pool.metadata.get(labels.RUN) == run_id:
            parts.append(f"pool {pool.id} ({pool_size(pool)})")
    return parts


def pool_size(pool: PoolSnapshot) -> str:
    """How many nodes a pool has, and how many it is to have if that differs."""
    there = pool.current_dedicated_nodes + pool.current_low_priority_nodes
    asked = pool.target_dedicated_nodes + pool.target_low_priority_nodes
    return nodes_text(there) if asked == there else f"{nodes_text(there)}, {asked} requested"


def _containers(run: ActiveRun) -> list[str]:
    count = sum(1 for _ in _own_containers(run))
    return [f"{count} container{'s' * (count > 1)}"] if count else []


def _own_containers(run: ActiveRun) -> Iterator[str]:
    for container in run.plan.containers:
        if not container.existing:
            found = run.context.store_of(container).container_metadata(container.name)
            if found is not None and found.get(labels.RUN) == run.record.run_id:
                yield container.name


def account_option(record: RunRecord) -> str:
    """What a command on a run needs beside its id."""
    return "" if record.account == accounts.LOCAL else f" --account {record.account}"


def retry_command(run: ActiveRun) -> str:
    """The command that retries the failed tasks."""
    return f"recipebatch {RETRY} --run {run.record.run_id}{account_option(run.record)}"


def purge_command(run: ActiveRun) -> str:
    """The command that deletes the run's resources, and what would be lost."""
    lost = " (it deletes outputs that were not collected)" if run.uncollected() else ""
    return f"remove it: {run.purge_command()}{lost}"


def what_remains(run: ActiveRun, error: BaseException | None = None) -> str:
    """What remains of the run, and the command that deletes it if there is anything to delete."""
    left = remaining(run, error)
    return left if left == NOTHING else f"{left}; {purge_command(run)}"
