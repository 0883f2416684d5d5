from __future__ import annotations

import json
import secrets
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from recipebatch.errors import RunStoppedError, UsageError
from recipebatch.phases import status_of
from recipebatch.runs import KeptTask, RunLockedError, RunRecord, RunStore, RunTasks, new_run_id, place_of
from recipebatch.runs import lock as lock_module
from recipebatch.runs.lock import LEASE_SECONDS
from recipebatch.service import Document, DocumentChangedError

if TYPE_CHECKING:
    from recipebatch.service import BlobStore


@pytest.fixture
def store(blobs: BlobStore) -> RunStore:
    """A store of an owner whom no other test knows."""
    return RunStore(blobs, owner=f"owner-{secrets.token_hex(4)}", host="here", status_of=status_of)


def record(store: RunStore, recipe: str = "r") -> RunRecord:
    now = datetime.now(UTC)
    return RunRecord(
        run_id=new_run_id(now, secrets.randbits(64)),
        owner=store.owner,
        account="local",
        created=now,
        recipe_name=recipe,
        recipe_version=None,
        recipe_digest="d",
        recipe_text="",
        recipe_file="r.yaml",
        recipe_folder="/",
        parameters={},
        inputs={},
    )


def test_a_record_is_found_again_by_its_id_and_among_the_owners_runs_of_its_name(store: RunStore) -> None:
    first = store.create(record(store))
    assert store.load(first.run_id) == first
    second = store.create(replace(record(store), created=first.created + timedelta(seconds=1)))
    assert [run.run_id for run in store.own("r")] == [second.run_id, first.run_id]
    assert store.own("another") == ()
    store.create(replace(record(store), owner="someone"))
    assert len(store.own("r")) == 2


def test_the_place_of_a_recipe_and_the_end_of_a_run_are_known_without_its_record(store: RunStore) -> None:
    written = store.create(replace(record(store), recipe_source="/a/r.yaml"))
    store.save(replace(written, ended=True))
    (found,) = store.own("r")
    assert (found.place, found.ended) == (place_of("/a/r.yaml"), True)


def test_a_record_that_someone_else_wrote_is_not_overwritten(store: RunStore) -> None:
    written = store.create(record(store))
    store.save(written.with_phase("stage", "done", datetime.now(UTC)))
    with pytest.raises(DocumentChangedError):
        store.save(written.with_phase("stage", "failed", datetime.now(UTC)))


def test_a_run_that_is_not_there_is_said(store: RunStore) -> None:
    store.create(record(store))
    with pytest.raises(UsageError, match="there is no run nowhere"):
        store.load("nowhere")


def test_a_run_is_worked_on_by_one_at_a_time_and_the_other_learns_by_whom(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recipebatch.runs.store._PATIENCE", 0.0)
    run = store.create(record(store)).run_id
    said: list[str] = []
    with (
        store.locked(run, "apply", say=said.append),
        pytest.raises(RunLockedError, match=f"apply by {store.owner} on here, since"),
        store.locked(run, "purge", say=said.append),
    ):
        raise AssertionError("two at once")
    with store.locked(run, "purge", say=said.append):
        pass


def test_a_note_of_a_dead_holder_does_not_cost_a_new_holder_its_lock(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recipebatch.runs.store._PATIENCE", 0.0)
    run = store.create(record(store)).run_id
    with store.locked(run, "apply", say=print) as lock:
        answers = iter([False, True])
        # The first look still finds the note of the dead holder before; the second finds this one's.
        monkeypatch.setattr("recipebatch.runs.lock.is_dead", lambda _holder: not next(answers))
        with pytest.raises(RunLockedError), store.locked(run, "purge", say=print):
            raise AssertionError("two at once")
        lock.check()


def test_a_lock_that_was_lost_is_said_before_anything_more_is_written(store: RunStore) -> None:
    run = store.create(record(store)).run_id
    with store.locked(run, "apply", say=print) as lock:
        lock.check()
        lock.lost = True
        with pytest.raises(RunLockedError, match="the lock was lost"):
            lock.check()


def test_the_lock_of_a_process_of_this_machine_that_died_is_taken_over_at_once(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = store.create(record(store)).run_id
    said: list[str] = []
    with store.locked(run, "apply", say=said.append):
        monkeypatch.setattr("recipebatch.runs.lock.is_dead", lambda _holder: True)
        with store.locked(run, "purge", say=said.append):
            pass
    assert said == []


def with_note(blobs: BlobStore, run: str, **changed: object) -> None:
    """Change the note beside the lock of a run; None takes a field away."""
    document = blobs.read_document("recipebatch", f"runs/{run}/holder.json")
    assert document is not None
    note = {name: value for name, value in (json.loads(document.text) | changed).items() if value is not None}
    blobs.write_document("recipebatch", f"runs/{run}/holder.json", replace(document, text=json.dumps(note)))


def a_dead_pid() -> int:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"namespace": "pid:[1]"},
        {"boot": "another"},
        {"boot": "", "namespace": "", "started": ""},
        {"boot": None, "namespace": None, "started": None},
    ],
    ids=["another namespace", "another start of the machine", "unknown", "a note of an older version"],
)
def test_a_lock_is_not_broken_where_its_holder_cannot_be_seen(
    store: RunStore, blobs: BlobStore, monkeypatch: pytest.MonkeyPatch, elsewhere: dict[str, object]
) -> None:
    monkeypatch.setattr("recipebatch.runs.store._PATIENCE", 0.0)
    run = store.create(record(store)).run_id
    with store.locked(run, "apply", say=print) as lock:
        with_note(blobs, run, pid=a_dead_pid(), **elsewhere)
        with pytest.raises(RunLockedError, match="apply by"), store.locked(run, "purge", say=print):
            raise AssertionError("two at once")
        lock.check()


@pytest.mark.skipif(sys.platform != "linux", reason="the start time of a process is read from /proc")
def test_the_lock_of_a_process_whose_id_another_one_has_now_is_taken_over(store: RunStore, blobs: BlobStore) -> None:
    run = store.create(record(store)).run_id
    with store.locked(run, "apply", say=print):
        with_note(blobs, run, started="1")
        with store.locked(run, "purge", say=print):
            pass


def test_a_note_that_is_none_means_an_unknown_holder(
    store: RunStore, blobs: BlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recipebatch.runs.store._PATIENCE", 0.0)
    run = store.create(record(store)).run_id
    with store.locked(run, "apply", say=print):
        with_note(blobs, run, pid="1; rm", since=7)
        with (
            pytest.raises(RunLockedError, match="is locked: holder unknown"),
            store.locked(run, "purge", say=print),
        ):
            raise AssertionError("two at once")


def test_a_lock_without_a_note_can_be_broken(store: RunStore, blobs: BlobStore) -> None:
    run = store.create(record(store)).run_id
    with store.locked(run, "apply", say=print):
        blobs.delete_document("recipebatch", f"runs/{run}/holder.json")
        assert store.break_lock(run) == ""
        with store.locked(run, "purge", say=print):
            pass


def test_who_holds_a_lock_is_known_only_while_it_is_held(store: RunStore, blobs: BlobStore) -> None:
    run = store.create(record(store)).run_id
    other = store.create(record(store)).run_id

    def at_work() -> dict[str, bool]:
        return {found.run_id: found.at_work for found in store.summaries() if found.run_id in {run, other}}

    assert store.holder_of(run) == ""
    assert at_work() == {run: False, other: False}
    with store.locked(run, "apply", say=print):
        assert store.holder_of(run).startswith("apply by")
        assert at_work() == {run: True, other: False}
        note = blobs.read_document("recipebatch", f"runs/{run}/holder.json")
        assert note is not None
        blobs.delete_document("recipebatch", f"runs/{run}/holder.json")
        assert store.holder_of(run) == "a command that left no note"
    # What a killed command leaves: its note, of a lease that has ended.
    left = note.text.replace('"boot": "', '"boot": "another ')
    blobs.write_document("recipebatch", f"runs/{run}/holder.json", Document(left))
    assert store.holder_of(run) == ""
    assert at_work() == {run: False, other: False}


def test_a_command_that_lost_its_lock_leaves_the_note_of_the_next_holder(store: RunStore) -> None:
    run = store.create(record(store)).run_id
    first = store.locked(run, "apply", say=print)
    first.__enter__()
    store.break_lock(run)
    with store.locked(run, "purge", say=print):
        first.__exit__(None, None, None)
        assert store.holder_of(run).startswith("purge by")


def test_a_lock_that_ended_and_that_nobody_took_is_taken_again(store: RunStore) -> None:
    run = store.create(record(store)).run_id
    with store.locked(run, "apply", say=print) as lock:
        lock._held_until -= LEASE_SECONDS
        lock.check()
        assert not lock.lost


def test_a_lock_that_someone_else_broke_is_lost(store: RunStore, blobs: BlobStore) -> None:
    run = store.create(record(store)).run_id
    with store.locked(run, "apply", say=print) as lock:
        blobs.break_lease("recipebatch", f"runs/{run}/lock")
        lock._renew()
        with pytest.raises(RunLockedError, match="the lock was lost"):
            lock.check()


def test_the_command_that_holds_the_lock_is_asked_to_end(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock_module, "_LOOK_EVERY", 0.01)
    run = store.create(record(store)).run_id
    taken = threading.Event()

    def stop() -> None:
        with store.locked(run, "stop", say=lambda _: None, request="stop"):
            taken.set()

    asking = threading.Thread(target=stop)
    with store.locked(run, "apply", say=print) as lock:
        asking.start()
        while lock.request is None:
            asking.join(0.01)
        with pytest.raises(RunStoppedError, match=f"run {run} was stopped by {store.user}"):
            lock.check()
        assert not taken.is_set()
    asking.join()
    assert taken.is_set()
    # What was asked of one holder is not asked of the next.
    with store.locked(run, "apply", say=print) as lock:
        assert lock._asked() is None


def test_who_follows_the_output_is_noted_until_all_is_read(store: RunStore, blobs: BlobStore) -> None:
    run = store.create(record(store)).run_id
    assert store.followers(run) == ()
    with store.following(run) as has_read, store.following(run):
        assert len(store.followers(run)) == 2
        has_read()
        assert len(store.followers(run)) == 1
    assert store.followers(run) == ()
    dead = f"runs/{run}/followers/dead.json"
    blobs.write_document("recipebatch", dead, Document("no note"))
    assert store.followers(run) == ()
    assert blobs.read_document("recipebatch", dead) is None


def test_what_is_noted_of_followers_is_forgotten_with_the_run(store: RunStore) -> None:
    run = store.create(record(store)).run_id
    with store.following(run):
        store.forget(run, say=print)
        assert store.followers(run) == ()


def test_what_is_kept_of_tasks_is_changed_in_turn_and_forgotten_with_the_run(
    store: RunStore, blobs: BlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = store.create(record(store)).run_id
    first, second = (KeptTask(job_id="j", task_id=name, files={"stdout.txt": 1}) for name in ("a", "b"))
    asked = 0

    def with_second(kept: RunTasks) -> RunTasks:
        nonlocal asked
        asked += 1
        if asked == 1:
            # Another command writes between the read and the write.
            store.update_tasks(run, lambda other: other.with_seen([first]))
        return kept.with_seen([second])

    store.update_tasks(run, with_second)
    assert (store.tasks(run).kept, asked) == ((first, second), 2)
    writes: list[str] = []
    monkeypatch.setattr(blobs, "write_document", lambda _container, name, _document: writes.append(name))
    store.update_tasks(run, lambda kept: kept)
    assert writes == []
    monkeypatch.undo()
    store.forget(run, say=print)
    assert store.tasks(run) == RunTasks()
