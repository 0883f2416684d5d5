"""The short form; `python -m tests.torture.outputs --seed N --rounds N` runs any number of rounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from command import Cli, clean_environment, unmeasured
from torture.outputs.__main__ import take_away

if TYPE_CHECKING:
    from pathlib import Path


def test_no_command_exits_with_0_without_the_outputs_that_tasks_promised(tmp_path: Path) -> None:
    cli = Cli(unmeasured(clean_environment(tmp_path / "account")))
    try:
        figures = take_away(cli, tmp_path / "runs", seed=1, rounds=3, say=print)
    finally:
        cli("emulator", "stop")
    assert figures["wrong"] == []
    assert figures["succeeded"]
    assert figures["failed"]
