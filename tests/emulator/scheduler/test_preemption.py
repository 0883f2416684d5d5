from __future__ import annotations

from recipebatch.emulator.scheduler.model import FreeNode, WaitingJob, WaitingTask
from recipebatch.emulator.scheduler.preemption import RunningTask, preempted


def urgent(*slots: int, priority: int = 10, max_new_tasks: int | None = None) -> WaitingJob:
    return WaitingJob(9, priority, [WaitingTask(f"u{n}", size) for n, size in enumerate(slots)], max_new_tasks)


def low(number: int, node: str = "n", slots: int = 1, priority: int = 0) -> RunningTask:
    return RunningTask((1, number), node, slots, priority, started=number)


def test_the_task_started_last_is_preempted() -> None:
    assert preempted([urgent(1)], [FreeNode("n", 0)], [low(1), low(2)]) == [(1, 2)]


def test_a_task_of_lower_priority_is_preempted_before_one_started_later() -> None:
    assert preempted([urgent(1)], [FreeNode("n", 0)], [low(1, priority=-5), low(2)]) == [(1, 1)]


def test_no_task_is_preempted_for_an_equal_or_lower_priority() -> None:
    assert preempted([urgent(1, priority=0)], [FreeNode("n", 0)], [low(1)]) == []


def test_no_task_is_preempted_if_slots_are_free_or_about_to_be() -> None:
    assert preempted([urgent(1)], [FreeNode("n", 0), FreeNode("m", 1)], [low(1)]) == []


def test_as_few_tasks_as_possible_are_preempted() -> None:
    running = [low(1, "a"), low(2, "a"), low(3, "b", slots=2)]
    assert preempted([urgent(2)], [FreeNode("a", 0), FreeNode("b", 0)], running) == [(1, 3)]


def test_no_task_is_preempted_if_that_frees_too_few_slots() -> None:
    assert preempted([urgent(3)], [FreeNode("n", 0)], [low(1), low(2)]) == []


def test_each_waiting_task_gets_its_own_slots_up_to_the_jobs_limit() -> None:
    running = [low(1), low(2), low(3)]
    assert preempted([urgent(1, 1)], [FreeNode("n", 0)], running) == [(1, 3), (1, 2)]
    assert preempted([urgent(1, 1, max_new_tasks=1)], [FreeNode("n", 0)], running) == [(1, 3)]


def test_an_excluded_node_loses_no_tasks() -> None:
    job = WaitingJob(9, 10, [WaitingTask("u", 1)], excluded_nodes=frozenset({"n"}))
    assert preempted([job], [FreeNode("n", 0)], [low(1)]) == []
