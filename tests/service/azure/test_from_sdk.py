from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.batch import models

from recipebatch.plan.model import ImageReference
from recipebatch.service.azure import from_sdk

STARTED = datetime(2026, 5, 1, 12, tzinfo=UTC)


def task(**execution: Any) -> models.BatchTask:
    body = {"id": "t", "state": "completed", "executionInfo": {"requeueCount": 0, "retryCount": 0, **execution}}
    return models.BatchTask(body)


def test_a_task_that_ran_says_how_long_and_how_it_ended() -> None:
    seen = from_sdk.task_snapshot(
        task(
            startTime="2026-05-01T12:00:00Z",
            endTime="2026-05-01T12:01:30Z",
            exitCode=3,
            result="Failure",
            retryCount=2,
            failureInfo={
                "category": "UserError",
                "code": "FailureExitCode",
                "message": "The task exited",
                "details": [{"name": "Message", "value": "3"}],
            },
        )
    )
    assert seen.ran_for == timedelta(seconds=90)
    assert (seen.exit_code, seen.result, seen.retry_count) == (3, "failure", 2)
    assert seen.failure == ("FailureExitCode", "The task exited")
    assert seen.failure_details == (("Message", "3"),)
    assert not seen.succeeded


def test_a_task_that_waits_for_its_second_run_has_not_started_and_was_requeued() -> None:
    seen = from_sdk.task_snapshot(task(requeueCount=1, lastRequeueTime="2026-05-01T12:00:00Z"))
    assert seen.requeued
    assert not seen.started
    assert seen.ran_for is None


def test_a_task_that_was_just_added_has_no_execution_yet() -> None:
    seen = from_sdk.task_snapshot(models.BatchTask({"id": "t", "state": "active"}))
    assert (seen.exit_code, seen.result, seen.node_id, seen.retry_count) == (None, None, None, 0)
    assert not seen.started


def test_a_formula_that_fails_says_where_and_why() -> None:
    body = {"id": "p", "state": "active", "enableAutoScale": True, "autoScaleFormula": "$TargetDedicatedNodes = nope;"}
    assert not from_sdk.pool_snapshot(models.BatchPool(body)).formula_evaluated
    run: dict[str, Any] = {"timestamp": "2026-05-01T12:00:00Z", "results": "$TargetDedicatedNodes=1"}
    worked = from_sdk.pool_snapshot(models.BatchPool({**body, "autoScaleRun": run}))
    assert (worked.formula_evaluated, worked.formula_error) == (True, None)
    assert worked.formula_results == ("$TargetDedicatedNodes=1",)
    run["error"] = {
        "code": "AutoScalingFormulaEvaluationError",
        "message": "The specified auto-scaling formula has evaluation error",
        "values": [{"name": "Message", "value": "Line 1, Col 25: Undefined symbol: nope"}],
    }
    failed = from_sdk.pool_snapshot(models.BatchPool({**body, "autoScaleRun": run}))
    assert failed.formula_results == ()
    assert failed.formula_error == (
        "AutoScalingFormulaEvaluationError",
        "The specified auto-scaling formula has evaluation error; Line 1, Col 25: Undefined symbol: nope",
    )
    assert from_sdk.pool_snapshot(models.BatchPool({"id": "p", "state": "active"})).formula_evaluated


@pytest.mark.parametrize("spelled", ["Completed", "completed", models.BatchTaskState.COMPLETED])
def test_states_are_lower_case_however_the_sdk_spells_them(spelled: object) -> None:
    assert from_sdk.lower(spelled) == "completed"


def test_no_state_is_an_empty_text() -> None:
    assert from_sdk.lower(None) == ""


def test_an_added_task_has_no_error() -> None:
    result = from_sdk.add_result(models.BatchTaskCreateResult({"status": "Success", "taskId": "t"}))
    assert result.added
    assert result.error is None


@pytest.mark.parametrize(("status", "retryable"), [("ClientError", False), ("ServerError", True)])
def test_a_refused_task_has_code_message_and_values_and_a_server_error_can_be_retried(
    status: str, *, retryable: bool
) -> None:
    error = {
        "code": "InvalidPropertyValue",
        "message": {"lang": "en-us", "value": "The value is wrong.\nRequestId:1"},
        "values": [{"key": "PropertyName", "value": "id"}],
    }
    result = from_sdk.add_result(models.BatchTaskCreateResult({"status": status, "taskId": "t", "error": error}))
    assert result.error == ("InvalidPropertyValue", "The value is wrong; PropertyName: id")
    assert result.retryable is retryable
    assert not result.added


def test_an_image_is_known_by_its_id_or_by_its_four_names() -> None:
    by_id = from_sdk.image(models.BatchVmImageReference({"virtualMachineImageId": "/images/1"}))
    assert by_id == ImageReference(id_kind="virtualMachineImageId", id="/images/1")
    by_names = from_sdk.image(models.BatchVmImageReference({"publisher": "p", "offer": "o", "sku": "s"}))
    assert by_names == ImageReference(publisher="p", offer="o", sku="s", version="latest")


def test_a_node_says_what_is_wrong_with_it_on_one_line_and_without_secrets() -> None:
    node = models.BatchNode(
        {
            "id": "n",
            "state": "Unusable",
            "errors": [
                {
                    "code": "ContainerInvalidImage",
                    "message": "an image could not be pulled",
                    "errorDetails": [{"name": "Error", "value": "pull\n  of https://a/b?sig=abcdef%3D failed"}],
                }
            ],
        }
    )
    seen = from_sdk.node_snapshot(node)
    assert seen.state == "unusable"
    assert seen.start_task_exit_code is None
    (error,) = seen.errors
    assert error.startswith("ContainerInvalidImage: an image could not be pulled (Error: pull of https://a/b?")
    assert "abcdef" not in error
    assert "\n" not in error


def test_what_a_task_could_not_start_is_not_quoted_at_full_length() -> None:
    failure = {"category": "UserError", "code": "CommandLaunchFailed", "message": "y" * 2000}
    details = [{"name": "CommandLine", "value": "x" * 160_000}]
    snapshot = from_sdk.task_snapshot(task(failureInfo={**failure, "details": details}))
    assert snapshot.failure == ("CommandLaunchFailed", f"{'y' * 1000}… (and 1,000 more characters)")
    assert snapshot.failure_details == (("CommandLine", f"{'x' * 1000}… (and 159,000 more characters)"),)


def test_a_pool_with_a_formula_that_is_not_enabled_has_none() -> None:
    body = {"id": "p", "state": "active", "allocationState": "steady", "vmSize": "s", "autoScaleFormula": "$x=1;"}
    assert from_sdk.pool_snapshot(models.BatchPool({**body, "enableAutoScale": False})).auto_scale_formula is None
    assert from_sdk.pool_snapshot(models.BatchPool({**body, "enableAutoScale": True})).auto_scale_formula == "$x=1;"


def test_a_job_schedule_that_never_ran_may_come_without_execution() -> None:
    seen = from_sdk.schedule_snapshot(models.BatchJobSchedule({"id": "s", "state": "active"}))
    assert (seen.next_run_time, seen.recent_job, seen.metadata) == (None, None, {})
