from __future__ import annotations

import pytest

from recipebatch.errors import RunPausedError, RunStoppedError
from recipebatch.runs.requests import PAUSE, STOP, Request, error_of, paused_error, request_from_json, stopped_error


def test_a_request_is_read_as_it_was_written() -> None:
    request = Request(kind=STOP, by="ann on here", to="2026-01-02T03:04:05")
    assert request_from_json(request.to_json()) == request


@pytest.mark.parametrize("text", ["", "[]", '{"kind": "stop"}', '{"kind": "x", "by": "a", "to": "b"}', "[" * 100_000])
def test_what_is_no_request_asks_nothing(text: str) -> None:
    assert request_from_json(text) is None


def test_a_command_that_is_asked_to_end_says_by_whom_and_why() -> None:
    stopped = error_of(Request(kind=STOP, by="ann on here", to=""), "r1")
    paused = error_of(Request(kind=PAUSE, by="ann on here", to=""), "r1")
    assert isinstance(stopped, RunStoppedError)
    assert isinstance(paused, RunPausedError)
    assert stopped.message.startswith("run r1 was stopped by ann on here")
    assert paused.message.startswith("run r1 was paused by ann on here")
    assert (int(stopped.exit_code), int(paused.exit_code)) == (6, 6)


def test_the_commands_that_go_on_name_the_account() -> None:
    assert str(stopped_error("r1", "ann", "work").hint).endswith(": recipebatch stop --run r1 --account work")
    commands = "recipebatch unpause --run r1 --account work, then recipebatch runs resume r1 --account work"
    assert paused_error("r1", "ann", "work").hint == f"continue it: {commands}"
