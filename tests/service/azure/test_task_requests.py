"""The bodies of requests for tasks, as the service gets them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from plans import a_container, a_plan, a_task

from recipebatch.plan import DeferredText, SecretParameter
from recipebatch.plan.model import PlannedDependencies
from recipebatch.properties.files import OutputFile, ResourceFile
from recipebatch.properties.task import (
    ContainerRegistry,
    ContainerSettings,
    ExitConditions,
    ExitOptions,
    MultiInstanceSettings,
    UserIdentity,
)
from recipebatch.service import SignedAccess
from recipebatch.service.azure.task_requests import task_create_options
from recipebatch.text.secret import Secret

if TYPE_CHECKING:
    from recipebatch.service.azure.blob_client import AzureBlobs

SATISFY = ExitOptions(dependency_action="satisfy", job_action="none")


@pytest.fixture
def access(blobs: AzureBlobs) -> SignedAccess:
    plan = a_plan(containers=(a_container("input", "in-1"),))
    expiry = datetime.now(UTC) + timedelta(hours=1)
    return SignedAccess(plan, blobs, expiry=expiry, secret_value=lambda name: Secret(f"value of {name}"))


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
    body = task_create_options(task, job_id="j", access=access).as_dict()
    options = {"jobAction": "none", "dependencyAction": "satisfy"}
    assert body["dependsOn"] == {"taskIds": ["a", "b"], "taskIdRanges": [{"start": 1, "end": 100_000}]}
    assert body["exitConditions"] == {
        "exitCodes": [{"code": 3, "exitOptions": options}],
        "exitCodeRanges": [{"start": 10, "end": 19, "exitOptions": options}],
        "default": {"jobAction": "terminate"},
    }


def test_a_task_may_run_on_several_nodes_in_a_container_as_a_user_of_the_pool(access: SignedAccess) -> None:
    registry = ContainerRegistry(registry_server="r", user_name="u", password=DeferredText(SecretParameter("pw")))
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
    body = task_create_options(task, job_id="j", access=access).as_dict()
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
    body = task_create_options(
        a_task("t", resource_files=files, output_files=(output,)), job_id="j", access=access
    ).as_dict()
    reference = {"resourceId": identity}
    one, many, elsewhere = body["resourceFiles"]
    assert one == {"httpUrl": blobs.blob_url("in-1", "a b.txt"), "filePath": "a.txt", "identityReference": reference}
    assert many["storageContainerUrl"] == blobs.container_url("in-1")
    assert many["identityReference"] == reference
    assert elsewhere == {"httpUrl": "https://example.org/x", "filePath": "x"}
    destination = body["outputFiles"][0]["destination"]["container"]
    mark = [{"name": "x-ms-meta-recipebatch_task", "value": "j/t"}]
    assert destination == {
        "containerUrl": blobs.container_url("in-1"),
        "path": "out",
        "identityReference": reference,
        "uploadHeaders": mark,
    }
    assert "sig=" not in str(body)
