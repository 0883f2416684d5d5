"""The failures of task attempts: the service's codes and texts, and their mapping from errors. Pure.

Codes and texts marked "recorded" are from recorded answers; the others are from the documentation, and their
category and details are not verified. URLs in failures have no query, which may be a SAS.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from recipebatch.emulator.node_agent.http_client import without_query
from recipebatch.emulator.node_agent.model import Failure

if TYPE_CHECKING:
    from recipebatch.emulator.node_agent.http_client import TransferError
    from recipebatch.emulator.node_agent.model import OutputFile

# A storage account without anonymous access answers 409 to a request without a SAS.
_REFUSED = frozenset({401, 403, 409})
_NOT_FOUND = frozenset({404, 410})
_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def exit_code_not_zero() -> Failure:
    """The process ended with an exit code other than 0. Recorded, in the form used since 2020."""
    details = (
        ("Message", "The task process exited with an unexpected exit code"),
        ("AdditionalErrorCode", "FailureExitCode"),
    )
    return _user_error("FailureExitCode", "The task exited with an exit code representing a failure", *details)


def program_not_found() -> Failure:
    """There is no such program on the task's PATH. The newest recorded answer has this one detail."""
    detail = ("Message", "The system cannot find the file specified")
    return _user_error("CommandProgramNotFound", "The specified command program is not found", detail)


def not_launched(command_line: str, error: Exception) -> Failure:
    """The program exists but cannot be started, or the command line cannot be split."""
    if isinstance(error, OSError) and error.errno in _DISK_FULL:  # for stdout.txt and stderr.txt
        return _disk_full(error)
    details = (("CommandLine", command_line), ("Message", _text_of(error)))
    return _user_error("CommandLaunchFailed", "The specified command could not be launched", *details)


def out_of_time() -> Failure:
    """The attempt took longer than maxWallClockTime and was ended.

    The service's code is not recorded; this is the code of a terminated task.
    """
    return _user_error("TaskEnded", "The task was ended because it exceeded its maximum wall clock time")


def no_directory(error: OSError) -> Failure:
    """The task directory cannot be created."""
    if error.errno in _DISK_FULL:
        return _disk_full(error)
    message = "The directory of the task could not be created"
    return _server_error("ResourceDirectoryCreateFailed", message, ("Message", _text_of(error)))


def not_downloaded(error: TransferError, url: str, file_path: str) -> Failure:
    """A resource file, or the blob list of a container, could not be downloaded."""
    details = (("BlobSource", without_query(url)), ("FilePath", file_path), ("Message", str(error)))
    if error.status in _NOT_FOUND:
        return _user_error("BlobNotFound", "One of the specified Azure Blob(s) is not found", *details)
    if error.status in _REFUSED:
        return _user_error("BlobAccessDenied", "Access for one of the specified Azure Blob(s) is denied", *details)
    if error.timed_out:
        message = "Timed out while downloading one of the specified Azure Blob(s)"
        return _server_error("BlobDownloadTimedOut", message, *details)
    message = "Failed to download one of the specified Azure Blob(s)"
    return _server_error("BlobDownloadMiscError", message, *details)


def download_stalled(error: Exception) -> Failure:
    """The downloads were given up, because they made no progress."""
    message = "Timed out while downloading one of the specified Azure Blob(s)"
    return _server_error("BlobDownloadTimedOut", message, ("Message", str(error)))


def upload_stalled(error: Exception) -> Failure:
    """The uploads were given up, because they made no progress."""
    return _server_error(
        "FileUploadMiscError", "Failed to upload one of the specified output files", ("Message", str(error))
    )


def not_created(what: str, error: OSError | ValueError, file_path: str) -> Failure:
    """A resource file cannot be created on the node; `what` is `Directory` or `File`."""
    if isinstance(error, OSError) and error.errno in _DISK_FULL:
        return _disk_full(error)
    details = (("FilePath", file_path), ("Message", _text_of(error)))
    message = f"The {what.lower()} of a resource file could not be created"
    return _user_error(f"Resource{what}CreateFailed", message, *details)


def not_written(error: OSError, file_path: str) -> Failure:
    """The content of a resource file cannot be written."""
    if error.errno in _DISK_FULL:
        return _disk_full(error)
    details = (("FilePath", file_path), ("Message", _text_of(error)))
    return _server_error("ResourceFileWriteFailed", "A resource file could not be written", *details)


def not_uploaded(error: TransferError | OSError, output_file: OutputFile, file_path: str) -> Failure:
    """An output file could not be uploaded. FileUploadContainerNotFound is recorded, the others documented."""
    details = (
        ("FilePath", file_path),
        ("FilePattern", output_file.file_pattern),
        ("FileDestination", without_query(output_file.container_url)),
    )
    status = None if isinstance(error, OSError) else error.status
    if status in _NOT_FOUND:
        message = "One of the specified Azure container(s) was not found while attempting to upload an output file"
        return _user_error("FileUploadContainerNotFound", message, *details)
    if status in _REFUSED:
        message = "Access to one of the specified file upload destinations was denied"
        return _user_error("FileUploadAccessDenied", message, *details)
    message = "Failed to upload one of the specified output files"
    return _server_error("FileUploadMiscError", message, *details, ("Message", _text_of(error)))


def not_written_back(error: TransferError | OSError | ValueError, url: str, path: str) -> Failure:
    """What a task wrote below a mount is not in the container.

    On Azure the program's own write fails instead, so the service has no code for it: these are those of output files.
    """
    details = (("FilePath", f"$AZ_BATCH_NODE_MOUNTS_DIR/{path}"), ("FileDestination", without_query(url)))
    status = getattr(error, "status", None)
    if status in _NOT_FOUND:
        message = "The container of a mount was not found while a file was written back to it"
        return _user_error("FileUploadContainerNotFound", message, *details)
    if status in _REFUSED:
        message = "Access to the container of a mount was denied while a file was written back to it"
        return _user_error("FileUploadAccessDenied", message, *details, ("Reason", _text_of(error)))
    message = "A file below a mount could not be written back to its container"
    return _server_error("FileUploadMiscError", message, *details, ("Reason", _text_of(error)))


def mount_not_read(error: TransferError | OSError | ValueError, url: str, path: str, name: str = "") -> Failure:
    """A mounted container, or one of its blobs, could not be read.

    On Azure the program's own read fails instead, so the service has no code for it: this is one of resource files.
    """
    where = f"$AZ_BATCH_NODE_MOUNTS_DIR/{path}" + (f"/{name}" if name else "")
    details = (("BlobSource", without_query(url)), ("FilePath", where), ("Reason", _text_of(error)))
    return _server_error("BlobDownloadMiscError", "A mounted container could not be read", *details)


def _disk_full(error: OSError) -> Failure:
    return _server_error("DiskFull", "There is not enough disk space on the node", ("Message", _text_of(error)))


def _user_error(code: str, message: str, *details: tuple[str, str]) -> Failure:
    return Failure(category="UserError", code=code, message=message, details=details)


def _server_error(code: str, message: str, *details: tuple[str, str]) -> Failure:
    return Failure(category="ServerError", code=code, message=message, details=details)


def _text_of(error: Exception) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)
