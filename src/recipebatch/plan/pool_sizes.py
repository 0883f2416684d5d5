"""The numbers of nodes that a run's pools of a fixed size are to have instead of those that its recipe says. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipebatch.plan.model import Plan


class PoolSize(NamedTuple):
    """The target nodes of a pool, by their kind."""

    dedicated: int
    spot: int

    def __str__(self) -> str:
        nodes = f"{self.dedicated} node{'' if self.dedicated == 1 else 's'}"
        return f"{nodes} + {self.spot} spot" if self.spot else nodes

    @property
    def together(self) -> int:
        """Nodes of both kinds."""
        return self.dedicated + self.spot

    def to_json(self) -> dict[str, int]:
        """As a run's record keeps it."""
        return {"dedicated": self.dedicated, "spot": self.spot}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> PoolSize:
        """The inverse of `to_json`.

        Raises:
            ValueError: it is no number of nodes.
        """
        numbers = (value["dedicated"], value["spot"])
        if not all(type(number) is int and number >= 0 for number in numbers):
            raise ValueError(f"{numbers!a} is no number of nodes")
        return cls(*numbers)


def with_sizes(plan: Plan, sizes: Mapping[str, PoolSize]) -> Plan:
    """The plan with other target nodes of some pools, by their names in the recipe; not of those with a formula."""
    pools = tuple(
        replace(
            pool,
            target_dedicated_nodes=sizes[pool.logical].dedicated,
            target_low_priority_nodes=sizes[pool.logical].spot,
        )
        if pool.logical in sizes and pool.auto_scale is None and not pool.existing
        else pool
        for pool in plan.pools
    )
    return replace(plan, pools=pools)
