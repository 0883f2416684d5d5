"""The state on disk: SQLite in WAL mode, written by a dedicated thread, many changes in one commit.

`write` queues a change and returns; `committed` waits until all changes so far are on disk. A change that could not be
written (disk full) stays queued and is retried with the next one; callers waiting for it get the error. Until it is
written, no reply contains it and nothing new starts (`failing`), so the state in memory is ahead of the disk only by
the requests of that one commit, whose clients got an error.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from typing import TYPE_CHECKING, Any

from recipebatch.emulator.daemon_executor import DaemonExecutor

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_LOG = logging.getLogger(__name__)
_RETRY_SECONDS = 1.0
_CLOSE_SECONDS = 3.0
"""Seconds that the last commit may take when the emulator stops; a broken disk may not answer at all."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS pools (account TEXT, key TEXT, doc TEXT, PRIMARY KEY (account, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS nodes (account TEXT, pool TEXT, id TEXT, doc TEXT, PRIMARY KEY (account, pool, id))
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS jobs (seq INTEGER PRIMARY KEY, account TEXT, doc TEXT);
CREATE TABLE IF NOT EXISTS schedules (account TEXT, key TEXT, doc TEXT, PRIMARY KEY (account, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tasks (job INTEGER, seq INTEGER, id TEXT, spec TEXT, doc TEXT, PRIMARY KEY (job, seq))
    WITHOUT ROWID;
"""


class Store:
    """One database file; created if missing."""

    def __init__(self, path: Path) -> None:
        path.touch(mode=0o600)
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        # FULL: acknowledged changes survive a power failure; commits are shared, so the cost is low.
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.executescript(_SCHEMA)
        self._thread = DaemonExecutor(max_workers=1)
        self._pending: list[tuple[str, Sequence[Any]]] = []
        self._written = 0
        self._durable = 0
        self._flushing: asyncio.Task[None] | None = None
        self._scheduled = False
        self._failing = False

    @property
    def failing(self) -> bool:
        """Whether the last commit failed and its changes are not on disk yet."""
        return self._failing

    def read(self, statement: str, *parameters: object) -> Iterator[tuple[Any, ...]]:
        """Read rows when loading the state at start; no change may be pending."""
        yield from self._database.execute(statement, parameters)

    def write(self, statement: str, *parameters: object) -> None:
        """Queue a change; it is committed soon, or when `committed` waits for it."""
        self._pending.append((statement, parameters))
        self._written += 1
        if not self._scheduled and self._flushing is None:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._start)

    async def committed(self) -> None:
        """Wait until all changes so far are on disk.

        Raises:
            sqlite3.Error: it cannot be written now.
        """
        target = self._written
        while self._durable < target:
            await asyncio.shield(self._start())

    async def close(self) -> None:
        """Commit pending changes and close the file; changes that cannot be written are logged."""
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self.committed()
        except (sqlite3.Error, TimeoutError) as error:
            _LOG.error("%d changes are lost, the state cannot be written: %s", self._written - self._durable, error)
        if self._flushing is None:
            self._database.close()

    def _start(self) -> asyncio.Task[None]:
        self._scheduled = False
        if self._flushing is None:
            self._flushing = asyncio.get_running_loop().create_task(self._flush())
            self._flushing.add_done_callback(self._flush_done)
        return self._flushing

    async def _flush(self) -> None:
        batch, self._pending, target = self._pending, [], self._written
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._apply, batch)
        except sqlite3.Error:
            self._pending = batch + self._pending
            self._failing = bool(batch)
            if not batch:
                self._durable = target
            raise
        finally:
            # Here and not in the callback: the waiting coroutine may resume before the callback is called.
            self._flushing = None
        self._durable = target
        self._failing = False

    def _flush_done(self, flush: asyncio.Task[None]) -> None:
        if flush.cancelled():
            return
        if (error := flush.exception()) is not None:
            _LOG.error("the state cannot be written: %s", error)
            asyncio.get_running_loop().call_later(_RETRY_SECONDS, self._retry)
        elif self._pending and self._flushing is None:
            self._start()

    def _retry(self) -> None:
        if self._pending and self._flushing is None:
            self._start()

    def _apply(self, batch: list[tuple[str, Sequence[Any]]]) -> None:
        """Commit a batch; a part that was committed is removed from it before an error is raised.

        Raises:
            sqlite3.Error: it cannot be written now; with an empty batch: a change can never be written and is lost.
        """
        try:
            self._commit(batch)
        except Exception as error:
            if _is_temporary(error):
                raise
            # One change can never be written, for example a text that is not Unicode: the others do not wait for it.
            lost: Exception | None = None
            while batch:
                try:
                    self._commit(batch[:1])
                except Exception as own:
                    if _is_temporary(own):
                        raise
                    _LOG.exception("a change of the state is lost: %s", batch[0][0])
                    lost = own
                del batch[0]
            if lost is not None:
                raise sqlite3.DataError("a change cannot be written") from lost

    def _commit(self, batch: list[tuple[str, Sequence[Any]]]) -> None:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            for statement, parameters in batch:
                self._database.execute(statement, parameters)
            self._database.execute("COMMIT")
        except BaseException:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise


def _is_temporary(error: Exception) -> bool:
    """Whether the same change may succeed later: the disk is full or broken, not the change."""
    return isinstance(error, sqlite3.OperationalError) or type(error) is sqlite3.DatabaseError
