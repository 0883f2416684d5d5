"""TaskRecord: the state of a task."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.vocabulary.states import TaskState

if TYPE_CHECKING:
    from recipebatch.vocabulary.states import TaskResult


@dataclass(slots=True, kw_only=True, eq=False)
class TaskRecord:
    """One task. Small in memory, because a job may have 100,000 tasks.

    Attributes:
        seq: order of addition within the job.
        spec: JSON text of the request with defaults; parsed only when the task runs or is returned.
        slots: `requiredSlots`.
        modified: changed by clients only, not by running and ending (recorded answers).
        failure: JSON text of `failureInfo`.
        container: JSON text of `containerInfo`, if the task ran in a container.
        node: (pool id, node id) of the last run.
        queued: it is in the job's queue of ready tasks.
        blocked: it waits for other tasks.
        satisfies: it has ended in a way that allows its dependents to run.
        crashes: how often the service crashed while it was running.
    """

    id: str
    seq: int
    spec: str
    slots: int
    created: int
    modified: int
    state_time: int
    state: TaskState = TaskState.ACTIVE
    previous_state: TaskState | None = None
    previous_state_time: int | None = None
    start_time: int | None = None
    end_time: int | None = None
    exit_code: int | None = None
    result: TaskResult | None = None
    failure: str | None = None
    retry_count: int = 0
    last_retry_time: int | None = None
    requeue_count: int = 0
    last_requeue_time: int | None = None
    node: tuple[str, str] | None = None
    queued: bool = False
    blocked: bool = False
    satisfies: bool = False
    container: str | None = None
    crashes: int = 0

    @property
    def key(self) -> str:
        """The id in lower case."""
        return self.id.lower()

    @property
    def instances(self) -> int | None:
        """On how many nodes it runs at once; None if it is no multi-instance task."""
        if '"multiInstanceSettings"' not in self.spec:
            return None
        settings = json.loads(self.spec).get("multiInstanceSettings")
        return None if settings is None else int(settings["numberOfInstances"])
