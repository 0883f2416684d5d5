from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from recipebatch.emulator.state import BatchError
from recipebatch.emulator.state.transitions import job as jobs
from recipebatch.vocabulary.states import JobState

if TYPE_CHECKING:
    from collections.abc import Callable

PREPARATION = {"jobPreparationTask": {"commandLine": "true"}}


def test_a_new_job_is_active_and_bound_to_its_pool(state: Any) -> None:
    job = state.job("J")
    assert state.account.jobs == {"j": job}
    assert state.account.jobs_by_pool == {"p": {1: job}}
    assert (job.state, job.pool_key) == (JobState.ACTIVE, "p")
    assert state.calls == {"work_changed": 1, "job_changed": 1}


def test_an_id_is_taken_in_any_case_until_the_job_is_removed(state: Any) -> None:
    job = state.job("J")
    with pytest.raises(BatchError, match="JobExists"):
        state.job("j")
    jobs.delete_job(state.account, job)
    with pytest.raises(BatchError, match="JobBeingDeleted"):
        state.job("j")
    jobs.drop_job(state.account, job)
    assert state.account.jobs_by_pool == {}
    assert state.job("j").id == "j"


def test_a_job_whose_pool_cannot_be_made_is_completed_at_once(state: Any) -> None:
    state.account.settings = type(state.account.settings)(
        quotas=type(state.account.settings.quotas)(pools=0), applications=state.account.directory
    )
    machine = {
        "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
        "nodeAgentSKUId": "batch.node.ubuntu 24.04",
    }
    auto_pool = {
        "poolLifetimeOption": "job",
        "pool": {"vmSize": "standard_d2_v3", "virtualMachineConfiguration": machine},
    }
    job = state.job(poolInfo={"autoPoolSpecification": auto_pool})
    assert (job.state, job.previous_state) == (JobState.COMPLETED, JobState.ACTIVE)
    assert job.scheduling_error["code"] == "AutoPoolCreationFailedWithQuotaReached"
    assert state.account.jobs_by_pool == {}


def test_a_job_is_disabled_by_way_of_disabling_and_enabled_at_once(state: Any) -> None:
    job = state.job()
    jobs.disable_job(state.account, job, "terminate")
    assert (job.state, job.disable_option) == (JobState.DISABLING, "terminate")
    jobs.set_job_state(state.account, job, JobState.DISABLED)
    modified = job.modified
    jobs.disable_job(state.account, job, "requeue")
    assert (job.state, job.disable_option) == (JobState.DISABLED, "requeue")
    assert job.modified > modified
    jobs.enable_job(state.account, job)
    assert (job.state, job.previous_state, job.disable_option) == (JobState.ACTIVE, JobState.DISABLED, None)
    with pytest.raises(BatchError, match="OperationInvalidForCurrentState"):
        jobs.enable_job(state.account, job)


def test_a_completed_job_was_active_and_not_terminating(state: Any) -> None:
    job = state.job()
    jobs.terminate_job(state.account, job, "why")
    modified = job.modified
    jobs.complete_job(state.account, job)
    assert (job.state, job.previous_state) == (JobState.COMPLETED, JobState.ACTIVE)
    assert (job.terminate_reason, job.end_time, job.modified) == ("why", job.state_time, modified)
    assert state.account.jobs_by_pool == {}


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ([JobState.TERMINATING], "JobBeingTerminated"),
        ([JobState.TERMINATING, JobState.COMPLETED], "JobCompleted"),
        ([JobState.DELETING], "JobBeingDeleted"),
    ],
)
def test_a_job_that_ends_takes_no_changes(state: Any, path: list[JobState], code: str) -> None:
    job = state.job()
    for step in path:
        jobs.set_job_state(state.account, job, step)
    changes: list[Callable[[], None]] = [
        lambda: jobs.update_job(state.account, job, {"priority": 1}),
        lambda: jobs.disable_job(state.account, job, "requeue"),
        lambda: jobs.enable_job(state.account, job),
        lambda: jobs.terminate_job(state.account, job, "again"),
        lambda: jobs.refuse_closed(job),
    ]
    for change in changes:
        with pytest.raises(BatchError, match=code):
            change()


def test_force_ends_a_job_that_is_terminating_or_deleting_already(state: Any) -> None:
    job = state.job()
    jobs.terminate_job(state.account, job, "first")
    jobs.terminate_job(state.account, job, "second", force=True)
    assert (job.forced, job.terminate_reason) == (True, "first")
    jobs.delete_job(state.account, job)
    with pytest.raises(BatchError, match="JobBeingDeleted"):
        jobs.delete_job(state.account, job)
    jobs.delete_job(state.account, job, force=True)
    assert job.state is JobState.DELETING


def test_a_state_change_unknown_to_the_service_is_a_bug(state: Any) -> None:
    job = state.job()
    with pytest.raises(AssertionError, match="from active to enabling"):
        jobs.set_job_state(state.account, job, JobState.ENABLING)


def test_a_job_can_be_changed_to_another_pool(state: Any) -> None:
    job = state.job()
    jobs.update_job(state.account, job, {"poolInfo": {"poolId": "Other"}, "metadata": None})
    assert list(state.account.jobs_by_pool) == ["other"]


@pytest.mark.parametrize(
    ("rerun", "result", "again"),
    [(True, "success", True), (False, "success", False), (False, "failure", True)],
)
def test_a_reboot_prepares_a_node_again_if_the_job_says_so_or_it_had_failed(
    state: Any, *, rerun: bool, result: str, again: bool
) -> None:
    job = state.job(jobPreparationTask={"commandLine": "true", "rerunOnNodeRebootAfterSuccess": rerun})
    jobs.record_node_status(state.account, job, "p", "n", "preparation", {"result": result})
    jobs.node_rebooted(state.account, job, "n")
    jobs.node_rebooted(state.account, job, "unknown")
    assert job.on_nodes["n"].get("again", False) is again


def test_a_preparation_that_never_ran_leaves_nothing_of_its_node(state: Any) -> None:
    job = state.job(**PREPARATION)
    jobs.record_node_status(state.account, job, "p", "n", "preparation", {"state": "running"})
    jobs.record_node_status(state.account, job, "p", "n", "release", {"state": "running"})
    jobs.remove_node_status(state.account, job, "n", "release")
    assert job.on_nodes == {"n": {"poolId": "p", "preparation": {"state": "running"}}}
    jobs.remove_node_status(state.account, job, "n", "preparation")
    assert job.on_nodes == {}


def test_subtasks_are_kept_in_the_order_of_their_numbers(state: Any) -> None:
    job = state.job()
    task = state.task(job)
    for number, status in ((2, "a"), (1, "b"), (2, "c")):
        jobs.record_subtask(state.account, job, task, number, {"state": status})
    assert job.subtasks == {"t": [{"state": "b", "id": 1}, {"state": "c", "id": 2}]}
    jobs.remove_subtasks(state.account, job, task)
    assert job.subtasks == {}
