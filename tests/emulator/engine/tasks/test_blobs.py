"""Resource files and output files of tasks, by way of the service, with a real Azurite."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from azure.batch import models
from azure.storage.blob import ContainerSasPermissions, generate_container_sas

if TYPE_CHECKING:
    from collections.abc import Callable

    from azure.storage.blob import BlobServiceClient, ContainerClient

    Run = Callable[..., models.BatchTask]


@pytest.fixture
def sas(blob_service: BlobServiceClient, container: ContainerClient) -> str:
    """A query that may read, list and write in the container for an hour."""
    return generate_container_sas(
        str(blob_service.account_name),
        container.container_name,
        account_key=blob_service.credential.account_key,
        permission=ContainerSasPermissions(read=True, list=True, write=True, create=True),
        expiry=datetime.now(UTC) + timedelta(hours=1),
    )


def test_files_come_from_blobs_and_go_to_blobs(container: ContainerClient, sas: str, run: Run) -> None:
    container.upload_blob("one.txt", b"1")
    container.upload_blob("many/two.txt", b"2")
    single = models.ResourceFile(http_url=f"{container.url}/one.txt?{sas}", file_path="in/one.txt", file_mode="0640")
    several = models.ResourceFile(storage_container_url=f"{container.url}?{sas}", blob_prefix="many/")
    task = run(
        "/bin/sh -c 'cat in/one.txt many/two.txt > result.txt; stat -c %a in/one.txt'",
        resource_files=[single, several],
        output_files=[
            models.OutputFile(
                file_pattern="*.txt",
                destination=models.OutputFileDestination(
                    container=models.OutputFileBlobContainerDestination(
                        container_url=f"{container.url}?{sas}", path="out"
                    )
                ),
                upload_options=models.OutputFileUploadConfiguration(upload_condition="tasksuccess"),
            )
        ],
    )
    assert task.execution_info is not None
    assert task.execution_info.failure_info is None
    assert container.download_blob("out/result.txt").readall() == b"12"


def test_an_input_that_is_missing_fails_the_task_without_a_retry(
    container: ContainerClient, sas: str, run: Run, wire: Any
) -> None:
    missing = models.ResourceFile(http_url=f"{container.url}/none?{sas}", file_path="none")
    task = run("true", resource_files=[missing], constraints=models.BatchTaskConstraints(max_task_retry_count=3))
    info = task.execution_info
    assert info is not None
    assert (info.exit_code, info.retry_count, info.result) == (None, 0, "failure")
    assert info.failure_info is not None
    assert info.failure_info.code == "BlobNotFound"
    assert "sig=" not in str(wire("GET", "/jobs/job/tasks/task").json()["executionInfo"])


def test_an_output_container_that_is_missing_fails_a_task_that_succeeded(
    container: ContainerClient, sas: str, run: Run
) -> None:
    gone = container.url.replace(container.container_name, "no-such-container")
    upload = models.OutputFile(
        file_pattern="../stdout.txt",
        destination=models.OutputFileDestination(
            container=models.OutputFileBlobContainerDestination(container_url=f"{gone}?{sas}")
        ),
        upload_options=models.OutputFileUploadConfiguration(upload_condition="taskcompletion"),
    )
    info = run("true", output_files=[upload]).execution_info
    assert info is not None
    assert (info.exit_code, info.result) == (0, "failure")
    assert info.failure_info is not None
    assert str(info.failure_info.code).startswith("FileUpload")
