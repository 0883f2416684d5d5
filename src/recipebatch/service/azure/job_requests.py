"""PlannedJob → azure.batch models: jobs, and schedules of jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from azure.batch import models

from recipebatch.properties.job import JOB, Schedule
from recipebatch.properties.table import shape_of
from recipebatch.service.azure.request_bodies import merged, request_body

if TYPE_CHECKING:
    from recipebatch.plan.model import PlannedJob
    from recipebatch.properties.job import JobTask
    from recipebatch.service.protocols import NodeAccess

_SCHEDULE = shape_of(Schedule)


def job_create_options(
    job: PlannedJob, *, pool_info: models.BatchPoolInfo, access: NodeAccess
) -> models.BatchJobCreateOptions:
    """The body of "Job - Add Job"; the job does not complete by itself until its tasks are all added."""
    body = models.BatchJobCreateOptions(
        id=job.id, all_tasks_complete_mode=models.BatchAllTasksCompleteMode.NO_ACTION, pool_info=pool_info
    )
    body.update(_settings(job, access))
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
    specification = models.BatchJobSpecification(all_tasks_complete_mode=job.on_all_tasks_complete, pool_info=pool_info)
    specification.update(_settings(job, access))
    body = {
        "id": job.id,
        "displayName": job.display_name,
        "schedule": request_body(job.schedule, _SCHEDULE, access),
        "jobSpecification": merged(specification, job.raw, what=f"the job {job.id}"),
        "metadata": [{"name": name, "value": value} for name, value in job.metadata],
    }
    return models.BatchJobScheduleCreateOptions({name: value for name, value in body.items() if value})


def _settings(job: PlannedJob, access: NodeAccess) -> dict[str, Any]:
    """What a job and the job of a schedule have in common, with the `raw:` of its special tasks."""
    body = request_body(job, JOB, access)
    if job.uses_task_dependencies:
        body["usesTaskDependencies"] = True
    preparation, release, manager = job.job_preparation_task, job.job_release_task, job.job_manager_task
    tasks: tuple[tuple[str, JobTask | None, str], ...] = (
        ("jobPreparationTask", preparation.task if preparation is not None else None, "the job preparation task"),
        ("jobReleaseTask", release, "the job release task"),
        ("jobManagerTask", manager.task if manager is not None else None, "the job manager task"),
    )
    for name, task, what in tasks:
        if task is not None:
            merged(body[name], task.raw, what=what)
    if manager is not None:
        body["jobManagerTask"].setdefault("id", manager.id)
    return body
