"""PlannedPool → azure.batch models; pure but for the SAS that `NodeAccess` signs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from azure.batch import models

from recipebatch.plan import scaling
from recipebatch.service.azure.job_requests import job_create_options, job_schedule_create_options, metadata
from recipebatch.service.azure.raw_properties import merged
from recipebatch.service.azure.task_requests import (
    container_registry,
    container_settings,
    environment,
    packages,
    resource_files,
    task_create_options,
    user_identity,
)

if TYPE_CHECKING:
    from recipebatch.plan.model import (
        ImageReference,
        PlannedAutoPool,
        PlannedContainers,
        PlannedMount,
        PlannedPool,
        PlannedStartTask,
    )
    from recipebatch.service.protocols import NodeAccess

__all__ = [
    "auto_pool_specification",
    "job_create_options",
    "job_schedule_create_options",
    "pool_create_options",
    "pool_update_options",
    "task_create_options",
]


def pool_create_options(
    pool: PlannedPool, *, node_agent_sku_id: str, access: NodeAccess
) -> models.BatchPoolCreateOptions:
    """The body of "Pool - Add Pool".

    Raises:
        ValueError: the pool is an existing one, which has no image of its own.
    """
    if pool.image is None:
        raise ValueError(f"pool {pool.id} is an existing pool")
    body = models.BatchPoolCreateOptions(
        id=pool.id,
        display_name=pool.display_name,
        vm_size=pool.vm_size,
        virtual_machine_configuration=models.VirtualMachineConfiguration(
            image_reference=_image_reference(pool.image),
            node_agent_sku_id=node_agent_sku_id,
            container_configuration=_containers(pool.container_configuration, access),
        ),
        task_slots_per_node=pool.task_slots_per_node,
        start_task=None if pool.start_task is None else _start_task(pool.start_task, access),
        metadata=metadata(pool.metadata),
        enable_inter_node_communication=pool.enable_inter_node_communication or None,
        task_scheduling_policy=None
        if pool.node_fill_type is None and pool.job_default_order is None
        else models.BatchTaskSchedulingPolicy(
            node_fill_type=pool.node_fill_type or "spread", job_default_order=pool.job_default_order
        ),
    )
    if pool.mounts:
        body["mountConfiguration"] = [_mount(mount, access) for mount in pool.mounts]
    body.application_package_references = packages(pool.application_package_references)
    rule = scaling(pool, access.expiry)
    if rule is None:
        body.resize_timeout = pool.resize_timeout
        body.target_dedicated_nodes = pool.target_dedicated_nodes
        body.target_low_priority_nodes = pool.target_low_priority_nodes
    else:
        body.enable_auto_scale = True
        body.auto_scale_formula = rule.formula
        body.auto_scale_evaluation_interval = rule.evaluation_interval
    merged(body, filled(pool.properties, access), what=f"the pool {pool.id}")
    return merged(body, pool.raw, what=f"the pool {pool.id}")


def pool_update_options(pool: PlannedPool, *, access: NodeAccess) -> models.BatchPoolUpdateOptions:
    """The body of "Pool - Patch Pool" for what a pool was given for a time."""
    return models.BatchPoolUpdateOptions(
        start_task=None if pool.start_task is None else _start_task(pool.start_task, access),
        metadata=metadata(pool.metadata),
    )


def auto_pool_specification(
    pool: PlannedPool, wanted: PlannedAutoPool, *, node_agent_sku_id: str, access: NodeAccess
) -> models.BatchPoolInfo:
    """The pool of a job that the service makes with it; the pool's own id is the service's to give."""
    body = pool_create_options(pool, node_agent_sku_id=node_agent_sku_id, access=access).as_dict()
    del body["id"]
    specification = models.BatchAutoPoolSpecification(
        pool_lifetime_option=wanted.pool_lifetime_option,
        auto_pool_id_prefix=wanted.auto_pool_id_prefix,
        keep_alive=wanted.keep_alive,
    )
    specification["pool"] = body
    return models.BatchPoolInfo(auto_pool_specification=specification)


def filled(value: Any, access: NodeAccess) -> Any:
    """Properties with their deferred values filled in."""
    if isinstance(value, dict):
        return {name: filled(item, access) for name, item in value.items()}
    if isinstance(value, list):
        return [filled(item, access) for item in value]
    return access.text(value) if isinstance(value, str) else value


def _mount(mount: PlannedMount, access: NodeAccess) -> dict[str, Any]:
    """One entry of `mountConfiguration`."""
    if mount.container is None:
        return dict(filled(mount.other, access))
    account, container = access.address(mount.container)
    body: dict[str, Any] = {
        "accountName": account,
        "containerName": container,
        "relativeMountPath": mount.relative_mount_path,
        "blobfuseOptions": mount.blobfuse_options,
    }
    if mount.identity is not None:
        body["identityReference"] = {"resourceId": mount.identity}
    else:
        body["sasKey"] = access.mount_token(mount.container, read_only=mount.read_only)
    return {"azureBlobFileSystemConfiguration": {name: value for name, value in body.items() if value is not None}}


def _containers(wanted: PlannedContainers | None, access: NodeAccess) -> models.BatchContainerConfiguration | None:
    if wanted is None:
        return None
    return models.BatchContainerConfiguration(
        type="dockerCompatible",
        container_image_names=list(wanted.image_names) or None,
        container_registries=[container_registry(each, access) for each in wanted.registries] or None,
    )


def _start_task(start_task: PlannedStartTask, access: NodeAccess) -> models.BatchStartTask:
    body = models.BatchStartTask(
        command_line=access.text(start_task.command_line),
        resource_files=resource_files(start_task.resource_files, access),
        environment_settings=environment(start_task.environment_settings, access),
        user_identity=user_identity(start_task.user_identity),
        container_settings=container_settings(start_task.container_settings, access),
        max_task_retry_count=start_task.max_task_retry_count,
        wait_for_success=start_task.wait_for_success,
    )
    return merged(body, start_task.raw, what="the start task")


def _image_reference(image: ImageReference) -> models.BatchVmImageReference:
    if image.id_kind is not None:
        reference = models.BatchVmImageReference()
        reference[image.id_kind] = image.id
        return reference
    return models.BatchVmImageReference(
        publisher=image.publisher, offer=image.offer, sku=image.sku, version=image.version
    )
