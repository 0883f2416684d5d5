from __future__ import annotations

from typing import TYPE_CHECKING, Any

from azure.batch import models

if TYPE_CHECKING:
    from collections.abc import Callable

    from azure.batch import BatchClient

    Run = Callable[..., models.BatchTask]
    Until = Callable[[Callable[[], Any]], Any]

Task = models.BatchTaskCreateOptions


def test_a_deleted_task_is_gone_with_its_files_and_its_id_is_free(batch: BatchClient, run: Run) -> None:
    run("/bin/sh -c 'echo first > file'")
    batch.delete_task("job", "task")
    assert list(batch.list_tasks("job")) == []
    run("ls")
    assert b"".join(batch.download_task_file("job", "task", "stdout.txt")) == b""


def test_a_deleted_task_that_runs_is_ended(batch: BatchClient, job: str, until: Until) -> None:
    batch.create_task(job, Task(id="t", command_line="sleep 600"))
    until(lambda: batch.get_task(job, "t").state == "running")
    batch.delete_task(job, "t")
    until(lambda: all(node.state == "idle" for node in batch.list_nodes("pool")))
    assert batch.get_job_task_counts(job).task_counts.running == 0
