from __future__ import annotations

import json

import pytest

from recipebatch.runs import MAX_FILES, MAX_TASKS, OUTPUT_BYTES, KeptTask, RunTasks
from recipebatch.runs.kept.tasks import tasks_from_json


def a_task(name: str = "t", *, job: str = "j", stdout: str = "", size: int | None = None, began: str = "1") -> KeptTask:
    files = {"stdout.txt": len(stdout) if size is None else size, "stderr.txt": 0}
    return KeptTask(job_id=job, task_id=name, began=began, files=files, stdout=stdout)


def test_a_task_is_kept_with_its_files_and_read_again() -> None:
    kept = RunTasks().with_seen([a_task(stdout="out\n")])
    assert tasks_from_json(kept.to_json()) == kept
    assert kept.find("j", "t") == a_task(stdout="out\n")
    assert kept.find("j", "u") is None


def test_only_the_first_tasks_are_kept_and_the_newer_look_at_one_of_them_counts() -> None:
    kept = RunTasks().with_seen([a_task(f"t{number}") for number in range(MAX_TASKS + 5)])
    assert [task.task_id for task in kept.kept] == [f"t{number}" for number in range(MAX_TASKS)]
    again = kept.with_seen([a_task("t3", stdout="second try", began="2"), a_task("other")])
    assert again.find("j", "t3") == a_task("t3", stdout="second try", began="2")
    assert len(again.kept) == MAX_TASKS


def test_a_task_that_is_tried_again_in_another_job_makes_room() -> None:
    kept = RunTasks().with_seen([a_task(f"t{number}") for number in range(MAX_TASKS)])
    again = kept.with_seen([a_task("t0", job="j-retry")], {("j", "t0")})
    assert again.find("j", "t0") is None
    assert again.find("j-retry", "t0") is not None


def test_a_file_that_is_longer_than_what_is_kept_or_no_text_is_not_whole() -> None:
    assert a_task(stdout="out").is_whole("stdout.txt")
    assert a_task(stdout="out").is_whole("stderr.txt")
    assert not a_task(stdout="end", size=OUTPUT_BYTES + 1).is_whole("stdout.txt")
    assert not a_task(stdout="\ufffd").is_whole("stdout.txt")
    assert a_task(stdout="out").end_of("wd/a.txt") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"tasks": [1]}',
        '{"tasks": [{"files": {"a": "b"}}]}',
        '{"tasks": [{"files": {}, "stdout": 1}]}',
        '{"tasks": 5}',
    ],
)
def test_what_someone_else_wrote_is_nothing(text: str) -> None:
    assert tasks_from_json(text) == RunTasks()


def test_no_more_is_read_than_is_ever_written() -> None:
    files = {f"f{number}": 1 for number in range(MAX_FILES + 9)}
    entries = [{"job_id": "j", "task_id": f"t{number}", "files": files} for number in range(MAX_TASKS + 9)]
    read = tasks_from_json(json.dumps({"version": 1, "tasks": entries}))
    assert (len(read.kept), len(read.kept[0].files)) == (MAX_TASKS, MAX_FILES)
