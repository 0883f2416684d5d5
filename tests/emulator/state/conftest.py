"""An account without a server; its store records the written statements, its listener counts the events."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest

from recipebatch.emulator.protocol import defaults
from recipebatch.emulator.state import Account, Clock, JobRecord, NodeRecord, PoolRecord, TaskRecord
from recipebatch.emulator.state.transitions import job as job_transitions
from recipebatch.emulator.state.transitions import pool as pool_transitions
from recipebatch.emulator.state.transitions import task as task_transitions
from recipebatch.vocabulary.durations import TICKS_PER_SECOND
from recipebatch.vocabulary.states import NodeState

if TYPE_CHECKING:
    from pathlib import Path

    from recipebatch.emulator.state.persistence import Store

IMAGE = {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"}
POOL = {
    "vmSize": "standard_d2_v3",
    "virtualMachineConfiguration": {"imageReference": IMAGE, "nodeAgentSKUId": "batch.node.ubuntu 24.04"},
}
RESIZE_TIMEOUT = 900 * TICKS_PER_SECOND


@dataclass
class WrittenRows:
    """Stands in for a `Store`."""

    rows: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)

    def write(self, statement: str, *parameters: Any) -> None:
        self.rows.append((statement, parameters))

    def count(self, beginning: str) -> int:
        """The number of statements with that beginning."""
        return sum(statement.startswith(beginning) for statement, _ in self.rows)


class RecordingListener:
    """Counts the events."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        def note(*_arguments: Any) -> None:
            self.calls[name] += 1

        return note


class StateAccount:
    """An account with helpers to add records."""

    def __init__(self, directory: Path) -> None:
        self.store = WrittenRows()
        self.listener = RecordingListener()
        self.account = Account(
            name="a",
            key=b"key",
            directory=directory,
            store=cast("Store", self.store),
            clock=Clock(),
            listener=cast("Any", self.listener),
        )
        self._jobs = 0

    @property
    def calls(self) -> Counter[str]:
        """The number of events by method."""
        return self.listener.calls

    def pool(self, pool_id: str = "p", **more: Any) -> PoolRecord:
        body = defaults.pool_with_defaults({**POOL, **more})
        return pool_transitions.create_pool(self.account, pool_id, body, resize_timeout=RESIZE_TIMEOUT)

    def node(self, pool: PoolRecord, state: NodeState = NodeState.IDLE, *, dedicated: bool = True) -> NodeRecord:
        node = pool_transitions.add_node(self.account, pool, dedicated=dedicated)
        pool_transitions.set_node_state(self.account, pool, node, state)
        return node

    def job(self, job_id: str = "j", **more: Any) -> JobRecord:
        self._jobs += 1
        body = defaults.job_with_defaults({"poolInfo": {"poolId": "p"}, **more})
        return job_transitions.create_job(self.account, self._jobs, job_id, body)

    def task(self, job: JobRecord, task_id: str = "t", **more: Any) -> TaskRecord:
        spec = defaults.task_with_defaults({"commandLine": "true", **more}, job.body)
        return task_transitions.add_task(self.account, job, task_id, spec)


@pytest.fixture
def state(tmp_path: Path) -> StateAccount:
    """An empty account."""
    return StateAccount(tmp_path)
