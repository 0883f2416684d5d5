from __future__ import annotations

from typing import Any

import pytest

from recipebatch.emulator.protocol import defaults
from recipebatch.emulator.state import BatchError
from recipebatch.emulator.state.transitions import schedule as schedules
from recipebatch.vocabulary.states import ScheduleState


def make(state: Any, schedule_id: str = "s", **more: Any) -> Any:
    specification = defaults.job_with_defaults({"poolInfo": {"poolId": "p"}}, in_schedule=True)
    return schedules.create_schedule(
        state.account, schedule_id, {"schedule": {}, "jobSpecification": specification, **more}
    )


def test_an_id_is_one_of_a_job_or_of_a_schedule(state: Any) -> None:
    schedule = make(state, "S")
    with pytest.raises(BatchError, match="JobScheduleExists"):
        make(state, "s")
    with pytest.raises(BatchError, match="JobScheduleWithSameIdExists"):
        state.job("s")
    state.job("j")
    with pytest.raises(BatchError, match="JobWithSameIdExists"):
        make(state, "J")
    schedules.delete_schedule(state.account, schedule)
    with pytest.raises(BatchError, match="JobScheduleBeingDeleted"):
        make(state, "s")
    schedules.drop_schedule(state.account, schedule)
    assert state.account.schedules == {}


def test_a_schedule_is_disabled_and_enabled(state: Any) -> None:
    schedule = make(state)
    with pytest.raises(BatchError, match="OperationInvalidForCurrentState"):
        schedules.enable_schedule(state.account, schedule)
    schedules.disable_schedule(state.account, schedule)
    with pytest.raises(BatchError, match="JobScheduleDisabled"):
        schedules.disable_schedule(state.account, schedule)
    schedules.enable_schedule(state.account, schedule)
    assert (schedule.state, schedule.previous_state) == (ScheduleState.ACTIVE, ScheduleState.DISABLED)
    assert state.calls == {"schedule_changed": 3}


def test_a_completed_schedule_was_active_and_not_terminating(state: Any) -> None:
    schedule = make(state)
    schedules.terminate_schedule(state.account, schedule)
    modified = schedule.modified
    with pytest.raises(BatchError, match="JobScheduleBeingTerminated"):
        schedules.terminate_schedule(state.account, schedule)
    schedules.complete_schedule(state.account, schedule)
    assert (schedule.state, schedule.previous_state) == (ScheduleState.COMPLETED, ScheduleState.ACTIVE)
    assert (schedule.end_time, schedule.modified) == (schedule.state_time, modified)
    with pytest.raises(BatchError, match="JobScheduleCompleted"):
        schedules.update_schedule(state.account, schedule, {})


def test_the_end_and_the_deletion_do_not_modify_a_schedule(state: Any) -> None:
    schedule = make(state)
    modified = schedule.modified
    schedules.complete_schedule(state.account, schedule)
    schedules.delete_schedule(state.account, schedule)
    assert schedule.modified == modified
    with pytest.raises(BatchError, match="JobScheduleBeingDeleted"):
        schedules.delete_schedule(state.account, schedule)


def test_jobs_of_a_schedule_are_numbered(state: Any) -> None:
    schedule = make(state, "S")
    first = schedules.make_job(state.account, schedule, 1, due=10)
    second = schedules.make_job(state.account, schedule, 2, due=20)
    assert (first.id, second.id) == ("S:job-1", "S:job-2")
    assert (schedule.runs, schedule.served, schedule.recent_job, schedule.active_job) == (2, 20, "S:job-2", "s:job-2")
    assert first.body is not schedule.body["jobSpecification"]
    state.job("Sother")
    assert schedules.jobs_of(state.account, schedule) == [first, second]


def test_new_times_count_from_the_change_on(state: Any) -> None:
    schedule = make(state, metadata=[{"name": "a", "value": "b"}])
    schedules.update_schedule(state.account, schedule, {"schedule": {"recurrenceInterval": "PT1M"}, "metadata": None})
    assert schedule.served is None
    assert "metadata" not in schedule.body
    schedules.make_job(state.account, schedule, 1, due=10)
    schedules.update_schedule(state.account, schedule, {"schedule": {"recurrenceInterval": "PT2M"}})
    assert schedule.served == schedule.modified
