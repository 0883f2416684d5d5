"""A run at work: its lock, and what an error or Ctrl-C says of its resources."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from in_memory_pools import Notes
from in_memory_run import NOW, RECORD, Batch, Blobs

from recipebatch.errors import InterruptedRunError, ServiceError, UsageError
from recipebatch.execution.open_run import opened_run
from recipebatch.execution.recorded_plan import RecordedRun
from recipebatch.phases import PhaseOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.runs import RunRecord

TEXT = """\
schema_version: 1
name: demo
pool: {image: ubuntu-24.04, vm_size: standard_d2s_v3, target_dedicated_nodes: 1}
storage: {out: {}}
tasks: [{name: a, command_line: /bin/true}]
"""
WRITTEN = replace(RECORD, recipe_text=TEXT, inputs={"files": {}, "tables": {}})


@dataclass
class Store:
    """A `RunStore` with one record and one lock."""

    record: RunRecord = WRITTEN
    owner: str = "me"
    held: str = ""
    locks: list[str] = field(default_factory=list)

    def load(self, _run_id: str) -> RunRecord:
        return self.record

    def break_lock(self, _run_id: str) -> str:
        return self.held

    @contextmanager
    def locked(self, _run_id: str, doing: str, **_output: Any) -> Iterator[Any]:
        self.locks.append(doing)
        yield SimpleNamespace(check=lambda: None, check_request=lambda: None)
        self.locks.append("released")


def opened(
    store: Store, notes: Notes, *, command: str | None = "apply", break_lock: bool = False, record: RunRecord = WRITTEN
) -> Any:
    services: Any = SimpleNamespace(
        store=store,
        batch=Batch(),
        blobs=Blobs({"demo-r1-out": []}),
        storage=lambda _name: Blobs(),
        polls=(timedelta(seconds=1), timedelta(seconds=1)),
        prices=None,
    )
    return opened_run(
        services, RecordedRun(record), notes, command=command, options=PhaseOptions(break_lock=break_lock)
    )


def test_a_run_is_locked_while_a_command_works_on_it() -> None:
    store, notes = Store(), Notes()
    with opened(store, notes) as run:
        assert run.record.run_id == "r1"
        assert [job.id for job in run.plan.jobs] == ["demo-r1"]
        assert store.locks == ["apply"]
    assert store.locks == ["apply", "released"]
    assert notes.lines == []


def test_a_command_that_only_reads_takes_no_lock() -> None:
    store = Store()
    with opened(store, Notes(), command=None, break_lock=True):
        assert store.locks == []


@pytest.mark.parametrize("command", ["apply", "stage", "provision", "submit", "retry", "resume"])
def test_a_run_of_others_gets_no_other_storage_account_of_the_user(command: str) -> None:
    record = replace(WRITTEN, recipe_text=TEXT.replace("{out: {}}", "{out: {account: research}}"))
    with (
        pytest.raises(UsageError, match="it does not get your storage account research"),
        opened(Store(record=record), Notes(), command=command, record=record) as run,
    ):
        assert run.context is None


@pytest.mark.parametrize("command", [None, "purge"])
def test_a_run_of_others_in_another_storage_account_can_be_looked_at_and_ended(command: str | None) -> None:
    record = replace(WRITTEN, recipe_text=TEXT.replace("{out: {}}", "{out: {account: research}}"))
    with opened(Store(record=record), Notes(), command=command, record=record) as run:
        assert list(run.context.accounts) == ["research"]


def test_what_was_recorded_while_the_lock_was_waited_for_is_read() -> None:
    store = Store(record=WRITTEN.with_phase("stage", "done", NOW))
    with opened(store, Notes()) as run:
        assert run.record.state_of("stage") == "done"


def test_a_broken_lock_and_the_run_of_another_owner_are_said() -> None:
    store, notes = Store(record=replace(WRITTEN, owner="bob"), held="apply by bob on pc"), Notes()
    with opened(store, notes, break_lock=True):
        assert notes.lines == ["broke the lock of run r1 (apply by bob on pc)", "this run belongs to bob"]


def test_an_interrupted_run_says_what_remains_and_how_to_continue() -> None:
    store = Store(record=WRITTEN.with_phase("stage", "started", NOW))
    with pytest.raises(InterruptedRunError) as raised, opened(store, Notes()):
        raise KeyboardInterrupt
    assert raised.value.message == "interrupted; remaining: 1 container"
    assert raised.value.hint == "continue: run the same command again; remove it: recipebatch purge --run r1"


def test_the_error_of_a_failed_phase_says_what_remains() -> None:
    store = Store(record=WRITTEN.with_phase("stage", "failed", NOW))
    with pytest.raises(ServiceError) as raised, opened(store, Notes()):
        raise ServiceError("no network")
    assert raised.value.__notes__ == ["remaining: 1 container; remove it: recipebatch purge --run r1"]


def test_an_error_before_any_phase_has_no_note() -> None:
    with pytest.raises(ServiceError) as raised, opened(Store(), Notes()):
        raise ServiceError("no network")
    assert not hasattr(raised.value, "__notes__")


def test_a_command_that_lost_its_lock_changes_neither_batch_nor_storage(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store()

    def lost() -> None:
        raise ServiceError("the lock was lost")

    @contextmanager
    def locked(_run_id: str, _doing: str, **_output: Any) -> Iterator[Any]:
        yield SimpleNamespace(check=lost, check_request=lambda: None)

    monkeypatch.setattr(store, "locked", locked)
    with opened(store, Notes()) as run:
        with pytest.raises(ServiceError, match="the lock was lost"):
            run.context.batch.delete_job("j1")
        with pytest.raises(ServiceError, match="the lock was lost"):
            run.context.blobs.create_container("c1", metadata={})
        assert run.context.blobs.container_metadata("c1") is None
