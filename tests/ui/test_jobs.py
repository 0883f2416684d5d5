"""What goes on in the background."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from recipebatch.errors import UsageError
from recipebatch.ui.jobs import LINES, Jobs

if TYPE_CHECKING:
    from recipebatch.report import Progress


def test_a_job_says_its_last_lines_and_what_came_of_it() -> None:
    told: list[str] = []
    jobs = Jobs(told.append)

    def work(progress: Progress) -> str:
        for number in range(20):
            progress.say(f"line {number}\x1b[31m\nmore")
        return "verdict: stopped"

    assert jobs.begin("stop", "r1", work)
    jobs.wait()
    job = jobs.of("r1")
    assert job is not None
    body = job.to_json()
    assert (body["kind"], body["run"], body["state"], len(body["lines"])) == ("stop", "r1", "done", LINES)
    assert body["lines"][-2:] == ["line 19\\x1b[31m\\nmore", "verdict: stopped"]
    assert (told, jobs.running, jobs.of("r2")) == (["r1"] * 21, (), None)


def test_a_run_has_one_job_at_a_time() -> None:
    go = threading.Event()
    jobs = Jobs(lambda _run: None)
    assert jobs.begin("stop", "r1", lambda _progress: str(go.wait(10)))
    assert not jobs.begin("retry", "r1", lambda _progress: "")
    assert jobs.begin("retry", "r2", lambda _progress: "")
    assert "r1" in [job.run for job in jobs.running]
    go.set()
    jobs.wait()
    assert jobs.begin("retry", "r1", lambda _progress: "")
    jobs.wait()


def test_what_fails_is_said() -> None:
    jobs = Jobs(lambda _run: None)

    def refused(_progress: Progress) -> str:
        raise UsageError("run r1 is locked", hint="wait")

    def broken(_progress: Progress) -> str:
        raise KeyError("x")

    jobs.begin("stop", "r1", refused)
    jobs.begin("stop", "r2", broken)
    jobs.wait()
    first, second = jobs.of("r1"), jobs.of("r2")
    assert first is not None
    assert second is not None
    assert (first.state, first.lines) == ("failed", ["run r1 is locked; wait"])
    assert (second.state, second.lines) == ("failed", ["recipebatch has a defect: KeyError: 'x'"])
