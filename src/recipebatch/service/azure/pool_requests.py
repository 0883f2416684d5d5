"""PlannedPool → azure.batch models; pure but for the SAS that `NodeAccess` signs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from azure.batch import models

from recipebatch.plan import scaling
from recipebatch.properties.job import AutoPool
from recipebatch.properties.pool import POOL
from recipebatch.properties.table import shape_of
from recipebatch.service.azure.request_bodies import filled, merged, request_body

if TYPE_CHECKING:
    from recipebatch.plan.model import ImageReference, PlannedPool
    from recipebatch.properties.pool import Mount
    from recipebatch.service.protocols import NodeAccess

_AUTO_POOL = shape_of(AutoPool)


def pool_create_options(
    pool: PlannedPool, *, node_agent_sku_id: str, access: NodeAccess
) -> models.BatchPoolCreateOptions:
    """The body of "Pool - Add Pool".

    Raises:
        ValueError: the pool is an existing one, which has no image of its own.
    """
    if pool.image is None:
        raise ValueError(f"pool {pool.id} is an existing pool")
    settings = _settings(pool, access)
    machine = {"imageReference": _image_reference(pool.image), "nodeAgentSKUId": node_agent_sku_id}
    body = models.BatchPoolCreateOptions(id=pool.id, vm_size=pool.vm_size)
    body.update(settings)
    body["virtualMachineConfiguration"] = machine | settings.get("virtualMachineConfiguration", {})
    policy = settings.get("taskSchedulingPolicy")
    if policy is not None:
        policy.setdefault("nodeFillType", "spread")
    if pool.mounts:
        body["mountConfiguration"] = [_mount(mount, access) for mount in pool.mounts]
    rule = scaling(pool, access.expiry)
    if rule is None:
        body.resize_timeout = pool.resize_timeout
        body.target_dedicated_nodes = pool.target_dedicated_nodes
        body.target_low_priority_nodes = pool.target_low_priority_nodes
    else:
        body.enable_auto_scale = True
        body.auto_scale_formula = rule.formula
        body.auto_scale_evaluation_interval = rule.evaluation_interval
    return merged(body, pool.raw, what=f"the pool {pool.id}")


def pool_update_options(pool: PlannedPool, *, access: NodeAccess) -> models.BatchPoolUpdateOptions:
    """The body of "Pool - Patch Pool" for what a pool was given for a time."""
    settings = _settings(pool, access)
    return models.BatchPoolUpdateOptions(
        {name: settings[name] for name in ("startTask", "metadata") if name in settings}
    )


def auto_pool_specification(
    pool: PlannedPool, wanted: AutoPool, *, node_agent_sku_id: str, access: NodeAccess
) -> models.BatchPoolInfo:
    """The pool of a job that the service makes with it; the pool's own id is the service's to give."""
    body = pool_create_options(pool, node_agent_sku_id=node_agent_sku_id, access=access).as_dict()
    del body["id"]
    specification = {**request_body(wanted, _AUTO_POOL, access), "pool": body}
    return models.BatchPoolInfo({"autoPoolSpecification": specification})


def _settings(pool: PlannedPool, access: NodeAccess) -> dict[str, Any]:
    """What the table says of a pool, with the `raw:` of its start task."""
    settings = request_body(pool, POOL, access)
    if pool.start_task is not None:
        merged(settings["startTask"], pool.start_task.raw, what="the start task")
    return settings


def _mount(mount: Mount, access: NodeAccess) -> dict[str, Any]:
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


def _image_reference(image: ImageReference) -> dict[str, str]:
    if image.id_kind is not None:
        return {image.id_kind: image.id}
    return {"publisher": image.publisher, "offer": image.offer, "sku": image.sku, "version": image.version}
