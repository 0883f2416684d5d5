from __future__ import annotations

from typing import Any

import pytest

from recipebatch.emulator.scheduler.exit_conditions import ExitActions, exit_actions

SATISFY = {"dependencyAction": "satisfy", "jobAction": "none"}
CONDITIONS: dict[str, Any] = {
    "exitCodes": [{"code": 3, "exitOptions": {"jobAction": "disable"}}],
    "exitCodeRanges": [{"start": 3, "end": 9, "exitOptions": SATISFY}],
    "preProcessingError": SATISFY,
    "fileUploadError": {"jobAction": "disable", "dependencyAction": "satisfy"},
    "default": {"jobAction": "none"},
}


@pytest.mark.parametrize(
    ("exit_code", "failure", "expected"),
    [
        (0, None, ExitActions("none", satisfies=True)),
        (3, "FailureExitCode", ExitActions("disable", satisfies=False)),
        (9, "FailureExitCode", ExitActions("none", satisfies=True)),
        (10, "FailureExitCode", ExitActions("none", satisfies=False)),
        (None, "CommandProgramNotFound", ExitActions("none", satisfies=True)),
        (None, "TaskEnded", ExitActions("none", satisfies=False)),
        (0, "FileUploadContainerNotFound", ExitActions("disable", satisfies=True)),
        (4, "FailureExitCode", ExitActions("none", satisfies=True)),
    ],
)
def test_the_condition_that_matches_decides(exit_code: int | None, failure: str | None, expected: ExitActions) -> None:
    assert exit_actions(CONDITIONS, exit_code=exit_code, failure_code=failure) == expected


def test_without_conditions_success_satisfies_and_failure_terminates() -> None:
    assert exit_actions(None, exit_code=0, failure_code=None) == ExitActions("none", satisfies=True)
    failed = exit_actions(None, exit_code=1, failure_code="FailureExitCode")
    assert failed == ExitActions("terminate", satisfies=False)
