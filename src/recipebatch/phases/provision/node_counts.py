"""The nodes of a pool by state as an event, with the last line of a start task that they wait for."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from recipebatch.phases.outputs import read_end
from recipebatch.report import NodeCounts
from recipebatch.vocabulary.states import READY_TO_RUN, NodeState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipebatch.phases.context import PhaseContext
    from recipebatch.plan.model import PlannedPool
    from recipebatch.service import NodeSnapshot

_LINE_EVERY = 3.0
_STATES_EVERY = 10.0
_SHARE = 0.02


class NodeCounter:
    """The nodes of one pool, while somebody waits for them or for the tasks on them.

    Args:
        pool: of the plan.
        context: the run at work.
        pool_id: of a pool that the service made with a job; default: that of the plan.
    """

    def __init__(self, pool: PlannedPool, context: PhaseContext, pool_id: str | None = None) -> None:
        self._pool = pool
        self._id = str(pool.id) if pool_id is None else pool_id
        self._context = context
        self._line = ("", "")
        self._line_at: float | None = None
        self._next_look = 0.0

    def tell(self, nodes: Sequence[NodeSnapshot], target: int | None) -> None:
        """Tell how nodes stand that were just listed.

        Args:
            nodes: of the pool.
            target: how many were asked for; None where a formula decides.
        """
        states = Counter(node.state for node in nodes)
        self._context.progress.tell(
            NodeCounts(
                pool_id=self._id,
                target=target,
                states=dict(states),
                ready=sum(states[state] for state in READY_TO_RUN),
                start_task=self._start_task(nodes),
            )
        )

    def look(self) -> None:
        """List the nodes and tell how they stand, if that was not done a moment ago, or takes too much of the time."""
        clock = self._context.clock
        started = clock.monotonic()
        if started < self._next_look:
            return
        nodes = self._context.batch.list_nodes(self._id)
        seen = self._context.batch.get_pool(self._id)
        if nodes or seen is not None:
            fixed = seen is not None and seen.auto_scale_formula is None
            target = seen.target_dedicated_nodes + seen.target_low_priority_nodes if seen and fixed else None
            self.tell(nodes, target)
        ended = clock.monotonic()
        self._next_look = ended + max(_STATES_EVERY, (ended - started) / _SHARE)

    def end(self) -> None:
        """Nobody looks at them any more."""
        self._context.progress.tell(NodeCounts(pool_id=self._id, target=None, ended=True))

    def _start_task(self, nodes: Sequence[NodeSnapshot]) -> tuple[str, str]:
        """A node whose start task runs, and the last line that it wrote; the output is not read at every look."""
        waiting = [node.id for node in nodes if node.state == NodeState.WAITING_FOR_START_TASK]
        if self._pool.start_task is None or not waiting:
            return "", ""
        now = self._context.clock.monotonic()
        if self._line_at is None or now - self._line_at >= _LINE_EVERY or self._line[0] not in waiting:
            self._line_at = now
            self._line = (waiting[0], self._last_line(waiting[0]))
        return self._line

    def _last_line(self, node: str) -> str:
        for file in ("startup/stdout.txt", "startup/stderr.txt"):
            if text := read_end(partial(self._end_of, node, file)):
                return text.splitlines()[-1]
        return ""

    def _end_of(self, node: str, file: str, size: int) -> str:
        return self._context.batch.node_file_tail(self._id, node, file, size=size)
