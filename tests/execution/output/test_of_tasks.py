"""The output of tasks, on services in memory: what is there, and why something is not."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from in_memory_pools import PoolBatch
from in_memory_run import NOW, RECORD, World
from plans import a_job, a_plan, a_pool, a_pool_snapshot, a_task

from recipebatch.errors import UsageError, WaitTimeoutError
from recipebatch.execution.output.of_record import KeptOutput
from recipebatch.execution.output.of_tasks import Following, task_output
from recipebatch.execution.output.written import NoOutputError, TaskOutput
from recipebatch.phases import PURGE, SUBMIT, WATCH
from recipebatch.plan.model import PlannedAfter
from recipebatch.runs import DONE, STARTED, KeptFailure, KeptTask, RunFailures, RunTasks
from recipebatch.service import NodeSnapshot, TaskFile, TaskSnapshot
from recipebatch.service.snapshots import ScheduleSnapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from recipebatch.plan.model import Plan
    from recipebatch.runs import RunRecord

JOB = a_job(a_task("one"), a_task("two"))
PLAN = a_plan(jobs=(JOB,), pools=(a_pool(),))
SUBMITTED = RECORD.with_phase(SUBMIT.name, DONE, NOW)
PURGING = SUBMITTED.with_phase(PURGE.name, STARTED, NOW)
GONE = "`keep_logs` or `output_files` of a task upload its files when it ends"


@dataclass
class OutputBatch(PoolBatch):
    """A Batch account with files of tasks: each read to its end finds the next piece of the file.

    Attributes:
        output: pieces by the task's id.
        names: the files of all tasks.
        changed: called before a job is looked at, for what happens meanwhile.
    """

    output: dict[str, list[bytes]] = field(default_factory=dict)
    written: dict[str, bytes] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    changed: Callable[[], None] = lambda: None
    schedules: dict[str, ScheduleSnapshot] = field(default_factory=dict)

    def task_file_from(self, _job_id: str, task_id: str, _path: str, *, offset: int) -> bytes | None:
        if offset == len(self.written.get(task_id, b"")) and self.output.get(task_id):
            self.written[task_id] = self.written.get(task_id, b"") + self.output[task_id].pop(0)
        found = self.written.get(task_id)
        return None if found is None else found[offset:]

    def list_task_files(self, _job_id: str, _task_id: str) -> tuple[TaskFile, ...]:
        return tuple(TaskFile(name=name, size=1) for name in self.names)

    def list_tasks(self, job_id: str, **_since: Any) -> Iterator[TaskSnapshot]:
        self.changed()
        return super().list_tasks(job_id)

    def get_job_schedule(self, schedule_id: str) -> ScheduleSnapshot | None:  # type: ignore[override]
        return self.schedules.get(schedule_id)

    def set(self, task: str, **changed: Any) -> None:
        self.jobs["j1"][task] = replace(self.jobs["j1"][task], **changed)


def submitted(batch: OutputBatch) -> OutputBatch:
    """With the job, whose tasks have completed on the node n1 of the pool p1."""
    batch.pools = {"p1": a_pool_snapshot()}
    batch.create_job(JOB)
    batch.add_tasks("j1", JOB.tasks or ())
    for task in ("one", "two"):
        batch.set(task, node_id="n1", began=NOW)
    return batch


def parts(
    batch: OutputBatch,
    plan: Plan = PLAN,
    record: RunRecord = SUBMITTED,
    file: str = "stdout.txt",
    follow: list[RunRecord] | None = None,
    read: Callable[[], None] = lambda: None,
    **options: Any,
) -> Iterator[TaskOutput]:
    """The output; `follow` are the records that are read, the last one again and again."""
    following = None
    if follow is not None:
        records = list(follow)
        following = Following(lambda: records.pop(0) if len(records) > 1 else records[0], read)
    chosen: dict[str, Any] = {"tasks": (), "lines": None} | options
    world = World(plan=plan, batch=batch)
    return task_output(world.context(plan), record, file=file, following=following, **chosen)


def printed(batch: OutputBatch, **options: Any) -> list[tuple[str, bytes]]:
    return [(part.task, part.text) for part in parts(batch, **options)]


def refused(batch: OutputBatch, **options: Any) -> NoOutputError:
    with pytest.raises(NoOutputError) as raised:
        printed(batch, **options)
    return raised.value


def test_the_output_of_all_tasks_comes_in_the_order_of_the_plan() -> None:
    output = {"two": [b"b\n"], "one": [b"a\nb\nc\n"]}
    assert printed(OutputBatch(output=dict(output))) == [("one", b"a\nb\nc\n"), ("two", b"b\n")]


@pytest.mark.parametrize(("lines", "text"), [(1, b"c\n"), (2, b"b\nc\n"), (9, b"a\nb\nc\n")])
def test_the_last_lines_of_a_task_are_chosen(lines: int, text: bytes) -> None:
    batch = OutputBatch(output={"one": [b"a\nb\nc\n"]})
    assert printed(batch, tasks=("one",), lines=lines) == [("one", text)]


def test_a_file_that_is_there_and_empty_is_no_fault() -> None:
    assert printed(OutputBatch(output={"one": [b""]}), tasks=("one",)) == []


def test_a_name_that_is_not_there_is_an_error_with_those_that_are() -> None:
    error = refused(submitted(OutputBatch(names=("stdout.txt", "wd/z.txt"))), tasks=("one",), file="z.txt")
    assert (error.message, error.hint) == ("task one has no z.txt", "it has wd/z.txt, stdout.txt")
    assert error.exit_code == 1


def test_what_others_have_is_given_before_the_error_names_the_one_that_has_none() -> None:
    batch = submitted(OutputBatch(output={"two": [b"b\n"]}, names=("stdout.txt",)))
    found = parts(batch, file="z.txt")
    assert next(found).text == b"b\n"
    with pytest.raises(NoOutputError) as raised:
        next(found)
    assert raised.value.message == "1 of 2 tasks has no z.txt (one: it has written no such file)"


@pytest.mark.parametrize(
    ("pools", "nodes", "said"),
    [
        ({}, None, "task one: its pool p1 is gone, and its files with it"),
        ({"p1": a_pool_snapshot()}, (), "task one: its node is gone, and its files with it"),
        (
            {"p1": a_pool_snapshot()},
            (NodeSnapshot(id="n1", state="rebooting"),),
            "task one: its node n1 is rebooting",
        ),
    ],
)
def test_files_that_went_with_their_node_are_an_error(pools: Any, nodes: Any, said: str) -> None:
    batch = submitted(OutputBatch(node_states=nodes))
    batch.pools = pools
    error = refused(batch, tasks=("one",))
    assert (error.message, error.hint) == (said, GONE)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"state": "active", "started": False}, "it has not started yet"),
        ({"state": "active", "started": False, "requeued": True}, "its node was lost, and it waits to start again"),
        ({"state": "completed", "started": False}, "it never started"),
    ],
)
def test_a_task_that_did_not_start_is_said_to(changed: dict[str, Any], said: str) -> None:
    batch = submitted(OutputBatch())
    batch.set("one", **changed)
    assert refused(batch, tasks=("one",)).message == f"task one: {said}"


def test_tasks_that_wait_beside_others_with_output_are_a_note() -> None:
    batch = submitted(OutputBatch(output={"two": [b"b\n"]}))
    batch.set("one", state="active", started=False)
    assert printed(batch) == [("two", b"b\n")]
    del batch.jobs["j1"]["one"]
    assert refused(batch, tasks=("one",)).message == "task one: it is not submitted yet"


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (RECORD, "its job is not submitted yet"),
        (SUBMITTED, "its job j1 is gone, and its files with it"),
        (PURGING, "the run was purged"),
    ],
)
def test_a_job_that_is_not_there_was_never_made_or_is_gone(record: RunRecord, said: str) -> None:
    assert refused(OutputBatch(), tasks=("one",), record=record).message == f"task one: {said}"


def test_a_job_that_waits_for_another_is_not_gone() -> None:
    plan = a_plan(jobs=(a_job(a_task("one"), after=(PlannedAfter(job="first", on_failed="block"),)),))
    record = RECORD.with_phase(SUBMIT.name, STARTED, NOW)
    error = refused(OutputBatch(), plan=plan, record=record, tasks=("one",))
    assert error.message == "task one: its job is not submitted yet"


def test_tasks_that_are_known_at_submission_are_not_known_before() -> None:
    plan = a_plan(jobs=(replace(JOB, tasks=None),))
    for tasks in ((), ("t",)):
        error = refused(OutputBatch(), plan=plan, record=RECORD, tasks=tasks)
        assert error.message == "run r1 has not submitted its tasks yet (created)"
    assert refused(OutputBatch(), plan=plan).message == "the run has no tasks"


def test_the_newest_job_of_a_schedule_has_the_tasks() -> None:
    plan = a_plan(jobs=(a_job(schedule=object()),))
    batch = submitted(OutputBatch(output={"one": [b"a\n"], "two": [b"b\n"]}))
    batch.jobs["j1:job-2"] = batch.jobs["j1"]
    batch.metadata["j1:job-2"] = {}
    batch.schedules["j1"] = ScheduleSnapshot(
        id="j1", state="active", next_run_time=None, recent_job="j1:job-2", metadata={}
    )
    assert [(part.job, part.task) for part in parts(batch, plan=plan)] == [("j1:job-2", "one"), ("j1:job-2", "two")]


def test_output_is_followed_until_the_tasks_have_completed() -> None:
    batch = OutputBatch(output={"one": [b"a\n", b"b\n"]})
    batch.create_job(JOB)
    found = parts(batch, tasks=("one",), follow=[SUBMITTED])
    assert next(found) == TaskOutput(job="j1", task="one", text=b"a\n")
    batch.add_tasks("j1", JOB.tasks or ())
    assert list(found) == [TaskOutput(job="j1", task="one", text=b"b\n")]


def test_only_the_first_read_of_a_task_that_is_followed_is_cut() -> None:
    batch = submitted(OutputBatch(output={"one": [b"a\nb\n", b"c\nd\n"]}))
    batch.set("one", state="running")
    found = parts(batch, tasks=("one",), lines=1, follow=[SUBMITTED])
    assert next(found).text == b"b\n"
    batch.set("one", state="completed")
    assert [part.text for part in found] == [b"c\nd\n"]


def test_of_a_failed_task_whose_node_is_gone_the_recorded_end_is_given() -> None:
    failure = KeptFailure(job_id="j1", task_id="one", exit_code=3, code="F", message="m", stdout="the end")
    batch = submitted(OutputBatch(output={"two": [b"b\n"]}, node_states=()))
    kept: Any = lambda: KeptOutput(failures=RunFailures(kept=(failure,), total=1))  # noqa: E731
    assert printed(batch, kept=kept) == [("two", b"b\n"), ("one", b"the end")]
    assert refused(batch, kept=kept, file="wd/a.txt", tasks=("one",)).message.startswith("task one: its node is gone")


def test_of_tasks_that_succeeded_and_whose_node_is_gone_the_record_tells() -> None:
    task = KeptTask(job_id="j1", task_id="one", files={"stdout.txt": 6, "wd/z.txt": 2}, stdout="hello\n")
    other = replace(task, task_id="two", files={"stdout.txt": 0}, stdout="")
    batch = submitted(OutputBatch(node_states=()))
    kept: Any = lambda: KeptOutput(tasks=RunTasks(kept=(task, other)))  # noqa: E731
    assert printed(batch, kept=kept) == [("one", b"hello\n")]
    assert refused(batch, kept=kept, file="z.txt", tasks=("one",)).message == (
        "task one has no file z.txt; it had wd/z.txt (2 B), stdout.txt (6 B); its node is gone"
    )
    assert refused(batch, kept=kept, file="wd/z.txt").message == (
        "2 of 2 tasks have no wd/z.txt (one: its node is gone, and its wd/z.txt with it;"
        " two: it had stdout.txt; its node is gone)"
    )


@pytest.mark.parametrize("purged", [["jobs"], ["pool", "storage"]])
def test_a_purge_of_jobs_or_pools_ends_what_follows_them(purged: list[str]) -> None:
    record = replace(SUBMITTED, purged=purged)
    assert refused(OutputBatch(), follow=[record]).message.startswith("the run was purged before its tasks had ended")


def test_a_task_that_starts_again_on_another_node_is_read_from_the_start() -> None:
    batch = submitted(OutputBatch(output={"one": [b"first try\n"]}))
    batch.set("one", state="running")
    found = parts(batch, tasks=("one",), follow=[SUBMITTED])
    assert next(found).text == b"first try\n"
    batch.written["one"] = b"2nd\n"
    batch.set("one", state="completed", began=NOW + timedelta(minutes=1))
    assert [part.text for part in found] == [b"2nd\n"]


def test_a_task_that_outlasts_its_run_is_not_followed_without_end() -> None:
    batch = OutputBatch()
    batch.create_job(JOB)
    with pytest.raises(WaitTimeoutError, match="2 tasks are still unfinished after 7200 s"):
        printed(batch, follow=[SUBMITTED])


def test_a_run_that_is_purged_meanwhile_is_read_to_the_end_before_the_purge_goes_on() -> None:
    batch = submitted(OutputBatch(output={"one": [b"a\n", b"b\n"]}))
    batch.set("one", state="running")
    read: list[bytes] = []

    def delete() -> None:
        read.append(batch.written["one"])
        batch.jobs.clear()

    found = parts(batch, tasks=("one",), follow=[SUBMITTED, PURGING], read=delete)
    assert [next(found).text, next(found).text] == [b"a\n", b"b\n"]
    with pytest.raises(NoOutputError) as raised:
        next(found)
    assert raised.value.message == "the run was purged before its tasks had ended (one)"
    assert raised.value.hint == "what is known of them: recipebatch runs show r1"
    assert read == [b"a\nb\n"]


def test_a_purge_after_the_end_of_the_tasks_ends_nothing_early() -> None:
    batch = submitted(OutputBatch(output={"one": [b"a\n"]}))
    assert printed(batch, tasks=("one",), follow=[PURGING]) == [("one", b"a\n")]


def test_a_job_that_goes_while_it_is_followed_is_said() -> None:
    batch = submitted(OutputBatch(output={"one": [b"a\n"]}))
    batch.set("one", state="running")
    found = parts(batch, tasks=("one",), follow=[SUBMITTED])
    assert next(found).text == b"a\n"
    batch.jobs.clear()
    with pytest.raises(NoOutputError, match=r"job j1 is gone, and tasks of it were not seen to end \(one\)"):
        next(found)


def test_a_run_without_tasks_yet_is_not_followed_and_one_that_submits_is() -> None:
    error = refused(OutputBatch(), record=RECORD, follow=[RECORD])
    assert error.message == "run r1 has not submitted its tasks yet (created)"
    batch = OutputBatch(output={"one": [b"a\n"], "two": [b"b\n"]})
    submitting = RECORD.with_phase(SUBMIT.name, STARTED, NOW)
    batch.written = {}
    found = parts(batch, record=submitting, follow=[submitting])
    assert next(found).text == b"a\n"
    submitted(batch)
    assert [part.text for part in found] == [b"b\n"]


def test_the_end_of_a_job_ends_its_tasks() -> None:
    batch = submitted(OutputBatch(output={"one": [b"a\n"]}))
    batch.set("one", state="running")
    batch.end_job_when_tasks_complete("j1")
    assert printed(batch, tasks=("one",), follow=[SUBMITTED]) == [("one", b"a\n")]


def test_a_task_that_the_run_does_not_have_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="the run has no task twi") as raised:
        printed(OutputBatch(), tasks=("twi",))
    assert raised.value.hint == "did you mean two?"


def test_more_than_50_tasks_must_be_named() -> None:
    plan = a_plan(jobs=(a_job(*(a_task(f"t{number}") for number in range(51))),))
    with pytest.raises(UsageError) as raised:
        printed(OutputBatch(), plan=plan)
    assert raised.value.message == "the run has 51 tasks, too many to print at once"
    assert raised.value.hint == "name some of them: --task ID (repeatable)"


def test_a_task_that_never_started_before_its_job_ended_is_not_waited_for() -> None:
    batch = submitted(OutputBatch())
    batch.set("one", started=False, state="active")
    batch.ending.add("j1")
    error = refused(batch, tasks=("one",))
    assert error.message == "task one: it never started before its job j1 ended"


def test_those_who_follow_a_run_whose_end_was_seen_get_what_is_recorded_although_its_job_is_gone() -> None:
    task = KeptTask(job_id="j1", task_id="one", files={"stdout.txt": 6}, stdout="hello\n")
    kept: Any = lambda: KeptOutput(tasks=RunTasks(kept=(task,)))  # noqa: E731
    watched = SUBMITTED.with_phase(WATCH.name, DONE, NOW)
    found = parts(OutputBatch(), record=watched, follow=[watched], kept=kept, tasks=("one",))
    assert [(part.task, part.text) for part in found] == [("one", b"hello\n")]
    with pytest.raises(NoOutputError, match="tasks of it were not seen to end"):
        list(parts(OutputBatch(), follow=[SUBMITTED], kept=kept, tasks=("one",)))
