"""The runs of an account in memory, as `recipebatch ui` asks for them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from reported_runs import T0, a_task, facts, report_data

from recipebatch.errors import ServiceError, UsageError
from recipebatch.pages import RunReportData, RunRow, State
from recipebatch.runs import RunFailures

if TYPE_CHECKING:
    from recipebatch.report import Progress

RUN = "20260102-030405-k3f9"


def a_row(run_id: str, **changed: Any) -> RunRow:
    settings: dict[str, Any] = {
        "recipe": "wordcount",
        "owner": "ada",
        "status": "watch started",
        "verdict": "unknown",
        "created": T0,
        "age": 3600.0,
        "at_work": True,
        "holds": "1 pool (2 nodes)",
    }
    return RunRow(run_id=run_id, **(settings | changed))


class ListedRuns:
    """One run that goes on, and others by their rows.

    Attributes:
        done: how many of its four tasks have ended.
        asked: what was stopped and retried.
        go: a stop ends when it is set.
    """

    label = "research"

    def __init__(self) -> None:
        self.done = 1
        self.more: list[RunRow] = []
        self.ended = False
        self.failed = 0
        self.down = False
        self.asked: list[str] = []
        self.go = threading.Event()

    def rows(self) -> list[RunRow]:
        if self.down:
            raise ServiceError("the account does not answer")
        return [*self.more, a_row(RUN, at_work=not self.ended, status="ended" if self.ended else "watch started")]

    def report(self, run: str) -> RunReportData:
        if run != RUN:
            raise UsageError(f"there is no run {run} in this account")
        if self.down:
            raise ServiceError("the account does not answer")
        ended = [a_task(f"count-{place}", 10.0 * place, 9) for place in range(self.done)]
        waiting = [a_task(f"count-{place}", None, state=State.WAITING, node="") for place in range(self.done, 4)]
        verdict = "stopped" if self.ended else "unknown"
        return report_data(
            (*ended, *waiting),
            facts=facts(verdict=verdict, status="ended" if self.ended else "watch started", ended=self.ended),
            live=not self.ended,
            failures=RunFailures(total=self.failed),
        )

    def stop(self, run: str, progress: Progress) -> str:
        self.asked.append(f"stop {run}")
        progress.say("terminating 1 job")
        self.go.wait(20)
        self.ended = True
        return "verdict: stopped"

    def retry(self, run: str, progress: Progress) -> str:
        self.asked.append(f"retry {run}")
        progress.say("1 task is retried")
        return "verdict: succeeded"
