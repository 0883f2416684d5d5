"""Every kind of event in its JSON form is what the published schema says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator

from recipebatch.errors import ServiceError
from recipebatch.report import (
    EVENTS_VERSION,
    Amount,
    Cost,
    Event,
    FailedTask,
    NodeCounts,
    Note,
    PhaseEnded,
    PhaseReport,
    PhaseStarted,
    Request,
    RunEnded,
    RunOpened,
    RunReport,
    StepDone,
    StepReport,
    TaskCounts,
    TaskFailed,
    TaskTotals,
    TemplateCounts,
    error_body,
    event_body,
)

SCHEMA: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parents[2] / "schemas" / "events.schema.json").read_text(encoding="utf-8")
)
TOTALS = TaskTotals(active=1, succeeded=2)
FAILED = FailedTask(job_id="j", task_id="t", exit_code=3, code="FailureExitCode", message="it failed", stderr="bad")
EVENTS: list[Event] = [
    RunOpened(run_id="r1", recipe="topn", account="local"),
    PhaseStarted(phase="watch"),
    PhaseEnded(phase="watch", report=PhaseReport(phase="watch", summary="all", totals=TOTALS, notes=("n",))),
    PhaseEnded(phase="stage", report=PhaseReport(phase="stage", summary="all", missing_outputs=("a",))),
    PhaseEnded(phase="provision", message="no nodes"),
    StepDone(phase="stage", step=StepReport(action="uploaded", kind="blob", name="c/a.txt", size=3)),
    Amount(what="uploaded", done=1, total=2, unit="bytes", text="1/2 files"),
    NodeCounts(pool_id="p", target=None),
    NodeCounts(pool_id="p", target=2, states={"waitingforstarttask": 2}, start_task=("n1", "Unpacking")),
    TaskCounts(
        job_id="j",
        job="job",
        planned=3,
        totals=TOTALS,
        templates=(TemplateCounts(name="count", planned=3, totals=TOTALS, age=1.5),),
    ),
    TaskFailed(failure=FAILED, template="count"),
    TaskFailed(failure=FAILED),
    Cost(text="0.12 USD", amount=0.12, currency="USD", per_hour=0.2),
    Cost(text="", why_unknown="offline"),
    Note(text="account: local"),
    Request(method="GET", url="https://a/jobs", status=None, error="ServiceRequestError", milliseconds=3),
    RunEnded(report=RunReport(run_id="r1", recipe="topn", account="local")),
]


def valid(body: dict[str, Any]) -> list[str]:
    line = {"version": EVENTS_VERSION, "time": "2026-01-02T03:04:05.678+00:00", "run": None, **body}
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(json.loads(json.dumps(line)))]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_is_what_the_schema_says(event: Event) -> None:
    assert valid(event_body(event)) == []


def test_an_error_is_what_the_schema_says() -> None:
    error = ServiceError("it is gone", hint="try again")
    assert valid(error_body(error)) == []
    assert error_body(error)["exit_code"] == 4


def test_the_schema_has_every_kind_and_no_other() -> None:
    assert {type(event) for event in EVENTS} == set(get_args(Event))
    named = {part["properties"]["event"]["const"] for name, part in SCHEMA["$defs"].items() if name != "totals"}
    assert named == {event_body(event)["event"] for event in EVENTS} | {"error"}
    assert valid({"event": "other"})
    assert valid({"event": "note", "text": "a", "more": 1})
