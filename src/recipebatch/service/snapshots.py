"""What a service said at one moment, in our words; no object of an SDK leaves this package."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from recipebatch.vocabulary import error_codes
from recipebatch.vocabulary.states import TaskResult, TaskState

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime, timedelta

    from recipebatch.plan.model import ImageReference


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportedImage:
    """A marketplace image that Batch nodes can run, with the node agent that fits it.

    Attributes:
        support_ends: the service's own end of support, if it gives one.
        capabilities: in the words of the service, such as `DockerCompatible`.
    """

    image: ImageReference
    node_agent_sku_id: str
    os_type: str
    verified: bool
    support_ends: date | None = None
    capabilities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSnapshot:
    """A pool at one moment.

    Attributes:
        state: `active` or `deleting`.
        allocation_state: `steady`, `resizing` or `stopping`.
        auto_scale_formula: what decides its number of nodes; None is what was asked for by hand.
        formula_evaluated: the formula was evaluated at least once.
        formula_results: what the last evaluation gave, such as `$TargetDedicatedNodes=1`; empty if none worked.
        formula_error: (code, message) of the last evaluation, the service's details in the message; None if it worked.
        resize_errors: (code, message) of the last allocation.
        body: all that the service answers, by REST names.
    """

    id: str
    state: str
    allocation_state: str
    vm_size: str
    image: ImageReference | None
    task_slots_per_node: int
    target_dedicated_nodes: int
    target_low_priority_nodes: int
    current_dedicated_nodes: int
    current_low_priority_nodes: int
    auto_scale_formula: str | None
    resize_errors: tuple[tuple[str, str], ...]
    metadata: dict[str, str]
    start_command_line: str | None
    formula_evaluated: bool = True
    formula_results: tuple[str, ...] = ()
    formula_error: tuple[str, str] | None = None
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSnapshot:
    """A node at one moment.

    Attributes:
        start_task_exit_code: None while the start task runs, or when its command never ran.
        start_task_failure: the service's (code, message), or None.
        errors: what the service says is wrong with the node.
        takes_tasks: task scheduling is enabled on it.
        used_slots: the task slots that running tasks of all jobs use.
        vm_size: in lower case; empty if the service did not say.
        spot: it is a Spot node, not a dedicated one.
        allocated: when the service allocated it to the pool.
        state_since: when it came into its state.
        start_began: when the last try of its start task did; None if it has none, or it has not begun.
        start_ended: when that ended.
    """

    id: str
    state: str
    start_task_exit_code: int | None = None
    start_task_failure: tuple[str, str] | None = None
    errors: tuple[str, ...] = ()
    takes_tasks: bool = True
    used_slots: int = 0
    vm_size: str = ""
    spot: bool = False
    allocated: datetime | None = None
    state_since: datetime | None = None
    start_began: datetime | None = None
    start_ended: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSnapshot:
    """A job at one moment.

    Attributes:
        max_parallel_tasks: running tasks at once; -1 is no limit.
        ended: when it completed; None before that.
    """

    id: str
    state: str
    pool_id: str | None
    all_tasks_complete_mode: str
    termination_reason: str | None
    metadata: dict[str, str]
    priority: int = 0
    max_parallel_tasks: int = -1
    ended: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleSnapshot:
    """A job schedule at one moment.

    Attributes:
        state: `active`, `disabled`, `terminating`, `completed` or `deleting`.
        recent_job: the id of the job it made last.
    """

    id: str
    state: str
    next_run_time: datetime | None
    recent_job: str | None
    metadata: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparationSnapshot:
    """A job's preparation task on one node, at one moment.

    Attributes:
        folder: where its files are on the node, such as `workitems/j/job-1/jobpreparation`.
        failed: it did not do its work.
        failure: the service's (code, message), or None.
        running: it has not ended.
    """

    pool_id: str
    node_id: str
    folder: str
    exit_code: int | None
    failed: bool
    failure: tuple[str, str] | None = None
    running: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseSnapshot:
    """A job's release task on one node, at one moment; `folder` is as of a preparation."""

    pool_id: str
    node_id: str
    folder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSnapshot:
    """A task at one moment.

    Attributes:
        result: `success` or `failure` once completed.
        failure: the service's (code, message), or None.
        failure_details: name and value pairs that go with it.
        ran_for: of the last try; None while it runs, or when it never did.
        started: it runs or ran; False of one that waits, also for the second time.
        requeued: its node was taken away or lost while it ran.
        began: when its last try did; None when there was none.
        ended: when its last try did; None while it runs, or when there was none.
        created: when it was added to its job.
        limit: how long a try may take; None if that was not asked for.
    """

    id: str
    state: str
    state_transition_time: datetime | None
    exit_code: int | None
    result: str | None
    failure: tuple[str, str] | None
    failure_details: tuple[tuple[str, str], ...]
    node_id: str | None
    retry_count: int
    ran_for: timedelta | None = None
    started: bool = True
    requeued: bool = False
    began: datetime | None = None
    ended: datetime | None = None
    created: datetime | None = None
    limit: timedelta | None = None

    @property
    def succeeded(self) -> bool:
        """Completed and done its work: the service's result says so, and the exit code agrees."""
        ended_well = self.state == TaskState.COMPLETED and self.result == TaskResult.SUCCESS
        return ended_well and self.failure is None and not self.exit_code


@dataclass(frozen=True, slots=True, kw_only=True)
class LabeledResource:
    """A resource of the account with a label in its metadata.

    Attributes:
        kind: `job`, `job schedule`, `pool` or `container`.
        created: by the service's clock; None if it does not say.
        size: nodes of a pool, else None.
        pool: the pool itself; None of other kinds.
    """

    kind: str
    name: str
    metadata: dict[str, str]
    created: datetime | None
    size: int | None = None
    pool: PoolSnapshot | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskAddResult:
    """What the service said of one task of a collection; `error` is (code, message) or None when it was added."""

    task_id: str
    error: tuple[str, str] | None
    retryable: bool = False

    @property
    def added(self) -> bool:
        """Added now."""
        return self.error is None

    @property
    def already_there(self) -> bool:
        """Added before, by an attempt whose answer was lost."""
        return self.error is not None and self.error[0] == error_codes.TASK_EXISTS


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFile:
    """A file of a task on its node."""

    name: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobSnapshot:
    """A blob at one moment.

    Attributes:
        size: bytes.
        md5: the hash of its content if the service knows it.
        etag: changes with the content.
        leased: a client holds a lease on it.
    """

    name: str
    size: int
    md5: bytes | None
    metadata: dict[str, str]
    etag: str = ""
    last_modified: datetime | None = None
    content_type: str | None = None
    leased: bool = False
