from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from recipebatch.emulator.engine import workers
from recipebatch.emulator.engine.workers import Workers

if TYPE_CHECKING:
    import pytest

    from recipebatch.emulator.state import Account

ACCOUNT = cast("Account", None)


def test_a_record_has_one_worker_at_a_time() -> None:
    async def story() -> list[str]:
        started: list[str] = []
        needed = {"a", "b"}
        release, over = asyncio.Event(), asyncio.Event()

        async def work(_account: Account, record: str) -> None:
            started.append(record)
            await release.wait()
            needed.discard(record)
            if not needed:
                over.set()

        crew = Workers[str]("thing", lambda _account, record: record in needed, work)
        for record in ("a", "a", "b", "c"):
            crew.reconcile(ACCOUNT, record)
        await asyncio.sleep(0)
        crew.reconcile(ACCOUNT, "a")
        release.set()
        await over.wait()
        await crew.stop()
        return started

    assert asyncio.run(story()) == ["a", "b"]


def test_a_record_that_needs_more_gets_another_worker() -> None:
    async def story() -> int:
        left = [3]
        over = asyncio.Event()

        async def work(_account: Account, _record: str) -> None:
            left[0] -= 1
            if left[0] == 0:
                over.set()

        crew = Workers[str]("thing", lambda _account, _record: left[0] > 0, work)
        crew.reconcile(ACCOUNT, "a")
        await over.wait()
        await crew.stop()
        return left[0]

    assert asyncio.run(story()) == 0


def test_a_worker_that_fails_is_logged_and_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(workers, "_RETRY_SECONDS", 0.0)

    async def story() -> int:
        tries: list[int] = []
        over = asyncio.Event()

        async def work(_account: Account, _record: str) -> None:
            tries.append(1)
            if len(tries) == 1:
                raise ValueError("the first one")
            over.set()

        crew = Workers[str]("pool", lambda _account, _record: not over.is_set(), work)
        crew.reconcile(ACCOUNT, "a")
        await over.wait()
        await crew.stop()
        return len(tries)

    assert asyncio.run(story()) == 2
    assert "a pool is stuck in a transient state; retrying in 0 s" in caplog.text


def test_a_stop_cancels_workers_and_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_RETRY_SECONDS", 3600.0)

    async def story() -> list[Any]:
        ended: list[Any] = []

        async def work(_account: Account, record: str) -> None:
            if record == "fails":
                raise ValueError(record)
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(record)

        crew = Workers[str]("thing", lambda _account, _record: True, work)
        crew.reconcile(ACCOUNT, "fails")
        crew.reconcile(ACCOUNT, "waits")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await crew.stop()
        return ended

    assert asyncio.run(story()) == ["waits"]
