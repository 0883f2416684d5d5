"""The `pool:` section → PoolSpec."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from recipebatch.errors import Problem
from recipebatch.properties import value_types
from recipebatch.properties.pool import POOL
from recipebatch.recipe.expressions import has_expression
from recipebatch.recipe.model import ImageIdSpec, PoolSpec
from recipebatch.recipe.parser.pool.autoscale import auto_scale
from recipebatch.recipe.parser.sections import read_section
from recipebatch.text.nearest import did_you_mean
from recipebatch.vocabulary import ids
from recipebatch.vocabulary.machines.images import ALIASES, Image, os_of
from recipebatch.vocabulary.machines.successors import ended_alias
from recipebatch.vocabulary.machines.vm_sizes import known_cores

if TYPE_CHECKING:
    from recipebatch.errors import SourcePosition
    from recipebatch.recipe.nodes import Node
    from recipebatch.recipe.parser.raw_properties import Modelled
    from recipebatch.recipe.parser.section_reader import Reader

_FOR_EXISTING = frozenset(("existing", "os"))
_WITH_STORAGE = ("start_task", "container_configuration", "properties", "mounts")
"""The fields in which containers of the run and secrets are known."""

_NOT_IN_RAW: Modelled = {
    "id": "id",
    "vmSize": "vm_size",
    "enableAutoScale": "auto_scale",
    "autoScaleFormula": "auto_scale.formula",
    "autoScaleEvaluationInterval": "auto_scale.evaluation_interval",
    "virtualMachineConfiguration": {"imageReference": "image", "nodeAgentSKUId": "image"},
}
IMAGE_IDS = ("virtual_machine_image_id", "shared_gallery_image_id", "community_gallery_image_id")
_MARKETPLACE = {"offer": "The offer", "sku": "The SKU"}


def _os_of_alias(alias: str) -> str:
    """The operating system of an alias; of an unknown one what its name says."""
    if alias in ALIASES:
        return ALIASES[alias].os
    name = alias.lower()
    return "windows" if name.startswith("win") or "windows" in name else "linux"


def unknown_image(node: Node | None) -> Problem | None:
    """What is wrong with the image of a pool that is no alias, no expression and no reference; None if nothing is.

    The rest of the recipe does not depend on it, and is checked and expanded all the same.
    """
    image = node.get("image") if node is not None and node.get("existing") is None else None
    if image is None or not isinstance(image.value, str) or image.value in ALIASES or has_expression(image.value):
        return None
    return image_problem(image.value, image.at)


def image_problem(alias: str, at: SourcePosition) -> Problem:
    """What is wrong with a name that is no alias: its release has ended, or nothing is known of it."""
    ended = ended_alias(alias)
    if ended is not None:
        return Problem(at, ended[0], "image-retired", ended[1])
    hint = _as_reference(alias) or did_you_mean(alias, ALIASES) or f"known: {', '.join(ALIASES)}"
    return Problem(at, f"unknown image {alias}", "unknown-image", hint)


_URN = re.compile(":".join([r"([\w.-]+)"] * 4))


def _as_reference(urn: str) -> str | None:
    """The mapping to write in the place of `publisher:offer:sku:version`; None for another text."""
    parts = _URN.fullmatch(urn)
    if parts is None:
        return None
    publisher, offer, sku, version = parts.groups()
    return f"write it as a mapping: {{publisher: {publisher}, offer: {offer}, sku: {sku}, version: {version}}}"


def _key_at(node: Node, key: str) -> SourcePosition:
    return node.entries()[key].key_at


def pool_os(node: Node | None) -> str | None:
    """The pool's operating system as far as it is known without a run; None while an expression decides."""
    if node is None:
        return None
    written, image = node.get("os"), node.get("image")
    if written is not None and isinstance(written.value, str):
        return written.value
    if image is None:
        return "linux" if node.get("existing") is not None else None
    if isinstance(image.value, str):
        return None if has_expression(image.value) else _os_of_alias(image.value)
    if any(image.get(key) is not None for key in IMAGE_IDS):
        agent = image.get("node_agent_sku_id")
        return "windows" if agent is not None and str(agent.value).lower().startswith("batch.node.windows") else "linux"
    found = _image(image)
    return found.os if found is not None else None


def pool(name: str, node: Node, written: Node | None, reader: Reader, in_run: Reader, os: str | None) -> PoolSpec:
    """One pool; `in_run` reads its id and what else is known before it.

    `written` is the section with what the schema refused, so that a wrong key is not missed as well.
    """
    _check_existing(node, reader)
    if written is not None and written.entries() and written.get("existing") is None:
        _check_own(node, written, reader)
    _check_slots(node, reader)
    image = node.get("image")
    alias = image if image is not None and isinstance(image.value, str) else None
    pool_id = value_types.batch_id(ids.pool_id)
    readers = dict.fromkeys(_WITH_STORAGE, reader)
    return PoolSpec(
        logical=name,
        at=node.at,
        existing=in_run.setting(node, "existing", pool_id, None),
        id=in_run.setting(node, "id", pool_id, None),
        image=_image(image) if image is not None else None,
        image_alias=in_run.value("image", alias, value_types.text, None),
        image_at=image.at if image is not None else node.at,
        os=os,
        vm_size=in_run.texts(node, "vm_size"),
        image_id=_image_id(image, in_run),
        auto_scale=auto_scale(node, in_run),
        settings=read_section(node, POOL, in_run, readers=readers, raw_names=_NOT_IN_RAW),
    )


def _image_id(image: Node | None, reader: Reader) -> ImageIdSpec | None:
    """The id of a custom or gallery image."""
    key = next((name for name in IMAGE_IDS if image is not None and image.get(name) is not None), None)
    if image is None or key is None:
        return None
    if image.get("node_agent_sku_id") is None:
        hint = (
            "such as `node_agent_sku_id: batch.node.ubuntu 24.04`: the service provides it for marketplace images only"
        )
        reader.problem(image.at, "an image given by id needs node_agent_sku_id", "missing-key", hint)
    convert = value_types.some_text if key == "community_gallery_image_id" else value_types.resource_id
    return ImageIdSpec(
        key=key,
        value=reader.setting(image, key, convert, None),
        node_agent_sku_id=reader.text(image, "node_agent_sku_id"),
    )


def _check_slots(node: Node, reader: Reader) -> None:
    """Refuse more task slots than the service allows for a VM size whose cores are known."""
    slots, sizes = node.get("task_slots_per_node"), node.get("vm_size")
    if slots is None or sizes is None or not isinstance(slots.value, int):
        return
    for size in sizes.items() or (sizes,):
        cores = known_cores(size.value) if isinstance(size.value, str) else None
        if cores is not None and slots.value > 4 * cores:
            message = f"{slots.value} task slots are too many for {size.value}: it has {cores} cores of 4 slots each"
            reader.problem(slots.at, message, "too-many-slots", f"at most {4 * cores}, or a larger vm_size")


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
        if key not in _FOR_EXISTING:
            message = f"{key} cannot be used with existing: recipebatch does not change a pool it did not create"
            reader.problem(entry.key_at, message, "exclusive-keys", "remove one of them")


def _check_own(node: Node, written: Node, reader: Reader) -> None:
    for key in ("image", "vm_size"):
        if written.get(key) is None:
            hint = "or use an existing pool: `existing: POOL_ID`"
            reader.problem(node.at, f"the pool needs {key}", "missing-key", hint)
    both = [node.value[key] for key in ("target_low_priority_nodes", "spot_nodes")
            if isinstance(node.value, dict) and key in node.value]  # fmt: skip
    if len(both) > 1:
        message = "spot_nodes and target_low_priority_nodes are two names for the same setting"
        reader.problem(both[1].key_at, message, "exclusive-keys", "keep one of them")
    image, os = node.get("image"), node.get("os")
    if image is None:
        return
    for key in ("offer", "sku") if image.get("publisher") is not None else ():
        if image.get(key) is None:
            reader.problem(_key_at(node, "image"), f"image needs {key}", "missing-key", _MARKETPLACE[key])
    found = _image(image)
    if found is not None and os is not None and isinstance(image.value, str) and os.value != found.os:
        message = f"{image.value} is {found.os}, not {os.value}"
        reader.problem(os.at, message, "exclusive-keys", "remove `os`: the image determines it")
    if isinstance(image.value, str) and has_expression(image.value) and os is None:
        hint = "add `os: linux` or `os: windows`: it decides how commands are quoted"
        reader.problem(image.at, "an image given by an expression needs os", "missing-key", hint)
