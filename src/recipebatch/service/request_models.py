"""PlannedPool, PlannedJob, PlannedTask → azure.batch models; pure but for the SAS that `Access` signs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azure.batch import models

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recipebatch.plan.model import (
        ImageReference,
        PlannedJob,
        PlannedOutputFile,
        PlannedPool,
        PlannedResourceFile,
        PlannedStartTask,
        PlannedTask,
        TaskConstraints,
        UserIdentity,
    )
    from recipebatch.service.access import Access


def pool_create_options(pool: PlannedPool, *, node_agent_sku_id: str, access: Access) -> models.BatchPoolCreateOptions:
    """The body of "Pool - Add Pool".

    Raises:
        ValueError: the pool is an existing one, which has no image of its own.
    """
    if pool.image is None:
        raise ValueError(f"pool {pool.id} is an existing pool")
    return models.BatchPoolCreateOptions(
        id=pool.id,
        display_name=pool.display_name,
        vm_size=pool.vm_size,
        virtual_machine_configuration=models.VirtualMachineConfiguration(
            image_reference=_image_reference(pool.image), node_agent_sku_id=node_agent_sku_id
        ),
        resize_timeout=pool.resize_timeout,
        target_dedicated_nodes=pool.target_dedicated_nodes,
        target_low_priority_nodes=pool.target_low_priority_nodes,
        task_slots_per_node=pool.task_slots_per_node,
        start_task=None if pool.start_task is None else _start_task(pool.start_task, access),
        metadata=_metadata(pool.metadata),
    )


def job_create_options(job: PlannedJob, *, pool_id: str, access: Access) -> models.BatchJobCreateOptions:
    """The body of "Job - Add Job"; the job does not complete by itself until its tasks are all added."""
    return models.BatchJobCreateOptions(
        id=job.id,
        display_name=job.display_name,
        priority=job.priority,
        max_parallel_tasks=job.max_parallel_tasks,
        constraints=models.BatchJobConstraints(
            max_wall_clock_time=job.max_wall_clock_time, max_task_retry_count=job.max_task_retry_count
        ),
        common_environment_settings=_environment(job.common_environment_settings, access),
        pool_info=models.BatchPoolInfo(pool_id=pool_id),
        all_tasks_complete_mode=models.BatchAllTasksCompleteMode.NO_ACTION,
        metadata=_metadata(job.metadata),
    )


def task_create_options(task: PlannedTask, *, access: Access) -> models.BatchTaskCreateOptions:
    """One entry of "Task - Add Task Collection"."""
    return models.BatchTaskCreateOptions(
        id=task.id,
        display_name=task.display_name,
        command_line=access.text(task.command_line),
        resource_files=_resource_files(task.resource_files, access),
        output_files=[_output_file(file, access) for file in task.output_files] or None,
        environment_settings=_environment(task.environment_settings, access),
        constraints=_task_constraints(task.constraints),
        required_slots=task.required_slots,
        user_identity=_user_identity(task.user_identity),
    )


def _start_task(start_task: PlannedStartTask, access: Access) -> models.BatchStartTask:
    return models.BatchStartTask(
        command_line=access.text(start_task.command_line),
        resource_files=_resource_files(start_task.resource_files, access),
        environment_settings=_environment(start_task.environment_settings, access),
        user_identity=_user_identity(start_task.user_identity),
        max_task_retry_count=start_task.max_task_retry_count,
        wait_for_success=start_task.wait_for_success,
    )


def _image_reference(image: ImageReference) -> models.BatchVmImageReference:
    return models.BatchVmImageReference(
        publisher=image.publisher, offer=image.offer, sku=image.sku, version=image.version
    )


def _resource_files(files: Iterable[PlannedResourceFile], access: Access) -> list[models.ResourceFile] | None:
    return [_resource_file(file, access) for file in files] or None


def _resource_file(file: PlannedResourceFile, access: Access) -> models.ResourceFile:
    url = access.resource_url(file)
    if file.container is not None and file.blob is None:
        return models.ResourceFile(
            storage_container_url=url,
            blob_prefix=file.blob_prefix,
            file_path=file.file_path,
            file_mode=file.file_mode,
        )
    return models.ResourceFile(http_url=url, file_path=file.file_path, file_mode=file.file_mode)


def _output_file(file: PlannedOutputFile, access: Access) -> models.OutputFile:
    return models.OutputFile(
        file_pattern=file.file_pattern,
        destination=models.OutputFileDestination(
            container=models.OutputFileBlobContainerDestination(
                container_url=access.upload_url(file.container), path=file.path
            )
        ),
        upload_options=models.OutputFileUploadConfiguration(upload_condition=file.upload_condition),
    )


def _environment(settings: Iterable[tuple[str, str]], access: Access) -> list[models.EnvironmentSetting] | None:
    return [models.EnvironmentSetting(name=name, value=access.text(value)) for name, value in settings] or None


def _metadata(items: Iterable[tuple[str, str]]) -> list[models.BatchMetadataItem] | None:
    return [models.BatchMetadataItem(name=name, value=value) for name, value in items] or None


def _task_constraints(constraints: TaskConstraints) -> models.BatchTaskConstraints:
    return models.BatchTaskConstraints(
        max_wall_clock_time=constraints.max_wall_clock_time,
        retention_time=constraints.retention_time,
        max_task_retry_count=constraints.max_task_retry_count,
    )


def _user_identity(identity: UserIdentity) -> models.UserIdentity:
    return models.UserIdentity(
        auto_user=models.AutoUserSpecification(scope=identity.scope, elevation_level=identity.elevation_level)
    )
