from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Until = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def chained(wire: Any, pool: str) -> Any:
    """A job whose tasks may depend on each other, and whose failures may end it."""
    document = {"id": "j", "poolInfo": {"poolId": pool}, "usesTaskDependencies": True}
    assert wire("POST", "/jobs", {**document, "onTaskFailure": "PerformExitOptionsJobAction"}).status == 201
    return wire


def add(wire: Any, task_id: str, command: str = "true", **properties: Any) -> None:
    answer = wire("POST", "/jobs/j/tasks", {"id": task_id, "commandLine": command, **properties})
    assert answer.status == 201, answer.content


def state(wire: Any, task_id: str) -> str:
    return str(wire("GET", f"/jobs/j/tasks/{task_id}").json()["state"])


def nothing() -> dict[str, Any]:
    return {"default": {"jobAction": "none"}}


def test_a_task_runs_after_those_it_depends_on(chained: Any, until: Until) -> None:
    add(chained, "last", dependsOn={"taskIds": ["A", "b"], "taskIdRanges": [{"start": 1, "end": 3}]})
    for task_id in ("a", "b", "1", "2", "03"):
        add(chained, task_id)
    until(lambda: chained("GET", "/jobs/j/taskcounts").json()["taskCounts"]["completed"] == 5)
    assert state(chained, "last") == "active"
    add(chained, "3")
    until(lambda: state(chained, "last") == "completed")
    add(chained, "later", dependsOn={"taskIds": ["last"], "taskIdRanges": [{"start": 2, "end": 3}]})
    until(lambda: state(chained, "later") == "completed")


def test_a_task_that_failed_blocks_unless_its_exit_conditions_say_otherwise(chained: Any, until: Until) -> None:
    good = {"exitCodes": [{"code": 7, "exitOptions": {"dependencyAction": "satisfy", "jobAction": "none"}}]}
    add(chained, "blocked", dependsOn={"taskIds": ["bad"]})
    add(chained, "freed", dependsOn={"taskIds": ["odd"]})
    add(chained, "bad", "/bin/sh -c 'exit 7'", exitConditions=nothing())
    add(chained, "odd", "/bin/sh -c 'exit 7'", exitConditions=good)
    until(lambda: state(chained, "freed") == "completed" and state(chained, "bad") == "completed")
    assert state(chained, "blocked") == "active"


@pytest.mark.parametrize(
    ("action", "ended"), [("terminate", "completed"), ("disable", "disabled"), (None, "completed")]
)
def test_a_failure_ends_or_disables_the_job_as_its_exit_conditions_say(
    chained: Any, until: Until, action: str | None, ended: str
) -> None:
    options = (
        {} if action is None else {"exitCodeRanges": [{"start": 2, "end": 4, "exitOptions": {"jobAction": action}}]}
    )
    add(chained, "t", "/bin/sh -c 'exit 3'", exitConditions=options)
    until(lambda: chained("GET", "/jobs/j").json()["state"] == ended)
    reason = chained("GET", "/jobs/j").json()["executionInfo"].get("terminateReason")
    assert reason == (None if ended == "disabled" else "TaskFailed")


def test_a_program_that_is_missing_is_a_pre_processing_error(chained: Any, until: Until) -> None:
    options = {"preProcessingError": {"dependencyAction": "satisfy", "jobAction": "none"}}
    add(chained, "t", "no-such-program", exitConditions=options)
    add(chained, "next", dependsOn={"taskIds": ["t"]})
    until(lambda: state(chained, "next") == "completed")


def test_dependencies_need_a_job_that_uses_them(wire: Any) -> None:
    wire("POST", "/jobs", {"id": "j", "poolInfo": {"poolId": "none"}})
    answer = wire("POST", "/jobs/j/tasks", {"id": "t", "commandLine": "true", "dependsOn": {"taskIds": ["a"]}})
    assert (answer.status, answer.code) == (400, "TaskDependenciesNotSpecifiedOnJob")


@pytest.mark.parametrize("options", [{"jobAction": "terminate"}, {"dependencyAction": "satisfy"}])
def test_actions_need_a_job_that_takes_them(wire: Any, options: dict[str, str]) -> None:
    wire("POST", "/jobs", {"id": "j", "poolInfo": {"poolId": "none"}})
    answer = wire("POST", "/jobs/j/tasks", {"id": "t", "commandLine": "true", "exitConditions": {"default": options}})
    assert (answer.status, answer.code) == (400, "InvalidPropertyValue")
    assert answer.values["PropertyName"] in options
