from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from azure.batch import models

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., models.BatchTask]
    Until = Callable[[Callable[[], Any]], Any]


def test_the_files_of_a_task_are_removed_after_their_retention_time(wire: Any, run: Run, until: Until) -> None:
    run("true", constraints=models.BatchTaskConstraints(retention_time=timedelta(milliseconds=1)))
    until(lambda: wire("GET", "/jobs/job/tasks/task/files").status == 409)
    answer = wire("GET", "/jobs/job/tasks/task/files/stdout.txt")
    assert (answer.status, answer.code) == (409, "TaskFilesCleanedup")
    assert wire("GET", "/jobs/job/tasks/task").json()["executionInfo"]["result"] == "success"


def test_the_files_of_a_new_task_of_the_same_id_are_kept(wire: Any, run: Run, until: Until) -> None:
    short = models.BatchTaskConstraints(retention_time=timedelta(seconds=1))
    run("true", constraints=short)
    assert wire("DELETE", "/jobs/job/tasks/task").status == 200
    run("true")
    # When these are gone, those of the deleted task were due.
    run("true", id="later", constraints=short)
    until(lambda: wire("GET", "/jobs/job/tasks/later/files").status == 409)
    assert wire("GET", "/jobs/job/tasks/task/files/stdout.txt").status == 200
