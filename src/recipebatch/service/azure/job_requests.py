"""PlannedJob → azure.batch models: jobs, their special tasks, and schedules of jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from azure.batch import models

from recipebatch.plan.model import TaskConstraints
from recipebatch.service.azure.raw_properties import merged
from recipebatch.service.azure.task_requests import (
    container_settings,
    environment,
    output_file,
    packages,
    resource_files,
    task_constraints,
    user_identity,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recipebatch.plan.model import PlannedJob, PlannedJobTask, PlannedManager, PlannedPreparation
    from recipebatch.service.protocols import NodeAccess


def job_create_options(
    job: PlannedJob, *, pool_info: models.BatchPoolInfo, access: NodeAccess
) -> models.BatchJobCreateOptions:
    """The body of "Job - Add Job"; the job does not complete by itself until its tasks are all added."""
    body = models.BatchJobCreateOptions(
        id=job.id,
        all_tasks_complete_mode=models.BatchAllTasksCompleteMode.NO_ACTION,
        **_settings(job, pool_info, access),
    )
    return merged(body, job.raw, what=f"the job {job.id}")


def job_schedule_create_options(
    job: PlannedJob, *, pool_info: models.BatchPoolInfo, access: NodeAccess
) -> models.BatchJobScheduleCreateOptions:
    """The body of "Job Schedule - Add Job Schedule": a job with `schedule`, under the job's id.

    Raises:
        ValueError: the job has no schedule.
    """
    if job.schedule is None:
        raise ValueError(f"job {job.id} has no schedule")
    # The job manager task is a task of the job: once it and what it added have ended, so has the job.
    specification = models.BatchJobSpecification(
        all_tasks_complete_mode=job.on_all_tasks_complete, **_settings(job, pool_info, access)
    )
    return models.BatchJobScheduleCreateOptions(
        id=job.id,
        display_name=job.display_name,
        schedule=models.BatchJobScheduleConfiguration(
            recurrence_interval=job.schedule.recurrence_interval,
            start_window=job.schedule.start_window,
            do_not_run_until=job.schedule.do_not_run_until,
            do_not_run_after=job.schedule.do_not_run_after,
        ),
        job_specification=merged(specification, job.raw, what=f"the job {job.id}"),
        metadata=metadata(job.metadata),
    )


def metadata(items: Iterable[tuple[str, str]]) -> list[models.BatchMetadataItem] | None:
    """Name and value pairs."""
    return [models.BatchMetadataItem(name=name, value=value) for name, value in items] or None


def _settings(job: PlannedJob, pool_info: models.BatchPoolInfo, access: NodeAccess) -> dict[str, Any]:
    """What a job and the job of a schedule have in common."""
    preparation, release, manager = job.job_preparation_task, job.job_release_task, job.job_manager_task
    return {
        "display_name": job.display_name,
        "priority": job.priority,
        "max_parallel_tasks": job.max_parallel_tasks,
        "constraints": models.BatchJobConstraints(
            max_wall_clock_time=job.max_wall_clock_time, max_task_retry_count=job.max_task_retry_count
        ),
        "common_environment_settings": environment(job.common_environment_settings, access),
        "pool_info": pool_info,
        "metadata": metadata(job.metadata),
        # What is the service's default is left out: not every account may set it.
        "uses_task_dependencies": job.uses_task_dependencies or None,
        "allow_task_preemption": job.allow_task_preemption or None,
        "task_failure_mode": None if job.on_task_failure == "noaction" else job.on_task_failure,
        "job_preparation_task": None if preparation is None else _preparation(preparation, access),
        "job_release_task": None if release is None else _release(release, access),
        "job_manager_task": None if manager is None else _manager(manager, access),
    }


def _common(task: PlannedJobTask, access: NodeAccess) -> dict[str, Any]:
    return {
        "command_line": access.text(task.command_line),
        "resource_files": resource_files(task.resource_files, access),
        "environment_settings": environment(task.environment_settings, access),
        "user_identity": user_identity(task.user_identity),
        "container_settings": container_settings(task.container_settings, access),
    }


def _constraints(task: PlannedJobTask) -> models.BatchTaskConstraints:
    return task_constraints(
        TaskConstraints(
            max_wall_clock_time=task.max_wall_clock_time,
            max_task_retry_count=task.max_task_retry_count,
            retention_time=task.retention_time,
        )
    )


def _preparation(preparation: PlannedPreparation, access: NodeAccess) -> models.BatchJobPreparationTask:
    body = models.BatchJobPreparationTask(
        id=preparation.task.id,
        constraints=_constraints(preparation.task),
        wait_for_success=preparation.wait_for_success,
        rerun_on_node_reboot_after_success=preparation.rerun_on_node_reboot_after_success,
        **_common(preparation.task, access),
    )
    return merged(body, preparation.task.raw, what="the job preparation task")


def _release(task: PlannedJobTask, access: NodeAccess) -> models.BatchJobReleaseTask:
    body = models.BatchJobReleaseTask(
        id=task.id,
        max_wall_clock_time=task.max_wall_clock_time,
        retention_time=task.retention_time,
        **_common(task, access),
    )
    return merged(body, task.raw, what="the job release task")


def _manager(manager: PlannedManager, access: NodeAccess) -> models.BatchJobManagerTask:
    body = models.BatchJobManagerTask(
        id=manager.task.id or "jobmanager",
        display_name=manager.display_name,
        constraints=_constraints(manager.task),
        output_files=[output_file(file, access) for file in manager.output_files] or None,
        required_slots=manager.required_slots,
        application_package_references=packages(manager.application_package_references),
        kill_job_on_completion=manager.kill_job_on_completion,
        run_exclusive=manager.run_exclusive,
        allow_low_priority_node=manager.allow_low_priority_node,
        **_common(manager.task, access),
    )
    return merged(body, manager.task.raw, what="the job manager task")
