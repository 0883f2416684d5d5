"""Uploads the output files of a task after its process has ended. Blocking.

The results are written to fileuploadout.txt and fileuploaderr.txt in the task's directory, without any SAS.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from recipebatch.emulator.node_agent import failures
from recipebatch.emulator.node_agent.files.blob_uploads import put_file
from recipebatch.emulator.node_agent.files.directories import WORKING_DIRECTORY, open_output
from recipebatch.emulator.node_agent.files.file_patterns import (
    TooManyFilesError,
    UnreadableFolderError,
    blob_name,
    matches,
    parse_pattern,
)
from recipebatch.emulator.node_agent.files.resource_files import blob_url
from recipebatch.emulator.node_agent.http_client import HttpClient, Stop, TransferError, without_query
from recipebatch.emulator.node_agent.threads import in_parallel
from recipebatch.text.file_names import without_surrogates
from recipebatch.text.patterns import InvalidPatternError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from recipebatch.emulator.node_agent.model import Failure, OutputFile, TaskRun

_THREADS = 4


@dataclass(frozen=True, slots=True)
class _Upload:
    """One file that becomes one blob."""

    output_file: OutputFile
    path: str
    blob: str


def upload(task: TaskRun, stop: Stop, *, succeeded: bool) -> Failure | None:
    """Upload the files selected by the outcome, in parallel; a failure does not stop the other uploads.

    Args:
        task: the attempt that has ended.
        stop: stops the uploads.
        succeeded: the process ended in time with exit code 0.

    Returns:
        The first failure in the order of the output files, or None.

    Raises:
        StoppedError: `stop` was set.
    """
    failed: dict[_Upload, Failure] = {}
    uploads = _uploads(task, failed, succeeded=succeeded)

    def work(own: Iterator[_Upload]) -> None:
        with HttpClient(stop) as client:
            for one in own:
                try:
                    url = blob_url(one.output_file.container_url, one.blob)
                    put_file(client, url, one.path, one.output_file.upload_headers)
                except (TransferError, OSError) as error:
                    failed[one] = failures.not_uploaded(error, one.output_file, without_surrogates(one.path))

    in_parallel([one for one in uploads if one not in failed], work, threads=_THREADS)
    done = [f"uploaded {_description(one)}" for one in uploads if one not in failed]
    refused = [
        f"failed {_description(one)}: {failed[one].code}: {failed[one].message}" for one in uploads if one in failed
    ]
    try:
        _write_log(task.directory / "fileuploadout.txt", done)
        _write_log(task.directory / "fileuploaderr.txt", refused)
    except OSError as error:
        return failures.no_directory(error)
    return next((failed[one] for one in uploads if one in failed), None)


def is_selected(upload_condition: str, *, succeeded: bool) -> bool:
    """Whether an outcome meets an upload condition. Pure."""
    return upload_condition == "taskcompletion" or (upload_condition == "tasksuccess") == succeeded


def _uploads(task: TaskRun, failed: dict[_Upload, Failure], *, succeeded: bool) -> list[_Upload]:
    """What is to be uploaded; what cannot be is in `failed` too, with the reason."""
    working = str(task.directory / WORKING_DIRECTORY)
    uploads: list[_Upload] = []
    for output_file in task.output_files:
        if not is_selected(output_file.upload_condition, succeeded=succeeded):
            continue
        pattern = parse_pattern(output_file.file_pattern, working=working, environment=task.environment)
        try:
            for relative in matches(pattern):
                name = blob_name(pattern, relative, output_file.path)
                uploads.append(_Upload(output_file, f"{pattern.base.rstrip('/')}/{relative}", name))
        except (InvalidPatternError, TooManyFilesError, UnreadableFolderError) as error:
            none = _Upload(output_file, output_file.file_pattern, "")
            uploads.append(none)
            reason = OSError(f"the pattern cannot be used: {error}")
            failed[none] = failures.not_uploaded(reason, output_file, output_file.file_pattern)
    return _escaped(uploads, failed)


def _escaped(uploads: list[_Upload], failed: dict[_Upload, Failure]) -> list[_Upload]:
    """The uploads with the names of blobs as UTF-8; two files never become one blob by that."""
    taken = {(one.output_file.container_url, one.blob) for one in uploads}
    result = []
    for one in uploads:
        blob = without_surrogates(one.blob)
        result.append(replace(one, blob=blob))
        if blob != one.blob and (one.output_file.container_url, blob) in taken:
            reason = OSError("its name is not UTF-8, and the escaped name is that of another file")
            failed[result[-1]] = failures.not_uploaded(reason, one.output_file, without_surrogates(one.path))
        taken.add((one.output_file.container_url, blob))
    return result


def _description(one: _Upload) -> str:
    return f"{one.path} to {without_query(one.output_file.container_url)}/{one.blob}"


def _write_log(path: Path, lines: Sequence[str]) -> None:
    with open(open_output(path), "w", encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH123  a descriptor
        file.writelines(f"{line}\n" for line in lines)
