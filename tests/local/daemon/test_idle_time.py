from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from recipebatch.local.daemon.idle_time import LastUse, has_running_tasks, idle_limit
from recipebatch.local.folders import Folders

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600


class Machine:
    """A file that commands touch, a clock that may step and one that does not, in seconds."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.wall = 1_800_000_000
        self.steady = 50.0

    def touch(self) -> None:
        self.path.touch()
        os.utime(self.path, (self.wall, self.wall))

    def pass_time(self, seconds: int) -> None:
        self.wall += seconds
        self.steady += seconds


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path / "last-use")
    made.touch()
    return made


@pytest.fixture
def last_use(machine: Machine) -> LastUse:
    return LastUse(machine.path, read_steady=lambda: machine.steady)


def test_the_time_since_the_last_touch_is_counted(machine: Machine, last_use: LastUse) -> None:
    machine.pass_time(60)
    assert last_use.seconds() == 60
    machine.touch()
    assert last_use.seconds() == 0
    machine.pass_time(5)
    assert last_use.seconds() == 5


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_a_step_of_the_clock_is_no_time(machine: Machine, last_use: LastUse, step: int) -> None:
    machine.pass_time(60)
    machine.wall += step
    assert last_use.seconds() == 60
    machine.pass_time(60)
    assert last_use.seconds() == 120


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_a_touch_after_a_step_of_the_clock_is_noticed(machine: Machine, last_use: LastUse, step: int) -> None:
    machine.pass_time(60)
    machine.wall += step
    machine.touch()
    assert last_use.seconds() == 0
    machine.pass_time(30)
    assert last_use.seconds() == 30


def test_a_file_that_is_missing_was_not_touched(machine: Machine, last_use: LastUse) -> None:
    machine.path.unlink()
    machine.pass_time(60)
    assert last_use.seconds() == 60
    machine.touch()
    assert last_use.seconds() == 0


@pytest.mark.parametrize(("text", "limit"), [("30\n", 30.0), ("0\n", None), ("", None), ("\u00e9", None), ("x", None)])
def test_the_limit_is_the_number_in_its_file(tmp_path: Path, text: str, limit: float | None) -> None:
    paths = Folders(state=tmp_path, cache=tmp_path)
    assert idle_limit(paths) is None
    paths.idle_limit.write_text(text, encoding="utf-8")
    assert idle_limit(paths) == limit


def test_an_account_with_running_tasks_is_not_idle() -> None:
    assert has_running_tasks({"running_tasks": 1})
    assert not has_running_tasks({"running_tasks": 0})
    assert not has_running_tasks({})
