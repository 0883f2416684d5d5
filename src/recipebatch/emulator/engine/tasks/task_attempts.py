"""Places tasks on nodes, runs and ends their attempts, and records the results."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from recipebatch.emulator.engine.job_preparation import JobPreparations, is_prepared
from recipebatch.emulator.engine.tasks.attempt import Ending, TaskAttempt, run_attempts
from recipebatch.emulator.engine.tasks.placement_input import is_exclusive, waiting_job
from recipebatch.emulator.engine.tasks.preemption_input import may_preempt, to_preempt
from recipebatch.emulator.engine.tasks.task_files import TaskFiles
from recipebatch.emulator.node_agent import NodeFacts, TaskEnd, no_directory, task_directory
from recipebatch.emulator.scheduler import FreeNode, place
from recipebatch.emulator.state.transitions import pool as pool_transitions
from recipebatch.emulator.state.transitions import task as task_transitions
from recipebatch.vocabulary.states import JobState, NodeState, PoolState, TaskState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from recipebatch.emulator.state import Account, AccountRegistry, JobRecord, Json, NodeRecord, PoolRecord, TaskRecord

_LOG = logging.getLogger(__name__)
_RECENT_TASKS = 10
_DISK_SECONDS = 0.5
_BUG: Json = {"category": "ServerError", "code": "Unknown", "message": "The emulator failed to run the task"}


class _NotPreparedError(Exception):
    """The node could not be prepared for the job."""


class TaskAttempts:
    """The task attempts of all accounts.

    Attributes:
        machine: the variables that every task on this machine gets.
        files: the directories of tasks.
        preparations: the job preparation and release tasks.
    """

    def __init__(self, service: AccountRegistry, machine: Mapping[str, str], *, account_url: str) -> None:
        self.machine = machine
        self.files = TaskFiles()
        self.preparations = JobPreparations(machine, self.facts)
        self._service = service
        self._account_url = account_url
        self._attempts: dict[tuple[int, int], TaskAttempt] = {}
        self._by_job: dict[int, dict[tuple[int, int], TaskAttempt]] = {}
        self._dirty: dict[tuple[str, str], Account] = {}
        self._stopped = False
        self._clearing: set[tuple[str, tuple[int, int]]] = set()

    def __len__(self) -> int:
        return len(self._attempts) + len(self.preparations)

    def facts(self, account: Account, pool: PoolRecord, node: NodeRecord) -> NodeFacts:
        """The node data that tasks get as variables."""
        return NodeFacts(
            account_name=account.name,
            account_url=self._account_url,
            pool_id=pool.id,
            node_id=node.id,
            root=account.node_root(pool.id, node.id),
            is_dedicated=node.is_dedicated,
        )

    def wake(self, account: Account, pool_key: str) -> None:
        """Schedule placement of tasks on the pool, on the event loop."""
        if not self._dirty:
            asyncio.get_running_loop().call_soon(self._place_dirty)
        self._dirty[account.name, pool_key] = account

    def end(self, account: Account, job: JobRecord, task: TaskRecord) -> None:
        """Handle a terminated or deleted task: end its process; if deleted, remove its files."""
        deleted = job.tasks.get(task.key) is not task
        running = self._attempts.get((job.seq, task.seq))
        if running is not None:
            running.cancel(Ending.DROP if deleted else Ending.TERMINATE)
        elif deleted:
            self.files.remove(account, job, task)

    def empty_node(self, node: NodeRecord, option: str) -> asyncio.Future[Any]:
        """End, requeue or await the node's attempts, depending on `option`; the future is done when all have ended."""
        return self._empty([r for r in self._attempts.values() if node in r.nodes], option)

    def empty_job(self, job: JobRecord, option: str) -> asyncio.Future[Any]:
        """End, requeue or await the job's attempts, depending on `option`; the future is done when all have ended."""
        return self._empty(list(self._by_job.get(job.seq, {}).values()), option)

    async def stop(self) -> None:
        """End all attempts and requeue their tasks."""
        self._stopped = True
        await self._empty(list(self._attempts.values()), "requeue")
        await self.preparations.stop()
        await self.files.stop()

    def _empty(self, runs: Iterable[TaskAttempt], option: str) -> asyncio.Future[Any]:
        works = []
        for each in runs:
            if option in {"requeue", "terminate", "drop"}:
                each.cancel(Ending(option))
            if each.work is not None:
                works.append(each.work)
        return asyncio.gather(*works, return_exceptions=True)

    def _place_dirty(self) -> None:
        if self._service.store.failing and not self._stopped:
            # The disk is full: do not start tasks whose state cannot be saved.
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
        jobs = {
            seq: job
            for seq, job in account.jobs_by_pool.get(pool_key, {}).items()
            if job.state is JobState.ACTIVE and job.tasks.count(TaskState.ACTIVE)
        }
        if not jobs:
            return
        slots = pool.slots_per_node
        # Slots freed by preemption for a large task must not be taken by a smaller one meanwhile.
        clearing = {node_id for node_id, _ in self._clearing}
        nodes = [
            FreeNode(node.id, slots - busy, busy, node.is_dedicated)
            for node in pool.nodes.values()
            if node.takes_tasks and node.id not in clearing and (busy := sum(node.running.values())) < slots
        ]
        if not nodes:
            return
        free = sum(node.free for node in nodes)
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
        """Preempt tasks that allow it for jobs of higher priority, which are placed once the slots are free."""
        pool = account.pools.get(pool_key)
        if pool is None or pool.state is PoolState.DELETING or not may_preempt(account, pool):
            return
        for key in to_preempt(account, pool, [each for each in self._attempts.values() if each.pool is pool]):
            each = self._attempts[key]
            self._clearing.add((each.node.id, key))
            each.cancel(Ending.REQUEUE)

    def _start(
        self, account: Account, pool: PoolRecord, nodes: list[NodeRecord], job: JobRecord, task: TaskRecord
    ) -> None:
        node = nodes[0]
        preparing = "jobPreparationTask" in job.body and not all(is_prepared(job, each) for each in nodes)
        task_transitions.start_task(account, job, task, pool, node, preparing=preparing)
        directory = task_directory(account.node_root(pool.id, node.id), job.id, task.id)
        started = TaskAttempt(account, job, task, pool, node, directory, tuple(nodes[1:]))
        if is_exclusive(job, task):
            node.exclusive = started.key
        for each in nodes:
            each.running[started.key] = task.slots
            each.total_tasks_run += 1
            each.recent_tasks = [(job.id, task.id), *each.recent_tasks[: _RECENT_TASKS - 1]]
            pool_transitions.set_node_state(account, pool, each, NodeState.RUNNING)
        self._attempts[started.key] = started
        self._by_job.setdefault(job.seq, {})[started.key] = started
        started.work = asyncio.get_running_loop().create_task(self._run(started))
        started.work.add_done_callback(partial(self._ended, started))

    async def _run(self, attempt: TaskAttempt) -> TaskEnd:
        """Prepare the nodes for the job where needed, then run the task."""
        await self.files.removed(attempt.directory)
        if attempt.task.state is TaskState.PREPARING:
            preparing = (
                self.preparations.prepare(attempt.account, attempt.job, attempt.pool, node) for node in attempt.nodes
            )
            if not all(await asyncio.gather(*preparing)):
                raise _NotPreparedError
            task_transitions.run_prepared_task(attempt.account, attempt.job, attempt.task)
        return await run_attempts(attempt, self.machine, self.facts)

    def _ended(self, each: TaskAttempt, work: asyncio.Task[TaskEnd]) -> None:
        """The process has ended: free the slots and record the result."""
        account, node = each.account, each.node
        del self._attempts[each.key]
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
            self._record_end(each, work)
        if each.ending is Ending.DROP:
            for other in each.nodes:
                self.files.remove_directory(
                    task_directory(account.node_root(each.pool.id, other.id), each.job.id, each.task.id)
                )
        for other in each.nodes:
            if not other.running and other.state is NodeState.RUNNING:
                state = NodeState.IDLE if other.scheduling_enabled else NodeState.OFFLINE
                pool_transitions.set_node_state(account, each.pool, other, state)
        self.wake(account, each.pool.key)

    def _record_end(self, each: TaskAttempt, work: asyncio.Task[TaskEnd]) -> None:
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
            _LOG.error("cannot run task %s of job %s", task.id, job.id, exc_info=error)
            ended = account.clock.node_now()
            failure = no_directory(error).to_json() if isinstance(error, OSError) else _BUG
            task_transitions.complete_task(account, job, task, ended=ended, exit_code=None, failure=failure)
            return
        end = work.result()
        if end.failure is None:
            each.node.total_tasks_succeeded += 1
        task_transitions.complete_task(
            account,
            job,
            task,
            ended=account.clock.node_now(),
            exit_code=end.exit_code,
            failure=None if end.failure is None else end.failure.to_json(),
            container=None if end.container is None else dict(end.container),
        )
