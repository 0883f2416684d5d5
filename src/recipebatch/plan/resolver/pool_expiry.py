"""Pools that scale to zero when their run expires, without any client. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from recipebatch.plan.model import PlannedAutoScale

if TYPE_CHECKING:
    from recipebatch.plan.model import PlannedPool

_TARGET = re.compile(r"(\$Target(?:Dedicated|LowPriority)(?:Nodes)?)\s*=(?!=)")
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|//[^\n]*", re.DOTALL)
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


def scaling(pool: PlannedPool, until: datetime) -> PlannedAutoScale | None:
    """What decides the number of a pool's nodes: what the recipe says until a time, then zero.

    A pool of a fixed size has a formula too, that says its size. None is a pool that the run did not make.
    """
    if pool.existing:
        return None
    fixed = fixed_formula(pool.target_dedicated_nodes, pool.target_low_priority_nodes)
    scale = pool.auto_scale or PlannedAutoScale(formula=fixed, evaluation_interval=None)
    if pool.endless:
        return pool.auto_scale
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
