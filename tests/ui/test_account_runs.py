"""The runs of an account as pages ask for them."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from reported_runs import T0, report_data

from recipebatch.cost import RunCost
from recipebatch.execution import ListedRun
from recipebatch.report import PhaseReport, Quiet, RunReport, TaskTotals, Verdict
from recipebatch.runs import Holdings
from recipebatch.ui.account_runs import AccountRuns, outcome, run_row, tasks_text

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime.fromtimestamp(T0 + 90, UTC)
PHASE = PhaseReport(phase="watch", summary="3 of 3 tasks succeeded", totals=TaskTotals(succeeded=3))
REPORT = RunReport(run_id="r1", recipe="r", account="local", phases=(PHASE,))


def a_summary(**changed: Any) -> ListedRun:
    settings: dict[str, Any] = {
        "run_id": "r1",
        "recipe": "wordcount",
        "owner": "ada",
        "created": "2026-01-02T03:04:05+00:00",
        "status": "watch started",
        "verdict": "unknown",
        "ended": False,
        "digest": "d",
    }
    return ListedRun(**(settings | changed))


class Said(Quiet):
    """What is said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)


def test_a_row_has_the_age_of_its_run_and_what_it_holds() -> None:
    row = run_row(a_summary(holds=Holdings(jobs=("j",)), at_work=True), NOW)
    assert (row.age, row.holds, row.at_work, row.has_record, row.created) == (90, "1 job", True, True, T0)
    left = run_row(a_summary(status="no record", created="?"), NOW)
    assert (left.age, left.holds, left.has_record, left.created) == (0, "", False, None)


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({}, ""),
        ({"tasks": {"active": 3000}}, "3,000"),
        ({"tasks": {"active": 10, "succeeded": 2990}, "counted": True}, "2,990/3,000"),
        ({"tasks": {"failed": 10, "succeeded": 2990}, "verdict": "failed"}, "2,990/3,000, 10 failed"),
    ],
)
def test_a_row_says_how_many_tasks_succeeded(changed: dict[str, Any], text: str) -> None:
    assert tasks_text(a_summary(**changed)) == text


def test_a_row_says_what_its_run_has_cost() -> None:
    cost = RunCost(currency="EUR", amount=Decimal(1), most=Decimal(1), pools=())
    assert run_row(a_summary(cost=cost), NOW).cost == cost.amount_text
    assert run_row(a_summary(), NOW).cost == ""


def test_what_came_of_a_command_is_its_verdict() -> None:
    assert outcome(REPORT) == f"verdict: {Verdict.SUCCEEDED}"
    assert outcome(RunReport(run_id="r1", recipe="r", account="a")) == "nothing was to be done"


def test_pages_call_the_functions_of_the_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[tuple[str, Any]] = []

    @contextmanager
    def opened(account: str | None, _progress: object) -> Iterator[Any]:
        yield SimpleNamespace(label=f"the account {account}")

    def command(name: str, answer: Any) -> Any:
        def call(**given: Any) -> Any:
            called.append((name, {key: given[key] for key in ("run", "account") if key in given}))
            if "on_phase" in given:
                given["on_phase"](PHASE)
                assert given["options"].output_dir == Path("/there")
            return answer

        return call

    monkeypatch.setattr("recipebatch.ui.account_runs.account_services", opened)
    for name, answer in {
        "runs": (a_summary(run_id="r1"), a_summary(run_id="r2")),
        "report": report_data(),
        "stop": REPORT,
        "retry": REPORT,
    }.items():
        monkeypatch.setattr(f"recipebatch.api.{name}", command(name, answer))
    said = Said()
    runs = AccountRuns("team", Path("/there"), said)
    assert runs.label == "the account team"
    assert [row.run_id for row in runs.rows()] == ["r2", "r1"]
    assert runs.report("r1") == report_data()
    assert (runs.stop("r1", said), runs.retry("r2", said)) == ("verdict: succeeded", "verdict: succeeded")
    assert said.lines == ["watch: 3 of 3 tasks succeeded"] * 2
    assert called == [
        ("runs", {"account": "team"}),
        ("report", {"run": "r1", "account": "team"}),
        ("stop", {"run": "r1", "account": "team"}),
        ("retry", {"run": "r2", "account": "team"}),
    ]
