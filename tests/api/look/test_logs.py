"""What logs takes together, and what it does not; and which tasks are meant."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from in_memory_pools import Notes
from in_memory_run import NOW, RECORD, Batch, World
from plans import a_job, a_plan, a_pool, a_task

from recipebatch import api, execution
from recipebatch.api.look import logs as module
from recipebatch.errors import UsageError
from recipebatch.execution import NoOutputError
from recipebatch.phases import PhaseOptions
from recipebatch.runs import KeptLog, TaskRecord

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"nodes": ("n1",), "tasks": ("t",)}, "they take no --task"),
        ({"nodes": ("n1",), "follow": True}, "they take no --task"),
        ({"start_tasks": True, "tasks": ("t",)}, "they take no --task"),
        ({"start_tasks": True, "follow": True}, "they take no --task"),
        ({"start_tasks": True, "failed": True}, "they take no --task, --failed"),
        ({"file": "a", "stream": "both"}, "--stream and --file cannot be combined"),
        ({"follow": True, "stream": "both"}, "--follow prints one stream"),
        ({"agent": True, "tasks": ("t",)}, "--agent prints the agent logs of nodes"),
        ({"agent": True, "follow": True}, "--agent prints the agent logs of nodes"),
        ({"agent": True, "start_tasks": True}, "--agent prints the agent logs of nodes"),
        ({"agent": True, "stream": "both"}, "--agent prints the agent logs of nodes"),
        ({"agent": True, "file": "a"}, "--agent prints the agent logs of nodes"),
        ({"stream": "stdot"}, "there is no stream 'stdot'"),
    ],
)
def test_what_does_not_go_together_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        list(api.logs(run="r1", **options))


PLAN = a_plan(
    pools=(a_pool(existing=True),),
    containers=(),
    jobs=(a_job(*(replace(a_task(name), template=of) for name, of in (("a", "one"), ("b", "two"), ("c", "two")))),),
)


class Written(Batch):
    """Tasks that have written to stdout.txt alone."""

    def task_file_from(self, _job_id: str, task_id: str, path: str, *, offset: int) -> bytes | None:
        return f"{task_id} {path}\n".encode()[offset:] if path == "stdout.txt" else None


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    record = RECORD.with_phase("stage", "done", NOW).with_phase("provision", "done", NOW)
    found = World(plan=PLAN, record=record, batch=Written(exit_codes={"b": 3}))
    found.run().submit(PhaseOptions())
    (tasks,) = found.batch.jobs.values()
    for name, task in tasks.items():
        tasks[name] = replace(task, began=None if name == "c" else NOW, node_id="n1")

    @contextmanager
    def opened(*_arguments: object) -> Iterator[Any]:
        yield found.run(), SimpleNamespace(store=found.records, batch=found.batch, blobs=found.blobs)

    monkeypatch.setattr(module, "opened", opened)
    recorded = SimpleNamespace(recipe=SimpleNamespace(jobs=()), record=found.records.kept)
    monkeypatch.setattr(execution, "RecordedRun", lambda _record: recorded, raising=False)
    return found


def printed(**options: Any) -> list[bytes]:
    return [part.text for part in api.logs(run="r1", **options)]


@pytest.mark.usefixtures("world")
def test_only_failed_tasks_or_those_of_a_template_are_printed() -> None:
    assert printed(failed=True) == [b"b stdout.txt\n"]
    assert printed(templates=["one"]) == [b"a stdout.txt\n"]
    assert printed(templates=["two"]) == [b"b stdout.txt\n"]
    assert printed(templates=["two"], tasks=["b", "a"]) == [b"b stdout.txt\n"]
    with pytest.raises(UsageError, match="the recipe has no task template tow") as caught:
        printed(templates=["tow"])
    assert caught.value.hint == "did you mean two?"


def test_that_no_task_fits_is_said(world: World) -> None:
    notes = Notes()
    assert list(api.logs(run="r1", failed=True, templates=["one"], progress=notes)) == []
    assert api.task_files(run="r1", failed=True, templates=["one"], progress=notes) == ()
    assert notes.lines == ["no task has failed of template one"] * 2
    assert world.batch.jobs


@pytest.mark.usefixtures("world")
def test_of_both_streams_what_is_there_is_printed_before_what_is_missing_is_an_error() -> None:
    parts = api.logs(run="r1", tasks=["a"], stream="both")
    assert next(parts).text == b"a stdout.txt\n"
    with pytest.raises(NoOutputError, match="task a: its node is gone"):
        next(parts)
    assert printed(tasks=["a"], stream="stdout") == [b"a stdout.txt\n"]


def test_of_many_failed_tasks_the_first_ones_are_printed(world: World) -> None:
    job = str(PLAN.jobs[0].id)
    (tasks,) = world.batch.jobs.values()
    for number in range(60):
        tasks[f"x{number}"] = replace(tasks["b"], id=f"x{number}")
    notes = Notes()
    recorded = [TaskRecord(job="job", job_id=job, task_id=f"x{number}", state="active") for number in range(60)]
    world.records.kept_history = world.records.kept_history.with_added(recorded)
    with pytest.raises(UsageError, match="the run has no task x"):
        list(api.logs(run="r1", failed=True, progress=notes))
    assert notes.lines[0] == "the first 50 of 61 tasks are printed; others by --task"


def test_the_files_of_tasks_are_listed_with_their_sizes(world: World) -> None:
    job = str(PLAN.jobs[0].id)
    world.batch.on_nodes = {f"{job}/a": ("stdout.txt", "wd/n.txt")}
    found, none = api.task_files(run="r1", tasks=["a", "c"])
    assert (found.task, found.files, found.from_record) == ("a", {"stdout.txt": 1, "wd/n.txt": 1}, False)
    assert (none.files, bool(none.why_none)) == ({}, True)


def test_the_agent_logs_that_the_record_keeps_are_printed(world: World) -> None:
    log = KeptLog(pool_id="p1", node_id="n1", file="agent-debug.log", size=4, end="one\ntwo\n")
    world.records.kept_tasks = world.records.kept_tasks.with_agent_logs([log])
    assert printed(agent=True, lines=1) == [b"two\n"]
    assert printed(agent=True, nodes=["n1"]) == [b"one\ntwo\n"]
