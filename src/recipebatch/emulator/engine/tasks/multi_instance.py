"""Runs a multi-instance task: the coordination command on all its nodes, then its own command on the first.

On Azure each instance has its own directory at the same path, `AZ_BATCH_TASK_SHARED_DIR`. Nodes of the emulator are
directories of one machine, so all instances share the primary's directory and common resource files are downloaded
once.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from recipebatch.emulator.engine.job_preparation import preparation_directory, settings
from recipebatch.emulator.engine.node_setup import resource_files
from recipebatch.emulator.node_agent import (
    Coordination,
    Failure,
    TaskEnd,
    TaskRun,
    download_common_files,
    launcher_variables,
    make_remote_shell,
    run,
    task_directory,
    task_environment,
)
from recipebatch.emulator.scheduler import variables
from recipebatch.emulator.state import node_address
from recipebatch.emulator.state.transitions import job as job_transitions
from recipebatch.emulator.state.transitions import task as task_transitions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from recipebatch.emulator.node_agent import NodeFacts
    from recipebatch.emulator.state import Account, JobRecord, Json, NodeRecord, PoolRecord, TaskRecord


class TaskInstances:
    """The instances of one attempt of a multi-instance task.

    Args:
        nodes: the first is the primary's.
        spec: the task's definition.
        machine: the variables that every task on this machine gets.
        facts: returns the node data that tasks get as variables.
    """

    def __init__(
        self,
        account: Account,
        job: JobRecord,
        task: TaskRecord,
        pool: PoolRecord,
        nodes: Sequence[NodeRecord],
        *,
        spec: Json,
        machine: Mapping[str, str],
        facts: Callable[[Account, PoolRecord, NodeRecord], NodeFacts],
    ) -> None:
        self._account = account
        self._job = job
        self._task = task
        self._pool = pool
        self._nodes = nodes
        self._spec = spec
        self._machine = machine
        self._facts = [facts(account, pool, node) for node in nodes]
        self._addresses = [node_address(pool, node) for node in nodes]
        self._coordinations: list[Coordination] = []

    @property
    def shared_directory(self) -> Path:
        """`AZ_BATCH_TASK_SHARED_DIR`."""
        return task_directory(self._facts[0].root, self._job.id, self._task.id)

    def environment(self, instance: int) -> dict[str, str]:
        """The environment of one instance's commands; 0 is the primary."""
        facts = self._facts[instance]
        shell = make_remote_shell(self._facts[0].root / "volatile")
        instance_variables = variables(self._addresses, instance, str(self.shared_directory))
        return task_environment(
            {**self._machine, **launcher_variables(shell), **instance_variables},
            facts,
            job_id=self._job.id,
            task_id=self._task.id,
            directory=self._directory(instance),
            preparation_directory=preparation_directory(self._job, facts),
            common=settings(self._job.body.get("commonEnvironmentSettings")),
            settings=settings(self._spec.get("environmentSettings")),
        )

    async def run(self, primary: TaskRun, *, start_time: datetime) -> TaskEnd:
        """Run one attempt; all processes of all instances have ended when this returns."""
        job_transitions.remove_subtasks(self._account, self._job, self._task)
        try:
            return await run(primary, start_time=start_time, coordinate=self._coordinate)
        finally:
            for coordination in self._coordinations:
                await coordination.close()
            self._end_subtasks()

    def _directory(self, instance: int) -> Path:
        own = task_directory(self._facts[instance].root, self._job.id, self._task.id)
        return own / str(instance) if instance else own

    async def _coordinate(self) -> tuple[int | None, Failure | None]:
        """Run all coordination commands at once; the first that fails fails the whole attempt."""
        instance_settings = self._spec["multiInstanceSettings"]
        files = resource_files(self._account, instance_settings.get("commonResourceFiles"))
        if (failure := await download_common_files(files, self.shared_directory)) is not None:
            return None, failure
        loop = asyncio.get_running_loop()
        works = {loop.create_task(self._coordinate_one(instance)) for instance in range(len(self._nodes))}
        code: int | None = None
        try:
            while works:
                done, works = await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
                for work in done:
                    code, failure = work.result()
                    if failure is not None:
                        return code, failure
        finally:
            for work in works:
                work.cancel()
            await asyncio.gather(*works, return_exceptions=True)
        return code, None

    async def _coordinate_one(self, instance: int) -> tuple[int | None, Failure | None]:
        directory = self._directory(instance)
        command_line = self._spec["multiInstanceSettings"]["coordinationCommandLine"]
        coordination = Coordination(directory)
        self._coordinations.append(coordination)
        began = self._account.clock.node_now()
        info: Json = {"state": "running", "stateTransitionTime": began, "startTime": began}
        self._note(instance, info)
        task_run = TaskRun(directory=directory, command_line=command_line, environment=self.environment(instance))
        code, failure = await coordination.run(task_run)
        self._note(instance, _ended(info, self._account.clock.node_now(), code, failure))
        return code, failure

    def _note(self, instance: int, info: Json) -> None:
        if instance:
            node = self._nodes[instance]
            place: Json = {"poolId": self._pool.id, "nodeId": node.id}
            job_transitions.record_subtask(self._account, self._job, self._task, instance, info | place)

    def _end_subtasks(self) -> None:
        """Record the end of running subtasks, which were ended together with the task."""
        ended = task_transitions.ENDED_BY_USER
        failure = Failure(category=ended["category"], code=ended["code"], message=ended["message"])
        for info in list(self._job.subtasks.get(self._task.key, ())):
            if info["state"] == "running":
                now = self._account.clock.node_now()
                job_transitions.record_subtask(
                    self._account, self._job, self._task, info["id"], _ended(info, now, None, failure)
                )


def _ended(info: Json, now: int, code: int | None, failure: Failure | None) -> Json:
    document = {
        **info,
        "endTime": now,
        "state": "completed",
        "stateTransitionTime": now,
        "previousState": info["state"],
        "previousStateTransitionTime": info["stateTransitionTime"],
    }
    if code is not None:
        document["exitCode"] = code
    if failure is not None:
        document["failureInfo"] = failure.to_json()
    document["result"] = "success" if failure is None else "failure"
    return document
