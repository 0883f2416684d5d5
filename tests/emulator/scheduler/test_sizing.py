from __future__ import annotations

from recipebatch.emulator.scheduler.sizing import Resize, SizingNode, resize


def test_nodes_that_are_missing_are_added() -> None:
    assert resize([SizingNode("a", is_dedicated=True, busy=0, number=0)], (), dedicated=3, low_priority=1) == Resize(
        2, 1, ()
    )


def test_idle_nodes_leave_first_and_of_those_the_youngest() -> None:
    seen = [
        SizingNode("busy", is_dedicated=True, busy=2, number=3),
        SizingNode("old", is_dedicated=True, busy=0, number=0),
        SizingNode("young", is_dedicated=True, busy=0, number=1),
    ]
    assert resize(seen, (), dedicated=2, low_priority=0).leave == ("young",)
    assert resize(seen, (), dedicated=0, low_priority=0).leave == ("young", "old", "busy")


def test_chosen_nodes_are_removed_in_any_state() -> None:
    seen = [
        SizingNode("a", is_dedicated=True, busy=5, number=0),
        SizingNode("b", is_dedicated=True, busy=0, number=1),
        SizingNode("spot", is_dedicated=False, busy=0, number=2),
    ]
    assert resize(seen, {"a"}, dedicated=1, low_priority=1) == Resize(0, 0, ("a",))
    assert resize(seen, {"a"}, dedicated=2, low_priority=0) == Resize(1, 0, ("a", "spot"))
