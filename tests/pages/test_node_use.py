"""What nodes spent their time on."""

from __future__ import annotations

from reported_runs import T0, a_node, a_task

from recipebatch.pages.model import State
from recipebatch.pages.node_use import by_pool, merged, nodes_of, places_of, uses_of


def test_the_time_of_a_node_is_start_task_tasks_and_the_rest() -> None:
    node = a_node("n1", 0, 100, start_began=T0 + 10, start_ended=T0 + 30)
    tasks = [
        # Two at the same time are counted once.
        a_task("a", 30, 20),
        a_task("b", 40, 20),
        # In vain, beside one that did its work and alone.
        a_task("c", 50, 20, state=State.FAILED),
        a_task("d", None, state=State.WAITING, node=""),
    ]
    (use,) = uses_of([node], tasks, T0 + 500)
    assert (use.there, use.start, use.succeeded, use.lost, use.idle, use.tasks) == (100, 20, 30, 10, 40, 3)


def test_what_still_goes_on_lasts_until_now() -> None:
    node = a_node("n1", 0, None, start_began=T0 + 10)
    (use,) = uses_of([node], [a_task("a", 60, None, state=State.RUNNING)], T0 + 100)
    assert (use.there, use.start, use.succeeded, use.lost) == (100, 90, 40, 0)
    (seen,) = uses_of([a_node("n1", 0, None, last_seen=T0 + 70)], [], T0 + 100)
    assert (seen.there, seen.idle) == (70, 70)


def test_a_node_that_is_known_from_its_tasks_has_only_their_time() -> None:
    tasks = [a_task("a", 0, 5, node="n2", pool="p2"), a_task("b", 5, 5)]
    nodes = nodes_of([a_node("n1")], tasks)
    assert [(node.pool, node.id) for node in nodes] == [("p1", "n1"), ("p2", "n2")]
    uses = uses_of(nodes, tasks, T0 + 100)
    assert [(use.known, use.there, use.succeeded, use.idle) for use in uses] == [(True, 100, 5, 95), (False, 0, 5, 0)]


def test_a_node_that_was_preempted_and_came_back_is_there_twice() -> None:
    nodes = nodes_of([a_node("n1", 200, 300), a_node("n1", 0, 100, preempted=True)], [])
    assert [node.preempted for node in nodes] == [True, False]
    tasks = [a_task("a", 50), a_task("b", 250), a_task("c", None), a_task("d", 5, node="other"), a_task("e", 150)]
    assert places_of(nodes, tasks) == [0, 1, 0, -1, 0]
    (pool,) = by_pool(uses_of(nodes, tasks[:1], T0))
    assert (pool.nodes, pool.preempted, pool.there) == (1, 1, 200)


def test_pools_are_the_sums_of_their_nodes() -> None:
    nodes = [a_node("n1", 0, 100), a_node("n2", 0, 50, spot=True, preempted=True), a_node("n3", pool="p2")]
    pools = by_pool(uses_of(nodes, [a_task("a", 0, 10)], T0))
    assert [(pool.pool, pool.nodes, pool.there, pool.preempted, pool.spot) for pool in pools] == [
        ("p1", 2, 150, 1, None),
        ("p2", 1, 100, 0, False),
    ]
    assert (pools[0].vm_size, pools[0].tasks, pools[0].idle) == ("standard_d2s_v5", 1, 90)


def test_spans_that_overlap_are_one() -> None:
    assert merged([(5, 7), (0, 3), (2, 4), (4, 5)]) == [(0, 7)]
    assert merged([(0, 1), (2, 3)]) == [(0, 1), (2, 3)]


def test_what_ran_on_a_preempted_node_at_last_is_not_said_to_be_idle() -> None:
    node = a_node("n1", 0, 100, preempted=True, start_began=T0, start_ended=T0 + 10)
    (use,) = uses_of([node], [a_task("a", 20, 30)], T0 + 500)
    assert (use.start, use.succeeded, use.taken, use.idle) == (10, 30, 50, 10)
    (empty,) = uses_of([node], [], T0 + 500)
    assert (empty.taken, empty.idle) == (90, 0)
