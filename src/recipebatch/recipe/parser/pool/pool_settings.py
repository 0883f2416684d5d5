"""The parts of a pool that few recipes have → their specs: images by id, mounts, blocks of the REST API, auto pools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.recipe.model import AutoPoolSpec, ImageIdSpec, MountSpec, value_types
from recipebatch.recipe.parser import pool_property_tables
from recipebatch.recipe.parser.property_tables import Shape, block
from recipebatch.recipe.parser.task_files import relative_path
from recipebatch.recipe.parser.task_settings import flag, word
from recipebatch.vocabulary import limits
from recipebatch.vocabulary.vm_sizes import known_cores

if TYPE_CHECKING:
    from recipebatch.recipe.model import Text, Tree
    from recipebatch.recipe.nodes import Node
    from recipebatch.recipe.parser.section_reader import Reader

IMAGE_IDS = ("virtual_machine_image_id", "shared_gallery_image_id", "community_gallery_image_id")
_BLOB_MOUNT = "azure_blob_file_system_configuration"
_MOUNT_KINDS = (_BLOB_MOUNT, *pool_property_tables.MOUNTS)


def settings(node: Node, reader: Reader) -> dict[str, Tree]:
    """What reaches the request as it is written, of the pool itself."""
    return {
        shape.wire: block(found, shape, reader)
        for key, shape in pool_property_tables.POOL.items()
        if (found := node.get(key)) is not None
    }


def machine(node: Node, reader: Reader) -> dict[str, Tree]:
    """The same of its `virtualMachineConfiguration`."""
    found: dict[str, Tree] = {}
    for key, shape in pool_property_tables.MACHINE.items():
        below = node.get(key)
        if below is None:
            continue
        if isinstance(shape, Shape):
            found[shape.wire] = block(below, shape, reader)
        else:
            found[shape.wire] = reader.value(key, below, shape.kind, None)
    return found


def image_id(image: Node | None, reader: Reader) -> ImageIdSpec | None:
    """The id of a custom or gallery image."""
    key = next((name for name in IMAGE_IDS if image is not None and image.get(name) is not None), None)
    if image is None or key is None:
        return None
    if image.get("node_agent_sku_id") is None:
        hint = "such as `node_agent_sku_id: batch.node.ubuntu 24.04`: the service tells it of marketplace images only"
        reader.problem(image.at, "an image by id needs node_agent_sku_id", "missing-key", hint)
    kind: value_types.Kind[str] = (
        value_types.some_text if key == "community_gallery_image_id" else pool_property_tables.resource_id
    )
    return ImageIdSpec(
        key=key,
        value=reader.setting(image, key, kind, None),
        node_agent_sku_id=reader.text(image, "node_agent_sku_id"),
    )


def vm_sizes(node: Node, reader: Reader) -> tuple[Text, ...]:
    """`vm_size:`, one or those to try in their order."""
    return reader.texts(node, "vm_size")


def check_slots(node: Node, reader: Reader) -> None:
    """Refuse more task slots than the service allows a VM size whose cores its name tells."""
    slots, sizes = node.get("task_slots_per_node"), node.get("vm_size")
    if slots is None or sizes is None or not isinstance(slots.value, int):
        return
    for size in sizes.items() or (sizes,):
        cores = known_cores(size.value) if isinstance(size.value, str) else None
        if cores is not None and slots.value > 4 * cores:
            message = f"{slots.value} task slots are too many for {size.value}: it has {cores} cores of 4 slots each"
            reader.problem(slots.at, message, "too-many-slots", f"at most {4 * cores}, or a larger vm_size")


def mounts(node: Node, reader: Reader, containers: frozenset[str]) -> tuple[MountSpec, ...]:
    """`mount_configuration:`."""
    written = node.get("mount_configuration")
    found = []
    for item in written.items() if written is not None else ():
        blob = item.get(_BLOB_MOUNT)
        other = {
            shape.wire: block(below, shape, reader)
            for key, shape in pool_property_tables.MOUNTS.items()
            if (below := item.get(key)) is not None
        }
        container = None if blob is None else reader.reference(blob.get("container"), containers, "container") or ""
        found.append(
            MountSpec(
                at=item.at,
                container=container,
                relative_mount_path=reader.setting(blob, "relative_mount_path", relative_path, None),
                blobfuse_options=reader.text(blob, "blobfuse_options"),
                read_only=flag(blob, "read_only", default=True),
                identity=reader.setting(blob, "identity", pool_property_tables.resource_id, None),
                other=other,
            )
        )
    return tuple(found)


def auto_pool(job: Node | None, reader: Reader) -> AutoPoolSpec | None:
    """`auto_pool:` of a job."""
    node = job.get("auto_pool") if job is not None else None
    if job is None or node is None:
        return None
    lifetime = word(node, "pool_lifetime_option") or "job"
    if lifetime == "job_schedule" and job.get("schedule") is None:
        message = "a pool can live as long as a schedule only in a job with schedule"
        reader.problem(node.at, message, "auto-pool", "write `pool_lifetime_option: job`")
    return AutoPoolSpec(
        at=node.at,
        auto_pool_id_prefix=reader.setting(node, "auto_pool_id_prefix", _prefix, None),
        pool_lifetime_option=lifetime.replace("_", ""),
        keep_alive=flag(node, "keep_alive", default=False),
    )


def _prefix(value: object) -> str:
    text = value_types.some_text(value)
    if len(text) > limits.MAX_AUTO_POOL_PREFIX_LENGTH:
        raise ValueError(f"must have at most {limits.MAX_AUTO_POOL_PREFIX_LENGTH} characters")
    return text
