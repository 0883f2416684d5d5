from __future__ import annotations

from dataclasses import replace

import pytest
from in_memory_run import NOW, RECORD

from recipebatch.errors import RunPausedError, RunStoppedError
from recipebatch.execution.active_run import check_interrupted, nothing_to_stop

NOTE = {"by": "ann on here", "at": "2026-01-02T03:04:05"}
PURGING = RECORD.with_phase("purge", "started", NOW)


def test_a_run_can_be_stopped_until_it_has_ended_or_is_purged() -> None:
    assert nothing_to_stop(RECORD) == ""
    assert nothing_to_stop(replace(RECORD, ended=True, verdict="failed")) == "it has ended, verdict failed"
    assert nothing_to_stop(PURGING) == "its purge has started"
    assert nothing_to_stop(PURGING.with_phase("purge", "done", NOW)) == "it was purged"


def test_a_stop_that_was_interrupted_is_completed() -> None:
    assert nothing_to_stop(replace(RECORD, stopped=NOTE)) == ""
    assert nothing_to_stop(replace(PURGING, stopped=NOTE)) == ""


@pytest.mark.parametrize("command", ["apply", "retry", "resume", "submit", "pause", "unpause"])
def test_a_run_that_is_being_stopped_is_not_continued(command: str) -> None:
    with pytest.raises(RunStoppedError, match="stopped by ann on here"):
        check_interrupted(replace(RECORD, stopped=NOTE), command)


@pytest.mark.parametrize("command", ["apply", "retry", "resume", "submit", "provision"])
def test_a_paused_run_is_not_continued(command: str) -> None:
    with pytest.raises(RunPausedError, match="paused by ann on here"):
        check_interrupted(replace(RECORD, paused=NOTE), command)


@pytest.mark.parametrize("command", [None, "purge", "stop"])
def test_whatever_was_asked_of_a_run_it_can_be_seen_stopped_and_purged(command: str | None) -> None:
    check_interrupted(replace(RECORD, stopped=NOTE, paused=NOTE), command)
    check_interrupted(replace(RECORD, stopped=NOTE, ended=True), "retry")


@pytest.mark.parametrize("command", ["pause", "unpause"])
def test_a_paused_run_is_paused_again_or_unpaused(command: str) -> None:
    check_interrupted(replace(RECORD, paused=NOTE), command)
