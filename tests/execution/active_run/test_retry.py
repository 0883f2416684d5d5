from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from plans import a_job, a_plan, a_task

from recipebatch.errors import UsageError
from recipebatch.execution.active_run.retry import Failure, Found, chosen, decide, due, failures_of, to_reactivate
from recipebatch.plan import Retry
from recipebatch.plan.model import PlannedDependencies
from recipebatch.properties.task import RetryRule, TaskConstraints
from recipebatch.service import TaskSnapshot
from recipebatch.vocabulary.causes import Cause
from recipebatch.vocabulary.ids import JobId

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def seen(name: str, state: str = "completed", **more: object) -> TaskSnapshot:
    values: dict[str, object] = {
        "id": name,
        "state": state,
        "state_transition_time": NOW,
        "exit_code": None,
        "result": "failure" if state == "completed" else None,
        "failure": None,
        "failure_details": (),
        "node_id": None,
        "retry_count": 0,
    }
    return TaskSnapshot(**(values | more))  # type: ignore[arg-type]


def failure(name: str, cause: Cause = Cause.EXIT_CODE, *, job_ended: bool = True, **more: object) -> Failure:
    rule = RetryRule(causes=("exit_code", "node"), exit_codes=(75,), limit=2)
    values: dict[str, object] = {
        "job": a_job(),
        "task": a_task(name, retry=rule),
        "state": "completed",
        "since": NOW,
        "exit_code": 75,
    }
    return Failure(cause=cause, job_ended=job_ended, **(values | more))  # type: ignore[arg-type]


def test_each_task_that_did_not_do_its_work_has_a_cause() -> None:
    limit = TaskConstraints(max_wall_clock_time=timedelta(seconds=5))
    after_b = PlannedDependencies(task_ids=("b",))
    tasks = [a_task("a"), a_task("b"), a_task("c", constraints=limit), a_task("d", depends_on=after_b), a_task("e")]
    job = a_job(*tasks, a_task("never added"), uses_task_dependencies=True, superseded=frozenset({"a"}))
    snapshots = [
        seen("a", exit_code=1),
        seen("b", exit_code=1, failure=("FailureExitCode", "…")),
        seen("c", failure=("TaskEnded", "…"), ran_for=timedelta(seconds=5)),
        seen("d", "active"),
        seen("e", "active"),
    ]
    going = failures_of(job, job_ended=False, seen=snapshots)
    assert [(found.task.id, found.cause) for found in going] == [
        ("b", Cause.EXIT_CODE),
        ("c", Cause.WALL_CLOCK),
        ("d", Cause.BLOCKED),
    ]
    ended = failures_of(job, job_ended=True, seen=snapshots)
    assert (ended[-1].task.id, ended[-1].cause) == ("e", Cause.NEVER_STARTED)


def test_a_recipe_limits_how_often_and_after_which_exit_codes() -> None:
    failures = [
        failure("a"),
        failure("b", exit_code=3),
        failure("c", Cause.UPLOAD_FAILED),
        failure("d", Cause.NODE),
        failure("e", Cause.BLOCKED),
        failure("f", task=a_task("f")),
    ]
    once = Retry(job="job", number=1, tasks=("a", "d"))
    assert [found.task.id for found in due(Found(failures), [])] == ["a", "d", "e"]
    assert [found.task.id for found in due(Found(failures), [once])] == ["a", "d", "e"]
    assert due(Found(failures), [once, once]) == []


def test_tasks_are_grouped_by_job_and_numbered_after_earlier_retries() -> None:
    earlier = [Retry(job="job", number=1, tasks=("z",))]
    later = failure("c", job_ended=False, since=NOW + timedelta(seconds=1))
    found = decide([failure("a"), failure("b", job_ended=False), later], earlier, a_plan(jobs=(a_job(),)))
    assert found == [
        Retry(job="job", number=2, tasks=("a",)),
        Retry(job="job", number=3, tasks=("b", "c"), failed_by=NOW + timedelta(seconds=1)),
    ]


def test_what_waits_in_a_job_that_goes_on_is_left_to_the_service() -> None:
    assert decide([failure("a", Cause.BLOCKED, job_ended=False, state="active")], [], a_plan(jobs=(a_job(),))) == []
    assert [
        entry.tasks for entry in decide([failure("a", Cause.BLOCKED, state="active")], [], a_plan(jobs=(a_job(),)))
    ] == [("a",)]


def test_a_task_that_failed_again_since_is_not_asked_for_twice() -> None:
    entry = Retry(job="job", number=1, tasks=("a", "b"), failed_by=NOW)
    again = failure("b", job_ended=False, since=NOW + timedelta(seconds=1))
    found = to_reactivate([failure("a", job_ended=False), again, failure("c", job_ended=False)], [entry])
    assert [each.task.id for each in found] == ["a"]


def test_a_person_chooses_by_cause_and_by_id() -> None:
    failures = [failure("a"), failure("b", Cause.UPLOAD_FAILED)]
    plan = a_plan(jobs=(a_job(a_task("a"), a_task("b"), a_task("good")),))
    assert [found.task.id for found in chosen(Found(failures), plan)] == ["a", "b"]
    assert [found.task.id for found in chosen(Found(failures), plan, causes=["upload_failed"])] == ["b"]
    assert [found.task.id for found in chosen(Found(failures), plan, tasks=["a"])] == ["a"]
    with pytest.raises(UsageError, match="task good has not failed"):
        chosen(Found(failures), plan, tasks=["good"])
    with pytest.raises(UsageError, match="the run has no task bad"):
        chosen(Found(failures), plan, tasks=["bad"])


def test_nothing_is_tried_again_without_what_it_waits_for() -> None:
    """c failed for good: what waits for it, by id or by range, stays; what waits for the retried one goes along."""
    on = {
        name: a_task(name, depends_on=PlannedDependencies(task_ids=ids, task_id_ranges=ranges))
        for name, ids, ranges in [("d", ("a",), ()), ("e", ("a", "c"), ()), ("f", ("e",), ()), ("g", (), ((1, 5),))]
    }
    failures = [
        failure("a"),
        failure("c", exit_code=1),
        failure("3", exit_code=1),
        *(failure(name, Cause.BLOCKED, task=task, state="active") for name, task in on.items()),
    ]
    assert [found.task.id for found in due(Found(failures), [])] == ["a", "d"]
    plan = a_plan(jobs=(a_job(*(found.task for found in failures)),))
    assert len(chosen(Found(failures), plan)) == len(failures)
    with pytest.raises(UsageError, match="task e waits for c, which has not succeeded"):
        chosen(Found(failures), plan, tasks=["a", "e"])
    with pytest.raises(UsageError, match="task d waits for a"):
        chosen(Found(failures), plan, causes=["blocked"])
    assert [found.task.id for found in chosen(Found(failures), plan, tasks=["c"])] == ["c"]


def test_what_waits_for_a_task_that_is_being_tried_again_is_left_alone() -> None:
    d = a_task("d", depends_on=PlannedDependencies(task_ids=("a",)))
    e = a_task("e", depends_on=PlannedDependencies(task_ids=("d",)))
    waiting = [failure(task.id, Cause.BLOCKED, task=task, state="active") for task in (d, e)]
    found = Found([*waiting, failure("x", exit_code=1)], frozenset({("job", "a")}))
    plan = a_plan(jobs=(a_job(a_task("a"), d, e, a_task("x")),))
    assert [each.task.id for each in chosen(found, plan)] == ["x"]
    with pytest.raises(UsageError, match="task d waits for a, which is being retried"):
        chosen(found, plan, tasks=["d"])


def test_a_retry_takes_no_name_and_no_id_that_a_job_of_the_recipe_has() -> None:
    jobs = (a_job(), a_job(logical="job-retry1", id=JobId("other")), a_job(logical="third", id=JobId("J1-Retry2")))
    (entry,) = decide([failure("a")], [], a_plan(jobs=jobs))
    assert entry.number == 3
    (later,) = decide([failure("a")], [entry], a_plan(jobs=jobs))
    assert later.number == 4
