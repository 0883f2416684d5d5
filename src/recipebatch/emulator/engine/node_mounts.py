"""The mounted containers of nodes: kept up to date while tasks run, and written back before a task ends."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote
from weakref import WeakKeyDictionary

from recipebatch.emulator.node_agent import (
    ContainerMount,
    Failure,
    PathLeavesDirectoryError,
    StalledError,
    Stop,
    TaskEnd,
    in_thread,
)
from recipebatch.emulator.state import container_sas
from recipebatch.text.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from pathlib import Path

    from recipebatch.emulator.state import Account, Json, NodeRecord, PoolRecord

_LOG = logging.getLogger(__name__)
_PERIOD_SECONDS = 1.0
"""Between two runs while tasks run; blobfuse writes a file when it is closed."""

_SHARE_OF_TIME = 0.1
"""Runs of a large mount take at most that part of the time."""

_SECONDS_AFTER_CANCELLATION = 10.0
_READ_ONLY_OPTION = re.compile(r"(?:^|\s)(?:--read-only(?:=true)?|-o\s*(?:\S*,)?ro)(?:[\s,]|$)")


class MountError(Exception):
    """A container cannot be mounted; `path` is where."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(why)
        self.path = path


class NodeMounts:
    """The mounts of one node. At most one run at a time; who waits for a run shares it with others."""

    def __init__(self, mounts: Iterable[ContainerMount]) -> None:
        self._mounts = list(mounts)
        self._tasks = 0
        self._begun = 0
        self._ended = 0
        self._all_wanted = False
        self._work: asyncio.Task[None] | None = None
        self._period: asyncio.Task[None] | None = None
        self._error: Failure | None = None

    async def mount(self) -> Failure | None:
        """Mount all, or continue after a restart; returns why that is not possible."""
        await self._synchronize(only_settled=False)
        return self._error or self._unread()

    async def begin(self) -> tuple[list[int], Failure | None]:
        """A task begins: bring the folders up to date; returns a mark for `end`, and why they cannot be read."""
        self._tasks += 1
        if self._period is None:
            self._period = asyncio.get_running_loop().create_task(self._repeat())
        await self._synchronize(only_settled=False)
        return [mount.runs for mount in self._mounts], self._error or self._unread()

    async def end(self, mark: list[int]) -> Failure | None:
        """Its process has ended: write back; returns why something that was written since the mark is not there."""
        await self._synchronize(only_settled=False)
        found = [
            failure for mount, run in zip(self._mounts, mark, strict=True) for failure in mount.failures_since(run)
        ]
        if not found:
            return self._error
        if len(found) == 1:
            return found[0]
        return replace(found[0], details=(*found[0].details, ("MoreFiles", str(len(found) - 1))))

    def leave(self) -> None:
        """Count a task that has ended; after the last one, the writing at intervals ends."""
        self._tasks -= 1
        if not self._tasks:
            for mount in self._mounts:
                mount.forget_failures()
            if self._period is not None:
                self._period.cancel()
                self._period = None

    async def close(self) -> list[Failure]:
        """Write back for the last time; returns what could not be written."""
        await self._synchronize(only_settled=False)
        found = [failure for mount in self._mounts for failure in mount.failures_since(-1)]
        for mount in self._mounts:
            mount.close()
        return found

    def _unread(self) -> Failure | None:
        return next((mount.unread for mount in self._mounts if mount.unread is not None), None)

    async def _repeat(self) -> None:
        pause = _PERIOD_SECONDS
        while True:
            await asyncio.sleep(pause)
            began = time.monotonic()
            await self._synchronize(only_settled=True)
            pause = max(_PERIOD_SECONDS, (time.monotonic() - began) / _SHARE_OF_TIME)

    async def _synchronize(self, *, only_settled: bool) -> None:
        """Wait for a run that begins after this call."""
        wanted = self._begun + 1
        self._all_wanted = self._all_wanted or not only_settled
        while self._ended < wanted:
            if self._work is None:
                self._begun += 1
                self._work = asyncio.get_running_loop().create_task(self._run_once())
            # Cancelling one that waits does not cancel the run.
            await asyncio.wait({self._work})

    async def _run_once(self) -> None:
        only_settled, self._all_wanted = not self._all_wanted, False
        try:
            self._error = await self._each(partial(ContainerMount.synchronize, only_settled=only_settled))
        finally:
            self._ended, self._work = self._begun, None

    async def _each(self, work: Callable[[ContainerMount, Stop], None]) -> Failure | None:
        for mount in self._mounts:
            stop = Stop()
            try:
                await in_thread(partial(work, mount, stop), stop=stop)
            except (StalledError, OSError) as error:
                text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
                message = "The folder of a mount could not be brought up to date"
                details = (("Reason", text),)
                return Failure(category="ServerError", code="FileUploadMiscError", message=message, details=details)
        return None


_NODES: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Path, NodeMounts]] = WeakKeyDictionary()
"""Of each emulator, which is an event loop, the mounts by the roots of its nodes."""


async def mount_containers(account: Account, pool: PoolRecord, node: NodeRecord) -> None:
    """Mount the pool's containers on a node that starts. Raises: MountError."""
    mounts = _mounts_of(account, pool, node)
    if mounts is not None and (failure := await mounts.mount()) is not None:
        details = dict(failure.details)
        raise MountError(details.get("FilePath", ""), f"{failure.message}: {details.get('Reason', '')}")


async def unmount_containers(account: Account, pool: PoolRecord, node: NodeRecord) -> None:
    """Write back what is below the mounts of a node that is about to be removed."""
    with suppress(MountError):
        mounts = _mounts_of(account, pool, node)
        if mounts is not None:
            for failure in await mounts.close():
                details = ", ".join(value for _, value in failure.details)
                _LOG.warning("node %s of pool %s: %s (%s)", node.id, pool.id, failure.message, details)
    _nodes().pop(account.node_root(pool.id, node.id), None)


async def with_mounts(
    account: Account,
    pool: PoolRecord,
    nodes: Iterable[NodeRecord],
    run: Callable[[], Awaitable[TaskEnd]],
    *,
    start_time: datetime,
) -> TaskEnd:
    """Run a task of any kind between an update of its nodes' mounts and their writing back.

    A failure of either fails the task: on Azure its program's own reads or writes fail.
    """
    try:
        all_mounts = [mounts for node in nodes if (mounts := _mounts_of(account, pool, node)) is not None]
    except MountError as error:
        failure = Failure(category="ServerError", code="BlobDownloadMiscError", message=str(error))
        return _not_run(start_time, failure)
    if not all_mounts:
        return await run()
    marks = []
    begun = 0
    try:
        for mounts in all_mounts:
            begun += 1
            mark, unread = await mounts.begin()
            marks.append(mark)
            if unread is not None:
                return _not_run(start_time, unread)
        end = await run()
        lost = [
            missing
            for mounts, mark in zip(all_mounts, marks, strict=True)
            if (missing := await mounts.end(mark)) is not None
        ]
    except asyncio.CancelledError:
        # What it wrote until then stays, as on Azure.
        with suppress(TimeoutError):
            async with asyncio.timeout(_SECONDS_AFTER_CANCELLATION):
                for mounts, mark in zip(all_mounts, marks, strict=False):
                    await mounts.end(mark)
        raise
    finally:
        for mounts in all_mounts[:begun]:
            mounts.leave()
    if not lost:
        return end
    return replace(end, end_time=datetime.now(UTC), failure=end.failure or lost[0], file_upload_error=True)


def _not_run(start_time: datetime, failure: Failure) -> TaskEnd:
    return TaskEnd(
        start_time=start_time,
        end_time=datetime.now(UTC),
        exit_code=None,
        failure=failure,
        pre_processing_error=True,
    )


def _mounts_of(account: Account, pool: PoolRecord, node: NodeRecord) -> NodeMounts | None:
    """The mounts of a node; None if its pool has none. Raises: MountError."""
    listed = pool.body.get("mountConfiguration")
    if not listed:
        return None
    root = account.node_root(pool.id, node.id)
    if root not in _nodes():
        mounts = []
        for number, mount in enumerate(listed):
            blob = mount["azureBlobFileSystemConfiguration"]
            path, writable = blob["relativeMountPath"], is_writable(blob)
            url = _url(account, blob, writable=writable)
            notes = root / "volatile" / "mounts" / str(number)
            try:
                mounts.append(ContainerMount(url, root, path, notes, writable=writable))
            except PathLeavesDirectoryError as error:
                raise MountError(path, str(error)) from error
        _nodes()[root] = NodeMounts(mounts)
    return _nodes()[root]


def _nodes() -> dict[Path, NodeMounts]:
    return _NODES.setdefault(asyncio.get_running_loop(), {})


def is_writable(blob: Json) -> bool:
    """Whether tasks may write below a mount: neither its options nor its SAS forbid it. Pure."""
    if _READ_ONLY_OPTION.search(blob.get("blobfuseOptions", "")):
        return False
    if "sasKey" in blob:
        return "w" in "".join(parse_qs(blob["sasKey"].removeprefix("?")).get("sp", ()))
    return True


def _url(account: Account, blob: Json, *, writable: bool) -> str:
    """The container's URL with credentials to list and read it, and to write."""
    container = blob["containerName"]
    storage = account.settings.auto_storage
    if "://" not in container:
        own = storage is not None and storage.name == blob["accountName"]
        endpoint = (
            storage.blob_endpoint
            if own and storage is not None
            else f"https://{blob['accountName']}.blob.core.windows.net"
        )
        container = f"{endpoint}/{quote(container)}"
    if "sasKey" in blob:
        return f"{container}?{blob['sasKey'].removeprefix('?')}"
    name = container.rstrip("/").rpartition("/")[2]
    key = Secret(blob["accountKey"])
    return f"{container}?{container_sas(blob['accountName'], key, name, account.clock, writable=writable)}"
