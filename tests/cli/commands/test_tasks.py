"""tasks: what the command asks for, and in which form it prints."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from in_memory_run import NOW

from recipebatch import api
from recipebatch.cli.app import app
from recipebatch.errors import UsageError
from recipebatch.execution import FilesOfTask, TaskDetails, TaskList, TaskOutput, TaskRow
from recipebatch.runs import TaskRecord

ROW = TaskRow(record=TaskRecord(job_id="j", task_id="t", state="running", created=NOW, began=NOW), seen=NOW)
LISTED = TaskList(rows=(ROW,), matching=1, counts={"running": 1}, from_service=True)


@dataclass
class Asked:
    options: dict[str, Any] = field(default_factory=dict)

    def __call__(self, recipe: object, **options: Any) -> api.RunTaskList:
        self.options = {"recipe": recipe, **options}
        return api.RunTaskList(run_id="r1", recipe="r", status="watch started", at=NOW, tasks=LISTED)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    found = Asked()
    monkeypatch.setattr(api, "tasks", found)
    return found


def test_without_the_name_of_a_command_tasks_are_listed(asked: Asked, capsys: pytest.CaptureFixture[str]) -> None:
    app(["tasks", "20260102-030405-abcd", "--state", "failed", "--since", "2h", "--no-color"], standalone_mode=False)
    assert (asked.options["recipe"], asked.options["run"]) == (None, "20260102-030405-abcd")
    assert (asked.options["states"], asked.options["limit"], asked.options["sort"]) == (["failed"], None, None)
    assert asked.options["since"] is not None
    assert capsys.readouterr().out.splitlines()[-1] == "1 task: 1 running"
    app(["tasks", "list", "--limit", "5"], standalone_mode=False)
    assert (asked.options["run"], asked.options["limit"]) == (None, 5)
    app(["tasks", "--limit", "0", "--reverse"], standalone_mode=False)
    assert (asked.options["limit"], asked.options["reverse"]) == (None, True)


@pytest.mark.parametrize("form", [["--json"], ["--format", "json"], ["--json", "--format", "json"]])
def test_json_is_one_document(asked: Asked, capsys: pytest.CaptureFixture[str], form: list[str]) -> None:
    app(["tasks", *form], standalone_mode=False)
    body = json.loads(capsys.readouterr().out)
    assert (body["run"], body["tasks"][0]["id"], body["tasks"][0]["state"]) == ("r1", "t", "running")
    assert asked.options["states"] == ()


@pytest.mark.parametrize(("form", "separator"), [("csv", ","), ("tsv", "\t")])
def test_rows_for_a_spreadsheet_have_a_header(
    asked: Asked, capsys: pytest.CaptureFixture[str], form: str, separator: str
) -> None:
    app(["tasks", "--format", form], standalone_mode=False)
    header, row = capsys.readouterr().out.splitlines()
    assert header.split(separator)[0] == "id"
    assert row.split(separator)[:6] == ["t", "", "j", "", "", "running"]
    assert asked.options["items"] == ()


def test_forms_that_exclude_each_other_and_times_that_are_none_are_refused(asked: Asked) -> None:
    with pytest.raises(UsageError, match="--json and --format csv cannot be combined"):
        app(["tasks", "--json", "--format", "csv"], standalone_mode=False)
    with pytest.raises(UsageError, match="--since: 'soon' is no time"):
        app(["tasks", "--since", "soon"], standalone_mode=False)
    assert asked.options == {}
    assert ROW.ran == timedelta()


def test_a_task_is_shown_by_its_id(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[Any] = []

    def task(task_id: str, recipe: object, **options: Any) -> api.RunTask:
        asked.append((task_id, recipe, options["run"], options["job"]))
        details = TaskDetails(row=ROW, tries=(ROW,), from_record=False)
        return api.RunTask(run_id="r1", recipe="r", status="ended", at=NOW, run_option="--run r1", task=details)

    monkeypatch.setattr(api, "task", task)
    app(["tasks", "show", "t", "20260102-030405-abcd", "--job", "j"], standalone_mode=False)
    assert capsys.readouterr().out.splitlines()[0] == "task t: running"
    app(["tasks", "--no-color", "show", "t", "--json"], standalone_mode=False)
    assert json.loads(capsys.readouterr().out)["task"]["id"] == "t"
    assert asked == [("t", None, "20260102-030405-abcd", "j"), ("t", None, None, None)]


def test_both_streams_of_a_task_are_told_apart_and_conditions_are_passed_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[dict[str, Any]] = []

    def logs(_recipe: object, **options: Any) -> Any:
        asked.append(options)
        yield TaskOutput(job="j", task="t", text=b"out\n", file="stdout.txt")
        yield TaskOutput(job="j", task="t", text=b"err", file="stderr.txt")

    monkeypatch.setattr(api, "logs", logs)
    app(["logs", "--task", "t", "--stream", "both"], standalone_mode=False)
    assert capsys.readouterr().out == "t stdout | out\nt stderr | err\n"
    app(["logs", "--failed", "--template", "count", "--stream", "stderr", "--json"], standalone_mode=False)
    body = json.loads(capsys.readouterr().out)
    assert (body["file"], [task["file"] for task in body["tasks"]]) == ("stderr.txt", ["stdout.txt", "stderr.txt"])
    assert [(each["failed"], list(each["templates"]), each["stream"]) for each in asked] == [
        (False, [], "both"),
        (True, ["count"], "stderr"),
    ]


def test_the_files_of_tasks_are_a_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    found = (
        FilesOfTask(job="j", task="a", files={"stdout.txt": 2048}, from_record=True, more=1),
        FilesOfTask(job="j", task="b", files={}, why_none="it has not started yet"),
    )
    monkeypatch.setattr(api, "task_files", lambda *_arguments, **_options: found)
    app(["logs", "--list"], standalone_mode=False)
    assert capsys.readouterr().out.splitlines() == [
        "TASK     SIZE  FILE",
        "a     2.0 KiB  stdout.txt",
        "task a: its files are gone; these were recorded, and 1 more",
        "task b: no files are known: it has not started yet",
    ]
    app(["logs", "--list", "--json"], standalone_mode=False)
    assert json.loads(capsys.readouterr().out)["tasks"][0]["files"] == {"stdout.txt": 2048}
    with pytest.raises(UsageError, match="--list takes no --node"):
        app(["logs", "--list", "--follow"], standalone_mode=False)
    with pytest.raises(UsageError, match="--agent"):
        app(["logs", "--list", "--agent"], standalone_mode=False)


def test_lines_of_agent_logs_begin_with_node_and_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def logs(_recipe: object, **options: Any) -> Any:
        assert options["agent"] is True
        yield TaskOutput(job="", task="", text=b"one\ntwo", file="agent-debug.log", node="n1", kind="agent log")

    monkeypatch.setattr(api, "logs", logs)
    app(["logs", "--agent"], standalone_mode=False)
    assert capsys.readouterr().out == "n1: agent-debug.log | one\nn1: agent-debug.log | two\n"
    app(["logs", "--agent", "--json"], standalone_mode=False)
    body = json.loads(capsys.readouterr().out)
    (part,) = body["tasks"]
    assert (body["file"], part["kind"], part["node"], part["file"]) == (
        "agent log",
        "agent log",
        "n1",
        "agent-debug.log",
    )
