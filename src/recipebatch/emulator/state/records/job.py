"""JobRecord: the state of a job and its tasks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from recipebatch.emulator.state.records.dependencies import Dependencies
from recipebatch.emulator.state.records.task_table import TaskTable
from recipebatch.vocabulary.states import JobState

if TYPE_CHECKING:
    from recipebatch.emulator.state.records.pool import Json


@dataclass(slots=True, kw_only=True, eq=False)
class JobRecord:
    """One job with its tasks.

    Attributes:
        seq: unique number; distinguishes jobs that had the same id.
        disable_option: `requeue`, `terminate` or `wait` while it is disabling.
        forced: its termination does not wait for release tasks.
        auto_pool_id: id of the auto pool of the job or of its schedule.
        scheduling_error: why the job could not start.
        subtasks: key of a multi-instance task → its subtasks in the order of their ids, which start at 1.
        on_nodes: node id → `poolId`, and the status of `preparation` and `release` there, in the order of the first
            task; `again` means that the node was rebooted and must be prepared again.
    """

    id: str
    seq: int
    body: Json
    created: int
    modified: int
    state_time: int
    start_time: int
    state: JobState = JobState.ACTIVE
    previous_state: JobState | None = None
    previous_state_time: int | None = None
    end_time: int | None = None
    terminate_reason: str | None = None
    disable_option: str | None = None
    forced: bool = False
    auto_pool_id: str | None = None
    scheduling_error: Json | None = None
    next_task_seq: int = 0
    on_nodes: dict[str, Json] = field(default_factory=dict)
    subtasks: dict[str, list[Json]] = field(default_factory=dict)
    tasks: TaskTable = field(default_factory=TaskTable)
    dependencies: Dependencies = field(default_factory=Dependencies)

    @property
    def key(self) -> str:
        """The id in lower case."""
        return self.id.lower()

    @property
    def pool_key(self) -> str:
        """The pool whose nodes run the tasks, in lower case; it need not exist."""
        return self.pool_id.lower()

    @property
    def pool_id(self) -> str:
        """The pool whose nodes run the tasks; it need not exist."""
        return self.auto_pool_id or str(self.body["poolInfo"]["poolId"])
