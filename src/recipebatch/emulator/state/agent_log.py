"""The agent log of a node, generated from the node's record. Pure."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from recipebatch.emulator.state.timestamps import format_instant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from recipebatch.emulator.state.account import Account
    from recipebatch.emulator.state.records import NodeRecord, PoolRecord

FILE_NAME = "agent-debug.log"


def directory(account: Account, pool: PoolRecord, node: NodeRecord, upload: UUID) -> str:
    """The blob directory of an upload: the account with a number, pool and node in lower case (recorded)."""
    number = hashlib.sha256(account.name.encode()).hexdigest()[:16].upper()
    return f"{account.name}-{number}/{pool.id.lower()}/{node.id}/{upload}"


def files(account: Account, pool: PoolRecord, node: NodeRecord, *, start: int, end: int) -> dict[str, bytes]:
    """The log files with lines of that time range (ticks), by name; they contain no command lines or URLs."""
    lines = sorted((moment, text) for moment, text in _lines(account, pool, node) if start <= moment <= end)
    if not lines:
        return {}
    return {FILE_NAME: "".join(f"{format_instant(moment)} {text}\n" for moment, text in lines).encode()}


def _lines(account: Account, pool: PoolRecord, node: NodeRecord) -> Iterator[tuple[int, str]]:
    yield node.allocation_time, f"node {node.id} of pool {pool.id} allocated"
    yield node.state_time, f"state {node.state.value}"
    if node.boot_time is not None:
        yield node.boot_time, "booted"
    if node.start_task_info is not None:
        info = node.start_task_info
        yield info["startTime"], f"start task started, retry {info['retryCount']}"
        if "endTime" in info:
            yield info["endTime"], f"start task ended: {info['result']}, exit code {info.get('exitCode')}"
    for job_id, task_id in node.recent_tasks:
        job = account.jobs.get(job_id.lower())
        task = None if job is None else job.tasks.get(task_id.lower())
        if task is None or task.node is None or task.node[1] != node.id:
            continue
        if task.start_time is not None:
            yield task.start_time, f"task {task_id} of job {job_id} started"
        if task.end_time is not None:
            yield task.end_time, f"task {task_id} of job {job_id} ended, exit code {task.exit_code}"
