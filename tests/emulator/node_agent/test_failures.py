from __future__ import annotations

import errno

import pytest

from recipebatch.emulator.node_agent import failures
from recipebatch.emulator.node_agent.http_client import TransferError
from recipebatch.emulator.node_agent.model import OutputFile

URL = "https://blobs.example/container?sig=secret"
OUTPUT = OutputFile(file_pattern="*.txt", container_url=URL)


@pytest.mark.parametrize(
    ("status", "code", "category"),
    [
        (404, "BlobNotFound", "UserError"),
        (410, "BlobNotFound", "UserError"),
        (403, "BlobAccessDenied", "UserError"),
        (409, "BlobAccessDenied", "UserError"),
        (500, "BlobDownloadMiscError", "ServerError"),
        (None, "BlobDownloadMiscError", "ServerError"),
    ],
)
def test_the_status_of_a_refused_download_chooses_the_code(status: int | None, code: str, category: str) -> None:
    failure = failures.not_downloaded(TransferError("refused", status=status), URL, "a.txt")
    assert (failure.code, failure.category) == (code, category)
    assert ("BlobSource", "https://blobs.example/container") in failure.details
    assert "secret" not in str(failure)


def test_a_silent_server_has_a_code_of_its_own() -> None:
    failure = failures.not_downloaded(TransferError("silent", timed_out=True), URL, "a.txt")
    assert failure.code == "BlobDownloadTimedOut"


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, "FileUploadContainerNotFound"), (401, "FileUploadAccessDenied"), (503, "FileUploadMiscError")],
)
def test_the_status_of_a_refused_upload_chooses_the_code(status: int, code: str) -> None:
    failure = failures.not_uploaded(TransferError("refused", status=status), OUTPUT, "/wd/a.txt")
    assert failure.code == code
    assert ("FilePattern", "*.txt") in failure.details
    assert "secret" not in str(failure)


def test_a_file_that_cannot_be_read_is_a_failed_upload() -> None:
    failure = failures.not_uploaded(OSError(errno.EACCES, "Permission denied"), OUTPUT, "/wd/a.txt")
    assert failure.code == "FileUploadMiscError"
    assert ("Message", "Permission denied") in failure.details


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_outranks_the_place_where_it_shows(number: int) -> None:
    error = OSError(number, "full")
    found = [
        failures.no_directory(error),
        failures.not_launched("true", error),
        failures.not_created("File", error, "a"),
        failures.not_written(error, "a"),
    ]
    assert {failure.code for failure in found} == {"DiskFull"}


def test_other_errors_of_the_disk_name_their_step() -> None:
    error = OSError(errno.EACCES, "Permission denied")
    found = [
        failures.no_directory(error),
        failures.not_launched("true", error),
        failures.not_created("Directory", error, "a"),
        failures.not_created("File", ValueError("leads out"), "a"),
        failures.not_written(error, "a"),
    ]
    assert [failure.code for failure in found] == [
        "ResourceDirectoryCreateFailed",
        "CommandLaunchFailed",
        "ResourceDirectoryCreateFailed",
        "ResourceFileCreateFailed",
        "ResourceFileWriteFailed",
    ]
