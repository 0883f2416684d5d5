"""The bodies of requests for jobs and tasks, as the service gets them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from azure.batch import models
from plans import a_container, a_job, a_plan, a_pool, a_task

from recipebatch.plan.model import PlannedDependencies
from recipebatch.properties.files import OutputFile, ResourceFile
from recipebatch.properties.job import JobManagerTask, JobPreparationTask, JobTask, Schedule
from recipebatch.properties.task import (
    ContainerRegistry,
    ContainerSettings,
    ExitConditions,
    ExitOptions,
    MultiInstanceSettings,
    UserIdentity,
)
from recipebatch.service import SignedAccess
from recipebatch.service.azure.job_requests import job_create_options, job_schedule_create_options
from recipebatch.service.azure.pool_requests import pool_create_options
from recipebatch.service.azure.raw_properties import RawConflictError
from recipebatch.service.azure.task_requests import task_create_options
from recipebatch.text.secret import Secret

if TYPE_CHECKING:
    from recipebatch.service.azure.blob_client import AzureBlobs

POOL = models.BatchPoolInfo(pool_id="p1")
SATISFY = ExitOptions(dependency_action="satisfy", job_action="none")


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


def test_a_task_says_what_it_waits_for_and_what_follows_from_its_end(access: SignedAccess) -> None:
    task = a_task(
        "t",
        depends_on=PlannedDependencies(task_ids=("a", "b"), task_id_ranges=((1, 100_000),)),
        exit_conditions=ExitConditions(
            exit_codes=((3, SATISFY),),
            exit_code_ranges=((10, 19, SATISFY),),
            default=ExitOptions(job_action="terminate"),
        ),
    )
    body = task_create_options(task, access=access).as_dict()
    options = {"jobAction": "none", "dependencyAction": "satisfy"}
    assert body["dependsOn"] == {"taskIds": ["a", "b"], "taskIdRanges": [{"start": 1, "end": 100_000}]}
    assert body["exitConditions"] == {
        "exitCodes": [{"code": 3, "exitOptions": options}],
        "exitCodeRanges": [{"start": 10, "end": 19, "exitOptions": options}],
        "default": {"jobAction": "terminate"},
    }


def test_a_task_may_run_on_several_nodes_in_a_container_as_a_user_of_the_pool(access: SignedAccess) -> None:
    registry = ContainerRegistry(registry_server="r", user_name="u", password="\ue000secret:pw\ue001")
    task = a_task(
        "t",
        user_identity=UserIdentity(user_name="renderer"),
        resource_files=(ResourceFile(auto_storage_container_name="models", blob_prefix="a/"),),
        multi_instance_settings=MultiInstanceSettings(
            number_of_instances=2,
            coordination_command_line="prepare",
            common_resource_files=(ResourceFile(auto_storage_container_name="common"),),
        ),
        container_settings=ContainerSettings(
            image_name="i", container_run_options="--rm", working_directory="containerImageDefault", registry=registry
        ),
        application_package_references=(("app", "1"), ("other", None)),
    )
    body = task_create_options(task, access=access).as_dict()
    assert body["userIdentity"] == {"username": "renderer"}
    assert body["resourceFiles"] == [{"autoStorageContainerName": "models", "blobPrefix": "a/"}]
    assert body["multiInstanceSettings"] == {
        "numberOfInstances": 2,
        "coordinationCommandLine": "prepare",
        "commonResourceFiles": [{"autoStorageContainerName": "common"}],
    }
    assert body["containerSettings"] == {
        "imageName": "i",
        "containerRunOptions": "--rm",
        "workingDirectory": "containerImageDefault",
        "registry": {"registryServer": "r", "username": "u", "password": "value of pw"},
    }
    assert body["applicationPackageReferences"] == [
        {"applicationId": "app", "version": "1"},
        {"applicationId": "other"},
    ]


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


def test_raw_reaches_the_body_below_what_is_there_and_overwrites_nothing(access: SignedAccess) -> None:
    raw = {"virtualMachineConfiguration": {"licenseType": "x"}, "enableInterNodeCommunication": True}
    body = pool_create_options(a_pool(raw=raw), node_agent_sku_id="n", access=access).as_dict()
    assert body["virtualMachineConfiguration"]["licenseType"] == "x"
    assert body["virtualMachineConfiguration"]["nodeAgentSKUId"] == "n"
    assert body["enableInterNodeCommunication"] is True
    with pytest.raises(RawConflictError, match="raw of the task t: commandLine is set by the recipe already"):
        task_create_options(a_task("t", raw={"commandLine": "x"}), access=access)


def test_a_container_reached_by_an_identity_is_named_without_a_token(blobs: AzureBlobs) -> None:
    identity = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i"
    plan = a_plan(containers=(replace(a_container("input", "in-1"), identity=identity),))
    expiry = datetime.now(UTC) + timedelta(hours=1)
    access = SignedAccess(plan, blobs, expiry=expiry, secret_value=Secret)
    output = OutputFile(file_pattern="*.txt", container="input", path="out", upload_condition="taskcompletion")
    files = (
        ResourceFile(container="input", blob="a b.txt", file_path="a.txt"),
        ResourceFile(container="input", blob_prefix="x/"),
        ResourceFile(http_url="https://example.org/x", file_path="x"),
    )
    body = task_create_options(a_task("t", resource_files=files, output_files=(output,)), access=access).as_dict()
    reference = {"resourceId": identity}
    one, many, elsewhere = body["resourceFiles"]
    assert one == {"httpUrl": blobs.blob_url("in-1", "a b.txt"), "filePath": "a.txt", "identityReference": reference}
    assert many["storageContainerUrl"] == blobs.container_url("in-1")
    assert many["identityReference"] == reference
    assert elsewhere == {"httpUrl": "https://example.org/x", "filePath": "x"}
    destination = body["outputFiles"][0]["destination"]["container"]
    assert destination == {"containerUrl": blobs.container_url("in-1"), "path": "out", "identityReference": reference}
    assert "sig=" not in str(body)
