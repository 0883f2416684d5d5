"""Why a task failed: the cause behind an exit code or a failure of the service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.vocabulary.causes import TASK_ENDED, Cause, cause_of
from recipebatch.vocabulary.states import NodeState, TaskState

if TYPE_CHECKING:
    from recipebatch.phases.context import PhaseContext
    from recipebatch.plan.model import PlannedJob, PlannedTask
    from recipebatch.service import JobSnapshot, TaskSnapshot


def cause_of_task(seen: TaskSnapshot, planned: PlannedTask | None) -> Cause:
    """Why a task failed, or never came to its end. Pure."""
    ended_before = seen.state == TaskState.COMPLETED and not seen.started and (seen.failure or ("",))[0] == TASK_ENDED
    if seen.state == TaskState.ACTIVE or ended_before:
        return Cause.PREEMPTED if seen.requeued else Cause.NEVER_STARTED
    limit = planned.constraints.max_wall_clock_time if planned is not None else seen.limit
    ran_out = limit is not None and seen.ran_for is not None and seen.ran_for >= limit
    return cause_of(seen.failure[0] if seen.failure else None, exit_code=seen.exit_code, ran_out=ran_out)


def no_node_got_ready(job: PlannedJob, seen: JobSnapshot | None, context: PhaseContext) -> bool:
    """Whether the start task failed on every node that could have run the job's tasks."""
    pool_id = (seen.pool_id if seen is not None else None) or context.plan.pool(job.pool).id
    states = {node.state for node in context.batch.list_nodes(pool_id)}
    return states == {NodeState.START_TASK_FAILED}
