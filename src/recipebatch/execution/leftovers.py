"""What is left of a run when a command ends: its remaining resources, and the commands that retry or delete it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.config import accounts
from recipebatch.phases import PROVISION, PURGE, RETRY, STAGE, SUBMIT, nodes_text

if TYPE_CHECKING:
    from recipebatch.execution.active_run import ActiveRun


def remaining(run: ActiveRun) -> str:
    """Which resources of the run remain, as far as its record says."""
    if run.journal.is_done(PURGE):
        return "none of its resources remain"
    plan = run.plan
    parts = []
    if run.journal.has_begun(SUBMIT):
        parts += [
            f"{'job' if job.schedule is None else 'job schedule'} {job.id}"
            for job in plan.jobs
            if job not in run.waiting
        ]
    if run.journal.has_begun(PROVISION):
        parts += [
            f"pool {pool.id} ({nodes_text(pool.target_dedicated_nodes + pool.target_low_priority_nodes)})"
            for pool in plan.pools
            if not (pool.existing or pool.auto)
        ]
    if run.journal.has_begun(STAGE):
        made = [container.name for container in plan.containers if not container.existing]
        parts += [f"{len(made)} container{'s' * (len(made) > 1)}"] if made else []
    return "remaining: " + ", ".join(parts) if parts else "nothing was created yet"


def retry_command(run: ActiveRun) -> str:
    """The command that retries the failed tasks."""
    account = "" if run.record.account == accounts.LOCAL else f" --account {run.record.account}"
    return f"recipebatch {RETRY} --run {run.record.run_id}{account}"


def purge_command(run: ActiveRun) -> str:
    """The command that deletes the run's resources; that outputs are deleted uncollected, only the user decides."""
    record = run.record
    force = " --force (it deletes outputs that were not collected)" if run.uncollected() else ""
    account = "" if record.account == accounts.LOCAL else f" --account {record.account}"
    return f"remove it: recipebatch {PURGE} --run {record.run_id}{account}{force}"
