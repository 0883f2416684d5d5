"""A run, its record store and its services in memory, with the behaviour that the engine relies on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plans import a_plan, a_pool_snapshot

from recipebatch.errors import ServiceError, UsageError
from recipebatch.execution.active_run import ActiveRun, RunJournal
from recipebatch.files import ReadAccess
from recipebatch.phases import NodeWatch, PhaseContext
from recipebatch.report import Quiet, TaskTotals
from recipebatch.runs import NodeHistory, RunFailures, RunLabels, RunRecord, RunTasks, TaskHistory, labels
from recipebatch.service import BlobSnapshot, DocumentChangedError, JobSnapshot, TaskAddResult, TaskFile, TaskSnapshot
from recipebatch.vocabulary.blob_names import TASK_MARK

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from recipebatch.plan.model import Plan, PlannedJob, PlannedTask
    from recipebatch.service import PoolSnapshot

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
RECORD = RunRecord(
    run_id="r1",
    owner="me",
    account="local",
    created=NOW,
    recipe_name="r",
    recipe_version=None,
    recipe_digest="d",
    recipe_text="",
    recipe_file="r.yaml",
    recipe_folder="/recipes",
    parameters={},
    inputs={},
)
LABELS = RunLabels(run_id="r1", owner="me", digest="d", records="one", created=NOW, expires=None)


class Records:
    """A `RunStore` with one record, written on condition of its ETag."""

    def __init__(self, record: RunRecord) -> None:
        self.kept = replace(record, etag="0")
        self.writes = 0
        self.user = "me on here"
        self.kept_failures = RunFailures()
        self.kept_tasks = RunTasks()
        self.kept_history = TaskHistory()
        self.kept_nodes = NodeHistory()
        self.following: list[str] = []
        self.before_write: list[RunRecord] = []

    def load(self, _run_id: str) -> RunRecord:
        return self.kept

    def failures(self, _run_id: str) -> RunFailures:
        return self.kept_failures

    def update_failures(self, _run_id: str, change: Callable[[RunFailures], RunFailures]) -> None:
        self.kept_failures = change(self.kept_failures)

    def tasks(self, _run_id: str) -> RunTasks:
        return self.kept_tasks

    def update_tasks(self, _run_id: str, change: Callable[[RunTasks], RunTasks]) -> None:
        self.kept_tasks = change(self.kept_tasks)

    def task_history(self, _run_id: str) -> TaskHistory:
        return self.kept_history

    def update_task_history(self, _run_id: str, change: Callable[[TaskHistory], TaskHistory]) -> None:
        self.kept_history = change(self.kept_history)

    def node_history(self, _run_id: str) -> NodeHistory:
        return self.kept_nodes

    def followers(self, _run_id: str) -> tuple[str, ...]:
        return tuple(self.following)

    def remove_follower(self, name: str) -> None:
        self.following.remove(name)

    def save(self, record: RunRecord) -> RunRecord:
        if self.before_write:
            self.kept = replace(self.before_write.pop(0), etag=f"other {len(self.before_write)}")
        if record.etag != self.kept.etag:
            raise DocumentChangedError("changed")
        self.writes += 1
        self.kept = replace(record, etag=str(self.writes))
        return self.kept


class Clock:
    """A clock that moves only by sleeping."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class Batch:
    """A Batch account whose tasks complete as soon as they are added; `exit_codes` says how, by their ids.

    Attributes:
        on_nodes: the files of tasks, by `JOB/TASK`.
        pages: which tasks were looked for: job, size of a page, states.
        read: how many of them were read.
        ended: when the jobs completed that have.
    """

    exit_codes: dict[str, int] = field(default_factory=dict)
    jobs: dict[str, dict[str, TaskSnapshot]] = field(default_factory=dict)
    ending: set[str] = field(default_factory=set)
    metadata: dict[str, dict[str, str]] = field(default_factory=dict)
    on_nodes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pages: list[tuple[str | int, ...]] = field(default_factory=list)
    read: int = 0
    ended: datetime | None = None

    def get_pool(self, _pool_id: str) -> PoolSnapshot:
        return a_pool_snapshot()

    def get_job_schedule(self, _schedule_id: str) -> None:
        return None

    def jobs_of_schedule(self, _schedule_id: str) -> tuple[JobSnapshot, ...]:
        return ()

    def list_nodes(self, _pool_id: str) -> tuple[()]:
        return ()

    def get_job(self, job_id: str) -> JobSnapshot | None:
        if job_id not in self.jobs:
            return None
        return JobSnapshot(
            id=job_id,
            state="completed" if job_id in self.ending else "active",
            pool_id="p1",
            all_tasks_complete_mode="terminatejob" if job_id in self.ending else "noaction",
            termination_reason=None,
            metadata=self.metadata[job_id],
            ended=self.ended if job_id in self.ending else None,
        )

    def create_job(self, job: PlannedJob, **_request: Any) -> bool:
        self.jobs[job.id] = {}
        self.metadata[job.id] = dict(job.metadata)
        return True

    def add_tasks(self, job_id: str, tasks: Sequence[PlannedTask], **_request: Any) -> list[TaskAddResult]:
        for task in tasks:
            code = self.exit_codes.get(task.id, 0)
            self.jobs[job_id][task.id] = TaskSnapshot(
                id=task.id,
                state="completed",
                state_transition_time=NOW,
                exit_code=code,
                result="failure" if code else "success",
                failure=("FailureExitCode", "it failed") if code else None,
                failure_details=(),
                node_id=None,
                retry_count=0,
            )
        return [TaskAddResult(task_id=task.id, error=None) for task in tasks]

    def end_job_when_tasks_complete(self, job_id: str) -> None:
        self.ending.add(job_id)

    def list_task_files(self, job_id: str, task_id: str) -> tuple[TaskFile, ...]:
        return tuple(TaskFile(name=name, size=1) for name in self.on_nodes.get(f"{job_id}/{task_id}", ()))

    def list_task_ids(self, job_id: str) -> frozenset[str]:
        return frozenset(self.jobs.get(job_id, {}))

    def list_tasks(self, job_id: str, *, failed_since: datetime | None = None) -> Iterator[TaskSnapshot]:
        tasks = self.jobs.get(job_id, {}).values()
        return iter([task for task in tasks if failed_since is None or not task.succeeded])

    def find_tasks(
        self, job_id: str, *, states: Collection[str] = (), changed_since: datetime | None = None, page: int = 1000
    ) -> Iterator[TaskSnapshot]:
        self.pages.append((job_id, page, *sorted(states)))
        for task in sorted(self.jobs[job_id].values(), key=lambda task: task.id):
            ended = "succeeded" if task.succeeded else "failed"
            words = {task.state, ended} if task.state == "completed" else {task.state}
            if (not states or words & set(states)) and (changed_since is None or (task.ended or NOW) >= changed_since):
                self.read += 1
                yield task

    def get_task(self, job_id: str, task_id: str) -> tuple[TaskSnapshot, dict[str, Any]] | None:
        task = self.jobs.get(job_id, {}).get(task_id)
        if task is None:
            return None
        said = {} if task.failure is None else {"failureInfo": {"code": task.failure[0], "message": task.failure[1]}}
        return task, {"id": task_id, "executionInfo": said}

    def task_totals(self, job_id: str) -> TaskTotals:
        tasks = self.jobs[job_id].values()
        failed = sum(not task.succeeded for task in tasks)
        return TaskTotals(succeeded=len(tasks) - failed, failed=failed)

    def task_file_tail(self, _job_id: str, task_id: str, path: str, **_size: int) -> str:
        return f"{path} of {task_id}"

    def upload_node_logs(self, _pool_id: str, _node_id: str, **_request: object) -> tuple[str, int]:
        return "", 0

    def delete_job(self, job_id: str) -> bool:
        return self.jobs.pop(job_id, None) is not None


@dataclass
class Blobs:
    """A storage account with containers of blobs.

    Attributes:
        marks: the task that uploaded a blob, as its metadata says, by the blob's name.
    """

    containers: dict[str, list[str]] = field(default_factory=dict)
    listed: list[str] = field(default_factory=list)
    marks: dict[str, str] = field(default_factory=dict)
    account_name = "one"
    signs_with_entra_id = False

    def container_metadata(self, name: str) -> dict[str, str] | None:
        return {labels.RUN: RECORD.run_id} if name in self.containers else None

    def create_container(self, name: str, **_metadata: object) -> bool:
        new = name not in self.containers
        self.containers.setdefault(name, [])
        return new

    def delete_container(self, name: str) -> bool:
        return self.containers.pop(name, None) is not None

    def container_url(self, name: str) -> str:
        return f"https://one/{name}"

    def container_sas(self, container: str, **_request: object) -> str:
        return f"sv=1&sig={container}"

    def list_blobs(self, container: str, *, prefix: str = "") -> Iterator[BlobSnapshot]:
        self.listed.append(container)
        if container not in self.containers:
            raise ServiceError(f"container {container} does not exist")
        names = [name for name in self.containers[container] if name.startswith(prefix)]
        marks = {name: {TASK_MARK: self.marks[name]} for name in names if name in self.marks}
        return iter([BlobSnapshot(name=name, size=1, md5=None, metadata=marks.get(name, {})) for name in names])


class Access:
    """Nodes' access that is never asked for anything but its expiry."""

    expiry = NOW + timedelta(hours=2)


@dataclass
class World:
    """One run at work, all of it in memory.

    Attributes:
        plans: the arguments of every resolving of the plan.
    """

    plan: Plan = field(default_factory=a_plan)
    record: RunRecord = RECORD
    batch: Batch = field(default_factory=Batch)
    blobs: Blobs = field(default_factory=Blobs)
    looped_over: Mapping[str, frozenset[str]] = field(default_factory=dict)
    plans: list[tuple[Any, Any]] = field(default_factory=list)
    lost: bool = False

    def __post_init__(self) -> None:
        self.records = Records(self.record)
        self.clock = Clock()
        self.node_watch = NodeWatch()

    def planned(self, listings: Any, job_listings: Any) -> Plan:
        self.plans.append((listings, job_listings))
        return LABELS.on(self.plan)

    def context(self, plan: Plan) -> PhaseContext:
        access: Any = Access()
        batch: Any = self.batch
        blobs: Any = self.blobs
        return PhaseContext(
            plan=plan,
            labels=LABELS,
            batch=batch,
            blobs=blobs,
            access=access,
            read_access=ReadAccess.of_recipe(Path()),
            progress=Quiet(),
            poll_interval=timedelta(seconds=1),
            slow_poll_interval=timedelta(seconds=1),
            clock=self.clock,
            node_watch=self.node_watch,
        )

    def check_lock(self) -> None:
        if self.lost:
            raise UsageError("the lock was lost")

    def run(self, *, by_labels: str = "") -> ActiveRun:
        """The run as another process would open it now."""
        store: Any = self.records
        return ActiveRun(
            RunJournal(self.records.kept, store, self.check_lock),
            plan_of=self.planned,
            context_of=self.context,
            looped_over=self.looped_over,
            by_labels=by_labels,
        )
