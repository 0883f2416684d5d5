from __future__ import annotations

import json
from typing import Any

import pytest

from recipebatch.runs import MAX_FILES, MAX_TASKS, OUTPUT_BYTES, KeptLog, KeptTask, RunTasks
from recipebatch.runs.kept.tasks import MAX_LOGS, tasks_from_json


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


def a_log(node: str, *, file: str = "agent-debug.log", end: str = "one\n") -> KeptLog:
    return KeptLog(pool_id="p1", node_id=node, file=file, size=4, end=end)


def test_agent_logs_of_nodes_are_kept_beside_tasks_and_read_again() -> None:
    kept = RunTasks().with_agent_logs([a_log("n1"), a_log("n2")]).with_seen([a_task()])
    assert tasks_from_json(kept.to_json()) == kept
    again = kept.with_agent_logs([a_log("n1", end="two\n")])
    assert again.agent_logs == (a_log("n2"), a_log("n1", end="two\n"))
    assert again.kept == (a_task(),)
    many = kept.with_agent_logs([a_log("n3", file=f"{number}.log") for number in range(MAX_LOGS - 1)])
    assert (len(many.agent_logs), many.agent_logs[0]) == (MAX_LOGS, a_log("n2"))


def test_a_document_without_agent_logs_is_read_and_wrong_ones_are_nothing() -> None:
    body = json.loads(RunTasks().with_seen([a_task()]).with_agent_logs([a_log("n1")]).to_json())
    (entry,) = body["agent_logs"]
    wrong: Any
    for wrong in ([entry | {"size": "4"}], [entry | {"end": 1}], [{}], 5):
        assert tasks_from_json(json.dumps(body | {"agent_logs": wrong})) == RunTasks()
    del body["agent_logs"]
    assert tasks_from_json(json.dumps(body)) == RunTasks(kept=(a_task(),))


def test_a_later_version_is_nothing() -> None:
    body = json.loads(RunTasks().with_seen([a_task(stdout="out")]).to_json())
    assert tasks_from_json(json.dumps(body | {"version": body["version"] + 1})) == RunTasks()
