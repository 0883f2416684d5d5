"""Jobs: what was asked for on a page and goes on in the background, with what it says."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from recipebatch.errors import RecipeBatchError
from recipebatch.report import Quiet
from recipebatch.text.secret import redacted
from recipebatch.text.terminal import one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipebatch.report import Progress

RUNNING, DONE, FAILED = "running", "done", "failed"
LINES = 8
"""So many of its last lines are shown."""


@dataclass
class Job:
    """One thing that was asked for.

    Attributes:
        kind: `stop` or `retry`.
        run: the id of the run.
    """

    kind: str
    run: str
    state: str = RUNNING
    lines: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """For the page."""
        return {"kind": self.kind, "run": self.run, "state": self.state, "lines": self.lines[-LINES:]}


class Jobs:
    """The jobs of a server: one at a time for each run.

    Args:
        tell: called with the id of a run when its job has something new.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._threads: list[threading.Thread] = []

    def of(self, run: str) -> Job | None:
        """The newest job of a run."""
        return self._jobs.get(run)

    @property
    def running(self) -> tuple[Job, ...]:
        """Those that go on."""
        return tuple(job for job in self._jobs.values() if job.state == RUNNING)

    def begin(self, kind: str, run: str, work: Callable[[Progress], str]) -> bool:
        """Begin a job in the background; False if the run has one that goes on.

        Args:
            kind: of it.
            run: the id of the run.
            work: does it, and returns what came of it.
        """
        with self._lock:
            before = self._jobs.get(run)
            if before is not None and before.state == RUNNING:
                return False
            job = self._jobs[run] = Job(kind, run)
            thread = threading.Thread(target=self._carry_out, args=(job, work), name=f"ui-{kind}", daemon=True)
            self._threads.append(thread)
        thread.start()
        return True

    def wait(self) -> None:
        """Wait until all have ended."""
        for thread in self._threads:
            thread.join()

    def _carry_out(self, job: Job, work: Callable[[Progress], str]) -> None:
        try:
            ended = work(_Said(lambda text: self._say(job, text)))
        except RecipeBatchError as error:
            self._end(job, FAILED, f"{error.message}; {error.hint}" if error.hint else error.message)
        except Exception as error:  # noqa: BLE001 - it is said on the page, as a command says it
            self._end(job, FAILED, f"recipebatch has a defect: {type(error).__name__}: {error}")
        else:
            self._end(job, DONE, ended)

    def _say(self, job: Job, text: str) -> None:
        job.lines.append(one_line(redacted(text)))
        self._tell(job.run)

    def _end(self, job: Job, state: str, text: str) -> None:
        job.state = state
        self._say(job, text)


class _Said(Quiet):
    """Progress that is shown as lines; what moves is seen on the page."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say

    def say(self, text: str) -> None:
        """Say one line."""
        self._say(text)
