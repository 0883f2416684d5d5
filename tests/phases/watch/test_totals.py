from __future__ import annotations

from recipebatch.phases.watch.totals import sum_of, totals_of
from recipebatch.report import TaskTotals
from recipebatch.service import TaskSnapshot


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
