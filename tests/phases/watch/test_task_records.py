from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from in_memory_run import NOW, World
from in_memory_schedules import BOSS, Scheduled
from in_memory_schedules import PLAN as SCHEDULES
from plans import a_job, a_plan, a_pool, a_task, a_task_snapshot

from recipebatch.phases.watch.task_records import added_task, task_record, tasks_now, with_causes
from recipebatch.report import FailedTask
from recipebatch.runs import TaskHistory
from recipebatch.runs.kept.task_history import task_history_from_json
from recipebatch.vocabulary.states import TaskState

TASK = a_task("a", item="a.txt")
JOB = a_job(TASK, a_task("b"))
PLANNED = {str(task.id): task for task in JOB.tasks or ()}


def test_a_task_is_recorded_with_where_and_when_it_ran_and_why_it_failed() -> None:
    seen = a_task_snapshot(
        id="a",
        state="completed",
        result="failure",
        exit_code=3,
        failure=("FailureExitCode", "it failed"),
        node_id="n1",
        retry_count=1,
        created=NOW,
        began=NOW + timedelta(seconds=5),
        ended=NOW + timedelta(seconds=9),
    )
    record = task_record(JOB, seen, PLANNED, "p1")
    assert (record.job, record.job_id, record.task_id, record.template) == (JOB.logical, JOB.id, "a", TASK.template)
    assert (record.item, record.cause, record.code, record.exit_code) == (
        "a.txt",
        "exit_code",
        "FailureExitCode",
        3,
    )
    assert (record.tries, record.node_id, record.pool_id, record.tried_again) == (2, "n1", "p1", False)
    assert (record.created, record.began, record.ended) == (seen.created, seen.began, seen.ended)


def test_one_that_succeeded_or_may_still_do_so_has_no_cause() -> None:
    done = a_task_snapshot(id="a", state="completed", result="success", exit_code=0)
    waits = a_task_snapshot(id="b", state="active", started=False)
    records = [task_record(JOB, each, PLANNED, None) for each in (done, waits)]
    assert [(record.state, record.cause, record.tries) for record in records] == [
        ("completed", "", 1),
        ("active", "", 0),
    ]


def test_a_task_of_a_retry_is_of_the_job_that_is_retried() -> None:
    old = replace(JOB, superseded=frozenset({"a"}))
    new = replace(JOB, logical="j-retry1", retry_of=JOB.logical)
    assert [added_task(job, TASK).job for job in (old, new)] == [JOB.logical, JOB.logical]
    assert [added_task(job, TASK).tried_again for job in (old, new)] == [True, False]


def test_what_a_watch_found_beside_the_word_of_the_service_is_recorded() -> None:
    records = [added_task(JOB, task) for task in JOB.tasks or ()]
    blocked = FailedTask(
        job_id=str(JOB.id), task_id="b", exit_code=None, code="Blocked", message="it waits", cause="blocked"
    )
    assert [record.cause for record in with_causes(records, [blocked])] == ["", "blocked"]
    assert with_causes(records, [replace(blocked, cause="exit_code")]) == records


def test_jobs_that_are_gone_have_no_tasks_and_schedules_those_of_their_jobs() -> None:
    plan = a_plan(pools=(a_pool(),), jobs=(JOB,))
    assert list(tasks_now(plan.jobs, World(plan=plan).context(plan))) == []
    batch = Scheduled(jobs={"s:job-1": {"boss": BOSS}, "s:job-2": {"boss": BOSS}})
    found = list(tasks_now(SCHEDULES.jobs, World(plan=SCHEDULES, batch=batch).context(SCHEDULES)))
    assert [(record.job_id, record.task_id, record.pool_id) for record in found] == [
        ("s:job-1", "boss", "p1"),
        ("s:job-2", "boss", "p1"),
    ]
    assert {record.job for record in found} == {SCHEDULES.jobs[0].logical}
    assert found[0].state != TaskState.ACTIVE


def test_a_task_that_is_seen_again_is_the_one_that_was_read_again() -> None:
    """The service names times more finely than they are kept."""
    began = NOW + timedelta(seconds=5, microseconds=123_456)
    seen = a_task_snapshot(id="a", state="completed", result="success", exit_code=0, began=began, created=began)
    history = TaskHistory().with_seen([task_record(JOB, seen, PLANNED, "p1")], NOW)
    again = task_history_from_json(history.to_json())
    assert again == history
    assert [task.earlier for task in again.with_seen(history.records, NOW).records] == [0]
