"""The short form; `python -m tests.torture --seed N --rounds N` runs any number of rounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from command import Cli, clean_environment, unmeasured
from torture.session import torture

if TYPE_CHECKING:
    from pathlib import Path


def test_killed_interrupted_and_faulted_runs_lose_nothing_do_nothing_twice_and_leave_nothing(tmp_path: Path) -> None:
    cli = Cli(unmeasured(clean_environment(tmp_path / "account")))
    try:
        figures = torture(cli, tmp_path / "runs", seed=20, rounds=2, kinds=("crash", "fault", "service"), say=print)
    finally:
        cli("emulator", "stop")
    assert figures["wrong"] == []
    assert figures["clients killed"]
    assert figures["faults injected"]
    assert figures["services killed"] == 2
