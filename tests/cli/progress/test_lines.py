"""The lines of the live view for a width and a height, and the line for a log."""

from __future__ import annotations

import pytest

from recipebatch.cli.progress.lines import Span, columns, cut, live_lines, plain_line, seconds_text
from recipebatch.cli.progress.state import LiveState
from recipebatch.report import (
    Amount,
    Cost,
    FailedTask,
    NodeCounts,
    PhaseStarted,
    TaskCounts,
    TaskFailed,
    TaskTotals,
    TemplateCounts,
)


def counts(name: str, planned: int, **totals: int) -> TemplateCounts:
    return TemplateCounts(name=name, planned=planned, totals=TaskTotals(**totals))


def watching(*templates: TemplateCounts, job: str = "job") -> TaskCounts:
    found = [each.totals for each in templates]
    totals = TaskTotals(
        active=sum(each.active for each in found),
        running=sum(each.running for each in found),
        succeeded=sum(each.succeeded for each in found),
        failed=sum(each.failed for each in found),
    )
    return TaskCounts(
        job_id=f"{job}-r1", job=job, planned=sum(each.planned for each in templates), totals=totals, templates=templates
    )


def shown(state: LiveState, now: float, width: int = 79, height: int = 20, *, unicode: bool = True) -> list[str]:
    lines = live_lines(state, now, width=width, height=height, unicode=unicode)
    assert len(lines) <= height
    texts = ["".join(span.text for span in line) for line in lines]
    assert all(columns(text) <= width for text in texts)
    return texts


@pytest.fixture
def state() -> LiveState:
    """A watch that has followed 3,001 tasks of two templates for a minute."""
    state = LiveState()
    state.take(PhaseStarted(phase="watch"), 0.0)
    state.take(watching(counts("count", 3000, active=3000), counts("merge", 1, active=1)), 0.0)
    now = watching(
        counts("count", 3000, active=1786, running=16, succeeded=1196, failed=2), counts("merge", 1, active=1)
    )
    state.take(now, 86.0)
    return state


def test_a_template_has_its_line_with_what_is_done_what_runs_what_failed_and_what_is_left(state: LiveState) -> None:
    state.take(NodeCounts(pool_id="p-r1", target=4, states={"running": 3, "starting": 1}, ready=3), 86.0)
    assert shown(state, 86.0) == [
        "⠋ watch 1:26  1,198/3,001 tasks · 16 running · 2 failed",
        "  count  ━━━━━━━━─────────────  1,198/3,000 · 16 running · 2 failed · 2:09 left",
        "  merge  ─────────────────────          0/1 · waiting",
        "  nodes  4 of 4: 3 running, 1 starting  p-r1",
    ]


def test_a_narrow_terminal_has_shorter_bars_then_fewer_parts(state: LiveState) -> None:
    assert shown(state, 86.0, width=59)[1] == "  count ━── 1,198/3,000 · 16 running · 2 failed · 2:09 left"
    assert shown(state, 86.0, width=40)[1] == "  count ━━━────── 1,198/3,000 · 2 failed"
    assert shown(state, 86.0, width=20)[1] == "  count 1,198/3,000"


def test_without_unicode_all_is_ascii(state: LiveState) -> None:
    state.take(NodeCounts(pool_id="p", target=None), 86.0)
    text = "\n".join(shown(state, 86.0, unicode=False))
    assert text.isascii()
    assert "========-------------  1,198/3,000 - 16 running" in text


def test_more_templates_than_lines_are_folded_and_those_that_run_stay() -> None:
    state = LiveState()
    state.take(PhaseStarted(phase="watch"), 0.0)
    waiting = [counts(f"t{number}", 10, active=10) for number in range(30)]
    state.take(watching(counts("done", 5, succeeded=5), *waiting, counts("busy", 10, active=9, running=1)), 0.0)
    lines = shown(state, 1.0, height=6)
    assert len(lines) == 6
    assert [line.split()[0] for line in lines[1:5]] == ["t0", "t1", "t2", "busy"]
    assert lines[5] == "  and 28 more templates: 1 complete, 27 not begun"


def test_several_jobs_are_named_beside_their_templates() -> None:
    state = LiveState()
    state.take(watching(counts("a", 2, running=2), job="first"), 0.0)
    state.take(watching(counts("a", 2, active=2), job="second"), 0.0)
    lines = shown(state, 0.0)
    assert lines[0] == "⠋ working 0:00  0/4 tasks · 2 running"
    assert [line.split()[0] for line in lines[1:]] == ["first/a", "second/a"]


def test_bytes_have_their_rate_and_the_time_that_is_left() -> None:
    state = LiveState()
    state.take(PhaseStarted(phase="stage"), 0.0)
    for second in range(11):
        amount = Amount(
            what="uploaded", done=second * 1024**2, total=50 * 1024**2, unit="bytes", text=f"{second}/50 files"
        )
        state.take(amount, float(second))
    assert shown(state, 10.0)[1].endswith("10.0 MiB/50.0 MiB · 10/50 files · 1.0 MiB/s · 0:40 left")


def test_the_output_of_a_start_task_and_failures_have_lines_of_their_own() -> None:
    state = LiveState()
    state.take(PhaseStarted(phase="provision"), 0.0)
    nodes = NodeCounts(
        pool_id="p", target=2, states={"waitingforstarttask": 2}, start_task=("n1", "Unpacking \x1b[31mlibc")
    )
    state.take(nodes, 0.0)
    failed = FailedTask(job_id="j", task_id="t1", exit_code=3, code="FailureExitCode", message="it failed")
    for number in range(3):
        state.take(TaskFailed(failure=failed, template=f"t{number % 2}"), 0.0)
    lines = shown(state, 5.0)
    assert lines[2] == "  start task of n1: Unpacking \\x1b[31mlibc"
    assert lines[3] == "  failed 2 × t0: exit code 3; first t1, t1"


def test_the_id_of_a_node_leaves_room_for_what_its_start_task_wrote() -> None:
    state = LiveState()
    state.take(PhaseStarted(phase="provision"), 0.0)
    node = f"tvmps_1094ee19{'0' * 56}_d"
    state.take(NodeCounts(pool_id="p", target=1, states={"starting": 1}, start_task=(node, "Unpacking libc")), 0.0)
    assert shown(state, 5.0)[2] == "  start task of tvmps_1094ee19…: Unpacking libc"


def test_the_cost_so_far_stands_in_the_first_line(state: LiveState) -> None:
    state.take(Cost(text="0.12 USD", amount=0.12, currency="USD"), 86.0)
    assert shown(state, 86.0)[0].endswith("2 failed · 0.12 USD so far")
    assert "cost so far 0.12 USD" in plain_line(state, 86.0)


def test_old_counts_of_a_template_say_so() -> None:
    state = LiveState()
    old = TemplateCounts(name="a", planned=5, totals=TaskTotals(active=4, running=1), age=75.0)
    state.take(watching(old, counts("b", 1, active=1)), 0.0)
    assert "1:15 ago" in shown(state, 0.0)[1]


def test_a_log_gets_it_in_one_line(state: LiveState) -> None:
    state.take(NodeCounts(pool_id="p", target=4, states={"running": 3}), 86.0)
    assert plain_line(state, 86.0) == (
        "watch: count 1,198/3,000, 16 running, 2 failed, 2:09 left; merge 0/1, waiting; nodes of p: 3 running (of 4)"
    )
    assert plain_line(LiveState(), 0.0) == ""


def test_a_log_names_the_first_of_many_templates() -> None:
    state = LiveState()
    state.take(watching(*(counts(f"t{number}", 1, running=1) for number in range(9))), 0.0)
    assert plain_line(state, 0.0) == (
        "0/9 tasks · 9 running; t0 0/1, 1 running; t1 0/1, 1 running; t2 0/1, 1 running; and 6 more"
    )


def test_a_line_that_is_too_long_ends_in_an_ellipsis() -> None:
    assert cut([Span("abc", "red"), Span("defg")], 5) == [Span("abc", "red"), Span("d"), Span("…")]
    assert cut([Span("日本語")], 5) == [Span("日本"), Span("…")]
    assert cut([Span("abc")], 3) == [Span("abc")]


@pytest.mark.parametrize(
    ("seconds", "text"), [(42.4, "0:42"), (130, "2:10"), (3730, "1:02:10"), (273600, "3 d 4 h"), (0, "0:00")]
)
def test_a_time_is_short(seconds: float, text: str) -> None:
    assert seconds_text(seconds) == text
