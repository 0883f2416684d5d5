"""Answers of the azure-batch SDK → snapshots. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recipebatch.plan.model import ImageReference
from recipebatch.service.azure.sdk_errors import excerpt, sentence
from recipebatch.service.snapshots import (
    JobSnapshot,
    NodeSnapshot,
    PoolSnapshot,
    PreparationSnapshot,
    ReleaseSnapshot,
    ScheduleSnapshot,
    TaskAddResult,
    TaskSnapshot,
)
from recipebatch.vocabulary.states import SCHEDULING_DISABLED, TaskResult, TaskState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from azure.batch import models

NODE_PROPERTIES = [
    *("id", "state", "stateTransitionTime", "allocationTime", "vmSize", "isDedicated", "startTaskInfo", "errors"),
    *("schedulingState", "runningTaskSlotsCount"),
]
"""What `node_snapshot` reads."""


def add_result(item: models.BatchTaskCreateResult) -> TaskAddResult:
    """One entry of an answer to "Task - Add Task Collection"."""
    status = lower(item.status)
    if status == TaskResult.SUCCESS and item.error is None:
        return TaskAddResult(task_id=item.task_id, error=None)
    code = item.error.code if item.error is not None and item.error.code else str(item.status)
    message = item.error.message.value if item.error is not None and item.error.message is not None else ""
    values = item.error.error_values if item.error is not None else None
    text = sentence(message or "")
    if values:
        text = "; ".join([text.rstrip("."), *(f"{pair.key}: {excerpt(str(pair.value))}" for pair in values)])
    return TaskAddResult(task_id=item.task_id, error=(code, text), retryable=status == "servererror")


def image(reference: models.BatchVmImageReference) -> ImageReference:
    """An image reference as a plan has it."""
    for kind in ("virtualMachineImageId", "sharedGalleryImageId", "communityGalleryImageId"):
        if found := reference.get(kind):
            return ImageReference(id_kind=kind, id=str(found))
    return ImageReference(
        publisher=reference.publisher or "",
        offer=reference.offer or "",
        sku=reference.sku or "",
        version=reference.version or "latest",
    )


def pool_snapshot(pool: models.BatchPool) -> PoolSnapshot:
    """A pool of an answer."""
    machine = pool.virtual_machine_configuration
    reference = machine.image_reference if machine is not None else None
    return PoolSnapshot(
        id=pool.id,
        state=lower(pool.state),
        allocation_state=lower(pool.allocation_state),
        vm_size=pool.vm_size,
        image=image(reference) if reference is not None else None,
        task_slots_per_node=pool.task_slots_per_node or 1,
        target_dedicated_nodes=pool.target_dedicated_nodes or 0,
        target_low_priority_nodes=pool.target_low_priority_nodes or 0,
        current_dedicated_nodes=pool.current_dedicated_nodes or 0,
        current_low_priority_nodes=pool.current_low_priority_nodes or 0,
        auto_scale_formula=pool.auto_scale_formula if pool.enable_auto_scale else None,
        resize_errors=tuple((str(error.code), excerpt(str(error.message))) for error in pool.resize_errors or ()),
        formula_evaluated=not pool.enable_auto_scale or pool.auto_scale_run is not None,
        formula_results=_formula_results(pool.auto_scale_run) if pool.enable_auto_scale else (),
        formula_error=_formula_error(pool.auto_scale_run) if pool.enable_auto_scale else None,
        metadata=metadata(pool.metadata),
        start_command_line=pool.start_task.command_line if pool.start_task is not None else None,
        body=pool.as_dict(),
    )


def _formula_results(run: models.AutoScaleRun | None) -> tuple[str, ...]:
    """What the last evaluation gave: the targets, and the formula's own variables; nothing if it failed."""
    if run is None or run.error is not None:
        return ()
    return tuple(excerpt(each.strip()) for each in (run.results or "").split(";") if each.strip())


def _formula_error(run: models.AutoScaleRun | None) -> tuple[str, str] | None:
    """Why the last evaluation of a formula failed, with its details: where in the formula, and what is wrong there."""
    error = run.error if run is not None else None
    if error is None:
        return None
    details = [excerpt(" ".join((pair.value or "").split())) for pair in error.error_values or ()]
    text = "; ".join(filter(None, [sentence(error.message or "").rstrip("."), *details]))
    return str(error.code or "Unknown"), text or "no reason given"


def node_snapshot(node: models.BatchNode) -> NodeSnapshot:
    """A node of an answer."""
    info = node.start_task_info
    failure = info.failure_info if info is not None else None
    return NodeSnapshot(
        id=node.id,
        state=lower(node.state),
        start_task_exit_code=info.exit_code if info is not None else None,
        start_task_failure=_failure(failure) if failure is not None else None,
        errors=tuple(map(_node_error, node.errors or ())),
        takes_tasks=lower(node.scheduling_state) != SCHEDULING_DISABLED,
        used_slots=node.running_task_slots_count or 0,
        vm_size=(node.vm_size or "").lower(),
        spot=node.is_dedicated is False,
        allocated=node.allocation_time,
        state_since=node.state_transition_time,
        start_began=info.start_time if info is not None else None,
        start_ended=info.end_time if info is not None else None,
    )


def _node_error(error: models.BatchNodeError) -> str:
    """What is wrong with a node, with the service's details: which image, and what the engine said of it."""
    details = [f"{pair.name}: {excerpt(' '.join((pair.value or '').split()))}" for pair in error.error_details or ()]
    return f"{error.code}: {excerpt(str(error.message))}" + (f" ({'; '.join(details)})" if details else "")


def _failure(failure: Any) -> tuple[str, str]:
    return str(failure.code), excerpt(str(failure.message))


def job_snapshot(job: models.BatchJob) -> JobSnapshot:
    """A job of an answer."""
    execution = job.execution_info
    return JobSnapshot(
        id=job.id,
        state=lower(job.state),
        pool_id=execution.pool_id if execution is not None else None,
        all_tasks_complete_mode=lower(job.all_tasks_complete_mode),
        termination_reason=execution.termination_reason if execution is not None else None,
        metadata=metadata(job.metadata),
        priority=job.priority or 0,
        max_parallel_tasks=-1 if job.max_parallel_tasks is None else job.max_parallel_tasks,
        ended=execution.end_time if execution is not None else None,
    )


def schedule_snapshot(schedule: models.BatchJobSchedule) -> ScheduleSnapshot:
    """A job schedule of an answer."""
    # The SDK declares it as always there; a schedule that has not run yet may come without.
    execution: models.BatchJobScheduleExecutionInfo | None = schedule.execution_info
    recent = execution.recent_job if execution is not None else None
    return ScheduleSnapshot(
        id=schedule.id,
        state=lower(schedule.state),
        next_run_time=execution.next_run_time if execution is not None else None,
        recent_job=recent.id if recent is not None else None,
        metadata=metadata(schedule.metadata),
    )


def task_snapshot(task: models.BatchTask) -> TaskSnapshot:
    """A task of an answer."""
    execution = task.execution_info
    failure = execution.failure_info if execution is not None else None
    return TaskSnapshot(
        id=task.id,
        state=lower(task.state),
        state_transition_time=task.state_transition_time,
        exit_code=execution.exit_code if execution is not None else None,
        result=lower(execution.result) if execution is not None and execution.result else None,
        failure=_failure(failure) if failure is not None else None,
        failure_details=tuple(
            (str(pair.name), excerpt(str(pair.value)))
            for pair in (failure.details if failure is not None else None) or ()
        ),
        node_id=task.node_info.node_id if task.node_info is not None else None,
        retry_count=execution.retry_count if execution is not None else 0,
        started=execution is not None and execution.start_time is not None,
        requeued=execution is not None and execution.last_requeue_time is not None,
        ran_for=None
        if execution is None or execution.start_time is None or execution.end_time is None
        else execution.end_time - execution.start_time,
        began=execution.start_time if execution is not None else None,
        ended=execution.end_time if execution is not None else None,
        created=task.creation_time,
        limit=task.constraints.max_wall_clock_time if task.constraints is not None else None,
    )


def preparation_snapshot(
    item: models.BatchJobPreparationAndReleaseTaskStatus, info: models.BatchJobPreparationTaskExecutionInfo
) -> PreparationSnapshot:
    """The preparation of a job on a node of an answer."""
    failure = info.failure_info
    return PreparationSnapshot(
        pool_id=str(item.pool_id),
        node_id=str(item.node_id),
        # A node of Windows separates folders by backslashes; an address does not.
        folder=(info.task_root_directory or "").replace("\\", "/"),
        exit_code=info.exit_code,
        failed=lower(info.result) == TaskResult.FAILURE,
        failure=_failure(failure) if failure is not None else None,
        running=lower(info.state) == TaskState.RUNNING,
    )


def release_snapshot(
    item: models.BatchJobPreparationAndReleaseTaskStatus, info: models.BatchJobReleaseTaskExecutionInfo
) -> ReleaseSnapshot:
    """The release of a job on a node of an answer."""
    folder = (info.task_root_directory or "").replace("\\", "/")
    return ReleaseSnapshot(pool_id=str(item.pool_id), node_id=str(item.node_id), folder=folder)


def metadata(items: Sequence[models.BatchMetadataItem] | None) -> dict[str, str]:
    """Metadata by name."""
    return {item.name: item.value for item in items or ()}


def lower(value: Any) -> str:
    """The text of an enum field, which may be an enum or the wire's own spelling."""
    return str(getattr(value, "value", value) or "").lower()
