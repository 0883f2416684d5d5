"""Job preparation and release tasks: once on each node, before the job's first task on it and after its last."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from recipebatch.emulator.engine.node_setup import resource_files, run_with_requirements
from recipebatch.emulator.node_agent import NodeFacts, TaskEnd, TaskRun, task_directory, task_environment
from recipebatch.emulator.scheduler import AfterRun, after_run
from recipebatch.emulator.state import timestamps
from recipebatch.emulator.state.transitions import job as job_transitions
from recipebatch.vocabulary.durations import NO_LIMIT, parse_ticks

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Mapping
    from pathlib import Path

    from recipebatch.emulator.state import Account, JobRecord, Json, NodeRecord, PoolRecord

_LOG = logging.getLogger(__name__)


class JobPreparations:
    """The preparation and release tasks of all jobs.

    Args:
        machine: the variables that every task on this machine gets.
        facts: returns the node data that tasks get as variables.
    """

    def __init__(
        self, machine: Mapping[str, str], facts: Callable[[Account, PoolRecord, NodeRecord], NodeFacts]
    ) -> None:
        self._machine = machine
        self._facts = facts
        self._works: dict[tuple[int, str], asyncio.Task[bool]] = {}

    def __len__(self) -> int:
        return len(self._works)

    async def prepare(self, account: Account, job: JobRecord, pool: PoolRecord, node: NodeRecord) -> bool:
        """Prepare the node for the job if needed; True if the job's tasks may run on it."""
        spec = job.body.get("jobPreparationTask")
        if spec is None:
            return True
        key = (job.seq, node.id)
        if (work := self._works.get(key)) is None:
            if (known := job.on_nodes.get(node.id)) is not None and not known.pop("again", False):
                return not failed(job, known)
            work = self._begin(key, self._run(account, job, pool, node, "preparation", spec))
        # Cancelling one waiting task does not cancel the preparation, for which others may wait.
        await asyncio.wait({work})
        return not work.cancelled() and not failed(job, job.on_nodes[node.id])

    async def release(self, account: Account, job: JobRecord) -> None:
        """Run the release task on every prepared node; its failure is recorded and has no other effect."""
        await self.abandon(job)
        spec = job.body.get("jobReleaseTask")
        pool = account.pools.get(job.pool_key)
        if spec is None or pool is None:
            return
        works = []
        for node_id, known in list(job.on_nodes.items()):
            node = pool.nodes.get(node_id)
            if node is not None and "release" not in known:
                running = self._run(account, job, pool, node, "release", spec)
                works.append(self._begin((job.seq, node_id), running))
        await asyncio.gather(*works, return_exceptions=True)

    async def abandon(self, job: JobRecord) -> None:
        """Cancel the preparation and release tasks of that job."""
        await self.end(work for (seq, _), work in self._works.items() if seq == job.seq)

    async def abandon_node(self, node: NodeRecord) -> None:
        """Cancel the preparation and release tasks on that node."""
        await self.end(work for (_, node_id), work in self._works.items() if node_id == node.id)

    async def stop(self) -> None:
        """Cancel all; the next emulator starts them again."""
        await self.end(self._works.values())

    @staticmethod
    async def end(works: Iterable[asyncio.Task[bool]]) -> None:
        """Cancel and wait."""
        ending = list(works)
        for work in ending:
            work.cancel()
        await asyncio.gather(*ending, return_exceptions=True)

    def _begin(self, key: tuple[int, str], running: Coroutine[Any, Any, bool]) -> asyncio.Task[bool]:
        work = asyncio.get_running_loop().create_task(running)
        self._works[key] = work
        work.add_done_callback(partial(self._done, key))
        return work

    def _done(self, key: tuple[int, str], work: asyncio.Task[bool]) -> None:
        if self._works.get(key) is work:
            del self._works[key]
        if not work.cancelled() and (error := work.exception()) is not None:
            _LOG.error("cannot run a job preparation or release task", exc_info=error)

    async def _run(
        self, account: Account, job: JobRecord, pool: PoolRecord, node: NodeRecord, kind: str, spec: Json
    ) -> bool:
        task_run = self._task_run(account, job, self._facts(account, pool, node), kind, spec)
        began = account.clock.node_now()
        info: Json = {"state": "running", "startTime": began, "retryCount": 0, "taskId": spec["id"]}
        try:
            while True:
                job_transitions.record_node_status(account, job, pool.id, node.id, kind, info)
                end = await run_with_requirements(
                    *(account, pool, node, spec, task_run),
                    start_time=timestamps.to_datetime(info["startTime"]),
                    outside=frozenset(self._machine),
                )
                decision = after_run(
                    failure_code=None if end.failure is None else end.failure.code,
                    retry_count=info["retryCount"],
                    max_retries=spec.get("constraints", {}).get("maxTaskRetryCount", 0),
                )
                if decision is AfterRun.COMPLETE:
                    break
                again = account.clock.node_now()
                info = {**info, "startTime": again, "lastRetryTime": again, "retryCount": info["retryCount"] + 1}
        except asyncio.CancelledError:
            job_transitions.remove_node_status(account, job, node.id, kind)
            raise
        job_transitions.record_node_status(
            account, job, pool.id, node.id, kind, info | _end(end, account.clock.node_now())
        )
        return end.failure is None

    def _task_run(self, account: Account, job: JobRecord, facts: NodeFacts, kind: str, spec: Json) -> TaskRun:
        text = spec["maxWallClockTime"] if kind == "release" else spec["constraints"]["maxWallClockTime"]
        limit = parse_ticks(text)
        directory = task_directory(facts.root, job.id, spec["id"])
        prepared = preparation_directory(job, facts) if kind == "release" else None
        return TaskRun(
            directory=directory,
            command_line=spec["commandLine"],
            environment=task_environment(
                self._machine,
                facts,
                job_id=job.id,
                task_id=spec["id"],
                directory=directory,
                preparation_directory=prepared,
                common=settings(job.body.get("commonEnvironmentSettings")),
                settings=settings(spec.get("environmentSettings")),
            ),
            resource_files=resource_files(account, spec.get("resourceFiles")),
            max_wall_clock_time=None if limit >= NO_LIMIT else timedelta(microseconds=limit // 10),
        )


def failed(job: JobRecord, known: Json) -> bool:
    """Whether a failed preparation excludes the job's tasks from a node."""
    waits = job.body.get("jobPreparationTask", {}).get("waitForSuccess", True)
    return bool(waits) and not known.get("again") and known.get("preparation", {}).get("result") == "failure"


def is_prepared(job: JobRecord, node: NodeRecord) -> bool:
    """Whether the job's preparation task has ended on the node and the job's tasks may run on it."""
    known = job.on_nodes.get(node.id)
    if known is None or known.get("again"):
        return False
    return bool(known["preparation"]["state"] == "completed") and not failed(job, known)


def preparation_directory(job: JobRecord, facts: NodeFacts) -> Path | None:
    """Where the job's preparation task runs on a node, or None if it has none."""
    spec = job.body.get("jobPreparationTask")
    return None if spec is None else task_directory(facts.root, job.id, spec["id"])


def settings(listed: Iterable[Json] | None) -> tuple[tuple[str, str], ...]:
    """`environmentSettings` as pairs."""
    return tuple((setting["name"], setting.get("value") or "") for setting in listed or ())


def _end(end: TaskEnd, now: int) -> Json:
    document: Json = {"state": "completed", "endTime": now}
    if end.exit_code is not None:
        document["exitCode"] = end.exit_code
    if end.container is not None:
        document["containerInfo"] = dict(end.container)
    if end.failure is not None:
        document["failureInfo"] = end.failure.to_json()
    document["result"] = "success" if end.failure is None else "failure"
    return document
