"""Removes the directories of tasks in the background; callers can wait until they are removed."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from recipebatch.emulator.node_agent import remove_tree, task_directory
from recipebatch.vocabulary.states import TaskState

if TYPE_CHECKING:
    from pathlib import Path

    from recipebatch.emulator.state import Account, JobRecord, NodeRecord, PoolRecord, TaskRecord

_STOP_SECONDS = 2.0


class TaskFiles:
    """The task directories of all accounts."""

    def __init__(self) -> None:
        self._removals: dict[Path, asyncio.Task[None]] = {}
        self._works: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()

    def remove(self, account: Account, job: JobRecord, task: TaskRecord) -> None:
        """Remove the files of a task that has ended, on all nodes of its instances."""
        if task.node is not None:
            for pool_id, node_id in (task.node, *_subtask_nodes(job, task)):
                self.remove_directory(task_directory(account.node_root(pool_id, node_id), job.id, task.id))

    def remove_directory(self, directory: Path) -> None:
        """Remove a task's directory in the background."""
        removal = asyncio.get_running_loop().create_task(_remove_quietly(directory))
        self._works.add(removal)
        self._removals[directory] = removal

        def done(task: asyncio.Task[None]) -> None:
            self._works.discard(task)
            if self._removals.get(directory) is task:
                del self._removals[directory]
            self.files_removed()

        removal.add_done_callback(done)

    async def removed(self, directory: Path) -> None:
        """Wait until a removal of that directory in progress has ended: a deleted task may have had the same id."""
        while (removal := self._removals.get(directory)) is not None:
            await asyncio.wait({removal})

    def files_removed(self) -> None:
        """Notify callers of `data_expired` that files of a task or job have been removed."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def data_expired(self, account: Account, pool: PoolRecord, node: NodeRecord) -> None:
        """Wait until no task has files on the node: their retention time has elapsed or their job was deleted."""
        while any(
            task_directory(account.node_root(pool.id, node.id), job.id, task.id).exists()
            for job in list(account.jobs.values())
            for task in job.tasks.in_state(TaskState.COMPLETED)
            if task.node == (pool.id, node.id)
        ):
            await self._changed.wait()

    async def stop(self) -> None:
        """Wait a moment for removals in progress; what they leave is removed with its job or pool."""
        if self._works:
            await asyncio.wait(self._works, timeout=_STOP_SECONDS)


async def _remove_quietly(directory: Path) -> None:
    with suppress(OSError):
        await asyncio.to_thread(remove_tree, directory)


def _subtask_nodes(job: JobRecord, task: TaskRecord) -> list[tuple[str, str]]:
    """(pool id, node id) of the instances beside the primary."""
    return [(known["poolId"], known["nodeId"]) for known in job.subtasks.get(task.key, ())]
