from __future__ import annotations

from recipebatch.emulator.scheduler.model import FreeNode, Placement, WaitingJob, WaitingTask
from recipebatch.emulator.scheduler.multi_instance import can_ever_run, variables
from recipebatch.emulator.scheduler.placement import place


def job(seq: int, *tasks: WaitingTask, priority: int = 0) -> WaitingJob:
    return WaitingJob(seq, priority, tasks)


def test_a_task_gets_as_many_idle_nodes_as_it_has_instances() -> None:
    nodes = [FreeNode("a", 1), FreeNode("b", 0, 1), FreeNode("c", 1)]
    wanted = job(1, WaitingTask("m", 1, instances=2))
    assert place([wanted], nodes, pack=False) == [Placement(1, "m", "a", ("c",))]


def test_idle_nodes_are_held_until_there_are_enough() -> None:
    nodes = [FreeNode("a", 1), FreeNode("b", 0, 1)]
    first = job(1, WaitingTask("m", 1, instances=2), WaitingTask("t", 1), priority=1)
    assert place([first, job(2, WaitingTask("t", 1))], nodes, pack=False) == []


def test_nodes_it_does_not_need_are_left_to_others() -> None:
    nodes = [FreeNode("a", 1), FreeNode("b", 1), FreeNode("c", 1)]
    wanted = job(1, WaitingTask("m", 1, instances=2), WaitingTask("t", 1))
    assert [p.node for p in place([wanted], nodes, pack=False)] == ["a", "c"]


def test_an_exclusive_job_manager_waits_for_an_idle_node() -> None:
    manager = WaitingTask("jm", 1, exclusive=True)
    assert place([job(1, manager)], [FreeNode("a", 1, 1)], pack=False) == []
    nodes = [FreeNode("a", 1, 1), FreeNode("b", 2)]
    found = place([job(1, manager, *(WaitingTask(f"t{n}", 1) for n in range(3)))], nodes, pack=False)
    assert [(p.task, p.node) for p in found] == [("jm", "b"), ("t0", "a")]


def test_a_job_manager_for_dedicated_nodes_leaves_spot_nodes_to_others() -> None:
    tasks = (WaitingTask("jm", 1, dedicated_only=True), WaitingTask("t", 1))
    found = place([job(1, *tasks)], [FreeNode("spot", 1, is_dedicated=False)], pack=False)
    assert [p.task for p in found] == ["t"]


def test_a_pool_must_fit_the_task() -> None:
    assert can_ever_run(2, nodes=2, slots_per_node=1, inter_node_communication=True)
    assert not can_ever_run(3, nodes=2, slots_per_node=1, inter_node_communication=True)
    assert not can_ever_run(2, nodes=2, slots_per_node=2, inter_node_communication=True)
    assert not can_ever_run(2, nodes=2, slots_per_node=1, inter_node_communication=False)


def test_instances_get_the_addresses_of_each_other() -> None:
    found = variables(["10.0.0.4", "10.0.0.5"], 1, "/shared")
    assert found == {
        "AZ_BATCH_HOST_LIST": "10.0.0.4,10.0.0.5",
        "AZ_BATCH_NODE_LIST": "10.0.0.4;10.0.0.5",
        "AZ_BATCH_MASTER_NODE": "10.0.0.4:6000",
        "AZ_BATCH_IS_CURRENT_NODE_MASTER": "false",
        "AZ_BATCH_TASK_SHARED_DIR": "/shared",
        "CCP_NODES": "2 10.0.0.4 1 10.0.0.5 1",
    }
