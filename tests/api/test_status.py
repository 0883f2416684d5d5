"""The state of a run whose tasks have ended, on services in memory."""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from in_memory_run import NOW, RECORD, Batch, World
from plans import a_job, a_plan, a_pool, a_task

from recipebatch import api, execution
from recipebatch.api import status as _function
from recipebatch.phases import PhaseOptions
from recipebatch.runs import NodeHistory

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest


def test_a_run_is_told_with_its_jobs_its_verdict_and_what_why_says(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = a_plan(pools=(a_pool(existing=True),), containers=(), jobs=(a_job(a_task("a"), a_task("b")),))
    record = RECORD.with_phase("stage", "done", NOW).with_phase("provision", "done", NOW)
    world = World(plan=plan, record=record, batch=Batch(exit_codes={"b": 3}))
    world.run().submit(PhaseOptions())
    world.run().watch(PhaseOptions())
    store = SimpleNamespace(holder_of=lambda _run: "watch by me", node_history=lambda _run: NodeHistory())

    @contextmanager
    def opened(*_arguments: object) -> Iterator[Any]:
        yield world.run(), SimpleNamespace(store=store, batch=world.batch)

    monkeypatch.setitem(_function.__globals__, "opened", opened)
    said = SimpleNamespace(sentence="task b failed")
    monkeypatch.setattr(execution, "why_run", lambda *_arguments, **_options: said, raising=False)
    found = api.status(run="r1")
    assert (found.run_id, found.status, found.verdict, found.locked_by) == ("r1", "watch done", "failed", "watch by me")
    assert [(job.succeeded, job.failed, job.planned) for job in found.jobs] == [(1, 1, 2)]
    assert (found.why, found.went_wrong) == ("task b failed", ("watch: 1 of 2 tasks succeeded, 1 failed (b)",))
