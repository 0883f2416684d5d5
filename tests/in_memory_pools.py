"""A Batch service in memory that creates pools with idle nodes, and an output that keeps what is said."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from in_memory_run import LABELS, Batch, World
from plans import UBUNTU, a_plan, a_pool_snapshot

from recipebatch.phases import failure_text
from recipebatch.plan import scaling
from recipebatch.report import Quiet, TaskFailed
from recipebatch.service import NodeSnapshot, SupportedImage

if TYPE_CHECKING:
    from recipebatch.phases import PhaseContext
    from recipebatch.plan.model import PlannedAutoScale, PlannedPool
    from recipebatch.report import Event
    from recipebatch.service import PoolSnapshot

QUOTA = (("AccountCoreQuotaReached", "no cores left"),)
AGENT = "batch.node.ubuntu 24.04"


class Notes(Quiet):
    """An output that keeps its lines, failures among them, and all events."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.events: list[Event] = []

    def say(self, text: str) -> None:
        self.lines.append(text)

    def tell(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, TaskFailed):
            self.lines.append(failure_text(event.failure))


@dataclass
class PoolBatch(Batch):
    """A Batch account with pools; their nodes are idle as soon as they are allocated.

    Attributes:
        no_capacity: VM sizes that the service has no nodes of.
        takes_formulas: whether it accepts autoscale formulas.
        node_states: of the nodes of every pool, if not all are idle.
        calls: the changes that were requested, with the id of the pool.
    """

    pools: dict[str, PoolSnapshot] = field(default_factory=dict)
    images: tuple[SupportedImage, ...] = (
        SupportedImage(image=UBUNTU, node_agent_sku_id=AGENT, os_type="linux", verified=True),
    )
    no_capacity: frozenset[str] = frozenset()
    takes_formulas: bool = True
    node_states: tuple[NodeSnapshot, ...] | None = None
    files: dict[str, str] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)

    def get_pool(self, pool_id: str) -> PoolSnapshot | None:  # type: ignore[override]
        return self.pools.get(pool_id)

    def supported_images(self) -> tuple[SupportedImage, ...]:
        return self.images

    def list_nodes(self, pool_id: str) -> tuple[NodeSnapshot, ...]:  # type: ignore[override]
        if self.node_states is not None:
            return self.node_states
        pool = self.pools.get(pool_id)
        count = 0 if pool is None else pool.current_dedicated_nodes + pool.current_low_priority_nodes
        return tuple(NodeSnapshot(id=f"n{number}", state="idle") for number in range(count))

    def node_file_tail(self, _pool_id: str, _node_id: str, path: str, *, size: int) -> str:
        return self.files.get(path, "")[-size:]

    def create_pool(self, pool: PlannedPool, *, access: Any, **_request: Any) -> bool:
        self.calls.append(("create", pool.id))
        if pool.id in self.pools:
            return False
        rule = scaling(pool, access.expiry)
        missing = pool.vm_size in self.no_capacity
        self.pools[pool.id] = a_pool_snapshot(
            id=pool.id,
            vm_size=pool.vm_size,
            target_dedicated_nodes=pool.target_dedicated_nodes,
            current_dedicated_nodes=0 if missing else pool.target_dedicated_nodes,
            resize_errors=QUOTA if missing else (),
            auto_scale_formula=None if rule is None else rule.formula,
            metadata=dict(pool.metadata),
        )
        return True

    def delete_pool(self, pool_id: str) -> bool:
        self.calls.append(("delete", pool_id))
        return self.pools.pop(pool_id, None) is not None

    def resize_pool(self, pool: PlannedPool) -> None:
        self.calls.append(("resize", pool.id))
        nodes = pool.target_dedicated_nodes
        self.pools[pool.id] = replace(self.pools[pool.id], target_dedicated_nodes=nodes, current_dedicated_nodes=nodes)

    def refresh_start_task(self, pool: PlannedPool, **_request: Any) -> None:
        self.calls.append(("refresh", pool.id))

    def scale_pool(self, pool_id: str, rule: PlannedAutoScale) -> bool:
        if self.takes_formulas:
            self.calls.append(("scale", pool_id))
            self.pools[pool_id] = replace(self.pools[pool_id], auto_scale_formula=rule.formula)
        return self.takes_formulas


def pool_context(batch: PoolBatch, *pools: PlannedPool) -> tuple[PhaseContext, Notes]:
    """The context of a run with these pools, and what is said in it."""
    notes = Notes()
    world = World(batch=batch)
    return replace(world.context(LABELS.on(a_plan(pools=pools))), progress=notes), notes
