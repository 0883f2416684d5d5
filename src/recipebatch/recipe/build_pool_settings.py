"""The parts of a pool beyond its image, size and start task → their specs, with what does not go together."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from recipebatch.recipe import kinds, pool_shapes
from recipebatch.recipe.blocks import block
from recipebatch.recipe.build_files import relative_path
from recipebatch.recipe.build_task_settings import flag, registry, word
from recipebatch.recipe.pool_model import (
    AutoPoolSpec,
    AutoScaleSpec,
    ContainerConfigurationSpec,
    ImageIdSpec,
    MountSpec,
    ProvisioningSpec,
)
from recipebatch.vocabulary import limits

if TYPE_CHECKING:
    from recipebatch.recipe.blocks import Tree
    from recipebatch.recipe.reader import Reader
    from recipebatch.recipe.yaml_file import Node

IMAGE_IDS = ("virtual_machine_image_id", "shared_gallery_image_id", "community_gallery_image_id")
_CONTAINER_TYPES = {"docker_compatible": "dockerCompatible", "cri_compatible": "criCompatible"}
_SCENARIOS_BY_TASKS = ("active_tasks", "pending_tasks")
_SCENARIOS_BY_CLOCK = ("workday", "weekend")
_ONLY_FOR_TASKS = ("sample_window",)
_ONLY_FOR_CLOCK = ("hours", "utc_offset")
_MIN_WINDOW = timedelta(minutes=1)
_DEFAULT_WINDOW = timedelta(minutes=10)
_WORK_HOURS = (8, 18)
_FORMULA_TARGETS = "$TargetDedicatedNodes or $TargetLowPriorityNodes"


def settings(node: Node, reader: Reader) -> dict[str, Tree]:
    """What reaches the request as it is written, of the pool itself."""
    return {
        shape.wire: block(found, shape, reader)
        for key, shape in pool_shapes.POOL.items()
        if (found := node.get(key)) is not None
    }


def machine(node: Node, reader: Reader) -> dict[str, Tree]:
    """The same of its `virtualMachineConfiguration`."""
    found: dict[str, Tree] = {}
    for key, shape in pool_shapes.MACHINE.items():
        below = node.get(key)
        if below is None:
            continue
        if isinstance(shape, pool_shapes.Shape):
            found[shape.wire] = block(below, shape, reader)
        else:
            found[shape.wire] = reader.value(key, below, shape.kind, None)
    return found


def image_id(image: Node | None, reader: Reader) -> ImageIdSpec | None:
    """The id of a custom or gallery image."""
    key = next((name for name in IMAGE_IDS if image is not None and image.get(name) is not None), None)
    if image is None or key is None:
        return None
    kind: kinds.Kind[str] = kinds.some_text if key == "community_gallery_image_id" else pool_shapes.resource_id
    return ImageIdSpec(at=image.at, key=key, value=reader.setting(image, key, kind, None))


def autoscale(node: Node, reader: Reader) -> AutoScaleSpec | None:
    """`autoscale:`, with what a scenario needs."""
    written = node.get("autoscale")
    if written is None:
        return None
    scenario = word(written, "scenario")
    _check_autoscale(node, written, scenario, reader)
    hours = written.get("hours")
    hour = kinds.integer(0, 24)
    return AutoScaleSpec(
        at=written.at,
        formula=reader.setting(written, "formula", _formula, None),
        evaluation_interval=reader.setting(
            written, "evaluation_interval", _interval, limits.DEFAULT_AUTO_SCALE_INTERVAL
        ),
        scenario=scenario,
        min_nodes=reader.setting(written, "min_nodes", kinds.integer(0), 0),
        max_nodes=reader.setting(written, "max_nodes", kinds.integer(0), None),
        spot=flag(written, "spot", default=False),
        hours=(
            reader.setting(hours, "start", hour, _WORK_HOURS[0]),
            reader.setting(hours, "end", hour, _WORK_HOURS[1]),
        ),
        utc_offset=reader.setting(written, "utc_offset", _offset, 0.0),
        sample_window=reader.setting(written, "sample_window", kinds.duration(_MIN_WINDOW), _DEFAULT_WINDOW),
        node_deallocation_option=(word(written, "node_deallocation_option") or "task_completion").replace("_", ""),
    )


def container_configuration(node: Node, reader: Reader) -> ContainerConfigurationSpec | None:
    """`container_configuration:`."""
    written = node.get("container_configuration")
    if written is None:
        return None
    registries = written.get("container_registries")
    kind = word(written, "type") or "docker_compatible"
    return ContainerConfigurationSpec(
        at=written.at,
        type=_CONTAINER_TYPES.get(kind, kind),
        container_image_names=reader.texts(written, "container_image_names"),
        container_registries=tuple(
            found
            for item in (registries.items() if registries is not None else ())
            if (found := registry(item, reader)) is not None
        ),
    )


def mounts(node: Node, reader: Reader, containers: frozenset[str]) -> tuple[MountSpec, ...]:
    """`mount_configuration:`."""
    written = node.get("mount_configuration")
    found = []
    for item in written.items() if written is not None else ():
        blob = item.get("azure_blob_file_system_configuration")
        other = {
            shape.wire: block(below, shape, reader)
            for key, shape in pool_shapes.MOUNTS.items()
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
                identity=reader.setting(blob, "identity", pool_shapes.resource_id, None),
                other=other,
            )
        )
    return tuple(found)


def provisioning(node: Node, reader: Reader) -> ProvisioningSpec | None:
    """`provisioning:`."""
    written = node.get("provisioning")
    if written is None:
        return None
    return ProvisioningSpec(
        at=written.at,
        min_ready=reader.setting(written, "min_ready", nodes_or_share, None),
        timeout=reader.setting(written, "timeout", kinds.duration(), None),
        reboot_unusable=flag(written, "reboot_unusable", default=False),
    )


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


def nodes_or_share(value: object) -> int | str:
    """A number of nodes, or a share of them: `98%`."""
    if isinstance(value, str) and value.endswith("%") and value[:-1].isdecimal() and 0 < int(value[:-1]) <= 100:  # noqa: PLR2004 - a percentage
        return value
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"must be a number of nodes or a share such as 98%, not {kinds.shown(value)}")
    return value


def _check_autoscale(pool: Node, written: Node, scenario: str | None, reader: Reader) -> None:
    for key in ("target_dedicated_nodes", "target_low_priority_nodes", "spot_nodes"):
        if key in pool.entries():
            hint = "remove one of them: the formula decides how many nodes there are"
            reader.problem(
                pool.entries()[key].key_at, f"{key} and autoscale exclude each other", "exclusive-keys", hint
            )
    entries = written.entries()
    if scenario is None:
        for key in entries.keys() - {"formula", "evaluation_interval"}:
            message = f"{key} belongs to a scenario, not to a formula"
            reader.problem(entries[key].key_at, message, "exclusive-keys", "say it in the formula")
        return
    if "max_nodes" not in entries:
        reader.problem(
            written.at, "a scenario needs max_nodes", "missing-key", "how many nodes at most: `max_nodes: 10`"
        )
    smallest, largest = written.get("min_nodes"), written.get("max_nodes")
    if smallest is not None and largest is not None and _above(smallest.value, largest.value):
        message = f"min_nodes is {smallest.value}, above max_nodes, {largest.value}"
        reader.problem(smallest.at, message, "invalid-recipe", "swap them")
    wrong = _ONLY_FOR_CLOCK if scenario in _SCENARIOS_BY_TASKS else _ONLY_FOR_TASKS
    if scenario == "weekend":
        wrong = (*wrong, "hours")
    for key in wrong:
        if key in entries:
            message = f"the scenario {scenario} knows no {key}"
            reader.problem(entries[key].key_at, message, "exclusive-keys", f"remove {key}")
    hours = written.get("hours")
    if hours is not None:
        start, end = hours.get("start"), hours.get("end")
        first = _WORK_HOURS[0] if start is None else start.value
        last = _WORK_HOURS[1] if end is None else end.value
        if first == last or _above(first, last):
            reader.problem(hours.at, f"the work day ends at {last}, not after {first}", "invalid-recipe")


def _above(first: Any, second: Any) -> bool:
    return isinstance(first, int) and isinstance(second, int) and first > second


def _formula(value: object) -> str:
    text = kinds.some_text(value)
    if "$TargetDedicated" not in text and "$TargetLowPriorityNodes" not in text:
        raise ValueError(f"must set {_FORMULA_TARGETS}")
    return text


def _interval(value: object) -> timedelta:
    found = kinds.duration(limits.MIN_AUTO_SCALE_INTERVAL)(value)
    if found > limits.MAX_AUTO_SCALE_INTERVAL:
        raise kinds.WrongValueError("must be at most 168 hours", code="invalid-duration")
    return found


def _offset(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -12 <= value <= 14:  # noqa: PLR2004 - time zones
        raise ValueError(f"must be hours from -12 to 14, not {kinds.shown(value)}")
    return float(value)


def _prefix(value: object) -> str:
    text = kinds.some_text(value)
    if len(text) > limits.MAX_AUTO_POOL_PREFIX_LENGTH:
        raise ValueError(f"must have at most {limits.MAX_AUTO_POOL_PREFIX_LENGTH} characters")
    return text
