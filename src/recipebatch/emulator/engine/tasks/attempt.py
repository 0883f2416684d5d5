"""The slots that a task holds on its nodes, and its runs up to the last retry."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING

from recipebatch.emulator.engine.job_preparation import preparation_directory, settings
from recipebatch.emulator.engine.node_setup import resource_files, run_with_requirements
from recipebatch.emulator.engine.tasks.multi_instance import TaskInstances
from recipebatch.emulator.node_agent import NodeFacts, OutputFile, TaskEnd, TaskRun, run, task_environment
from recipebatch.emulator.scheduler import AfterRun, after_run
from recipebatch.emulator.state import timestamps
from recipebatch.emulator.state.transitions import task as task_transitions
from recipebatch.vocabulary.durations import NO_LIMIT, parse_ticks

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from recipebatch.emulator.state import Account, JobRecord, Json, NodeRecord, PoolRecord, TaskRecord


class Ending(Enum):
    """What happens to a task whose process is ended by the engine."""

    REQUEUE = "requeue"
    TERMINATE = "terminate"
    DROP = "drop"


@dataclass(slots=True, eq=False)
class TaskAttempt:
    """A task that holds slots on its nodes."""

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
        """Sequence numbers of its job and its task."""
        return (self.job.seq, self.task.seq)

    def cancel(self, ending: Ending) -> None:
        """End its process."""
        self.ending = ending
        if self.work is not None:
            self.work.cancel()


async def run_attempts(
    attempt: TaskAttempt,
    machine: Mapping[str, str],
    facts: Callable[[Account, PoolRecord, NodeRecord], NodeFacts],
) -> TaskEnd:
    """Run the task on its prepared nodes; retry while it fails and retries are left.

    Args:
        machine: the variables that every task on this machine gets.
        facts: returns the node data that tasks get as variables.
    """
    spec = json.loads(attempt.task.spec)
    task_run = _task_run(attempt, spec, machine, facts(attempt.account, attempt.pool, attempt.node))
    instances = None
    if "multiInstanceSettings" in spec:
        instances = TaskInstances(
            *(attempt.account, attempt.job, attempt.task, attempt.pool, attempt.nodes),
            spec=spec,
            machine=machine,
            facts=facts,
        )
        task_run = replace(task_run, environment=instances.environment(0))
    while True:
        start = timestamps.to_datetime(attempt.task.start_time or 0)
        end = await run_with_requirements(
            *(attempt.account, attempt.pool, attempt.node, spec, task_run),
            start_time=start,
            outside=frozenset(machine),
            others=attempt.others,
            runner=run if instances is None else instances.run,
        )
        decision = after_run(
            failure_code=None if end.failure is None else end.failure.code,
            retry_count=attempt.task.retry_count,
            max_retries=spec["constraints"]["maxTaskRetryCount"],
        )
        if decision is AfterRun.COMPLETE:
            return end
        task_transitions.retry_task(attempt.account, attempt.job, attempt.task)


def _task_run(attempt: TaskAttempt, spec: Json, machine: Mapping[str, str], facts: NodeFacts) -> TaskRun:
    limit = parse_ticks(spec["constraints"]["maxWallClockTime"])
    return TaskRun(
        directory=attempt.directory,
        command_line=spec["commandLine"],
        environment=task_environment(
            machine,
            facts,
            job_id=attempt.job.id,
            task_id=attempt.task.id,
            directory=attempt.directory,
            preparation_directory=preparation_directory(attempt.job, facts),
            common=settings(attempt.job.body.get("commonEnvironmentSettings")),
            settings=settings(spec.get("environmentSettings")),
        ),
        resource_files=resource_files(attempt.account, spec.get("resourceFiles")),
        output_files=tuple(OutputFile.from_json(file) for file in spec.get("outputFiles") or ()),
        max_wall_clock_time=None if limit >= NO_LIMIT else timedelta(microseconds=limit // 10),
    )
