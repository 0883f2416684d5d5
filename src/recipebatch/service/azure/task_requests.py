"""What tasks of all kinds have in common → azure.batch models: commands, files, users, containers, ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azure.batch import models

from recipebatch.service.azure.raw_properties import merged

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recipebatch.plan.model import (
        ExitOptions,
        PlannedContainerSettings,
        PlannedDependencies,
        PlannedExitConditions,
        PlannedMultiInstance,
        PlannedOutputFile,
        PlannedRegistry,
        PlannedResourceFile,
        PlannedTask,
        TaskConstraints,
        UserIdentity,
    )
    from recipebatch.service.protocols import NodeAccess


def task_create_options(task: PlannedTask, *, access: NodeAccess) -> models.BatchTaskCreateOptions:
    """One entry of "Task - Add Task Collection"."""
    several, ends = task.multi_instance_settings, task.exit_conditions
    body = models.BatchTaskCreateOptions(
        id=task.id,
        display_name=task.display_name,
        command_line=access.text(task.command_line),
        resource_files=resource_files(task.resource_files, access),
        output_files=[output_file(file, access) for file in task.output_files] or None,
        environment_settings=environment(task.environment_settings, access),
        constraints=task_constraints(task.constraints),
        required_slots=task.required_slots,
        user_identity=user_identity(task.user_identity),
        depends_on=None if task.depends_on is None else _dependencies(task.depends_on),
        exit_conditions=None if ends is None else _exit_conditions(ends),
        multi_instance_settings=None if several is None else _multi_instance(several, access),
        container_settings=container_settings(task.container_settings, access),
        application_package_references=packages(task.application_package_references),
    )
    return merged(body, task.raw, what=f"the task {task.id}")


def resource_files(files: Iterable[PlannedResourceFile], access: NodeAccess) -> list[models.ResourceFile] | None:
    """Files that the node downloads."""
    return [_resource_file(file, access) for file in files] or None


def output_file(file: PlannedOutputFile, access: NodeAccess) -> models.OutputFile:
    """Files that the node uploads."""
    return models.OutputFile(
        file_pattern=file.file_pattern,
        destination=models.OutputFileDestination(
            container=models.OutputFileBlobContainerDestination(
                container_url=access.upload_url(file.container),
                path=file.path,
                identity_reference=_identity(access.identity_of(file.container)),
            )
        ),
        upload_options=models.OutputFileUploadConfiguration(upload_condition=file.upload_condition),
    )


def environment(settings: Iterable[tuple[str, str]], access: NodeAccess) -> list[models.EnvironmentSetting] | None:
    """Environment variables, with their secrets."""
    return [models.EnvironmentSetting(name=name, value=access.text(value)) for name, value in settings] or None


def task_constraints(constraints: TaskConstraints) -> models.BatchTaskConstraints:
    """Limits of a task."""
    return models.BatchTaskConstraints(
        max_wall_clock_time=constraints.max_wall_clock_time,
        retention_time=constraints.retention_time,
        max_task_retry_count=constraints.max_task_retry_count,
    )


def user_identity(identity: UserIdentity) -> models.UserIdentity:
    """The account that runs the command."""
    if identity.user_name is not None:
        return models.UserIdentity(username=identity.user_name)
    return models.UserIdentity(
        auto_user=models.AutoUserSpecification(scope=identity.scope, elevation_level=identity.elevation_level)
    )


def container_settings(
    settings: PlannedContainerSettings | None, access: NodeAccess
) -> models.BatchTaskContainerSettings | None:
    """The container image that the command runs in."""
    if settings is None:
        return None
    return models.BatchTaskContainerSettings(
        image_name=settings.image_name,
        container_run_options=settings.container_run_options,
        working_directory=settings.working_directory,
        registry=None if settings.registry is None else container_registry(settings.registry, access),
    )


def packages(
    references: Iterable[tuple[str, str | None]],
) -> list[models.BatchApplicationPackageReference] | None:
    """Application packages."""
    return [
        models.BatchApplicationPackageReference(application_id=application, version=version)
        for application, version in references
    ] or None


def _resource_file(file: PlannedResourceFile, access: NodeAccess) -> models.ResourceFile:
    if file.auto_storage_container_name is not None:
        return models.ResourceFile(
            auto_storage_container_name=file.auto_storage_container_name,
            blob_prefix=file.blob_prefix,
            file_path=file.file_path,
            file_mode=file.file_mode,
        )
    url, identity = access.resource_url(file), _identity(access.identity_of(file.container))
    if file.container is not None and file.blob is None:
        return models.ResourceFile(
            storage_container_url=url,
            blob_prefix=file.blob_prefix,
            file_path=file.file_path,
            file_mode=file.file_mode,
            identity_reference=identity,
        )
    return models.ResourceFile(
        http_url=url, file_path=file.file_path, file_mode=file.file_mode, identity_reference=identity
    )


def _identity(resource_id: str | None) -> models.BatchNodeIdentityReference | None:
    return None if resource_id is None else models.BatchNodeIdentityReference(resource_id=resource_id)


def container_registry(registry: PlannedRegistry, access: NodeAccess) -> models.ContainerRegistryReference:
    """How to log in to a container registry."""
    identity = registry.identity
    return models.ContainerRegistryReference(
        registry_server=registry.registry_server,
        username=registry.user_name,
        password=None if registry.password is None else access.text(registry.password),
        identity_reference=None if identity is None else models.BatchNodeIdentityReference(resource_id=identity),
    )


def _dependencies(dependencies: PlannedDependencies) -> models.BatchTaskDependencies:
    return models.BatchTaskDependencies(
        task_ids=list(dependencies.task_ids) or None,
        task_id_ranges=[models.BatchTaskIdRange(start=start, end=end) for start, end in dependencies.task_id_ranges]
        or None,
    )


def _exit_conditions(conditions: PlannedExitConditions) -> models.ExitConditions:
    return models.ExitConditions(
        exit_codes=[
            models.ExitCodeMapping(code=code, exit_options=_exit_options(options))
            for code, options in conditions.exit_codes
        ]
        or None,
        exit_code_ranges=[
            models.ExitCodeRangeMapping(start=start, end=end, exit_options=_exit_options(options))
            for start, end, options in conditions.exit_code_ranges
        ]
        or None,
        pre_processing_error=_optional(conditions.pre_processing_error),
        file_upload_error=_optional(conditions.file_upload_error),
        default=_optional(conditions.default),
    )


def _optional(options: ExitOptions | None) -> models.ExitOptions | None:
    return None if options is None else _exit_options(options)


def _exit_options(options: ExitOptions) -> models.ExitOptions:
    return models.ExitOptions(job_action=options.job_action, dependency_action=options.dependency_action)


def _multi_instance(settings: PlannedMultiInstance, access: NodeAccess) -> models.MultiInstanceSettings:
    return models.MultiInstanceSettings(
        number_of_instances=settings.number_of_instances,
        coordination_command_line=access.text(settings.coordination_command_line),
        common_resource_files=resource_files(settings.common_resource_files, access),
    )
