from __future__ import annotations

import pytest
from plans import a_job, a_task

from recipebatch.errors import ServiceError
from recipebatch.phases.submit import decide
from recipebatch.runs.labels import RUN
from recipebatch.service import JobSnapshot

TASKS = (a_task("t1"), a_task("t2"))
JOB = a_job(*TASKS, metadata=((RUN, "r1"),))


def seen(state: str = "active", run: str = "r1", reason: str | None = None) -> JobSnapshot:
    return JobSnapshot(
        id="j1",
        state=state,
        pool_id="p1",
        all_tasks_complete_mode="noaction",
        termination_reason=reason,
        metadata={RUN: run},
    )


def test_a_new_job_gets_all_its_tasks() -> None:
    assert decide(JOB, None, ()) == TASKS


def test_only_what_is_missing_is_added() -> None:
    assert decide(JOB, seen(), {"t1"}) == (TASKS[1],)


def test_a_complete_job_gets_nothing() -> None:
    assert decide(JOB, seen("completed"), {"t1", "t2"}) == ()


def test_a_job_of_another_run_is_not_touched() -> None:
    with pytest.raises(ServiceError, match="does not belong to this run") as raised:
        decide(JOB, seen(run="r2"), (), "work")
    hint = "it belongs to run r2, and recipebatch purge --run r2 --account work deletes it; or give this recipe's job "
    assert raised.value.hint == f"{hint}another id, or none"


def test_a_job_that_ended_early_says_why_and_what_it_lacks() -> None:
    with pytest.raises(ServiceError, match=r"completed \(UserTerminate\) and lacks 1 of its 2 tasks"):
        decide(JOB, seen("completed", reason="UserTerminate"), {"t1"})


def test_a_job_that_is_being_deleted_is_an_error() -> None:
    with pytest.raises(ServiceError, match="is being deleted"):
        decide(JOB, seen("deleting"), ())
