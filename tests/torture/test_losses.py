"""The short form; `python -m tests.torture.losses --seed N --rounds N` runs any number of rounds."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from torture.losses import Losses

if TYPE_CHECKING:
    from pathlib import Path


def test_the_next_commands_come_to_an_end_whatever_happened_to_the_account(tmp_path: Path) -> None:
    losses = Losses(tmp_path / "state", random.Random(3))  # noqa: S311  reproducible
    try:
        for _ in range(3):
            losses.round()
    finally:
        losses.command("reset")
    assert losses.problems == []
