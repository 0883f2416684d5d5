"""The most nodes that a pool ever has, and the pools and jobs that can never run for want of them. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from recipebatch.errors import fail_at
from recipebatch.plan.expressions import UNKNOWN, if_known, known
from recipebatch.plan.resolver.pool_expiry import expiry_rule

if TYPE_CHECKING:
    from recipebatch.plan.model import PlannedPool
    from recipebatch.properties.pool import AutoScale
    from recipebatch.recipe.model import JobSpec, PoolSpec

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|//[^\n]*", re.DOTALL)
_TARGET = re.compile(r"\$Target(Dedicated|LowPriority)(?:Nodes)?\s*=(?!=)\s*([^;]*)")
_NO_NODES = "add `target_dedicated_nodes: 1`, `spot_nodes: 1`, or `auto_scale`"


class NodeLimits(NamedTuple):
    """The most nodes of each kind that a pool ever has; None is not known."""

    dedicated: int | None
    spot: int | None

    @property
    def together(self) -> int | None:
        """Of both kinds."""
        return None if self.dedicated is None or self.spot is None else self.dedicated + self.spot


ANY_NUMBER = NodeLimits(None, None)


def node_limits(pool: PlannedPool, scale: AutoScale | None) -> NodeLimits:
    """The most nodes that a pool ever has.

    Args:
        pool: a pool of the recipe; of an existing one nothing is known.
        scale: its `auto_scale`.
    """
    if pool.existing:
        return ANY_NUMBER
    if scale is None:
        numbers = (pool.target_dedicated_nodes, pool.target_low_priority_nodes)
        return NodeLimits(*(None if number is UNKNOWN else number for number in numbers))
    found = if_known(lambda: _of_scale(scale))
    return ANY_NUMBER if found is UNKNOWN else found


def _of_scale(scale: AutoScale) -> NodeLimits:
    if scale.scenario is not None:
        most = scale.max_nodes or 0
        return NodeLimits(0, most) if scale.spot else NodeLimits(most, 0)
    values: dict[str, list[str]] = {"Dedicated": ["0"], "LowPriority": ["0"]}
    for kind, value in _TARGET.findall(_COMMENT.sub("", known(scale.formula) or "")):
        values[kind].append(value.strip())
    # What a formula computes is known to the service only.
    dedicated, spot = (
        max(map(int, found)) if all(text.isdecimal() for text in found) else None for found in values.values()
    )
    return NodeLimits(dedicated, spot)


def most_nodes(pool: PlannedPool) -> NodeLimits:
    """The most nodes that a planned pool ever has, as far as its formula says so."""
    if pool.existing:
        return ANY_NUMBER
    if pool.auto_scale is None:
        return NodeLimits(pool.target_dedicated_nodes, pool.target_low_priority_nodes)
    values: dict[str, list[int | None]] = {"Dedicated": [0], "LowPriority": [0]}
    for kind, value in _TARGET.findall(_COMMENT.sub("", expiry_rule(pool.auto_scale.formula).formula)):
        values[kind].append(_bound(value))
    dedicated, spot = (
        None if None in found else max(number for number in found if number is not None) for found in values.values()
    )
    return NodeLimits(dedicated, spot)


def _bound(text: str) -> int | None:
    """The most that a number, `min(…)` or `max(…)` of a formula can be; None is not known."""
    text = text.strip()
    if text.isdecimal():
        return int(text)
    name, parenthesis, rest = text.partition("(")
    if not parenthesis or not rest.endswith(")") or name.strip() not in {"min", "max"}:
        return None
    parts, depth = [""], 0
    for character in rest[:-1]:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 0:
            return None
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    bounds = [_bound(part) for part in parts]
    known_ones = [bound for bound in bounds if bound is not None]
    if name.strip() == "min":
        return min(known_ones, default=None)
    return max(known_ones) if len(known_ones) == len(bounds) else None


def check_has_nodes(spec: PoolSpec, limits: NodeLimits) -> None:
    """Refuse a pool that never has a node.

    Raises:
        InvalidRecipeError: at the number that is zero, or at the pool where none is written.
    """
    if limits.together != 0:
        return
    if spec.auto_scale is not None:
        most = spec.auto_scale["max_nodes"].node
        at = most.at if most is not None else spec.auto_scale.at
        hint = "write `max_nodes: 1`" if most is not None else "let the formula set a target above 0"
        fail_at(at, f"auto_scale never gives pool {spec.logical} a node", "pool-without-nodes", hint)
    nodes = (spec.settings[name].node for name in ("target_dedicated_nodes", "target_low_priority_nodes"))
    written = next((node for node in nodes if node is not None), None)
    message = f"pool {spec.logical} has no nodes: target_dedicated_nodes and spot_nodes are 0, and it has no auto_scale"
    fail_at(written.at if written is not None else spec.at, message, "pool-without-nodes", _NO_NODES)


def check_min_ready(spec: PoolSpec, pool: PlannedPool, limits: NodeLimits, scale: AutoScale | None) -> None:
    """Refuse to wait for more nodes than there will be.

    Raises:
        InvalidRecipeError: positioned at `min_ready_nodes`.
    """
    enough, node = pool.min_ready_nodes, spec.settings["min_ready_nodes"].node
    if enough is None or node is None:
        return
    if scale is None:
        targets = pool.target_dedicated_nodes + pool.target_low_priority_nodes
        if enough > targets:
            message = f"min_ready_nodes is {enough}, but the pool has {targets} target nodes"
            fail_at(node.at, message, "too-few-nodes", "lower it, or increase the target nodes")
    elif scale.scenario in {"active_tasks", "pending_tasks"} and enough > scale.min_nodes:
        # Tasks are submitted when the nodes are ready, and the scenario adds nodes when there are tasks.
        message = f"min_ready_nodes is {enough}, but the pool has {scale.min_nodes} nodes until tasks are submitted"
        fail_at(node.at, message, "too-few-nodes", f"write `min_nodes: {enough}`, or remove min_ready_nodes")
    elif limits.together is not None and enough > limits.together:
        message = f"min_ready_nodes is {enough}, but auto_scale gives the pool {limits.together} nodes at most"
        fail_at(node.at, message, "too-few-nodes", "lower it, or increase the nodes")


def check_manager(spec: JobSpec, limits: NodeLimits, *, allow_spot: bool) -> None:
    """Refuse a job manager task that may run on dedicated nodes only, on a pool that has none.

    Raises:
        InvalidRecipeError: positioned at the task.
    """
    if spec.job_manager_task is not None and not allow_spot and limits.dedicated == 0 and limits.spot != 0:
        message = f"the job manager task of {spec.logical} needs a dedicated node; pool {spec.pool} has spot nodes only"
        hint = "write `allow_low_priority_node: true` in job_manager_task, or add a dedicated node"
        fail_at(spec.job_manager_task.at, message, "too-few-nodes", hint)
