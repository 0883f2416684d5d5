from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from recipebatch.phases import failed_before_tasks, never_submitted, status_now, status_of, went_wrong
from recipebatch.runs import RunRecord

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
RECORD = RunRecord(
    run_id="20260102-030405-0000",
    owner="me",
    account="local",
    created=NOW,
    recipe_name="topn",
    recipe_version=None,
    recipe_digest="d",
    recipe_text="",
    recipe_file="topn.yaml",
    recipe_folder="/recipes",
    parameters={},
    inputs={},
)


def test_the_status_is_that_of_the_last_change() -> None:
    assert status_of(RECORD) == "created"
    started = RECORD.with_phase("stage", "done", NOW).with_phase("provision", "started", NOW)
    assert status_of(started) == "provision started"
    assert status_of(started.with_phase("stage", "started", NOW)) == "stage started"
    assert status_of(replace(started, ended=True)) == "ended"
    assert status_of(replace(started, ended=True).with_phase("purge", "done", NOW)) == "purged"


def test_a_purge_that_began_is_what_the_status_says_until_it_is_done() -> None:
    purging = RECORD.with_phase("purge", "started", NOW).with_phase("collect", "done", NOW)
    assert status_of(purging) == "purge started"
    assert status_of(replace(purging, stopped={"by": "me"})) == "purge started"
    assert status_of(purging.with_phase("purge", "failed", NOW)) == "purge failed"


def test_what_no_command_works_on_any_more_was_interrupted() -> None:
    for doing in ("purge", "stop"):
        assert status_now(f"{doing} started", at_work=True) == f"{doing} started"
        assert status_now(f"{doing} started", at_work=False) == f"{doing} interrupted"
    for status in ("watch started", "purge failed", "purged", "ended"):
        assert status_now(status, at_work=False) == status


def test_a_run_that_failed_before_its_tasks_were_watched_is_given_up_for_another() -> None:
    for name in ("stage", "provision", "submit"):
        assert failed_before_tasks(RECORD.with_phase(name, "failed", NOW))
        assert not failed_before_tasks(RECORD.with_phase(name, "done", NOW))
    assert not failed_before_tasks(RECORD.with_phase("watch", "failed", NOW))
    assert not failed_before_tasks(RECORD)


def test_a_run_whose_purge_has_started_before_its_tasks_were_submitted_is_not_done() -> None:
    failed = RECORD.with_phase("provision", "failed", NOW)
    assert not never_submitted(failed)
    assert never_submitted(failed.with_phase("purge", "failed", NOW))
    assert never_submitted(failed.with_phase("submit", "failed", NOW).with_phase("purge", "started", NOW))
    submitted = RECORD.with_phase("submit", "done", NOW).with_phase("purge", "started", NOW)
    assert not never_submitted(submitted)
    # A job that was never submitted, as the one before it failed: tasks ran, and that is the outcome.
    waiting = RECORD.with_phase("submit", "started", NOW).with_phase("purge", "started", NOW)
    assert not never_submitted(replace(waiting, verdict="failed"))


def test_what_phases_said_of_a_failure_is_told_and_no_success() -> None:
    watched = RECORD.with_phase("provision", "done", NOW, "1 node ready").with_phase(
        "watch", "done", NOW, "1 output missing"
    )
    assert went_wrong(watched) == ()
    assert went_wrong(replace(watched, verdict="failed")) == ("watch: 1 output missing",)
    assert went_wrong(
        replace(watched, verdict="succeeded").with_phase("collect", "failed", NOW, "its pool is gone")
    ) == ("collect: its pool is gone",)
