"""emulator start, stop, status, env, reset, on an account of their own."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from command import COMMAND, Cli, clean_environment

from recipebatch.cli.commands.emulator import _status_text
from recipebatch.local import LocalStatus

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """The command on a local account that only this file uses; it does not run at first."""
    command = Cli(clean_environment(tmp_path_factory.mktemp("own")))
    yield command
    assert command("emulator", "stop").returncode == 0


def test_the_local_account_is_started_shown_stopped_and_reset(own: Cli) -> None:
    assert own.json("emulator", "status")["running"] is False
    assert own("emulator", "status").stdout.splitlines()[0] == "the local account is not running"
    assert own.json("emulator", "stop")["stopped"] is False

    started = own.json("emulator", "start", "--time-scale", "10")
    assert started["running"] is True
    again = own.json("emulator", "start", "--time-scale", "10")
    assert again["pids"] == started["pids"]
    shown = own("emulator", "status").stdout
    assert "the local account is running" in shown
    assert f"    service: {started['pids']['service']}" in shown

    exports = own.account()
    assert exports["AZURE_BATCH_ENDPOINT"] == started["endpoints"]["batch"]
    assert exports["AZURE_BATCH_ACCESS_KEY"]

    kept = subprocess.run(
        [*COMMAND, "emulator", "reset"], env=own.environ, input="n\n", capture_output=True, text=True, check=False
    )
    assert kept.returncode == 2
    assert own.json("emulator", "status")["running"] is True
    assert own.json("emulator", "reset", "--yes")["reset"] is True
    assert own.json("emulator", "status")["running"] is False


def test_the_local_account_shows_what_it_has_and_only_that() -> None:
    status = LocalStatus(
        running=False,
        endpoints={},
        accounts={},
        pids={},
        counts={},
        versions={},
        paths={"state": "/s"},
        started_at=None,
        idle_minutes=None,
        notes=("a note",),
    )
    assert _status_text(status).splitlines() == [
        "the local account is not running",
        "  paths:",
        "    state: /s",
        "  a note",
    ]
    running = replace(status, running=True, idle_minutes=5.0, started_at="2026-11-28", pids={"service": 7})
    assert "  stops automatically: after 5 idle minutes" in _status_text(running).splitlines()
