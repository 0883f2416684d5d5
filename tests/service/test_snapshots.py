from __future__ import annotations

from dataclasses import replace

import pytest
from plans import a_task_snapshot

from recipebatch.service import TaskAddResult

TASK = a_task_snapshot()


def test_a_task_succeeded_if_result_failure_and_exit_code_all_say_so() -> None:
    assert TASK.succeeded


@pytest.mark.parametrize(
    "changed",
    [
        {"state": "running"},
        {"result": "failure"},
        {"result": None},
        {"exit_code": 1},
        {"failure": ("FileUploadMiscError", "…")},
    ],
    ids=str,
)
def test_a_task_that_one_of_them_denies_did_not_succeed(changed: dict[str, object]) -> None:
    assert not replace(TASK, **changed).succeeded  # type: ignore[arg-type]


def test_a_task_without_an_exit_code_can_have_succeeded() -> None:
    assert replace(TASK, exit_code=None).succeeded


def test_an_added_task_an_existing_one_and_a_refused_one_are_three_results() -> None:
    errors = (None, ("TaskExists", ""), ("Other", ""))
    results = [TaskAddResult(task_id="t", error=error) for error in errors]
    assert [(result.added, result.already_there) for result in results] == [
        (True, False),
        (False, True),
        (False, False),
    ]
