"""Records, reads and lists 100,000 tasks of a run: bytes of the record, seconds, and peak memory.

Measured in seconds of processor time are the record of all tasks as text and back (`write_seconds`, `read_seconds`), a
sorted list of ten of them from the record (`sorted_seconds`, reading included), and two runs with equal tasks compared
(`diff_seconds`).
Prints one JSON line; `peak_mib` is the peak resident memory, including interpreter and imports.
"""

from __future__ import annotations

import json
import resource
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import recipebatch
from recipebatch.execution import TaskQuery, list_run_tasks
from recipebatch.runs import DONE, TaskHistory, TaskRecord, task_changes
from recipebatch.runs.kept.task_history import task_history_from_json

if TYPE_CHECKING:
    from collections.abc import Callable

TASKS = 100_000
NODES = 64
BEGIN = datetime(2026, 1, 2, 12, tzinfo=UTC)


def a_task(number: int) -> TaskRecord:
    """A task with times and names as real ones have them."""
    began = BEGIN + timedelta(milliseconds=number * number % 86_399_993)
    return TaskRecord(
        job="job",
        job_id="sweep-20260102-120000-ab12",
        task_id=f"point-{number:05d}",
        template="point",
        item=f"file 'samples/2026/{number * 104729 % 999983:08d}/reads_{number}.fastq.gz'",
        state="completed",
        exit_code=0 if number % 300 else 3,
        cause="" if number % 300 else "exit_code",
        tries=1,
        node_id=f"tvmps_{number % NODES:064x}_d",
        pool_id="sweep-20260102-120000-ab12",
        created=BEGIN,
        began=began,
        ended=began + timedelta(milliseconds=number * 31 % 100_003),
    )


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    """How much processor time it takes, and what it gives."""
    begun = time.process_time()
    found = work()
    return round(time.process_time() - begun, 3), found


def main() -> None:
    """Measure each once."""
    history = TaskHistory().with_seen([a_task(number) for number in range(TASKS)], BEGIN)
    write, text = seconds(history.to_json)
    read, same = seconds(lambda: task_history_from_json(text))
    if same != history:
        raise SystemExit("the record is not what was written")
    store = SimpleNamespace(task_history=lambda _run: task_history_from_json(text))
    services: Any = SimpleNamespace(store=store)
    record: Any = SimpleNamespace(run_id="20260102-120000-ab12", state_of=lambda _phase: DONE)
    recorded: Any = SimpleNamespace(record=record)
    listed, found = seconds(lambda: list_run_tasks(services, recorded, TaskQuery(), now=BEGIN, sort="ran", limit=10))
    compared, _ = seconds(lambda: task_changes(history, same))
    print(
        json.dumps(
            {
                "benchmark": "tasks",
                "tasks": found.total,
                "bytes_per_task": round(len(text) / TASKS, 1),
                "write_seconds": write,
                "read_seconds": read,
                "sorted_seconds": listed,
                "diff_seconds": compared,
                "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
                "version": recipebatch.__version__,
            }
        )
    )


if __name__ == "__main__":
    main()
