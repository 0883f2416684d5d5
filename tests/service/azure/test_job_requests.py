"""The bodies of requests for jobs, as the service gets them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from azure.batch import models
from plans import a_container, a_job, a_plan

from recipebatch.properties.job import JobManagerTask, JobPreparationTask, JobTask, Schedule
from recipebatch.properties.task import (
    UserIdentity,
)
from recipebatch.service import SignedAccess
from recipebatch.service.azure.job_requests import job_create_options, job_schedule_create_options
from recipebatch.text.secret import Secret

if TYPE_CHECKING:
    from recipebatch.service.azure.blob_client import AzureBlobs

POOL = models.BatchPoolInfo(pool_id="p1")


@pytest.fixture
def access(blobs: AzureBlobs) -> SignedAccess:
    plan = a_plan(containers=(a_container("input", "in-1"),))
    expiry = datetime.now(UTC) + timedelta(hours=1)
    return SignedAccess(plan, blobs, expiry=expiry, secret_value=lambda name: Secret(f"value of {name}"))


def a_job_task(command_line: str, **changed: Any) -> JobTask:
    settings: dict[str, Any] = {
        "id": None,
        "resource_files": (),
        "environment_settings": (("A", "1"),),
        "user_identity": UserIdentity(),
        "container_settings": None,
        "max_wall_clock_time": timedelta(minutes=5),
        "max_task_retry_count": 2,
        "retention_time": None,
    }
    return JobTask(command_line=command_line, **(settings | changed))


def test_a_job_has_its_special_tasks_and_says_only_what_is_no_default(access: SignedAccess) -> None:
    manager = JobManagerTask(
        task=a_job_task("manage"),
        display_name=None,
        output_files=(),
        required_slots=1,
        application_package_references=(),
        kill_job_on_completion=False,
        run_exclusive=False,
        allow_low_priority_node=True,
    )
    preparation = JobPreparationTask(
        task=a_job_task("prepare"), wait_for_success=True, rerun_on_node_reboot_after_success=False
    )
    job = a_job(
        uses_task_dependencies=True,
        allow_task_preemption=True,
        on_task_failure="performexitoptionsjobaction",
        job_preparation_task=preparation,
        job_release_task=a_job_task("release", raw={"somethingNew": 1}),
        job_manager_task=manager,
        raw={"networkConfiguration": {"subnetId": "s"}},
    )
    body = job_create_options(job, pool_info=POOL, access=access).as_dict()
    assert body["usesTaskDependencies"] is body["allowTaskPreemption"] is True
    assert body["onTaskFailure"] == "performexitoptionsjobaction"
    assert body["onAllTasksComplete"] == "noaction"
    assert body["networkConfiguration"] == {"subnetId": "s"}
    assert body["jobPreparationTask"]["commandLine"] == "prepare"
    assert body["jobPreparationTask"]["rerunOnNodeRebootAfterSuccess"] is False
    assert body["jobReleaseTask"]["maxWallClockTime"] == "PT05M00S"
    assert body["jobReleaseTask"]["somethingNew"] == 1
    assert body["jobManagerTask"]["id"] == "jobmanager"
    assert body["jobManagerTask"]["killJobOnCompletion"] is False
    plain = job_create_options(a_job(), pool_info=POOL, access=access).as_dict()
    assert not {"usesTaskDependencies", "allowTaskPreemption", "onTaskFailure", "jobManagerTask"} & set(plain)


def test_a_schedule_carries_the_job_it_makes(access: SignedAccess) -> None:
    schedule = Schedule(
        recurrence_interval=timedelta(days=1),
        start_window=timedelta(hours=1),
        do_not_run_until=datetime(2030, 1, 1, 6, tzinfo=UTC),
        do_not_run_after=None,
    )
    job = a_job(schedule=schedule, priority=7, metadata=(("m", "1"),))
    body = job_schedule_create_options(job, pool_info=POOL, access=access).as_dict()
    assert body["id"] == "j1"
    assert body["schedule"]["doNotRunUntil"].startswith("2030-01-01T06:00:00")
    assert "recurrenceInterval" in body["schedule"]
    assert body["jobSpecification"]["priority"] == 7
    assert body["jobSpecification"]["onAllTasksComplete"] == "terminatejob"
    assert body["metadata"] == [{"name": "m", "value": "1"}]
    with pytest.raises(ValueError, match="has no schedule"):
        job_schedule_create_options(a_job(), pool_info=POOL, access=access)
