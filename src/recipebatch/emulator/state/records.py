"""PoolRecord, NodeRecord, JobRecord and TaskRecord: what the service remembers of each thing.

All moments are ticks (`vocabulary.instants`). `body` is the JSON a client sent, checked, with the defaults filled
in. A key is an id in lower case: ids keep their case and are told apart without it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from recipebatch.emulator.state.dependencies import Dependencies
from recipebatch.emulator.state.task_table import TaskTable
from recipebatch.vocabulary.states import AllocationState, JobState, NodeState, PoolState, TaskState

if TYPE_CHECKING:
    from recipebatch.vocabulary.states import TaskResult

Json = dict[str, Any]
HISTORY = 2880
"""Measurements kept of each pool: a day of them. How far the service looks back is not documented."""


@dataclass(slots=True, kw_only=True, eq=False)
class NodeRecord:
    """One compute node: a directory of this machine.

    Attributes:
        number: counts the nodes of the pool; gives the node its address.
        running: run key → slots, for every task that holds slots here; not kept on disk.
        exclusive: run key of the job manager that has the node to itself; not kept on disk.
        leaving: how its tasks are to be treated before it leaves the pool, or None while it stays.
        back_at: when it comes back, having been preempted or lost; None is never.
        emptying: how its tasks are to be treated before it reboots or is deallocated.
        users: name → user account that a client made on it, without password and key.
        errors: why it is not usable, as the wire shows it.
        recent_tasks: the last tasks that ran here, latest first: (job id, task id).
    """

    id: str
    number: int
    is_dedicated: bool
    state: NodeState
    state_time: int
    allocation_time: int
    scheduling_enabled: bool = True
    boot_time: int | None = None
    start_task: Json | None = None
    start_task_info: Json | None = None
    total_tasks_run: int = 0
    total_tasks_succeeded: int = 0
    recent_tasks: list[tuple[str, str]] = field(default_factory=list)
    leaving: str | None = None
    back_at: int | None = None
    emptying: str = "requeue"
    users: dict[str, Json] = field(default_factory=dict)
    errors: list[Json] = field(default_factory=list)
    running: dict[tuple[int, int], int] = field(default_factory=dict)
    exclusive: tuple[int, int] | None = None

    @property
    def takes_tasks(self) -> bool:
        """Whether a task may be placed here."""
        if self.exclusive is not None:
            return False
        return self.scheduling_enabled and self.leaving is None and self.state in {NodeState.IDLE, NodeState.RUNNING}


@dataclass(slots=True, kw_only=True, eq=False)
class PoolRecord:
    """One pool.

    Attributes:
        modified: last change of the pool's definition; allocation does not touch it (recorded answers).
        dropping: ids of nodes that are to leave in the resize under way.
        deallocation_option: what happens to the tasks of nodes that leave in the resize under way.
        scaling_enabled: when a client last enabled automatic scaling.
        scaling_run: the last evaluation of the formula, as the wire shows it but for its timestamp.
        history: what was measured, and when; not kept on disk.
    """

    id: str
    body: Json
    created: int
    modified: int
    state_time: int
    allocation_time: int
    state: PoolState = PoolState.ACTIVE
    allocation_state: AllocationState = AllocationState.RESIZING
    target_dedicated: int = 0
    target_low_priority: int = 0
    resize_timeout: int = 0
    resize_errors: list[Json] = field(default_factory=list)
    dropping: set[str] = field(default_factory=set)
    deallocation_option: str = "requeue"
    next_number: int = 0
    scaling_enabled: int | None = None
    scaling_run: Json | None = None
    history: deque[tuple[int, dict[str, float]]] = field(default_factory=lambda: deque(maxlen=HISTORY))
    nodes: dict[str, NodeRecord] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The id in lower case."""
        return self.id.lower()

    @property
    def slots_per_node(self) -> int:
        """Tasks at once on one node."""
        return int(self.body["taskSlotsPerNode"])


@dataclass(slots=True, kw_only=True, eq=False)
class JobRecord:
    """One job with its tasks.

    Attributes:
        seq: tells this job from every other one that ever had its id.
        disable_option: `requeue`, `terminate` or `wait` while it is disabling.
        forced: its end does not wait for release tasks.
        auto_pool_id: the pool that came with the job, or with its schedule.
        scheduling_error: why the job could not begin.
        subtasks: key of a multi-instance task → its subtasks in the order of their ids, which begin with 1.
        on_nodes: node id → `poolId`, and how `preparation` and `release` went there, in the order of the first task;
            `again` says that the node was rebooted and is to be prepared again.
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


@dataclass(slots=True, kw_only=True, eq=False)
class TaskRecord:
    """One task. Kept small: a job may have a hundred thousand.

    Attributes:
        seq: order of addition within the job.
        spec: JSON text of what the client asked for, with the defaults; read it when the task runs or is shown.
        slots: `requiredSlots`.
        modified: changed by clients alone; running and ending leave it as it is (recorded answers).
        failure: JSON text of `failureInfo`.
        container: JSON text of `containerInfo`, of a task that ran in one.
        node: (pool id, node id) of the last run.
        queued: it stands in the job's queue of ready tasks.
        blocked: it waits for other tasks.
        satisfies: it has ended so that the tasks which wait for it may run.
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

    @property
    def key(self) -> str:
        """The id in lower case."""
        return self.id.lower()
