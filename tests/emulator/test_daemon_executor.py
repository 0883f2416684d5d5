from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time

import pytest

from recipebatch.emulator.daemon_executor import DaemonExecutor

HANGS = """
import asyncio, threading, time
from recipebatch.emulator.daemon_executor import DaemonExecutor

async def story():
    asyncio.get_running_loop().set_default_executor(DaemonExecutor())
    for _ in range(3):
        asyncio.create_task(asyncio.to_thread(time.sleep, 600))
    await asyncio.sleep(0.2)

asyncio.run(story())
print("ended")
"""


def test_answers_and_errors_are_those_of_the_work() -> None:
    def fail() -> None:
        raise KeyError("lost")

    executor = DaemonExecutor()
    assert executor.submit(divmod, 7, 2).result(30) == (3, 1)
    with pytest.raises(KeyError, match="lost"):
        executor.submit(fail).result(30)
    assert executor.submit(threading.current_thread).result(30).daemon


def test_at_most_as_many_threads_run_at_once_as_are_allowed() -> None:
    active = [0, 0]
    guard = threading.Lock()

    def work() -> None:
        with guard:
            active[0] += 1
            active[1] = max(active)
        time.sleep(0.01)
        with guard:
            active[0] -= 1

    executor = DaemonExecutor(max_workers=3)
    for future in [executor.submit(work) for _ in range(30)]:
        future.result(30)
    assert active == [0, 3]


def test_work_that_was_cancelled_before_it_began_is_not_done() -> None:
    release = threading.Event()
    executor = DaemonExecutor(max_workers=1)
    first, second = executor.submit(release.wait, 30), executor.submit(release.wait, 30)
    assert second.cancel()
    release.set()
    assert first.result(30)


def test_threads_that_hang_delay_neither_the_event_loop_nor_the_exit() -> None:
    ended = subprocess.run([sys.executable, "-c", HANGS], capture_output=True, text=True, timeout=30, check=True)
    assert ended.stdout == "ended\n"


def test_the_event_loop_takes_it_as_its_executor() -> None:
    async def story() -> str:
        asyncio.get_running_loop().set_default_executor(DaemonExecutor())
        return await asyncio.to_thread(lambda: "done")

    assert asyncio.run(story()) == "done"
