"""Places waiting tasks on nodes and runs them to their end."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any

from recipebatch.emulator.engine.job_preparation import Preparations, is_prepared, preparation_directory, settings
from recipebatch.emulator.engine.node_setup import resource_files, run_outfitted
from recipebatch.emulator.engine.tasks.multi_instance import Instances
from recipebatch.emulator.engine.tasks.placement_input import is_exclusive, waiting_job
from recipebatch.emulator.engine.tasks.preemption_input import may_preempt, to_preempt
from recipebatch.emulator.node_agent import (
    NodeFacts,
    OutputFile,
    TaskEnd,
    TaskRun,
    remove_tree,
    run,
    task_directory,
    task_environment,
)
from recipebatch.emulator.scheduler import AfterRun, FreeNode, after_run, place
from recipebatch.emulator.state import timestamps
from recipebatch.emulator.state.transitions import pool as pool_transitions
from recipebatch.emulator.state.transitions import task as task_transitions
from recipebatch.vocabulary.durations import NO_LIMIT, parse_duration
from recipebatch.vocabulary.states import JobState, NodeState, PoolState, TaskState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from recipebatch.emulator.state import Account, AccountRegistry, JobRecord, Json, NodeRecord, PoolRecord, TaskRecord

_LOG = logging.getLogger(__name__)
_RECENT_TASKS = 10
_DISK_SECONDS = 0.5
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
    others: tuple[NodeRecord, ...] = ()
    work: asyncio.Task[TaskEnd] | None = None
    ending: Ending | None = None

    @property
    def is_ending(self) -> bool:
        """Whether its process is being ended."""
        return self.ending is not None

    @property
    def nodes(self) -> tuple[NodeRecord, ...]:
        """The node it runs on, and those of its other instances."""
        return (self.node, *self.others)

    @property
    def key(self) -> tuple[int, int]:
        return (self.job.seq, self.task.seq)


class Runs:
    """All runs of all accounts."""

    def __init__(self, service: AccountRegistry, machine: Mapping[str, str], *, account_url: str) -> None:
        self._service = service
        self._machine = machine
        self._account_url = account_url
        self._runs: dict[tuple[int, int], _Run] = {}
        self._by_job: dict[int, dict[tuple[int, int], _Run]] = {}
        self._busy_directories: dict[Path, asyncio.Task[Any]] = {}
        self._dirty: dict[tuple[str, str], Account] = {}
        self._cleaning: set[asyncio.Task[None]] = set()
        self._stopped = False
        self._removal = asyncio.Event()
        self._clearing: set[tuple[str, tuple[int, int]]] = set()
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
            for pool_id, node_id in (task.node, *_subtask_nodes(job, task)):
                self._remove(task_directory(account.node_root(pool_id, node_id), job.id, task.id))

    async def data_expired(self, account: Account, pool: PoolRecord, node: NodeRecord) -> None:
        """Wait until no task has files left on the node, because their retention is over or their job is deleted."""
        while any(
            task_directory(account.node_root(pool.id, node.id), job.id, task.id).exists()
            for job in list(account.jobs.values())
            for task in job.tasks.in_state(TaskState.COMPLETED)
            if task.node == (pool.id, node.id)
        ):
            await self._removal.wait()

    def files_removed(self) -> None:
        """Files of a task, or of a job, are gone: somebody may wait for it."""
        self._removal.set()
        self._removal = asyncio.Event()

    def empty_node(self, node: NodeRecord, option: str) -> asyncio.Future[Any]:
        """Treat what runs there as `option` says; the future is done when nothing runs there any more."""
        return self._empty([r for r in self._runs.values() if node in r.nodes], option)

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
        if self._service.store.failing and not self._stopped:
            # The disk is full: nothing is begun that could not be written down.
            asyncio.get_running_loop().call_later(_DISK_SECONDS, self._place_dirty)
            return
        dirty, self._dirty = self._dirty, {}
        if self._stopped:
            return
        for (_, pool_key), account in dirty.items():
            self._place(account, pool_key)
            self._preempt(account, pool_key)

    def _place(self, account: Account, pool_key: str) -> None:
        pool = account.pools.get(pool_key)
        if pool is None or pool.state is PoolState.DELETING:
            return
        slots = pool.slots_per_node
        # Slots that one of several tasks has made free for a bigger one must not be taken by a smaller one meanwhile.
        clearing = {node_id for node_id, _ in self._clearing}
        nodes = [
            FreeNode(node.id, slots - busy, busy, node.is_dedicated)
            for node in pool.nodes.values()
            if node.takes_tasks and node.id not in clearing and (busy := sum(node.running.values())) < slots
        ]
        if not nodes:
            return
        free = sum(node.free for node in nodes)
        jobs = {seq: job for seq, job in account.jobs_by_pool.get(pool_key, {}).items() if job.state is JobState.ACTIVE}
        policy = pool.body["taskSchedulingPolicy"]
        placements = place(
            (waiting_job(job, free, pool) for job in jobs.values()),
            nodes,
            pack=policy["nodeFillType"].lower() == "pack",
            by_creation=policy.get("jobDefaultOrder") == "creationtime",
        )
        for placement in placements:
            job = jobs[placement.job]
            task = job.tasks.get(placement.task)
            if task is not None:
                chosen = [pool.nodes[node] for node in (placement.node, *placement.others)]
                self._start(account, pool, chosen, job, task)

    def _preempt(self, account: Account, pool_key: str) -> None:
        """Let tasks that allow it make room for jobs of higher priority; those are placed when the room is there."""
        pool = account.pools.get(pool_key)
        if pool is None or pool.state is PoolState.DELETING or not may_preempt(account, pool):
            return
        for key in to_preempt(account, pool, [each for each in self._runs.values() if each.pool is pool]):
            each = self._runs[key]
            self._clearing.add((each.node.id, key))
            self._cancel(each, Ending.REQUEUE)

    def _start(
        self, account: Account, pool: PoolRecord, nodes: list[NodeRecord], job: JobRecord, task: TaskRecord
    ) -> None:
        node = nodes[0]
        preparing = "jobPreparationTask" in job.body and not all(is_prepared(job, each) for each in nodes)
        task_transitions.start_task(account, job, task, pool, node, preparing=preparing)
        directory = task_directory(account.node_root(pool.id, node.id), job.id, task.id)
        started = _Run(account, job, task, pool, node, directory, tuple(nodes[1:]))
        if is_exclusive(job, task):
            node.exclusive = started.key
        for each in nodes:
            each.running[started.key] = task.slots
            each.total_tasks_run += 1
            each.recent_tasks = [(job.id, task.id), *each.recent_tasks[: _RECENT_TASKS - 1]]
            pool_transitions.move_node(account, pool, each, NodeState.RUNNING)
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
            preparing = (self.preparations.prepare(each.account, each.job, each.pool, node) for node in each.nodes)
            if not all(await asyncio.gather(*preparing)):
                raise _NotPreparedError
            task_transitions.run_prepared_task(each.account, each.job, each.task)
        spec = json.loads(each.task.spec)
        constraints = spec["constraints"]
        task_run = self._task_run(each, spec)
        instances = None
        if "multiInstanceSettings" in spec:
            instances = Instances(
                *(each.account, each.job, each.task, each.pool, each.nodes),
                spec=spec,
                machine=self._machine,
                facts=self.facts,
            )
            task_run = replace(task_run, environment=instances.environment(0))
        while True:
            start = timestamps.to_datetime(each.task.start_time or 0)
            end = await run_outfitted(
                *(each.account, each.pool, each.node, spec, task_run),
                start_time=start,
                outside=frozenset(self._machine),
                runs=run if instances is None else instances.run,
            )
            decision = after_run(
                failure_code=None if end.failure is None else end.failure.code,
                retry_count=each.task.retry_count,
                max_retries=constraints["maxTaskRetryCount"],
            )
            if decision is AfterRun.COMPLETE:
                return end
            task_transitions.retry_task(each.account, each.job, each.task)

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
            resource_files=resource_files(each.account, spec.get("resourceFiles")),
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
        for other in each.nodes:
            other.running.pop(each.key, None)
        if node.exclusive == each.key:
            node.exclusive = None
        self._clearing.discard((node.id, each.key))
        if (
            each.task.state in {TaskState.RUNNING, TaskState.PREPARING}
            and each.job.tasks.get(each.task.key) is each.task
        ):
            self._write_end(each, work)
        if each.ending is Ending.DROP:
            for other in each.nodes:
                self._remove(task_directory(account.node_root(each.pool.id, other.id), each.job.id, each.task.id))
        for other in each.nodes:
            if not other.running and other.state is NodeState.RUNNING:
                state = NodeState.IDLE if other.scheduling_enabled else NodeState.OFFLINE
                pool_transitions.move_node(account, each.pool, other, state)
        self.wake(account, each.pool.key)

    def _write_end(self, each: _Run, work: asyncio.Task[TaskEnd]) -> None:
        account, job, task = each.account, each.job, each.task
        if work.cancelled():
            if each.ending is Ending.REQUEUE:
                task_transitions.requeue_task(account, job, task)
            else:
                ended = account.clock.node_now()
                failure = task_transitions.ENDED_BY_USER
                task_transitions.complete_task(account, job, task, ended=ended, exit_code=None, failure=failure)
            return
        error = work.exception()
        if isinstance(error, _NotPreparedError):
            task_transitions.requeue_task(account, job, task, counts=False)
            return
        if error is not None:
            _LOG.error("task %s of job %s could not be run", task.id, job.id, exc_info=error)
            ended = account.clock.node_now()
            task_transitions.complete_task(account, job, task, ended=ended, exit_code=None, failure=_BUG)
            return
        end = work.result()
        if end.failure is None:
            each.node.total_tasks_succeeded += 1
        task_transitions.complete_task(
            account,
            job,
            task,
            ended=timestamps.from_datetime(end.end_time),
            exit_code=end.exit_code,
            failure=None if end.failure is None else end.failure.to_json(),
            container=None if end.container is None else dict(end.container),
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
            self.files_removed()

        cleaning.add_done_callback(done)


async def _remove_quietly(directory: Path) -> None:
    with suppress(OSError):
        await asyncio.to_thread(remove_tree, directory)


def _subtask_nodes(job: JobRecord, task: TaskRecord) -> list[tuple[str, str]]:
    """(pool id, node id) of the instances beside the primary."""
    return [(known["poolId"], known["nodeId"]) for known in job.subtasks.get(task.key, ())]
