from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from recipebatch.emulator.scheduler.model import FreeNode, Placement, WaitingJob, WaitingTask
from recipebatch.emulator.scheduler.placement import place


def tasks(*slots: int) -> list[WaitingTask]:
    return [WaitingTask(f"t{number}", need) for number, need in enumerate(slots)]


def nodes(*free: int) -> list[FreeNode]:
    return [FreeNode(f"n{number}", slots) for number, slots in enumerate(free)]


def test_spreading_evens_tasks_over_nodes() -> None:
    placed = place([WaitingJob(1, 0, tasks(1, 1, 1, 1))], nodes(3, 3), pack=False)
    assert Counter(placement.node for placement in placed) == {"n0": 2, "n1": 2}


def test_packing_fills_one_node_first() -> None:
    placed = place([WaitingJob(1, 0, tasks(1, 1, 1, 1))], nodes(3, 3), pack=True)
    assert Counter(placement.node for placement in placed) == {"n0": 3, "n1": 1}


def test_packing_prefers_nodes_that_run_tasks() -> None:
    busy = [FreeNode("a", 2, 0), FreeNode("b", 1, 1)]
    assert place([WaitingJob(1, 0, tasks(1))], busy, pack=True) == [Placement(1, "t0", "b")]
    assert place([WaitingJob(1, 0, tasks(1))], busy, pack=False) == [Placement(1, "t0", "a")]


def test_a_task_is_never_split_over_nodes_and_smaller_ones_pass_it() -> None:
    placed = place([WaitingJob(1, 0, tasks(3, 2, 1))], nodes(2, 1), pack=False)
    assert placed == [Placement(1, "t1", "n0"), Placement(1, "t2", "n1")]


def test_higher_priority_goes_first_and_equals_take_turns() -> None:
    jobs = [WaitingJob(1, 0, tasks(1)), WaitingJob(2, 5, tasks(1, 1)), WaitingJob(3, 5, tasks(1, 1))]
    placed = place(jobs, nodes(4), pack=False)
    assert [placement.job for placement in placed] == [2, 3, 2, 3]


def test_by_creation_the_older_job_goes_first_with_all_its_tasks() -> None:
    jobs = [WaitingJob(3, 0, tasks(1, 1)), WaitingJob(2, 0, tasks(1, 1))]
    placed = place(jobs, nodes(3), pack=False, by_creation=True)
    assert [placement.job for placement in placed] == [2, 2, 3]


def test_a_job_starts_no_more_tasks_than_its_limit() -> None:
    assert len(place([WaitingJob(1, 0, tasks(1, 1, 1), max_new_tasks=2)], nodes(9), pack=False)) == 2
    assert place([WaitingJob(1, 0, tasks(1), max_new_tasks=0)], nodes(9), pack=False) == []


def test_a_task_gets_its_preferred_node_if_slots_are_free() -> None:
    liking = [WaitingTask("a", 1, "n1"), WaitingTask("b", 1, "n1"), WaitingTask("c", 1, "gone")]
    placed = place([WaitingJob(1, 0, liking)], nodes(5, 1), pack=True)
    assert [placement.node for placement in placed] == ["n1", "n0", "n0"]


@given(
    wanted=st.lists(st.tuples(st.integers(-2, 2), st.lists(st.integers(1, 4), max_size=6)), max_size=4),
    free=st.lists(st.integers(0, 4), max_size=4),
    pack=st.booleans(),
)
def test_slots_are_never_exceeded_and_nothing_that_fits_is_left(
    wanted: list[tuple[int, list[int]]], free: list[int], *, pack: bool
) -> None:
    jobs = [WaitingJob(number, priority, tasks(*slots)) for number, (priority, slots) in enumerate(wanted)]
    placed = place(jobs, nodes(*free), pack=pack)
    need = {(job.seq, task.key): task.slots for job in jobs for task in job.tasks}
    left = {f"n{number}": slots for number, slots in enumerate(free)}
    for placement in placed:
        left[placement.node] -= need.pop((placement.job, placement.task))
    assert min(left.values(), default=0) >= 0
    assert not need or min(need.values()) > max(left.values(), default=0)
