from __future__ import annotations

from typing import TYPE_CHECKING, Any

from azure.batch import models

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from azure.batch import BatchClient

    Run = Callable[..., models.BatchTask]
    Until = Callable[[Callable[[], Any]], Any]

Task = models.BatchTaskCreateOptions


def test_slots_are_never_exceeded_and_a_big_task_takes_a_whole_node(
    batch: BatchClient, job: str, until: Until, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    command = f"/bin/sh -c 'until test -e {go}; do sleep 0.02; done'"
    tasks = [Task(id=f"t{number}", command_line=command, required_slots=1 + number % 2) for number in range(6)]
    batch.create_task_collection(job, models.BatchTaskGroup(task_values=tasks))

    def three_run() -> list[models.BatchNode]:
        nodes = list(batch.list_nodes("pool"))
        return nodes if sum(node.running_tasks_count or 0 for node in nodes) == 3 else []

    nodes = until(three_run)
    assert sorted(node.running_task_slots_count for node in nodes) == [2, 2]
    assert sorted(node.running_tasks_count for node in nodes) == [1, 2]
    counts = batch.get_job_task_counts(job)
    assert (counts.task_counts.running, counts.task_slot_counts.running) == (3, 4)
    go.touch()
    until(lambda: batch.get_job_task_counts(job).task_counts.succeeded == 6)


def test_a_job_runs_no_more_tasks_at_once_than_it_says(
    batch: BatchClient, pool: str, until: Until, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    job = models.BatchJobCreateOptions(id="few", pool_info=models.BatchPoolInfo(pool_id=pool), max_parallel_tasks=1)
    batch.create_job(job)
    command = f"/bin/sh -c 'until test -e {go}; do sleep 0.02; done'"
    batch.create_tasks("few", [Task(id=f"t{number}", command_line=command) for number in range(3)])
    until(lambda: batch.get_job_task_counts("few").task_counts.running == 1)
    batch.update_job("few", models.BatchJobUpdateOptions(max_parallel_tasks=2))
    until(lambda: batch.get_job_task_counts("few").task_counts.running == 2)
    go.touch()
    until(lambda: batch.get_job_task_counts("few").task_counts.completed == 3)


def test_a_task_prefers_the_node_it_is_bound_to(batch: BatchClient, job: str, run: Run, until: Until) -> None:
    until(lambda: all(node.state == "idle" for node in batch.list_nodes("pool")))
    for node in batch.list_nodes("pool"):
        task = run("true", id=node.id[-8:], affinity_info=models.BatchAffinityInfo(affinity_id=node.affinity_id))
        assert task.node_info is not None
        assert task.node_info.node_id == node.id
    assert job
