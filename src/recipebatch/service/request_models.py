"""PlannedPool → azure.batch models; pure but for the SAS that `Access` signs. Jobs and tasks have their own files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azure.batch import models

from recipebatch.service.job_models import job_create_options, job_schedule_create_options, metadata
from recipebatch.service.raw import merged
from recipebatch.service.task_models import (
    container_registry,
    environment,
    resource_files,
    task_create_options,
    user_identity,
)

if TYPE_CHECKING:
    from recipebatch.plan.model import ImageReference, PlannedContainers, PlannedPool, PlannedStartTask
    from recipebatch.service.access import Access

__all__ = ["job_create_options", "job_schedule_create_options", "pool_create_options", "task_create_options"]


def pool_create_options(pool: PlannedPool, *, node_agent_sku_id: str, access: Access) -> models.BatchPoolCreateOptions:
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
        if pool.node_fill_type is None
        else models.BatchTaskSchedulingPolicy(node_fill_type=pool.node_fill_type),
    )
    if pool.auto_scale is None:
        body.resize_timeout = pool.resize_timeout
        body.target_dedicated_nodes = pool.target_dedicated_nodes
        body.target_low_priority_nodes = pool.target_low_priority_nodes
    else:
        body.enable_auto_scale = True
        body.auto_scale_formula = pool.auto_scale.formula
        body.auto_scale_evaluation_interval = pool.auto_scale.evaluation_interval
    return merged(body, pool.raw, what=f"the pool {pool.id}")


def _containers(wanted: PlannedContainers | None, access: Access) -> models.BatchContainerConfiguration | None:
    if wanted is None:
        return None
    return models.BatchContainerConfiguration(
        type="dockerCompatible",
        container_image_names=list(wanted.image_names) or None,
        container_registries=[container_registry(each, access) for each in wanted.registries] or None,
    )


def _start_task(start_task: PlannedStartTask, access: Access) -> models.BatchStartTask:
    body = models.BatchStartTask(
        command_line=access.text(start_task.command_line),
        resource_files=resource_files(start_task.resource_files, access),
        environment_settings=environment(start_task.environment_settings, access),
        user_identity=user_identity(start_task.user_identity),
        max_task_retry_count=start_task.max_task_retry_count,
        wait_for_success=start_task.wait_for_success,
    )
    return merged(body, start_task.raw, what="the start task")


def _image_reference(image: ImageReference) -> models.BatchVmImageReference:
    return models.BatchVmImageReference(
        publisher=image.publisher, offer=image.offer, sku=image.sku, version=image.version
    )
