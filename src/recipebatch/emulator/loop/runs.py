"""Places waiting tasks on nodes and runs them to their end."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any

from recipebatch.emulator.loop.preparation import (
    Preparations,
    failed,
    is_prepared,
    preparation_directory,
    settings,
)
from recipebatch.emulator.node_runner import (
    NodeFacts,
    OutputFile,
    ResourceFile,
    TaskEnd,
    TaskRun,
    remove_tree,
    run,
    task_directory,
    task_environment,
)
from recipebatch.emulator.scheduler.lifecycle import AfterRun, after_run
from recipebatch.emulator.scheduler.placement import FreeNode, WaitingJob, WaitingTask, place
from recipebatch.emulator.state import pool_moves, task_moves
from recipebatch.vocabulary import instants
from recipebatch.vocabulary.durations import NO_LIMIT, parse_duration
from recipebatch.vocabulary.states import JobState, NodeState, PoolState, TaskState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from recipebatch.emulator.state.account import Account
    from recipebatch.emulator.state.records import JobRecord, Json, NodeRecord, PoolRecord, TaskRecord
    from recipebatch.emulator.state.service import Service

_LOG = logging.getLogger(__name__)
_RECENT_TASKS = 10
_BUG: Json = {"category": "ServerError", "code": "Unknown", "message": "The emulator failed to run the task"}


class _NotPreparedError(Exception):
    """The node could not be prepared for the job."""


class Ending(Enum):
    """What becomes of a task whose process is ended."""

    REQUEUE = "requeue"
    TERMINATE = "terminate"
    DROP = "drop"


@dataclass(slots=True, eq=False)
class _Run:
    """A task that holds slots on a node."""

    account: Account
    job: JobRecord
    task: TaskRecord
    pool: PoolRecord
    node: NodeRecord
    directory: Path
    work: asyncio.Task[TaskEnd] | None = None
    ending: Ending | None = None

    @property
    def key(self) -> tuple[int, int]:
        return (self.job.seq, self.task.seq)


class Runs:
    """All runs of all accounts."""

    def __init__(self, service: Service, machine: Mapping[str, str], *, account_url: str) -> None:
        self._service = service
        self._machine = machine
        self._account_url = account_url
        self._runs: dict[tuple[int, int], _Run] = {}
        self._by_job: dict[int, dict[tuple[int, int], _Run]] = {}
        self._busy_directories: dict[Path, asyncio.Task[Any]] = {}
        self._dirty: dict[tuple[str, str], Account] = {}
        self._cleaning: set[asyncio.Task[None]] = set()
        self._stopped = False
        self.preparations = Preparations(machine, self.facts)

    def __len__(self) -> int:
        return len(self._runs) + len(self.preparations)

    @property
    def machine(self) -> Mapping[str, str]:
        """What all tasks on this machine see."""
        return self._machine

    def facts(self, account: Account, pool: PoolRecord, node: NodeRecord) -> NodeFacts:
        """What a task is told about the node it runs on."""
        return NodeFacts(
            account_name=account.name,
            account_url=self._account_url,
            pool_id=pool.id,
            node_id=node.id,
            root=account.node_root(pool.id, node.id),
            is_dedicated=node.is_dedicated,
        )

    def wake(self, account: Account, pool_key: str) -> None:
        """Something on that pool may be placed now; done as soon as the caller is through."""
        if not self._dirty:
            asyncio.get_running_loop().call_soon(self._place_dirty)
        self._dirty[account.name, pool_key] = account

    def end(self, account: Account, job: JobRecord, task: TaskRecord) -> None:
        """A task was terminated, or deleted: end its process; of a deleted one remove the files."""
        deleted = job.tasks.get(task.key) is not task
        running = self._runs.get((job.seq, task.seq))
        if running is not None:
            self._cancel(running, Ending.DROP if deleted else Ending.TERMINATE)
        elif deleted:
            self.clean(account, job, task)

    def clean(self, account: Account, job: JobRecord, task: TaskRecord) -> None:
        """Remove the files of a task that has ended."""
        if task.node is not None:
            pool_id, node_id = task.node
            self._remove(task_directory(account.node_root(pool_id, node_id), job.id, task.id))

    def empty_node(self, node: NodeRecord, option: str) -> asyncio.Future[Any]:
        """Treat what runs there as `option` says; the future is done when nothing runs there any more."""
        return self._empty([r for r in self._runs.values() if r.node is node], option)

    def empty_job(self, job: JobRecord, option: str) -> asyncio.Future[Any]:
        """Treat what runs of that job as `option` says; the future is done when nothing of it runs any more."""
        return self._empty(list(self._by_job.get(job.seq, {}).values()), option)

    async def stop(self) -> None:
        """End all; the tasks wait for a node again."""
        self._stopped = True
        await self._empty(list(self._runs.values()), "requeue")
        await self.preparations.stop()
        if self._cleaning:
            await asyncio.wait(self._cleaning)

    def _empty(self, runs: Iterable[_Run], option: str) -> asyncio.Future[Any]:
        works = []
        for each in runs:
            if option in {"requeue", "terminate", "drop"}:
                self._cancel(each, Ending(option))
            if each.work is not None:
                works.append(each.work)
        return asyncio.gather(*works, return_exceptions=True)

    def _cancel(self, each: _Run, ending: Ending) -> None:
        each.ending = ending
        if each.work is not None:
            each.work.cancel()

    def _place_dirty(self) -> None:
        dirty, self._dirty = self._dirty, {}
        if self._stopped:
            return
        for (_, pool_key), account in dirty.items():
            self._place(account, pool_key)

    def _place(self, account: Account, pool_key: str) -> None:
        pool = account.pools.get(pool_key)
        if pool is None or pool.state is PoolState.DELETING:
            return
        slots = pool.slots_per_node
        nodes = [
            FreeNode(node.id, slots - busy, busy)
            for node in pool.nodes.values()
            if node.takes_tasks and (busy := sum(node.running.values())) < slots
        ]
        if not nodes:
            return
        free = sum(node.free for node in nodes)
        jobs = {seq: job for seq, job in account.jobs_by_pool.get(pool_key, {}).items() if job.state is JobState.ACTIVE}
        policy = pool.body["taskSchedulingPolicy"]
        placements = place(
            (_waiting(job, free) for job in jobs.values()),
            nodes,
            pack=policy["nodeFillType"].lower() == "pack",
            by_creation=policy.get("jobDefaultOrder") == "creationtime",
        )
        for placement in placements:
            job = jobs[placement.job]
            task = job.tasks.get(placement.task)
            if task is not None:
                self._start(account, pool, pool.nodes[placement.node], job, task)

    def _start(self, account: Account, pool: PoolRecord, node: NodeRecord, job: JobRecord, task: TaskRecord) -> None:
        preparing = "jobPreparationTask" in job.body and not is_prepared(job, node)
        task_moves.start_task(account, job, task, pool, node, preparing=preparing)
        directory = task_directory(account.node_root(pool.id, node.id), job.id, task.id)
        started = _Run(account, job, task, pool, node, directory)
        node.running[started.key] = task.slots
        node.total_tasks_run += 1
        node.recent_tasks = [(job.id, task.id), *node.recent_tasks[: _RECENT_TASKS - 1]]
        pool_moves.move_node(account, pool, node, NodeState.RUNNING)
        self._runs[started.key] = started
        self._by_job.setdefault(job.seq, {})[started.key] = started
        started.work = asyncio.get_running_loop().create_task(self._tries(started))
        started.work.add_done_callback(partial(self._ended, started))

    async def _tries(self, each: _Run) -> TaskEnd:
        """Run the task, and again as long as it fails and may be retried."""
        # A task of the same name was deleted a moment ago and its process or its files are still being removed.
        while (before := self._busy_directories.get(each.directory)) is not None:
            await asyncio.wait({before})
        if each.task.state is TaskState.PREPARING:
            if not await self.preparations.prepare(each.account, each.job, each.pool, each.node):
                raise _NotPreparedError
            task_moves.run_prepared_task(each.account, each.job, each.task)
        spec = json.loads(each.task.spec)
        constraints = spec["constraints"]
        task_run = self._task_run(each, spec)
        while True:
            start = instants.to_datetime(each.task.start_time or 0)
            end = await run(task_run, start_time=start)
            decision = after_run(
                failure_code=None if end.failure is None else end.failure.code,
                retry_count=each.task.retry_count,
                max_retries=constraints["maxTaskRetryCount"],
            )
            if decision is AfterRun.COMPLETE:
                return end
            task_moves.retry_task(each.account, each.job, each.task)

    def _task_run(self, each: _Run, spec: Json) -> TaskRun:
        limit = parse_duration(spec["constraints"]["maxWallClockTime"])
        facts = self.facts(each.account, each.pool, each.node)
        return TaskRun(
            directory=each.directory,
            command_line=spec["commandLine"],
            environment=task_environment(
                self._machine,
                facts,
                job_id=each.job.id,
                task_id=each.task.id,
                directory=each.directory,
                preparation_directory=preparation_directory(each.job, facts),
                common=settings(each.job.body.get("commonEnvironmentSettings")),
                settings=settings(spec.get("environmentSettings")),
            ),
            resource_files=tuple(ResourceFile.from_json(file) for file in spec.get("resourceFiles") or ()),
            output_files=tuple(OutputFile.from_json(file) for file in spec.get("outputFiles") or ()),
            max_wall_clock_time=None if limit >= NO_LIMIT else timedelta(microseconds=limit // 10),
        )

    def _ended(self, each: _Run, work: asyncio.Task[TaskEnd]) -> None:
        """The process is gone: free the slots and write down how it ended."""
        account, node = each.account, each.node
        del self._runs[each.key]
        by_job = self._by_job[each.job.seq]
        del by_job[each.key]
        if not by_job:
            del self._by_job[each.job.seq]
        node.running.pop(each.key, None)
        if (
            each.task.state in {TaskState.RUNNING, TaskState.PREPARING}
            and each.job.tasks.get(each.task.key) is each.task
        ):
            self._write_end(each, work)
        if each.ending is Ending.DROP:
            self._remove(each.directory)
        if not node.running and node.state is NodeState.RUNNING:
            state = NodeState.IDLE if node.scheduling_enabled else NodeState.OFFLINE
            pool_moves.move_node(account, each.pool, node, state)
        self.wake(account, each.pool.key)

    def _write_end(self, each: _Run, work: asyncio.Task[TaskEnd]) -> None:
        account, job, task = each.account, each.job, each.task
        if work.cancelled():
            if each.ending is Ending.REQUEUE:
                task_moves.requeue_task(account, job, task)
            else:
                ended = account.clock.node_now()
                failure = task_moves.ENDED_BY_USER
                task_moves.complete_task(account, job, task, ended=ended, exit_code=None, failure=failure)
            return
        error = work.exception()
        if isinstance(error, _NotPreparedError):
            task_moves.requeue_task(account, job, task, counts=False)
            return
        if error is not None:
            _LOG.error("task %s of job %s could not be run", task.id, job.id, exc_info=error)
            ended = account.clock.node_now()
            task_moves.complete_task(account, job, task, ended=ended, exit_code=None, failure=_BUG)
            return
        end = work.result()
        if end.failure is None:
            each.node.total_tasks_succeeded += 1
        task_moves.complete_task(
            account,
            job,
            task,
            ended=instants.from_datetime(end.end_time),
            exit_code=end.exit_code,
            failure=None if end.failure is None else end.failure.to_json(),
        )

    def _remove(self, directory: Path) -> None:
        """Remove a task's directory in the background; a new task of that name waits for it."""
        cleaning = asyncio.get_running_loop().create_task(_remove_quietly(directory))
        self._cleaning.add(cleaning)
        self._busy_directories[directory] = cleaning

        def done(task: asyncio.Task[None]) -> None:
            self._cleaning.discard(task)
            if self._busy_directories.get(directory) is task:
                del self._busy_directories[directory]

        cleaning.add_done_callback(done)


async def _remove_quietly(directory: Path) -> None:
    with suppress(OSError):
        await asyncio.to_thread(remove_tree, directory)


def _waiting(job: JobRecord, limit: int) -> WaitingJob:
    """The job's part of a snapshot; never more tasks than could start."""
    most = job.body["maxParallelTasks"]
    running = job.tasks.count(TaskState.RUNNING) + job.tasks.count(TaskState.PREPARING)
    tasks = [WaitingTask(task.key, task.slots, _affinity(task)) for task in job.tasks.ready(limit)]
    shunned = frozenset(node for node, known in job.on_nodes.items() if failed(job, known))
    return WaitingJob(job.seq, job.body["priority"], tasks, None if most == -1 else max(0, most - running), shunned)


def _affinity(task: TaskRecord) -> str | None:
    if '"affinityInfo"' not in task.spec:
        return None
    info = json.loads(task.spec).get("affinityInfo") or {}
    return str(info.get("affinityId", "")).removeprefix("TVM:") or None
