"""The `pool:` and `job:` sections → PoolSpec, JobSpec."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recipebatch.recipe.expressions import has_expression
from recipebatch.recipe.model import (
    ContainerConfigurationSpec,
    JobSpec,
    PoolSpec,
    StartTaskSpec,
    value_types,
)
from recipebatch.recipe.parser import pool_property_tables
from recipebatch.recipe.parser.pool.autoscale import auto_scale
from recipebatch.recipe.parser.pool.pool_settings import (
    IMAGE_IDS,
    auto_pool,
    check_slots,
    image_id,
    machine,
    mounts,
    settings,
    vm_sizes,
)
from recipebatch.recipe.parser.raw_properties import POOL, START_TASK, raw_block
from recipebatch.recipe.parser.task_files import resource_files
from recipebatch.recipe.parser.task_settings import container_settings, packages, registry, word
from recipebatch.text.nearest import did_you_mean
from recipebatch.vocabulary import ids, limits
from recipebatch.vocabulary.images import ALIASES, Image, os_of

if TYPE_CHECKING:
    from recipebatch.errors import SourcePosition
    from recipebatch.recipe.nodes import Node
    from recipebatch.recipe.parser.section_reader import Reader
from recipebatch.recipe.parser.common_properties import batch_id, display_name, user_identity

_ONLY_FOR_OWN_POOL = (
    "id",
    "display_name",
    "image",
    "vm_size",
    "target_dedicated_nodes",
    "target_low_priority_nodes",
    "spot_nodes",
    "task_slots_per_node",
    "resize_timeout",
    "start_task",
    "metadata",
    "task_scheduling_policy",
    "enable_inter_node_communication",
    "container_configuration",
    "auto_scale",
    "provisioning",
    "application_package_references",
    "mount_configuration",
    *pool_property_tables.POOL,
    *pool_property_tables.MACHINE,
    "raw",
)


_MARKETPLACE = {"offer": "The offer", "sku": "The SKU"}


def _key_at(node: Node, key: str) -> SourcePosition:
    return node.entries()[key].key_at


def _more(node: Node, reader: Reader, in_run: Reader, containers: frozenset[str]) -> dict[str, Any]:
    """What few pools say."""
    policy, communication = node.get("task_scheduling_policy"), node.get("enable_inter_node_communication")
    provisioning = node.get("provisioning")
    fill = policy.get("node_fill_type") if policy is not None else None
    return {
        "node_fill_type": None if fill is None else str(fill.value),
        "job_default_order": (word(policy, "job_default_order") or "").replace("_", "") or None,
        "enable_inter_node_communication": communication is not None and communication.value is True,
        "container_configuration": _containers(node.get("container_configuration"), reader),
        "auto_scale": auto_scale(node, in_run),
        "min_ready_nodes": in_run.setting(provisioning, "min_ready_nodes", value_types.integer(0), None),
        "provisioning_timeout": in_run.setting(provisioning, "timeout", value_types.duration(), None),
        "image_id": image_id(node.get("image"), in_run),
        "settings": settings(node, reader),
        "machine": machine(node, reader),
        "mounts": mounts(node, reader, containers),
        "application_package_references": packages(node, in_run),
    }


def _containers(node: Node | None, reader: Reader) -> ContainerConfigurationSpec | None:
    if node is None:
        return None
    registries = node.get("container_registries")
    return ContainerConfigurationSpec(
        image_names=reader.texts(node, "container_image_names"),
        registries=tuple(registry(item, reader) for item in (registries.items() if registries is not None else ())),
    )


def pool_os(node: Node | None) -> str | None:
    """The pool's operating system as far as the recipe tells without a run; None while an expression decides."""
    if node is None:
        return None
    written, image = node.get("os"), node.get("image")
    if written is not None and isinstance(written.value, str):
        return written.value
    if image is None:
        return "linux" if node.get("existing") is not None else None
    if isinstance(image.value, str):
        return ALIASES[image.value].os if image.value in ALIASES else None
    if any(image.get(key) is not None for key in IMAGE_IDS):
        agent = image.get("node_agent_sku_id")
        return "windows" if agent is not None and str(agent.value).lower().startswith("batch.node.windows") else "linux"
    found = _image(image)
    return found.os if found is not None else None


def pool(
    node: Node, written: Node | None, reader: Reader, in_run: Reader, os: str | None, containers: frozenset[str]
) -> PoolSpec:
    """The one pool; `in_run` reads its id and what else is known before it.

    `written` is the section with what the schema refused, so that a wrong key is not missed as well.
    """
    _check_existing(node, reader)
    if written is not None and written.entries() and written.get("existing") is None:
        _check_own(node, written, reader)
    check_slots(node, reader)
    image = node.get("image")
    alias = image if image is not None and isinstance(image.value, str) else None
    spot = "target_low_priority_nodes" if node.get("target_low_priority_nodes") is not None else "spot_nodes"
    resize = value_types.duration(limits.MIN_RESIZE_TIMEOUT)
    start_task = node.get("start_task")
    return PoolSpec(
        logical="pool",
        at=node.at,
        existing=in_run.setting(node, "existing", batch_id(ids.pool_id), None),
        id=in_run.setting(node, "id", batch_id(ids.pool_id), None),
        display_name=in_run.setting(node, "display_name", display_name, None),
        image=_image(image) if image is not None else None,
        image_alias=in_run.value("image", alias, value_types.text, None),
        os=os,
        vm_size=vm_sizes(node, in_run),
        target_dedicated_nodes=in_run.setting(node, "target_dedicated_nodes", value_types.integer(0), 0),
        target_low_priority_nodes=in_run.setting(node, spot, value_types.integer(0), 0),
        task_slots_per_node=in_run.setting(
            node, "task_slots_per_node", value_types.integer(1, limits.MAX_TASK_SLOTS_PER_NODE), 1
        ),
        resize_timeout=in_run.setting(node, "resize_timeout", resize, limits.DEFAULT_RESIZE_TIMEOUT),
        start_task=_start_task(start_task, reader, containers) if start_task is not None else None,
        metadata=in_run.environment(node, "metadata", deferred=False),
        **_more(node, reader, in_run, containers),
        raw=raw_block(node, in_run, POOL),
    )


def job(node: Node | None, top: SourcePosition, reader: Reader, in_run: Reader) -> JobSpec:
    """The one job."""
    constraints = node.get("constraints") if node is not None else None
    priority = value_types.integer(limits.MIN_JOB_PRIORITY, limits.MAX_JOB_PRIORITY)
    return JobSpec(
        logical="job",
        at=node.at if node is not None else top,
        id=in_run.setting(node, "id", batch_id(ids.job_id), None),
        display_name=reader.setting(node, "display_name", display_name, None),
        priority=reader.setting(node, "priority", priority, 0),
        max_wall_clock_time=reader.setting(constraints, "max_wall_clock_time", value_types.duration(), None),
        max_task_retry_count=reader.setting(constraints, "max_task_retry_count", value_types.integer(-1), 0),
        max_parallel_tasks=reader.setting(node, "max_parallel_tasks", _parallel, -1),
        common_environment_settings=reader.environment(node, "common_environment_settings"),
        metadata=reader.environment(node, "metadata", deferred=False),
        auto_pool=auto_pool(node, in_run),
    )


def _parallel(value: object) -> int:
    number = value_types.integer(-1)(value)
    if number == 0:
        raise ValueError("must be -1 (no limit) or at least 1, not 0")
    return number


def _image(node: Node) -> Image | None:
    if isinstance(node.value, str):
        return ALIASES.get(node.value)
    publisher, offer, sku = (node.get(key) for key in ("publisher", "offer", "sku"))
    if publisher is None or offer is None or sku is None:
        return None
    version = node.get("version")
    name = str(publisher.value)
    latest = "latest" if version is None else str(version.value)
    return Image(name, str(offer.value), str(sku.value), latest, os_of(name))


def _check_existing(node: Node, reader: Reader) -> None:
    if node.get("existing") is None:
        return
    for key, entry in node.entries().items():
        if key in _ONLY_FOR_OWN_POOL:
            message = f"{key} has no place beside existing: recipebatch does not change a pool that it did not make"
            reader.problem(entry.key_at, message, "exclusive-keys", "remove one of them")


def _check_own(node: Node, written: Node, reader: Reader) -> None:
    for key in ("image", "vm_size"):
        if written.get(key) is None:
            hint = "or name a pool that is there already: `existing: POOL_ID`"
            reader.problem(node.at, f"the pool needs {key}", "missing-key", hint)
    both = [node.value[key] for key in ("target_low_priority_nodes", "spot_nodes")
            if isinstance(node.value, dict) and key in node.value]  # fmt: skip
    if len(both) > 1:
        message = "spot_nodes and target_low_priority_nodes are two words for one thing"
        reader.problem(both[1].key_at, message, "exclusive-keys", "keep one of them")
    image, os = node.get("image"), node.get("os")
    if image is None:
        return
    for key in ("offer", "sku") if image.get("publisher") is not None else ():
        if image.get(key) is None:
            reader.problem(_key_at(node, "image"), f"image needs {key}", "missing-key", _MARKETPLACE[key])
    found = _image(image)
    if isinstance(image.value, str) and found is None and not has_expression(image.value):
        hint = did_you_mean(image.value, ALIASES) or f"known: {', '.join(ALIASES)}"
        reader.problem(image.at, f"unknown image {image.value}", "unknown-image", hint)
    if found is not None and os is not None and isinstance(image.value, str) and os.value != found.os:
        message = f"{image.value} is {found.os}, not {os.value}"
        reader.problem(os.at, message, "exclusive-keys", "remove `os`: the image tells it")
    if isinstance(image.value, str) and has_expression(image.value) and os is None:
        hint = "add `os: linux` or `os: windows`: it decides how commands are quoted"
        reader.problem(image.at, "an image by expression needs os", "missing-key", hint)


def _start_task(node: Node, reader: Reader, containers: frozenset[str]) -> StartTaskSpec:
    wait = node.get("wait_for_success")
    return StartTaskSpec(
        at=node.at,
        command=reader.command(node),
        resource_files=resource_files(node, reader, containers),
        environment_settings=reader.environment(node, "environment_settings"),
        user_identity=user_identity(node.get("user_identity"), reader),
        max_task_retry_count=reader.setting(node, "max_task_retry_count", value_types.integer(-1), 0),
        wait_for_success=wait is None or wait.value is True,
        container_settings=container_settings(node, reader),
        raw=raw_block(node, reader, START_TASK),
    )
