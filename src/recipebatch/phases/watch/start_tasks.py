"""StartTaskWatch: the start tasks of a pool that the service makes with a job, seen while that pool is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.phases.watch.failed_tasks import failed_start_tasks
from recipebatch.report import TaskFailed
from recipebatch.vocabulary.states import NodeState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from recipebatch.phases.context import PhaseContext
    from recipebatch.plan.model import PlannedJob
    from recipebatch.report import FailedTask

# While tasks run, a node that does not get ready can wait to be noticed.
_EVERY = 15.0


class StartTaskWatch:
    """The start tasks of one job's own pool, which goes with the job: afterwards no command can ask for them.

    Args:
        job: of the plan; of one whose pool is its own only by name nothing is asked.
        context: the run at work.
        on_failures: is given start tasks that have failed when they are first seen.

    Attributes:
        none_ready: the start task had failed on all nodes that there were, when they were seen last.
    """

    def __init__(
        self, job: PlannedJob, context: PhaseContext, on_failures: Callable[[Sequence[FailedTask]], None]
    ) -> None:
        self.none_ready = False
        # A plan of labels does not know the pool of a job.
        pools = [pool for pool in context.plan.pools if pool.logical == job.pool]
        self._is_needed = any(pool.auto and pool.start_task is not None for pool in pools)
        self._context = context
        self._on_failures = on_failures
        self._known: set[str] = set()
        self._looked: float | None = None

    def look(self, pool_id: str | None, *, running: bool) -> None:
        """See which start tasks have failed, and tell of those that are new.

        Args:
            pool_id: of the pool; None until it is made.
            running: tasks of the job run, so that a look now and then is enough.
        """
        now = self._context.clock.monotonic()
        if not self._is_needed or pool_id is None:
            return
        if running and self._looked is not None and now - self._looked < _EVERY:
            return
        self._looked = now
        nodes = self._context.batch.list_nodes(pool_id)
        if not nodes:
            return
        self.none_ready = {node.state for node in nodes} == {NodeState.START_TASK_FAILED}
        new = [node for node in nodes if node.state == NodeState.START_TASK_FAILED and node.id not in self._known]
        self._known |= {node.id for node in new}
        if found := failed_start_tasks(pool_id, new, self._context.batch):
            for failure in found:
                self._context.progress.tell(TaskFailed(failure=failure))
            self._on_failures(found)
