"""What is known of a run, put together."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from reported_runs import T0, a_failure, a_node, a_task, report_data

from recipebatch.pages.build import report_node, report_task, state_of
from recipebatch.pages.model import State
from recipebatch.runs import NodeRecord, RunFailures, TaskRecord


@pytest.mark.parametrize(
    ("state", "cause", "shown"),
    [
        ("active", "", State.WAITING),
        ("preparing", "", State.RUNNING),
        ("running", "", State.RUNNING),
        ("completed", "", State.SUCCEEDED),
        ("completed", "exit_code", State.FAILED),
        ("completed", "output_missing", State.FAILED),
        ("completed", "terminated", State.STOPPED),
        ("active", "preempted", State.PREEMPTED),
        ("completed", "never_started", State.NOT_RUN),
        ("active", "blocked", State.NOT_RUN),
        ("active", "start_task", State.NOT_RUN),
    ],
)
def test_the_state_of_a_task_is_that_of_the_service_with_its_cause(state: str, cause: str, shown: State) -> None:
    assert state_of(TaskRecord(job_id="j", task_id="t", state=state, cause=cause)) is shown
    again = TaskRecord(job_id="j", task_id="t", state=state, cause=cause, tried_again=True)
    assert state_of(again) is State.TRIED_AGAIN


def test_records_of_tasks_and_nodes_are_taken_over() -> None:
    moment = datetime.fromtimestamp(T0, UTC)
    task = report_task(
        TaskRecord(
            job_id="j", task_id="t", template="c", item="i", state="completed", tries=2, exit_code=0, created=moment
        )
    )
    assert task == ("j", "t", "c", "i", State.SUCCEEDED, "", "", 0, 2, "", "", T0, None, None)
    node = report_node(NodeRecord(pool_id="p", node_id="n", state="idle", spot=True, last_seen=moment))
    assert (node.pool, node.id, node.spot, node.last_seen, node.allocated) == ("p", "n", True, T0, None)


def test_a_run_without_tasks_has_a_report() -> None:
    data = report_data()
    assert (data.span, data.peak, data.templates, data.pools, data.failures_total) == (None, None, (), (), 0)
    assert data.unknown == ()


def test_the_span_goes_from_the_first_to_the_last_moment_that_is_known() -> None:
    data = report_data((a_task("a", 30, 20, created=T0 + 5),), (a_node("n1", 10, 80),))
    assert data.span == (T0 + 5, T0 + 80)
    running = report_data((a_task("a", 30, None, state=State.RUNNING),))
    assert running.span == (T0, T0 + 100)


def test_what_is_not_known_of_nodes_is_said() -> None:
    assert "when nodes came and went" in report_data((a_task("a"),)).unknown[0]
    assert report_data((a_task("a"),), (a_node("n1"),)).unknown == ()


def test_all_failures_count_also_those_that_are_not_kept() -> None:
    failures = RunFailures(kept=(a_failure("t1"), a_failure("t2", tried_again=True)), total=7)
    assert report_data(failures=failures).failures_total == 7
