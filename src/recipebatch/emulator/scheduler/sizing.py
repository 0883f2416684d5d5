"""Decides which nodes to add to and remove from a pool to reach its targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


@dataclass(frozen=True, slots=True)
class SizingNode:
    """The part of a node that sizing reads.

    Attributes:
        busy: number of occupied slots.
        number: increases with the time a node joined.
    """

    id: str
    is_dedicated: bool
    busy: int
    number: int


@dataclass(frozen=True, slots=True)
class Resize:
    """How many nodes of each kind to add, and the ids of the nodes to remove."""

    add_dedicated: int
    add_low_priority: int
    leave: tuple[str, ...]


def resize(nodes: Iterable[SizingNode], chosen: Collection[str], *, dedicated: int, low_priority: int) -> Resize:
    """Decide how to reach the targets: chosen nodes are removed in any case, then idle ones, then the newest.

    Args:
        nodes: all nodes of the pool.
        chosen: ids of nodes to remove in any case.
        dedicated: the target of dedicated nodes.
        low_priority: the target of spot nodes.
    """
    seen = list(nodes)
    leave = [node.id for node in seen if node.id in chosen]
    add = []
    for is_dedicated, target in ((True, dedicated), (False, low_priority)):
        staying = [node for node in seen if node.is_dedicated is is_dedicated and node.id not in chosen]
        surplus = len(staying) - target
        if surplus > 0:
            staying.sort(key=lambda node: (node.busy, -node.number))
            leave.extend(node.id for node in staying[:surplus])
        add.append(max(0, -surplus))
    return Resize(add[0], add[1], tuple(leave))
