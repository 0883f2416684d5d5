"""The formulas of scaling scenarios, run by the evaluator of the emulator on pools whose samples are known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import NamedTuple

import pytest

from recipebatch.emulator.scheduler.autoscale import PoolSizes, Samples, evaluate
from recipebatch.plan.resolver.autoscale import formula
from recipebatch.plan.resolver.task_demand import Demand
from recipebatch.properties.pool import AutoScale

FRIDAY_NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class Scenario(NamedTuple):
    """A scenario, the task slots of the nodes, and what the tasks need."""

    scale: AutoScale
    slots: int
    demand: Demand


def scenario(name: str, *, slots: int = 1, demand: Demand | None = None, **changed: object) -> Scenario:
    values: dict[str, object] = {
        "scenario": name,
        "min_nodes": 0,
        "max_nodes": 10,
        "max_increment": None,
        "spot": False,
        "start_hour": 8,
        "end_hour": 18,
        "utc_offset": 0.0,
        "sample_window": timedelta(minutes=10),
        "node_deallocation_option": "taskcompletion",
    }
    needed = demand or Demand(Fraction(1, slots))
    return Scenario(AutoScale(**(values | changed)), slots, needed)  # type: ignore[arg-type]


def results(
    wanted: Scenario,
    *,
    now: datetime = FRIDAY_NOON,
    active: tuple[float, ...] = (),
    running: float = 0,
    current: int = 0,
    spot: int = 0,
) -> dict[str, str]:
    """What a formula sets, on a pool whose active tasks were sampled every 30 seconds, the last one now."""
    samples = Samples()
    for number, value in enumerate(active, start=1):
        values = {"$ActiveTasks": value, "$RunningTasks": running, "$PendingTasks": value + running}
        samples.add(now - timedelta(seconds=30 * (len(active) - number)), values)
    sizes = PoolSizes(
        current_dedicated=current,
        current_low_priority=spot,
        target_dedicated=current,
        target_low_priority=spot,
        task_slots_per_node=wanted.slots,
    )
    run = evaluate(formula(wanted.scale, wanted.demand), now=now, samples=samples, current=sizes)
    assert run.error is None
    return dict(pair.split("=", 1) for pair in run.results.split(";") if "=" in pair)


def nodes(wanted: Scenario, **seen: object) -> int:
    return int(results(wanted, **seen)["$TargetDedicatedNodes"])  # type: ignore[arg-type]


def test_pending_tasks_need_a_node_for_every_slot_up_to_the_greatest_number() -> None:
    assert nodes(scenario("pending_tasks"), active=(4.0,) * 21, running=2) == 6
    assert nodes(scenario("pending_tasks", slots=4), active=(9.0,) * 21) == 3
    assert nodes(scenario("pending_tasks"), active=(40.0,) * 21) == 10


def test_active_tasks_are_counted_beside_the_nodes_that_are_busy() -> None:
    assert nodes(scenario("active_tasks"), active=(3.0,) * 21, running=2, current=2) == 5
    assert nodes(scenario("active_tasks"), active=(0.0,) * 21, running=2, current=5) == 2


def test_growing_follows_the_last_sample_and_shrinking_the_average() -> None:
    assert nodes(scenario("pending_tasks"), active=(*(0.0,) * 20, 8.0)) == 8
    assert nodes(scenario("pending_tasks"), active=(*(8.0,) * 20, 0.0)) >= 7


def test_with_too_few_samples_the_last_one_counts() -> None:
    assert nodes(scenario("pending_tasks"), active=(8.0, 0.0)) == 0


def test_nothing_to_do_leaves_the_least_number() -> None:
    assert nodes(scenario("pending_tasks"), active=(0.0,) * 21, current=5) == 0
    assert nodes(scenario("pending_tasks", min_nodes=2), active=(0.0,) * 21, current=5) == 2


def test_one_evaluation_adds_no_more_than_it_may() -> None:
    assert nodes(scenario("pending_tasks", max_increment=2), active=(9.0,) * 21, current=3) == 5


def test_spot_nodes_are_scaled_where_the_recipe_says_so() -> None:
    found = results(scenario("pending_tasks", spot=True), active=(4.0,) * 21)
    assert found["$TargetLowPriorityNodes"] == "4"
    assert found["$TargetDedicatedNodes"] == "0"


@pytest.mark.parametrize(
    ("now", "utc_offset", "expected"),
    [
        (datetime(2026, 11, 20, 7, 59, tzinfo=UTC), 0.0, 1),
        (datetime(2026, 11, 20, 8, 0, tzinfo=UTC), 0.0, 10),
        (datetime(2026, 11, 20, 17, 59, tzinfo=UTC), 0.0, 10),
        (datetime(2026, 11, 20, 18, 0, tzinfo=UTC), 0.0, 1),
        (datetime(2026, 11, 21, 12, 0, tzinfo=UTC), 0.0, 1),
        (datetime(2026, 11, 22, 12, 0, tzinfo=UTC), 0.0, 1),
        (datetime(2026, 11, 20, 7, 0, tzinfo=UTC), 1.0, 10),
        (datetime(2026, 11, 20, 3, 0, tzinfo=UTC), 5.5, 10),
        (datetime(2026, 11, 22, 23, 0, tzinfo=UTC), 10.0, 10),
    ],
)
def test_a_work_day_has_hours_and_is_no_weekend(now: datetime, utc_offset: float, expected: int) -> None:
    assert nodes(scenario("workday", min_nodes=1, utc_offset=utc_offset), now=now) == expected


@pytest.mark.parametrize(
    ("day", "hour", "expected"),
    [
        (20, 21, 1), (20, 22, 10), (20, 23, 10),  # friday
        (21, 0, 10), (21, 5, 10), (21, 6, 1), (21, 22, 1),  # saturday: the shift of friday
        (22, 3, 1), (22, 23, 1), (23, 3, 1), (23, 22, 10), (24, 5, 10),  # sunday, monday, tuesday
    ],
)  # fmt: skip
def test_a_night_shift_is_of_the_day_on_which_it_begins(day: int, hour: int, expected: int) -> None:
    wanted = scenario("workday", min_nodes=1, start_hour=22, end_hour=6)
    assert nodes(wanted, now=datetime(2026, 11, day, hour, tzinfo=UTC)) == expected


@pytest.mark.parametrize(
    ("day", "expected"), [(20, 1), (21, 10), (22, 10), (23, 1)], ids=["friday", "saturday", "sunday", "monday"]
)
def test_a_weekend_is_saturday_and_sunday(day: int, expected: int) -> None:
    now = datetime(2026, 11, day, 3, 0, tzinfo=UTC)
    assert nodes(scenario("weekend", min_nodes=1), now=now) == expected


def test_tasks_of_nodes_that_go_are_treated_as_the_recipe_says() -> None:
    found = results(scenario("workday", node_deallocation_option="requeue"))
    assert found["$NodeDeallocationOption"] == "requeue"


def test_tasks_that_take_whole_nodes_get_one_each() -> None:
    """Eight tasks of four slots, on nodes of four."""
    whole = scenario("pending_tasks", slots=4, demand=Demand(Fraction(1)))
    assert nodes(whole, active=(8.0,) * 21) == 8
    half = scenario("pending_tasks", slots=4, demand=Demand(Fraction(1, 2)))
    assert nodes(half, active=(7.0,) * 21) == 4


def test_tasks_of_different_slots_get_what_they_need_together() -> None:
    """Four tasks of one slot and four of four: five nodes; a last one needs one node."""
    mixed = scenario("pending_tasks", slots=4, demand=Demand(Fraction(5, 8)))
    assert nodes(mixed, active=(8.0,) * 21) == 5
    assert nodes(mixed, active=(1.0,) * 21) == 1
    assert nodes(mixed, active=(0.0,) * 21) == 0


@pytest.mark.parametrize("name", ["pending_tasks", "active_tasks"])
def test_a_multi_instance_task_gets_all_its_nodes_however_it_is_counted(name: str) -> None:
    """The service counts the instances of a queued task; a running one may count once."""
    several = scenario(name, demand=Demand(most_at_once=4))
    assert nodes(several, active=(4.0,) * 21) == 4
    assert nodes(several, active=(1.0,) * 21) == 4
    assert nodes(several, active=(8.0,) * 21) == 8
    assert nodes(several, active=(0.0,) * 21, running=1, current=4) == 4
    assert nodes(several, active=(0.0,) * 21) == 0


def test_what_a_manager_adds_gets_nodes_beside_the_one_that_the_manager_has_for_itself() -> None:
    alone = scenario("pending_tasks", slots=4, demand=Demand(Fraction(1, 4), besides=3))
    assert nodes(alone, active=(0.0,) * 21, running=1) == 1
    assert nodes(alone, active=(4.0,) * 21, running=1) == 2
    assert nodes(alone, active=(5.0,) * 21, running=1) == 3
    assert nodes(alone, active=(0.0,) * 21) == 0
