from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING

import pytest

from recipebatch.emulator.state.persistence.store import Store

if TYPE_CHECKING:
    from pathlib import Path


def rows(path: Path) -> list[tuple[int]]:
    reader = sqlite3.connect(path)
    try:
        return reader.execute("SELECT seq FROM jobs ORDER BY seq").fetchall()
    finally:
        reader.close()


def test_what_is_committed_can_be_read_by_another(tmp_path: Path) -> None:
    path = tmp_path / "state"

    async def write() -> list[tuple[int]]:
        store = Store(path)
        for number in range(100):
            store.write("INSERT INTO jobs VALUES (?, '', '')", number)
        await asyncio.gather(*(store.committed() for _ in range(3)))
        seen = rows(path)
        await store.close()
        return seen

    assert asyncio.run(write()) == [(number,) for number in range(100)]


def test_a_change_without_a_waiting_caller_is_written_too(tmp_path: Path) -> None:
    path = tmp_path / "state"

    async def write() -> None:
        store = Store(path)
        store.write("INSERT INTO jobs VALUES (1, '', '')")
        await store.close()

    asyncio.run(write())
    assert rows(path) == [(1,)]


def test_a_failed_write_is_an_error_for_waiting_callers_and_is_retried(tmp_path: Path) -> None:
    path = tmp_path / "state"

    async def write() -> None:
        store = Store(path)
        store._database.execute("PRAGMA busy_timeout = 0")
        blocker = sqlite3.connect(path, isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        store.write("INSERT INTO jobs VALUES (1, '', '')")
        with pytest.raises(sqlite3.OperationalError):
            await store.committed()
        blocker.execute("COMMIT")
        blocker.close()
        store.write("INSERT INTO jobs VALUES (2, '', '')")
        await store.committed()
        await store.close()

    asyncio.run(write())
    assert rows(path) == [(1,), (2,)]


def test_a_change_that_can_never_be_written_is_an_error_and_the_others_are_written(tmp_path: Path) -> None:
    path = tmp_path / "state"

    async def write() -> None:
        store = Store(path)
        store.write("INSERT INTO jobs VALUES (1, '', '')")
        store.write("INSERT INTO jobs VALUES (2, '', ?)", "half a surrogate \ud800")
        store.write("INSERT INTO jobs VALUES (3, '', '')")
        with pytest.raises(sqlite3.DataError, match="cannot be written"):
            await store.committed()
        assert not store.failing
        store.write("INSERT INTO jobs VALUES (4, '', '')")
        await store.committed()
        await store.close()

    asyncio.run(write())
    assert rows(path) == [(1,), (3,), (4,)]


def test_a_damaged_file_is_an_error_of_each_change_and_of_no_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "state"

    async def write() -> None:
        store = Store(path)
        store.write("INSERT INTO jobs VALUES (1, '', '')")
        await store.committed()
        monkeypatch.setattr(store, "_commit", damaged)
        for number in (2, 3):
            store.write("INSERT INTO jobs VALUES (?, '', '')", number)
            with pytest.raises(sqlite3.DatabaseError, match="malformed"):
                await store.committed()
            assert store.failing
        await store.close()

    def damaged(_batch: object) -> None:
        raise sqlite3.DatabaseError("database disk image is malformed")

    asyncio.run(write())
    assert rows(path) == [(1,)]
