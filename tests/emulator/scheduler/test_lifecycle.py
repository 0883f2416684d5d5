from __future__ import annotations

import pytest

from recipebatch.emulator.scheduler.lifecycle import AfterRun, after_run, ends_by_itself


@pytest.mark.parametrize(
    ("code", "retries", "limit", "expected"),
    [
        (None, 0, 3, AfterRun.COMPLETE),
        ("FailureExitCode", 0, 0, AfterRun.COMPLETE),
        ("FailureExitCode", 2, 3, AfterRun.RETRY),
        ("FailureExitCode", 3, 3, AfterRun.COMPLETE),
        ("FailureExitCode", 999, -1, AfterRun.RETRY),
        ("CommandProgramNotFound", 0, 3, AfterRun.COMPLETE),
        ("FileUploadContainerNotFound", 0, 3, AfterRun.COMPLETE),
    ],
)
def test_only_an_exit_code_is_retried_and_only_so_often(
    code: str | None, retries: int, limit: int, expected: AfterRun
) -> None:
    assert after_run(failure_code=code, retry_count=retries, max_retries=limit) is expected


@pytest.mark.parametrize(
    ("action", "all_completed", "active", "expected"),
    [
        ("terminatejob", True, True, True),
        ("terminatejob", True, False, False),
        ("terminatejob", False, True, False),
        ("noaction", True, True, False),
    ],
)
def test_an_active_job_completes_only_with_automatic_termination(
    action: str, *, all_completed: bool, active: bool, expected: bool
) -> None:
    assert ends_by_itself(on_all_tasks_complete=action, all_completed=all_completed, active=active) is expected
