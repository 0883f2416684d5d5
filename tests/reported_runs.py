"""Runs for tests of reports: any number of tasks on nodes, with failures, preempted nodes and hostile names."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from recipebatch.pages import ReportNode, ReportPhase, ReportTask, RunFacts, State, run_report_data
from recipebatch.runs import KeptFailure, RunFailures

if TYPE_CHECKING:
    from recipebatch.pages import RunReportData

T0 = 1_767_323_045.0
"""2026-01-02 03:04:05 UTC."""

HOSTILE = "</script><img src=x onerror=alert(1)>\u202egnp.exe\x1b[31m\x00"

RECIPE = "schema_version: 1\nname: wordcount\ntasks:\n  - name: count\n    commands: [wc -w ${{ file.name }}]\n"


def facts(**changed: Any) -> RunFacts:
    settings: dict[str, Any] = {
        "run_id": "20260102-030405-k3f9",
        "recipe": "wordcount",
        "recipe_version": "1.2",
        "recipe_file": "recipes/wordcount.yaml",
        "digest": "3f" * 32,
        "owner": "ada",
        "account": "local",
        "created": T0,
        "status": "purged",
        "verdict": "succeeded",
        "ended": True,
        "parameters": {"words": 5, "key": "***"},
        "recipe_text": RECIPE,
        "tool_version": "1.0",
    }
    return RunFacts(**(settings | changed))


def a_task(name: str, began: float | None = 0.0, ran: float | None = 1.0, **changed: Any) -> ReportTask:
    settings: dict[str, Any] = {
        "job": "job-1",
        "id": name,
        "template": "count",
        "state": State.SUCCEEDED,
        "exit_code": 0,
        "tries": 1,
        "node": "n1",
        "pool": "p1",
        "created": T0,
        "began": None if began is None else T0 + began,
        "ended": None if began is None or ran is None else T0 + began + ran,
    }
    return ReportTask(**(settings | changed))


def a_node(name: str, allocated: float | None = 0.0, gone: float | None = 100.0, **changed: Any) -> ReportNode:
    settings: dict[str, Any] = {
        "pool": "p1",
        "id": name,
        "vm_size": "standard_d2s_v5",
        "spot": False,
        "allocated": None if allocated is None else T0 + allocated,
        "gone": None if gone is None else T0 + gone,
        "state": "idle",
    }
    return ReportNode(**(settings | changed))


def a_failure(name: str, **changed: Any) -> KeptFailure:
    settings: dict[str, Any] = {
        "job_id": "job-1",
        "task_id": name,
        "exit_code": 3,
        "code": "FailureExitCode",
        "message": "The task exited with an exit code representing a failure",
        "stderr": "Traceback (most recent call last):\nValueError: no words",
        "node_id": "n1",
    }
    return KeptFailure(**(settings | changed))


def report_data(
    tasks: tuple[ReportTask, ...] = (), nodes: tuple[ReportNode, ...] = (), **changed: Any
) -> RunReportData:
    settings: dict[str, Any] = {"seen_at": T0 + 100, "live": False, "phases": (), "failures": RunFailures()}
    return run_report_data(changed.pop("facts", facts()), **(settings | {"tasks": tasks, "nodes": nodes} | changed))


def a_large_run(count: int, *, nodes: int = 16, slots: int = 2, live: bool = False) -> RunReportData:
    """A run of so many tasks: some fail, one node is preempted, each node has a start task."""
    chance = random.Random(7)  # noqa: S311 - a drawing, not a key
    spans = [
        a_node(
            f"tvmps_{place:02d}_d",
            allocated=chance.uniform(40, 75),
            start_began=T0 + 80 + place,
            start_ended=T0 + 95 + chance.uniform(0, 20) + place,
            spot=place % 4 == 3,
            pool="wordcount-spot" if place % 4 == 3 else "wordcount-pool",
        )
        for place in range(nodes)
    ]
    free = [(span.start_ended or 0.0, place) for place, span in enumerate(spans) for _ in range(slots)]
    median = 1500 * nodes * slots / count
    tasks = []
    for number in range(count):
        slot = min(range(len(free)), key=lambda each: free[each][0]) if count <= 5_000 else number % len(free)
        began, place = free[slot]
        template = "merge" if number % 50 == 49 else "count"
        ran = chance.lognormvariate(0, 0.35) * median * (2.5 if template == "merge" else 1)
        failed = chance.random() < 0.01
        if failed:
            ran *= 0.3
        free[slot] = (began + ran + 0.2, place)
        tasks.append(
            a_task(
                f"{template}-{number + 1:06d}",
                began - T0,
                ran,
                template=template,
                item=f"texts/chapter-{number + 1:06d}.txt",
                state=State.FAILED if failed else State.SUCCEEDED,
                exit_code=(3 if number % 3 else 137) if failed else 0,
                cause="exit_code" if failed else "",
                code="FailureExitCode" if failed else "",
                tries=2 if failed else 1,
                node=spans[place].id,
                pool=spans[place].pool,
                created=T0 + 12 + number / 2000,
            )
        )
    end = max(task.ended or 0.0 for task in tasks)
    ended = [
        ReportNode(
            **{name: getattr(span, name) for name in ReportNode.__slots__}
            | {"gone": end + 30 if place != nodes - 1 or nodes == 1 else end - 60, "preempted": place == nodes - 1}
        )
        for place, span in enumerate(spans)
    ]
    bad = [task for task in tasks if task.state is State.FAILED]
    failures = RunFailures(
        kept=tuple(
            a_failure(
                task.id, exit_code=task.exit_code, item=task.item, node_id=task.node, began="2026-01-02T03:20:05+00:00"
            )
            for task in bad[:50]
        ),
        total=len(bad),
    )
    verdict = "unknown" if live else "failed" if bad else "succeeded"
    summary = f"{count - len(bad):,} tasks succeeded, {len(bad):,} failed"
    return report_data(
        tuple(tasks),
        tuple(ended),
        facts=facts(
            verdict=verdict,
            status="watch started" if live else "purged",
            ended=not live,
            went_wrong=(f"watch: {summary}",) if bad else (),
        ),
        seen_at=end + 60,
        live=live,
        failures=failures,
        phases=(
            phase("stage", T0, T0 + 9, f"{count:,} blobs uploaded", 15_000 * count),
            phase("provision", T0 + 9, T0 + 110, f"{nodes} nodes ready"),
            phase("submit", T0 + 10, T0 + 14 + count / 2000, f"{count:,} tasks added"),
            phase("watch", T0 + 14, end, summary, state="failed" if bad and not live else "done"),
            phase("collect", end, end + 8, "2 files downloaded", 123_456),
        ),
    )


def phase(
    name: str, began: float, moved: float, summary: str = "", transferred: int | None = None, state: str = "done"
) -> ReportPhase:
    return ReportPhase(name=name, state=state, began=began, moved=moved, summary=summary, transferred=transferred)
