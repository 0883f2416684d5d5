"""Runs by their records: shown, compared, forgotten; on a record store in memory."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from in_memory_pools import Notes
from in_memory_run import NOW, RECORD

from recipebatch import api, execution
from recipebatch.errors import UsageError
from recipebatch.plan import DeferredText, SecretParameter
from recipebatch.runs import KeptTask, NodeHistory, RunFailures, RunRecord, RunTasks

if TYPE_CHECKING:
    from collections.abc import Iterator


TEXT = """\
schema_version: 1
name: demo
parameters: {n: {type: integer, default: 1}, key: {type: secret, source: {environment_variable: K}}}
pool: {image: ubuntu-24.04, vm_size: standard_d2s_v3, target_dedicated_nodes: 1}
storage: {out: {}}
tasks: [{name: a, command_line: /bin/true}]
"""
FIRST = replace(
    RECORD,
    recipe_text=TEXT,
    recipe_name="demo",
    parameters={"n": 1, "key": DeferredText(SecretParameter("key")).to_json()},
    inputs={"files": {"out": [{"blob": "a.txt", "source": "/a.txt", "size": 1}]}, "tables": {}},
)
SECOND = replace(
    FIRST,
    run_id="r2",
    parameters={**FIRST.parameters, "n": 2},
    inputs={
        "files": {
            "out": [
                {"blob": "a.txt", "source": "/a.txt", "size": 2},
                {"blob": "b.txt", "source": "/b.txt", "size": 1},
            ]
        },
        "tables": {},
    },
    verdict="failed",
)


@dataclass
class Store:
    """A `RunStore` with some records."""

    records: dict[str, RunRecord]
    owner: str = "me"
    holder: str = ""
    forgotten: list[str] = field(default_factory=list)

    def load(self, run_id: str) -> RunRecord:
        if run_id not in self.records:
            raise UsageError(f"there is no run {run_id}")
        return self.records[run_id]

    def holder_of(self, _run_id: str) -> str:
        return self.holder

    def failures(self, _run_id: str) -> RunFailures:
        return RunFailures()

    def tasks(self, _run_id: str) -> RunTasks:
        return RunTasks(kept=(KeptTask(job_id="j", task_id="t", files={}),))

    def node_history(self, _run_id: str) -> NodeHistory:
        return NodeHistory()

    def break_lock(self, _run_id: str) -> str:
        return self.holder

    def forget(self, run_id: str, **_output: Any) -> None:
        self.forgotten.append(run_id)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    found = Store({"r1": FIRST, "r2": SECOND})

    @contextmanager
    def account_services(_account: str | None, _progress: object) -> Iterator[Any]:
        nothing = SimpleNamespace(list_labeled=lambda _mark: (), account_name="one")
        yield SimpleNamespace(store=found, batch=nothing, blobs=nothing)

    monkeypatch.setattr(execution, "account_services", account_services, raising=False)
    return found


def test_a_run_has_its_parameters_phases_and_resources(store: Store) -> None:
    store.records["r1"] = FIRST.with_phase("stage", "done", NOW, "1 container")
    store.holder = "apply by me on pc"
    found = api.show_run("r1")
    assert found.kept_tasks == 1
    assert (found.run_id, found.owner, found.account, found.recipe) == ("r1", "me", "local", "demo")
    assert (found.created, found.status, found.verdict) == ("2026-01-02T03:04:05+00:00", "stage done", "unknown")
    assert found.parameters == {"n": 1, "key": "***"}
    assert found.phases == {"stage": {"state": "done", "at": "2026-01-02T03:04:05+00:00", "summary": "1 container"}}
    assert found.locked_by == "apply by me on pc"
    assert {kind: len(names) for kind, names in found.things.items()} == {"containers": 1, "pools": 1, "jobs": 1}


def test_a_run_that_was_never_started_or_is_purged_is_forgotten(store: Store) -> None:
    api.forget_run("r1")
    store.records["r2"] = SECOND.with_phase("purge", "done", NOW)
    api.forget_run("r2")
    assert store.forgotten == ["r1", "r2"]


def test_a_run_with_resources_is_forgotten_only_by_force(store: Store) -> None:
    store.records["r1"] = FIRST.with_phase("stage", "done", NOW)
    with pytest.raises(UsageError) as raised:
        api.forget_run("r1")
    assert raised.value.message == "run r1 was not purged: some of its resources may remain"
    assert raised.value.hint == "purge it first, or use forget --force and later purge --orphans"
    assert store.forgotten == []
    api.forget_run("r1", force=True)
    assert store.forgotten == ["r1"]


def test_a_broken_lock_is_said(store: Store) -> None:
    store.holder = "apply by bob on pc"
    notes = Notes()
    api.forget_run("r1", break_lock=True, progress=notes)
    assert notes.lines == ["broke the lock of run r1 (apply by bob on pc)"]


@pytest.mark.usefixtures("store")
def test_a_run_that_does_not_exist_is_refused() -> None:
    for call in (lambda: api.show_run("r3"), lambda: api.forget_run("r3")):
        with pytest.raises(UsageError, match="there is no run r3"):
            call()
