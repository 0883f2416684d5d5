from __future__ import annotations

import asyncio
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from recipebatch.emulator.node_agent.http_client import Stop, StoppedError
from recipebatch.emulator.node_agent.threads import StalledError, in_parallel, in_thread

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_the_answer_of_a_thread_is_awaited() -> None:
    async def story() -> tuple[str, bool]:
        return await in_thread(lambda: (threading.current_thread().name, threading.current_thread().daemon))

    name, daemon = asyncio.run(story())
    assert name != threading.current_thread().name
    assert daemon


def test_the_error_of_a_thread_is_raised_where_it_is_awaited() -> None:
    def fail() -> None:
        raise KeyError("lost")

    async def story() -> None:
        await in_thread(fail)

    with pytest.raises(KeyError, match="lost"):
        asyncio.run(story())


def test_a_cancelled_wait_stops_the_thread() -> None:
    begun, stop, ended = threading.Event(), Stop(), threading.Event()

    def work() -> None:
        begun.set()
        with suppress(StoppedError):
            stop.pause(30)
        ended.set()

    async def story() -> None:
        waiting = asyncio.create_task(in_thread(work, stop=stop))
        await asyncio.to_thread(begun.wait)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(story())
    assert ended.is_set()


def test_work_without_progress_is_given_up_and_its_thread_is_abandoned() -> None:
    release = threading.Event()

    async def story() -> None:
        await in_thread(release.wait, stop=Stop(), stall_seconds=0.05)

    with pytest.raises(StalledError, match=r"0\.05 seconds without progress"):
        asyncio.run(story())
    release.set()


def test_work_that_makes_progress_is_not_given_up() -> None:
    stop = Stop()

    def work() -> str:
        for _ in range(20):
            time.sleep(0.02)
            stop.check()
        return "done"

    assert asyncio.run(in_thread(work, stop=stop, stall_seconds=0.3)) == "done"


def test_threads_share_the_items() -> None:
    seen: list[int] = []

    def work(own: Iterator[int]) -> None:
        seen.extend(own)

    in_parallel(range(1000), work, threads=4)
    assert sorted(seen) == list(range(1000))


def test_nothing_to_do_starts_no_thread() -> None:
    names: list[str] = []

    def work(own: Iterator[str]) -> None:
        names.append(threading.current_thread().name)
        names.extend(own)

    in_parallel((), work, threads=4)
    assert names == [threading.current_thread().name]


def test_the_first_error_ends_the_work_and_is_raised() -> None:
    def work(own: Iterator[int]) -> None:
        for item in own:
            if item == 3:
                raise ValueError("three")

    with pytest.raises(ValueError, match="three"):
        in_parallel(range(10), work, threads=3)
