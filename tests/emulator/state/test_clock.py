"""The service's time never goes back, and the machine's clock may step under it."""

from __future__ import annotations

import pytest

from recipebatch.emulator.state import UNIX_EPOCH_TICKS, Clock

SECOND = 10_000_000
HOUR = 3600 * SECOND


class Machine:
    """The two clocks of a machine, in nanoseconds; `step` sets the one that people see."""

    def __init__(self) -> None:
        self.wall = 1_800_000_000 * 10**9
        self.steady = 50 * 10**9

    def pass_time(self, ticks: int) -> None:
        self.wall += ticks * 100
        self.steady += ticks * 100

    def step(self, ticks: int) -> None:
        self.wall += ticks * 100

    @property
    def ticks(self) -> int:
        return UNIX_EPOCH_TICKS + self.wall // 100


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def clock(machine: Machine) -> Clock:
    return Clock(read_wall=lambda: machine.wall, read_steady=lambda: machine.steady)


def test_no_two_times_are_the_same(clock: Clock, machine: Machine) -> None:
    assert [clock.now() - machine.ticks for _ in range(4)] == [0, 1, 2, 3]
    assert clock.ahead() == 0


def test_a_step_forward_is_followed(clock: Clock, machine: Machine) -> None:
    clock.now()
    machine.step(HOUR)
    assert clock.now() == machine.ticks
    assert clock.wall() == machine.ticks


def test_after_a_step_back_the_time_runs_on_and_the_wall_clock_is_the_present_one(
    clock: Clock, machine: Machine
) -> None:
    before = clock.now()
    machine.step(-HOUR)
    assert clock.now() == before + 1
    assert clock.wall() == machine.ticks
    assert clock.ahead() == pytest.approx(HOUR, abs=10)
    machine.pass_time(HOUR)
    assert clock.now() == pytest.approx(before + HOUR * 9 // 10, abs=10)


def test_after_a_step_back_the_machines_clock_catches_up_in_ten_times_the_step(clock: Clock, machine: Machine) -> None:
    clock.now()
    machine.step(-HOUR)
    clock.now()
    for _ in range(100):
        machine.pass_time(HOUR // 10 + SECOND)
        clock.now()
    assert clock.ahead() == 0
    assert clock.now() == pytest.approx(machine.ticks, abs=10)


def test_a_step_forward_and_back_leaves_the_service_an_hour_ahead_and_not_stopped(
    clock: Clock, machine: Machine
) -> None:
    start = clock.now()
    machine.step(HOUR)
    clock.now()
    machine.step(-HOUR)
    machine.pass_time(10 * SECOND)
    assert clock.now() == pytest.approx(start + HOUR + 9 * SECOND, abs=10)
    assert clock.wall() == machine.ticks


def test_a_scaled_clock_shortens_delays_and_not_times(machine: Machine) -> None:
    clock = Clock(60, read_wall=lambda: machine.wall, read_steady=lambda: machine.steady)
    assert clock.wait_seconds(HOUR) == 60
    assert clock.later(5, HOUR) == 5 + HOUR // 60
    assert clock.now() == machine.ticks
