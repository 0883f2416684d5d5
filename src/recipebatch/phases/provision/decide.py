"""What to do about a pool, from the plan and the existing pool. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from recipebatch.errors import PoolConflictError, ServiceError
from recipebatch.phases.provision.targets import is_released
from recipebatch.phases.table import PROVISION
from recipebatch.plan import DeferredText, commands_of, expiry_rule, scaling, with_expiry_rule
from recipebatch.runs import labels, run_option
from recipebatch.vocabulary.states import PoolState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from recipebatch.plan.model import ImageReference, PlannedAutoScale, PlannedPool
    from recipebatch.service import PoolSnapshot, SupportedImage

SLACK = timedelta(minutes=30)
"""A pool is given more time only when it would be short of more than this; a run's limit has an hour to spare."""


@dataclass(frozen=True, slots=True)
class CreatePool:
    """The pool does not exist yet."""

    pool: PlannedPool


@dataclass(frozen=True, slots=True)
class ResizePool:
    """The pool is the one the recipe asks for, but for its number of nodes; nothing scales it."""

    pool: PlannedPool


@dataclass(frozen=True, slots=True)
class ScalePool:
    """The pool is the one the recipe asks for, but for the formula that decides on its nodes, or for how long it does.

    Attributes:
        again: the service could not give the nodes when it was asked: ask once more.
    """

    pool: PlannedPool
    rule: PlannedAutoScale
    again: bool = False


@dataclass(frozen=True, slots=True)
class KeepPool:
    """The pool is as the recipe asks for."""

    pool: PlannedPool


Step = CreatePool | ResizePool | ScalePool | KeepPool


def decide(wanted: PlannedPool, seen: PoolSnapshot | None, until: datetime, account: str | None = None) -> Step:
    """Decide what to do about one pool. Pure: the answer depends on the arguments alone.

    Args:
        wanted: what the recipe asks for.
        seen: the existing pool.
        until: when the run expires, and a pool that it made is scaled to zero.
        account: what a hint must name.

    Raises:
        PoolConflictError: a pool with that id differs in what cannot be changed.
        ServiceError: the pool should exist and does not, is being deleted, or was scaled to 0 nodes by its own run.
    """
    if seen is None:
        if wanted.existing:
            raise ServiceError(f"pool {wanted.id} does not exist", hint="the recipe says `existing`; check its id")
        return CreatePool(wanted)
    if seen.state == PoolState.DELETING:
        raise ServiceError(f"pool {wanted.id} is being deleted", hint="try again when it is deleted (some minutes)")
    if wanted.existing:
        if (run := seen.metadata.get(labels.RUN)) is not None and is_released(seen):
            raise ServiceError(
                f"pool {wanted.id} was scaled to 0 nodes when run {run} had ended: no task can run on it",
                hint=f"give it its nodes again: recipebatch {PROVISION} {run_option(run, account)}",
            )
        return KeepPool(wanted)
    for name, ours, theirs in differing(wanted, seen)[:1]:
        raise PoolConflictError(
            f"pool {wanted.id} has {name} {theirs}; the recipe asks for {ours}",
            hint="purge that pool, or use another id for this recipe's pool",
        )
    goal = (wanted.target_dedicated_nodes, wanted.target_low_priority_nodes)
    # An allocation that failed leaves its target and its errors; only another one tries again.
    gave_up = bool(seen.resize_errors) and (seen.current_dedicated_nodes, seen.current_low_priority_nodes) != goal
    rule = scaling(wanted, until) if labels.RUN in seen.metadata else None
    if rule is not None:
        return _scaled(wanted, seen, rule, until, again=gave_up and wanted.auto_scale is None)
    if seen.auto_scale_formula is not None:
        return KeepPool(wanted)
    asked = (seen.target_dedicated_nodes, seen.target_low_priority_nodes)
    return ResizePool(wanted) if asked != goal or gave_up else KeepPool(wanted)


def _scaled(
    wanted: PlannedPool, seen: PoolSnapshot, rule: PlannedAutoScale, until: datetime, *, again: bool
) -> ScalePool | KeepPool:
    """What to do about a pool that was made by a run, and that a formula is to decide on."""
    if seen.auto_scale_formula is None:
        return ScalePool(wanted, rule)
    there = expiry_rule(seen.auto_scale_formula)
    if there.until is None and wanted.auto_scale is None:
        # A user turned autoscale on later: only they turn it off.
        return KeepPool(wanted)
    if there.until is not None and there.until > until:
        # Another run uses the pool for longer.
        rule = scaling(wanted, there.until) or rule
    asked = expiry_rule(rule.formula)
    same = there.formula.split() == asked.formula.split()
    lasts = asked.until is None or (there.until is not None and there.until > asked.until - SLACK)
    if same and lasts and not again:
        return KeepPool(wanted)
    return ScalePool(wanted, rule, again=again)


def node_agent_sku(pool: PlannedPool, supported: Sequence[SupportedImage]) -> str:
    """The node agent that fits a pool's image: as the recipe says, or from the service's own list, verified first.

    Raises:
        ServiceError: the service supports no such image; the hint names its nearest relatives.
    """
    image = pool.image
    if pool.node_agent_sku_id is not None:
        return pool.node_agent_sku_id
    if image is None:
        raise ServiceError(f"pool {pool.id} has no image", hint="the recipe says `existing`; check its id")
    same_sku = [
        item
        for item in supported
        if image_key(item.image) == image_key(image) and item.image.version in {"latest", image.version}
    ]
    if same_sku:
        return max(same_sku, key=lambda item: item.verified).node_agent_sku_id
    relatives = [str(item.image) for item in supported if item.image.publisher.lower() == image.publisher.lower()] or [
        str(item.image) for item in supported
    ]
    raise ServiceError(
        f"the Batch service does not support the image {image}", hint="it supports " + ", ".join(relatives[:5])
    )


def next_size(pool: PlannedPool, size: str) -> str | None:
    """The VM size to try after one, or None. Pure."""
    following = dict(zip([size.lower() for size in pool.vm_sizes], pool.vm_sizes[1:], strict=False))
    return following.get(size.lower())


@dataclass(frozen=True, slots=True)
class BringBackPool:
    """The pool of the run was scaled to 0 nodes because no job used it; `rule` gives them back, or a resize."""

    pool: PlannedPool
    rule: PlannedAutoScale | None


@dataclass(frozen=True, slots=True)
class ExtendPool:
    """The pool of the run keeps its nodes for longer, by this formula; its size stays."""

    pool: PlannedPool
    rule: PlannedAutoScale


def decide_extension(
    wanted: PlannedPool, seen: PoolSnapshot | None, until: datetime
) -> BringBackPool | ExtendPool | None:
    """What to do about a pool before more jobs are submitted to it; None is nothing. Pure; arguments as of `decide`."""
    if seen is None:
        return None
    rule = scaling(wanted, until)
    has_nodes = wanted.auto_scale is not None or wanted.target_dedicated_nodes + wanted.target_low_priority_nodes > 0
    if is_released(seen) and labels.RUN in seen.metadata and has_nodes:
        return BringBackPool(wanted, rule)
    if rule is None or seen.auto_scale_formula is None:
        return None
    there = expiry_rule(seen.auto_scale_formula)
    if there.until is None or there.until >= until - SLACK:
        return None
    # Its size stays: another command may have changed it.
    return ExtendPool(wanted, replace(rule, formula=with_expiry_rule(there.formula, until)))


def differing(wanted: PlannedPool, seen: PoolSnapshot) -> list[tuple[str, str, str]]:
    """What cannot be changed of a pool and differs: name, what the recipe asks for, what the pool has. Pure."""
    return [row for row in _fixed_properties(wanted, seen) if row[1] != row[2]]


def _fixed_properties(wanted: PlannedPool, seen: PoolSnapshot) -> list[tuple[str, str, str]]:
    rows = [
        ("VM size", _one_of_the_sizes(wanted, seen), seen.vm_size.lower()),
        ("task slots per node", str(wanted.task_slots_per_node), str(seen.task_slots_per_node)),
    ]
    if wanted.image is not None and seen.image is not None:
        rows.append(("image", str(wanted.image).lower(), str(seen.image).lower()))
    if wanted.auto_scale is not None and labels.RUN not in seen.metadata:
        rows.append(("automatic scaling", "on", "off" if seen.auto_scale_formula is None else "on"))
    start = wanted.start_task.command_line if wanted.start_task is not None else "none"
    rows.append(("start command", start, _same_commands(start, seen.start_command_line or "none")))
    rows.append(("mounts", _paths(mount.relative_mount_path for mount in wanted.mounts), _mounted(seen.body)))
    rows += _differences("", wanted.properties, seen.body)
    return rows


def _same_commands(wanted: str, seen: str) -> str:
    """What a pool has as start command: the wanted one, where an earlier version wrote the same commands otherwise.

    It ran them in sh, or in the same shell with other lines between them.
    """
    shell = seen.partition(" -c ")[0]
    could_be = shell in {"/bin/sh", wanted.partition(" -c ")[0]} and commands_of(seen) != seen
    return wanted if could_be and commands_of(wanted) == commands_of(seen) else seen


def _mounted(body: Mapping[str, Any]) -> str:
    mounts = (settings for each in body.get("mountConfiguration") or () for settings in each.values())
    return _paths(str(settings.get("relativeMountPath")) for settings in mounts)


def _paths(paths: Iterable[str]) -> str:
    return ", ".join(sorted(paths)) or "none"


def _differences(name: str, ours: Any, theirs: Any) -> Iterator[tuple[str, str, str]]:
    """The properties that differ; passwords, which no response contains, are not compared."""
    if isinstance(ours, dict):
        for key, value in ours.items():
            inner = f"{name}.{key}" if name else key
            there = theirs.get(key) if isinstance(theirs, dict) else None
            if there is not None:
                yield from _differences(inner, value, there)
            elif not name and value:
                yield inner, "set", "none"
    elif isinstance(ours, list):
        if not isinstance(theirs, list) or len(ours) != len(theirs):
            yield name, f"{len(ours)} entries", f"{len(theirs) if isinstance(theirs, list) else 'no'} entries"
            return
        for number, (our, their) in enumerate(zip(ours, theirs, strict=True), start=1):
            yield from _differences(f"{name}[{number}]", our, their)
    elif not isinstance(ours, DeferredText) and str(ours).lower() != str(theirs).lower():
        yield name, str(ours), str(theirs)


def _one_of_the_sizes(wanted: PlannedPool, seen: PoolSnapshot) -> str:
    """The size that the pool has, if it is one of those to try; else the first of them."""
    sizes = [size.lower() for size in wanted.vm_sizes]
    return seen.vm_size.lower() if seen.vm_size.lower() in sizes else wanted.vm_size.lower()


def image_key(image: ImageReference) -> tuple[str, str, str]:
    """The key of an image, without its version."""
    return (image.publisher.lower(), image.offer.lower(), image.sku.lower())
