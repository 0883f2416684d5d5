"""Files of nodes and tasks: lists, properties, contents and ranges.

A name arrives as one percent-encoded path segment (`wd%2Fa.txt`) and must not lead out of its directory, neither by
`..` nor by a link. A name that is not UTF-8 is listed with escapes (`a%FF.txt`), and found by that name. A range is
answered with 200 and exactly the bytes asked for (recorded answers).
"""

from __future__ import annotations

import asyncio
import os
import re
import stat
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import quote

from recipebatch.emulator.node_agent import PathLeavesDirectoryError, remove_tree, safe_join, task_directory
from recipebatch.emulator.protocol import Call, Field, Reply, invalid_query, list_filter, page, page_size, start_after
from recipebatch.emulator.state import UNIX_EPOCH_TICKS, BatchError, format_instant, http_date, parse_instant
from recipebatch.text.file_names import with_bytes, without_surrogates
from recipebatch.vocabulary.states import TaskState

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from recipebatch.emulator.protocol import Json

MAX_ENTRIES = 200_000
"""Files and directories of one list."""

_CHUNK_BYTES = 256 * 1024
_RANGE = re.compile(r"bytes=([0-9]{1,18})-([0-9]{0,18})\Z")


@dataclass(frozen=True, slots=True)
class _Directory:
    """The root of relative names, and the URL of its files."""

    path: Path
    url: str


@dataclass(frozen=True, slots=True)
class _Entry:
    """A file or directory: its name with `/` between the parts, and its status."""

    name: str
    status: os.stat_result

    @property
    def is_directory(self) -> bool:
        return stat.S_ISDIR(self.status.st_mode)


_FIELDS: dict[str, Field[_Entry]] = {"name": Field(frozenset({"startswith"}), lambda entry: entry.name)}


async def list_node_files(call: Call) -> Reply:
    """GET /pools/{id}/nodes/{node}/files."""
    return await _list(call, _node_directory(call))


async def list_task_files(call: Call) -> Reply:
    """GET /jobs/{id}/tasks/{task}/files."""
    return await _list(call, _task_directory(call))


async def get_node_file(call: Call) -> Reply:
    """GET /pools/{id}/nodes/{node}/files/{path}."""
    return _get(call, _node_directory(call))


async def get_task_file(call: Call) -> Reply:
    """GET /jobs/{id}/tasks/{task}/files/{path}."""
    return _get(call, _task_directory(call))


async def head_node_file(call: Call) -> Reply:
    """HEAD /pools/{id}/nodes/{node}/files/{path}."""
    return _head(call, _node_directory(call))


async def head_task_file(call: Call) -> Reply:
    """HEAD /jobs/{id}/tasks/{task}/files/{path}."""
    return _head(call, _task_directory(call))


async def delete_node_file(call: Call) -> Reply:
    """DELETE /pools/{id}/nodes/{node}/files/{path}."""
    return await _delete(call, _node_directory(call))


async def delete_task_file(call: Call) -> Reply:
    """DELETE /jobs/{id}/tasks/{task}/files/{path}."""
    return await _delete(call, _task_directory(call))


def _node_directory(call: Call) -> _Directory:
    pool, node = call.account.node(call.parts[0], call.parts[1])
    if node.boot_time is None:
        reason = f"The files of the specified node cannot be accessed as the node state is {node.state}"
        raise BatchError("OperationInvalidForCurrentState", ("Reason", reason))
    return _Directory(call.account.node_root(pool.id, node.id), f"{call.base}/pools/{pool.id}/nodes/{node.id}/files")


def _task_directory(call: Call) -> _Directory:
    job, task = call.account.task(call.parts[0], call.parts[1])
    if task.node is None:
        if task.state is TaskState.COMPLETED:
            raise BatchError("TaskFilesUnavailable")
        reason = f"The files of the specified task cannot be accessed as the task state is still {task.state}"
        raise BatchError("OperationInvalidForCurrentState", ("Reason", reason))
    pool_id, node_id = task.node
    pool = call.account.pools.get(pool_id.lower())
    if pool is None or node_id not in pool.nodes:
        raise BatchError("TaskFilesUnavailable")
    path = task_directory(call.account.node_root(pool_id, node_id), job.id, task.id)
    if task.state is TaskState.COMPLETED and not path.exists():
        raise BatchError("TaskFilesCleanedup")
    return _Directory(path, f"{call.base}/jobs/{job.id}/tasks/{task.id}/files")


async def _list(call: Call, directory: _Directory) -> Reply:
    prefix = _name_prefix(call)
    recursive = call.flag("recursive")
    after, size = start_after(call), page_size(call)
    entries = _entries(directory.path, recursive=recursive)
    numbered = ((f"{number:09d}", entry) for number, entry in enumerate(entries) if entry.name.startswith(prefix))
    found = ((key, entry) for key, entry in numbered if key > after)
    # Only as many as the page needs: a task may have made millions of files.
    some = await asyncio.to_thread(lambda: list(islice(found, size + 1)))
    return page(call, "files", some, lambda entry: _view(directory, entry))


def _name_prefix(call: Call) -> str:
    """The prefix in `startswith(name,'…')`, the only filter for files; case-sensitive, as in the file system."""
    text = call.query.get("$filter", "")
    if list_filter(call, _FIELDS) is None:
        return ""
    match = re.fullmatch(r"\s*startswith\s*\(\s*name\s*,\s*'((?:[^']|'')*)'\s*\)\s*", text, re.IGNORECASE)
    if match is None:
        raise invalid_query("$filter", text, "Files can only be filtered by startswith(name,'...')")
    return match[1].replace("''", "'")


def _entries(root: Path, *, recursive: bool) -> Iterator[_Entry]:
    """The entries of a directory by level, then by name; links that lead out of it are skipped."""
    level, number = [(root, "")], 0
    while level:
        below: list[tuple[Path, str]] = []
        for directory, prefix in level:
            for name, status in _scan(root, directory):
                entry = _Entry(prefix + without_surrogates(name), status)
                number += 1
                if number > MAX_ENTRIES:
                    reason = f"The directory has more than {MAX_ENTRIES} files"
                    raise BatchError("OperationInvalidForCurrentState", ("Reason", reason))
                yield entry
                if entry.is_directory and recursive and not (directory / name).is_symlink():
                    below.append((directory / name, f"{entry.name}/"))
        level = below


def _scan(root: Path, directory: Path) -> Iterator[tuple[str, os.stat_result]]:
    try:
        paths = sorted(directory.iterdir())
    except OSError:  # does not exist yet or any more, or is unreadable
        return
    for path in paths:
        try:
            if path.is_symlink():
                safe_join(root, str(path.relative_to(root)))
            status = path.stat()
        except (OSError, PathLeavesDirectoryError):
            continue
        if stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode):
            yield path.name, status


def _view(directory: _Directory, entry: _Entry) -> Json:
    document: dict[str, Any] = {
        "name": entry.name,
        "url": f"{directory.url}/{quote(entry.name)}",
        "isDirectory": entry.is_directory,
    }
    if not entry.is_directory:
        document["properties"] = {
            "lastModified": format_instant(_modified(entry.status)),
            "contentLength": str(entry.status.st_size),
            "contentType": _content_type(entry.name),
            "fileMode": _mode(entry.status),
        }
    return document


def _get(call: Call, directory: _Directory) -> Reply:
    name, path = _named(call, directory)
    try:
        # O_NONBLOCK: a named pipe created by a task would block the emulator.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        _refuse_file(error)
    with ExitStack() as undo:
        undo.callback(os.close, descriptor)
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise BatchError("FileNotFound")
        _check_dates(call, status)
        first, count = _range(call, status.st_size)
        undo.pop_all()
    headers = _file_headers(directory, name, status)
    return Reply(
        status=200, headers=headers, content=_read(descriptor, first, count), release=lambda: os.close(descriptor)
    )


def _head(call: Call, directory: _Directory) -> Reply:
    name, path = _named(call, directory)
    try:
        status = path.stat()
    except OSError as error:
        _refuse_file(error)
    if not stat.S_ISREG(status.st_mode):
        raise BatchError("FileNotFound")
    _check_dates(call, status)
    headers = {**_file_headers(directory, name, status), "Content-Length": str(status.st_size)}
    return Reply(status=200, headers=headers)


async def _delete(call: Call, directory: _Directory) -> Reply:
    recursive = call.flag("recursive")
    _, path = _named(call, directory)
    try:
        if not path.is_dir() or path.is_symlink():
            path.unlink()
        elif recursive:
            await asyncio.to_thread(remove_tree, path)
        else:
            path.rmdir()
    except OSError as error:
        _refuse_file(error)
    return Reply(status=200)


def _named(call: Call, directory: _Directory) -> tuple[str, Path]:
    """The requested name and its path. Raises: BatchError FileNotFound when it leads out of the directory."""
    name = call.parts[2].replace("\\", "/")
    try:
        path = safe_join(directory.path, name)
        if "%" in name and not os.path.lexists(path):  # an escaped name, as in lists
            path = safe_join(directory.path, with_bytes(name))
    except PathLeavesDirectoryError:
        raise BatchError("FileNotFound") from None
    if path == directory.path:
        raise BatchError("FileNotFound")
    return name, path


def _range(call: Call, size: int) -> tuple[int, int]:
    """First byte and number of bytes of `ocp-range`. Raises: BatchError InvalidRange or InvalidHeaderValue."""
    text = call.headers.get("ocp-range") or call.headers.get("range")
    if not text:
        return 0, size
    match = _RANGE.match(text.strip())
    if match is None:
        raise BatchError("InvalidHeaderValue", ("HeaderName", "ocp-range"), ("HeaderValue", text))
    first = int(match[1])
    last = min(int(match[2]), size - 1) if match[2] else size - 1
    if match[2] and int(match[2]) < first:
        raise BatchError("InvalidHeaderValue", ("HeaderName", "ocp-range"), ("HeaderValue", text))
    if first >= size and first > 0:
        raise BatchError("InvalidRange")
    return first, max(0, last - first + 1)


async def _read(descriptor: int, first: int, count: int) -> AsyncIterator[bytes]:
    """Yield these bytes of a file, fewer if it was truncated meanwhile."""
    while count > 0:
        size = min(count, _CHUNK_BYTES)
        # Small chunks are read on this thread: switching to another thread costs more than it saves.
        chunk = (
            os.pread(descriptor, size, first)
            if size < _CHUNK_BYTES
            else await asyncio.to_thread(os.pread, descriptor, size, first)
        )
        if not chunk:
            return
        yield chunk
        first += len(chunk)
        count -= len(chunk)


def _file_headers(directory: _Directory, name: str, status: os.stat_result) -> dict[str, str]:
    return {
        "Content-Type": _content_type(name),
        "Last-Modified": http_date(_modified(status)),
        "ocp-batch-file-isdirectory": "False",
        "ocp-batch-file-mode": _mode(status),
        "ocp-batch-file-url": quote(f"{directory.url}/{quote(name)}", safe=""),
    }


def _check_dates(call: Call, status: os.stat_result) -> None:
    """Check the two conditional headers for files. Raises: BatchError ConditionNotMet."""
    seconds = _modified(status) // 10_000_000
    for name, later in (("if-modified-since", True), ("if-unmodified-since", False)):
        if text := call.headers.get(name):
            try:
                moment = parse_instant(text) // 10_000_000
            except ValueError:
                raise BatchError("InvalidHeaderValue", ("HeaderName", name), ("HeaderValue", text)) from None
            if (seconds > moment) is not later:
                raise BatchError("ConditionNotMet")


def _refuse_file(error: OSError) -> NoReturn:
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        raise BatchError("FileNotFound") from None
    reason = f"The file cannot be accessed: {error.strerror}"
    raise BatchError("OperationInvalidForCurrentState", ("Reason", reason)) from None


def _modified(status: os.stat_result) -> int:
    """Whole microseconds, as a node reports times."""
    return UNIX_EPOCH_TICKS + status.st_mtime_ns // 1000 * 10


def _mode(status: os.stat_result) -> str:
    return f"0o{status.st_mode:o}"


def _content_type(name: str) -> str:
    return "text/plain" if name.lower().endswith(".txt") else "application/octet-stream"
