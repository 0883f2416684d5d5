from __future__ import annotations

from plans import a_pool_snapshot

from recipebatch.phases.watch.watch import stuck_reason, sum_of, totals_of
from recipebatch.report import TaskTotals
from recipebatch.service import NodeSnapshot, TaskSnapshot


def task(state: str, **ended: object) -> TaskSnapshot:
    values: dict[str, object] = {
        "id": "t",
        "state": state,
        "state_transition_time": None,
        "exit_code": None,
        "result": None,
        "failure": None,
        "failure_details": (),
        "node_id": None,
        "retry_count": 0,
    }
    return TaskSnapshot(**(values | ended))  # type: ignore[arg-type]


def test_completed_alone_is_no_success() -> None:
    tasks = [
        task("completed", exit_code=0, result="success"),
        task("completed", exit_code=1, result="failure", failure=("FailureExitCode", "…")),
        task("completed", exit_code=0, result="failure", failure=("FileUploadMiscError", "…")),
        task("completed"),
        task("running"),
        task("preparing"),
        task("active"),
    ]
    assert totals_of(tasks) == TaskTotals(active=1, running=2, succeeded=1, failed=3)


def test_totals_of_several_jobs_add_up() -> None:
    assert sum_of([TaskTotals(active=1, failed=2), TaskTotals(succeeded=3)]) == TaskTotals(
        active=1, succeeded=3, failed=2
    )


def test_a_stuck_job_says_why() -> None:
    idle = NodeSnapshot(id="n", state="idle")
    failed = NodeSnapshot(id="n", state="starttaskfailed")
    quota = (("AccountCoreQuotaReached", "no cores left"),)
    assert "no longer exists" in stuck_reason(None, [])
    assert stuck_reason(a_pool_snapshot(resize_errors=quota), []) == "no cores left (AccountCoreQuotaReached)"
    failing = a_pool_snapshot(auto_scale_formula="a", formula_error=("E", "Undefined symbol: a"))
    assert stuck_reason(failing, []).startswith("the autoscale formula of pool p1 fails: Undefined symbol: a (E)")
    assert stuck_reason(a_pool_snapshot(allocation_state="resizing"), []) == "pool p1 is resizing"
    assert stuck_reason(a_pool_snapshot(), []) == "pool p1 has no nodes"
    assert stuck_reason(a_pool_snapshot(), [failed]) == "all 1 nodes of pool p1 are starttaskfailed"
    assert stuck_reason(a_pool_snapshot(), [idle, failed]) == "nodes of pool p1: 1 idle, 1 starttaskfailed"
