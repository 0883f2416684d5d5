"""Files of tasks and nodes with the azure-batch SDK."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from azure.batch import models
from azure.core.exceptions import HttpResponseError

from recipebatch.service.azure.sdk_errors import translated
from recipebatch.service.snapshots import TaskFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from azure.batch import BatchClient

    from recipebatch.text.secret import Secret

# Not found: no such file; conflict: the task never ran, or its node is gone.
_NO_FILES = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT})
# The range starts at the end of the file, or after it.
_NOTHING_THERE = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE


class AzureNodeFiles:
    """The files on the nodes of a Batch account."""

    def __init__(self, client: BatchClient) -> None:
        self._client = client

    def node_file_tail(self, pool_id: str, node_id: str, path: str, *, size: int) -> str:
        """The last bytes of a node's file as text; empty if it cannot be read."""
        return _tail(
            lambda: self._client.get_node_file_properties(pool_id, node_id, path),
            lambda span: self._client.download_node_file(pool_id, node_id, path, ocp_range=span),
            size=size,
        )

    def list_task_files(self, job_id: str, task_id: str) -> tuple[TaskFile, ...]:
        """The files of a task; empty if it has none (yet, or any more)."""
        with translated(f"listing the files of task {task_id}"):
            try:
                return _files(self._client.list_task_files(job_id, task_id, recursive=True))
            except HttpResponseError as error:
                if error.status_code in _NO_FILES:
                    return ()
                raise

    def read_task_file(self, job_id: str, task_id: str, path: str) -> Iterator[bytes] | None:
        """A task's file in pieces, or None if there is none."""
        doing = f"reading {path} of task {task_id}"
        with translated(doing):
            try:
                return _pieces(doing, self._client.download_task_file(job_id, task_id, path))
            except HttpResponseError as error:
                if error.status_code in _NO_FILES:
                    return None
                raise

    def task_file_from(self, job_id: str, task_id: str, path: str, *, offset: int) -> bytes | None:
        """A task's file from a byte on, empty at its end; None if there is no such file (yet, or any more)."""
        return _rest(
            f"reading {path} of task {task_id}",
            lambda span: self._client.download_task_file(job_id, task_id, path, ocp_range=span),
            offset=offset,
        )

    def node_file(self, pool_id: str, node_id: str, path: str) -> bytes | None:
        """A node's file; None if there is no such file, or it cannot be read in the state of the node."""
        return _rest(
            f"reading {path} of node {node_id}",
            lambda span: self._client.download_node_file(pool_id, node_id, path, ocp_range=span),
            offset=0,
        )

    def list_node_files(self, pool_id: str, node_id: str, folder: str) -> tuple[TaskFile, ...]:
        """The files below a folder of a node; empty if it has none (yet, or any more)."""
        only = f"startswith(name,'{folder}/')"
        with translated(f"listing the files of node {node_id}"):
            try:
                return _files(self._client.list_node_files(pool_id, node_id, recursive=True, filter=only))
            except HttpResponseError as error:
                if error.status_code in _NO_FILES:
                    return ()
                raise

    def upload_node_logs(
        self, pool_id: str, node_id: str, *, container_url: Secret, since: datetime
    ) -> tuple[str, int]:
        """Have the Batch agent of a node upload its logs; the folder in the container, and the number of files."""
        options = models.UploadBatchServiceLogsOptions(container_url=container_url.reveal(), start_time=since)
        with translated(f"asking node {node_id} for its agent logs"):
            found = self._client.upload_node_logs(pool_id, node_id, options)
        return str(found.virtual_directory_name), int(found.number_of_files_uploaded)

    def task_file_tail(self, job_id: str, task_id: str, path: str, *, size: int) -> str:
        """The last bytes of a task's file as text; empty if it cannot be read."""
        return _tail(
            lambda: self._client.get_task_file_properties(job_id, task_id, path),
            lambda span: self._client.download_task_file(job_id, task_id, path, ocp_range=span),
            size=size,
        )


def _files(found: Iterable[models.BatchNodeFile]) -> tuple[TaskFile, ...]:
    return tuple(
        TaskFile(name=str(file.name), size=int(file.properties.content_length))
        for file in found
        if file.properties is not None and not file.is_directory
    )


def _rest(doing: str, download: Callable[[str], Iterator[bytes]], *, offset: int) -> bytes | None:
    """A file from a byte on; a range that starts at its end, or of an empty file, has nothing."""
    with translated(doing):
        try:
            return b"".join(download(f"bytes={offset}-"))
        except HttpResponseError as error:
            if error.status_code == _NOTHING_THERE:
                return b""
            if error.status_code in _NO_FILES:
                return None
            raise


def _pieces(doing: str, pieces: Iterator[bytes]) -> Iterator[bytes]:
    with translated(doing):
        yield from pieces


def _tail(
    properties: Callable[[], models.BatchFileProperties], download: Callable[[str], Iterator[bytes]], *, size: int
) -> str:
    """The end of a file whose length must be asked for first: the service knows no range "the last n bytes"."""
    try:
        # Some proxies drop the length of an answer without a body; then the file is read from its start.
        length = int(properties().content_length or -1)
        if length == 0:
            return ""
        if length > 0:
            return b"".join(download(f"bytes={max(0, length - size)}-{length - 1}")).decode("utf-8", "replace")
        return _last(download("bytes=0-"), size).decode("utf-8", "replace")
    except HttpResponseError:
        return ""


def _last(pieces: Iterator[bytes], size: int) -> bytes:
    end = b""
    for piece in pieces:
        end = (end + piece)[-size:]
    return end
