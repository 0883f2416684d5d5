"""PlannedTask → azure.batch models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azure.batch import models

from recipebatch.properties.task import TASK
from recipebatch.service.azure.request_bodies import mark_outputs, merged, request_body

if TYPE_CHECKING:
    from recipebatch.plan.model import PlannedDependencies, PlannedTask
    from recipebatch.service.protocols import NodeAccess


def task_create_options(task: PlannedTask, *, job_id: str, access: NodeAccess) -> models.BatchTaskCreateOptions:
    """One entry of "Task - Add Task Collection" of a job."""
    body = models.BatchTaskCreateOptions(id=task.id, command_line=task.command_line)
    body.update(request_body(task, TASK, access))
    mark_outputs(body, job_id, task.id)
    if task.depends_on is not None:
        body.depends_on = _dependencies(task.depends_on)
    return merged(body, task.raw, what=f"the task {task.id}")


def _dependencies(dependencies: PlannedDependencies) -> models.BatchTaskDependencies:
    return models.BatchTaskDependencies(
        task_ids=list(dependencies.task_ids) or None,
        task_id_ranges=[models.BatchTaskIdRange(start=start, end=end) for start, end in dependencies.task_id_ranges]
        or None,
    )
