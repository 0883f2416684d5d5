"""The state on disk: SQLite in WAL mode, written by one thread of its own, many changes in one commit.

`write` queues a change and returns; `committed` waits until all changes so far are on disk. A change that could not be
written (disk full) stays queued and is tried again with the next one; those who wait for it get the error. Until it is
written, no reply shows it and nothing new starts (`failing`), so memory is never further ahead of the disk than by the
requests of that one commit, whose clients got an error.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_LOG = logging.getLogger(__name__)
_RETRY_SECONDS = 1.0
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
    """One database file; made when it is not there."""

    def __init__(self, path: Path) -> None:
        path.touch(mode=0o600)
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        # FULL: what has been acknowledged survives a power cut too; commits are shared, so it costs little.
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.executescript(_SCHEMA)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="emulator-store")
        self._pending: list[tuple[str, Sequence[Any]]] = []
        self._written = 0
        self._durable = 0
        self._flight: asyncio.Task[None] | None = None
        self._scheduled = False
        self._failing = False

    @property
    def failing(self) -> bool:
        """Whether the last commit failed and what it held is not on disk yet."""
        return self._failing

    def read(self, statement: str, *parameters: object) -> Iterator[tuple[Any, ...]]:
        """Rows, for loading at start; nothing may be pending."""
        yield from self._database.execute(statement, parameters)

    def write(self, statement: str, *parameters: object) -> None:
        """Queue a change; it reaches the disk soon, or when `committed` waits for it."""
        self._pending.append((statement, parameters))
        self._written += 1
        if not self._scheduled and self._flight is None:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._start)

    async def committed(self) -> None:
        """Wait until everything written so far is on disk.

        Raises:
            sqlite3.Error: it cannot be written now.
        """
        target = self._written
        while self._durable < target:
            await asyncio.shield(self._start())

    async def close(self) -> None:
        """Write what is pending and close the file."""
        try:
            await self.committed()
        finally:
            self._thread.shutdown()
            self._database.close()

    def _start(self) -> asyncio.Task[None]:
        self._scheduled = False
        if self._flight is None:
            self._flight = asyncio.get_running_loop().create_task(self._flush())
            self._flight.add_done_callback(self._landed)
        return self._flight

    async def _flush(self) -> None:
        batch, self._pending, target = self._pending, [], self._written
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._apply, batch)
        except sqlite3.Error:
            self._pending = batch + self._pending
            self._failing = True
            raise
        finally:
            # Here and not in the callback: the waiting coroutine may resume before the callback is called.
            self._flight = None
        self._durable = target
        self._failing = False

    def _landed(self, flight: asyncio.Task[None]) -> None:
        if flight.cancelled():
            return
        if (error := flight.exception()) is not None:
            _LOG.error("the state cannot be written: %s", error)
            asyncio.get_running_loop().call_later(_RETRY_SECONDS, self._retry)
        elif self._pending and self._flight is None:
            self._start()

    def _retry(self) -> None:
        if self._pending and self._flight is None:
            self._start()

    def _apply(self, batch: list[tuple[str, Sequence[Any]]]) -> None:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            for statement, parameters in batch:
                self._database.execute(statement, parameters)
            self._database.execute("COMMIT")
        except BaseException:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise
