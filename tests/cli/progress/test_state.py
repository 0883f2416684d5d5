"""What a live view keeps of events."""

from __future__ import annotations

from recipebatch.cli.progress.state import LiveState, Rate
from recipebatch.report import Amount, NodeCounts, PhaseEnded, PhaseStarted, TaskCounts, TaskTotals


def test_a_rate_is_known_after_some_seconds_and_says_what_is_left() -> None:
    rate = Rate()
    for second in range(11):
        rate.see(100 + 2 * second, float(second))
    assert rate.per_second(4.0) is None
    assert rate.per_second(10.0) == 2.0
    assert rate.left(140, 10.0) == 10.0
    assert rate.left(120, 10.0) is None


def test_a_rate_of_bytes_is_that_of_the_last_seconds() -> None:
    rate = Rate(recent=True)
    for second in range(60):
        rate.see(min(second, 30) * 10, float(second))
    assert rate.per_second(59.0) is None
    for second in range(60, 90):
        rate.see(300 + (second - 59) * 5, float(second))
    assert rate.per_second(89.0) == 5.0


def test_nothing_is_live_between_phases() -> None:
    state = LiveState()
    shown = [state.is_live]
    state.take(PhaseStarted(phase="watch"), 0.0)
    shown.append(state.is_live)
    state.take(TaskCounts(job_id="j", job="j", planned=1, totals=TaskTotals(active=1)), 0.0)
    state.take(PhaseEnded(phase="watch"), 1.0)
    assert [*shown, state.is_live] == [False, True, False]


def test_what_has_ended_is_not_shown_any_more() -> None:
    state = LiveState()
    state.take(Amount(what="uploaded", done=1, total=2, unit="bytes"), 0.0)
    state.take(NodeCounts(pool_id="p", target=1), 0.0)
    state.take(Amount(what="uploaded", done=2, total=2, unit="bytes", ended=True), 1.0)
    state.take(NodeCounts(pool_id="p", target=1, ended=True), 1.0)
    assert not state.is_live
