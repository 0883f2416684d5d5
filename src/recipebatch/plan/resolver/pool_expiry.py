"""When the nodes of a pool go without any client: by the expiry rule in its formula, with its job, or never. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from recipebatch.plan.expressions import known
from recipebatch.plan.model import PlannedAutoScale
from recipebatch.vocabulary.limits import DEFAULT_RESIZE_TIMEOUT

if TYPE_CHECKING:
    from recipebatch.plan.model import PlannedPool

_TARGET = re.compile(r"(\$Target(?:Dedicated|LowPriority)(?:Nodes)?)\s*=(?!=)")
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|//[^\n]*", re.DOTALL)
_FIXED = re.compile(
    r"\$TargetDedicatedNodes = (\d+);\s+\$TargetLowPriorityNodes = (\d+);\s+\$NodeDeallocationOption = taskcompletion;"
)
_STOP = re.compile(r"\bstop\s*\(")
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_EXPIRY = re.compile(r'\nrecipebatchLeft = time\("([^"]+)"\) - time\(\);\n.*\Z', re.DOTALL)


class ExpiryRule(NamedTuple):
    """A formula taken apart.

    Attributes:
        formula: without the rule.
        until: when the pool falls to zero nodes; None if it does not.
    """

    formula: str
    until: datetime | None


class NodesGo(StrEnum):
    """What removes the nodes of a pool of a run if no command does."""

    AT_EXPIRY = "at_expiry"
    """The expiry rule in its formula."""
    WITH_JOB = "with_job"
    """The service, which deletes the pool with its job or job schedule."""
    BY_FORMULA = "by_formula"
    """The recipe's own formula, or nothing: it has no expiry rule."""
    NEVER = "never"
    """Nothing."""


def has_communication(pool: PlannedPool) -> bool:
    """Inter-node communication is enabled, by the pool's own key or in `raw:`."""
    return pool.enable_inter_node_communication or known((pool.raw or {}).get("enableInterNodeCommunication")) is True


def nodes_go(pool: PlannedPool) -> NodesGo:
    """What removes the nodes of a pool that the run makes, if no command does.

    Source: the article "Use multi-instance tasks to run MPI applications in Batch": the service removes no nodes by
    formula from a pool with inter-node communication. A schedule without an end may need its pool at any time.
    Batch REST API, "Pool - Add Pool": `resizeTimeout` has no effect with a formula, so a pool with one has none.
    """
    if pool.auto and not pool.outlives:
        return NodesGo.WITH_JOB
    if has_communication(pool):
        return NodesGo.NEVER
    if pool.endless:
        return NodesGo.NEVER if pool.auto_scale is None else NodesGo.BY_FORMULA
    if pool.auto_scale is None and pool.resize_timeout != DEFAULT_RESIZE_TIMEOUT:
        return NodesGo.NEVER
    return NodesGo.AT_EXPIRY


def nodes_go_text(pool: PlannedPool) -> str:
    """The same as a sentence."""
    goes = nodes_go(pool)
    if goes is NodesGo.WITH_JOB:
        return "the service deletes the pool with its job"
    if goes is NodesGo.AT_EXPIRY:
        stops = pool.auto_scale is not None and _STOP.search(_COMMENT.sub("", pool.auto_scale.formula)) is not None
        return "its formula removes its nodes when the run expires, if no command has before" + (
            ", unless it calls stop()" if stops else ""
        )
    if goes is NodesGo.BY_FORMULA:
        return "its nodes go and come as its formula says: its job schedule has no end, so the pool does not expire"
    stay = "no formula removes its nodes: they stay until a command does"
    if has_communication(pool):
        return f"{stay}, as the service removes none by formula from a pool with inter-node communication"
    if pool.endless:
        return f"{stay}, as its job schedule has no end"
    return f"{stay}, as resize_timeout is for pools of a fixed size"


def scaling(pool: PlannedPool, until: datetime) -> PlannedAutoScale | None:
    """What decides the number of a pool's nodes: what the recipe says until a time, then zero.

    A pool of a fixed size has a formula too, that says its size, if that can remove its nodes. None is a pool that has
    no formula, or that the run did not make.
    """
    if pool.existing:
        return None
    removes_none = pool.endless or has_communication(pool)
    if removes_none or (pool.auto_scale is None and pool.resize_timeout != DEFAULT_RESIZE_TIMEOUT):
        return pool.auto_scale
    fixed = fixed_formula(pool.target_dedicated_nodes, pool.target_low_priority_nodes)
    scale = pool.auto_scale or PlannedAutoScale(formula=fixed, evaluation_interval=None)
    return PlannedAutoScale(
        formula=with_expiry_rule(scale.formula, until),
        evaluation_interval=scale.evaluation_interval,
        scenario=scale.scenario,
    )


def with_expiry_rule(formula: str, until: datetime) -> str:
    """The formula with the expiry rule at its end: every target that it sets becomes zero after the given time.

    Source: the article "Create a formula to automatically scale compute nodes in a Batch pool", whose example of an
    initial size subtracts two times, compares the interval, and reads a target that was set before.
    """
    written = _COMMENT.sub("", formula)
    targets = dict.fromkeys(_TARGET.findall(written))
    closed = formula if written.rstrip().endswith(";") else f"{formula}\n;"
    lines = [f'recipebatchLeft = time("{until.astimezone(UTC).strftime(_TIME)}") - time();']
    lines += [f"{target} = recipebatchLeft > TimeInterval_Zero ? {target} : 0;" for target in targets]
    return "\n".join([closed, *lines])


def expiry_rule(formula: str) -> ExpiryRule:
    """Take a formula apart that `with_expiry_rule` may have made."""
    found = _EXPIRY.search(formula)
    if found is None:
        return ExpiryRule(formula, None)
    until = datetime.strptime(found[1], _TIME).replace(tzinfo=UTC)
    return ExpiryRule(formula[: found.start()], until)


def fixed_size(formula: str) -> tuple[int, int] | None:
    """The dedicated and spot nodes that a formula of `scaling` asks for, for a pool of a fixed size; else None."""
    found = _FIXED.fullmatch(expiry_rule(formula).formula.strip())
    return None if found is None else (int(found[1]), int(found[2]))


def fixed_formula(dedicated: int, spot: int) -> str:
    """A formula that always asks for so many nodes."""
    return "\n".join(
        [
            f"$TargetDedicatedNodes = {dedicated};",
            f"$TargetLowPriorityNodes = {spot};",
            # Tasks end by the wall clock of their job: the rule never takes a node from one.
            "$NodeDeallocationOption = taskcompletion;",
        ]
    )
