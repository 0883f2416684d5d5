"""Faults of requests, injected through the control endpoint and seen by the public SDK."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING, Any

import pytest
from azure.batch import BatchClient, models
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import ServiceRequestError, ServiceResponseError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.emulator import EmulatorAccount

FAULTS = "/$emulator/faults"
ADD = "/jobs/*/addtaskcollection"
JOB = {"id": "j", "poolInfo": {"poolId": "none"}}


@pytest.fixture
def patient(account: EmulatorAccount) -> Iterator[BatchClient]:
    """The SDK with its own retries, with short pauses between them."""
    credential = AzureNamedKeyCredential(account.name, account.key.reveal())
    with BatchClient(account.endpoint, credential, retry_backoff_factor=0.001) as client:
        yield client


def ask(wire: Any, **fault: Any) -> dict[str, Any]:
    answer = wire("POST", FAULTS, fault)
    assert answer.status == 201, answer.content
    document: dict[str, Any] = answer.json()
    assert answer.headers["location"].endswith(f"{FAULTS}/{document['id']}")
    return document


def tasks(count: int) -> list[models.BatchTaskCreateOptions]:
    return [models.BatchTaskCreateOptions(id=f"t{number}", command_line="true") for number in range(count)]


def test_faults_are_listed_and_removed(wire: Any) -> None:
    first = ask(wire, action="answer", code="ServerBusy", count=-1, path="/jobs/**")
    second = ask(wire, action="allocation", code="AccountCoreQuotaReached", poolId="p", nodes=1)
    assert wire("GET", FAULTS).json()["value"] == [first, second]
    assert wire("DELETE", f"{FAULTS}/{first['id']}").status == 204
    assert wire("DELETE", f"{FAULTS}/{first['id']}").status == 404
    assert wire("DELETE", FAULTS).status == 204
    assert wire("GET", FAULTS).json()["value"] == []


def test_an_account_has_a_hundred_faults_at_most(wire: Any) -> None:
    for _ in range(100):
        ask(wire, action="close", path="/nobody")
    assert wire("POST", FAULTS, {"action": "close", "path": "/nobody"}).status == 400
    assert wire("GET", "/jobs").status == 200


def test_the_control_endpoint_needs_a_signature_but_no_version(wire: Any) -> None:
    unsigned = wire("POST", FAULTS, {"action": "close"}, signed=False)
    assert (unsigned.status, unsigned.code) == (400, "MissingRequiredHeader")
    assert type(wire)(wire.account, "")("GET", FAULTS).json() == {"value": []}


def test_a_fault_of_one_account_does_not_apply_to_another(wire: Any, emulator: Any) -> None:
    ask(wire, action="answer", code="InternalError", count=-1)
    assert type(wire)(emulator.new_account())("GET", "/jobs").status == 200
    assert wire("GET", "/jobs").status == 500
    # A fault never applies to the endpoint itself, or it could not be removed.
    assert wire("DELETE", FAULTS).status == 204
    assert wire("GET", "/jobs").status == 200


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        ({"action": "answer"}, "code"),
        ({"action": "answer", "code": "NoSuchCode"}, "code"),
        ({"action": "allocation", "code": "ServerBusy"}, "code"),
        ({"action": "close", "count": 0}, "count"),
        ({"action": "close", "delaySeconds": "long"}, "delaySeconds"),
        ({"action": "starttask", "delaySeconds": 1}, "delaySeconds"),
        ({"action": "burn"}, "action"),
        ({"action": "close", "path": "/a" * 501}, "path"),
        ({"action": "starttask", "poolId": "p" * 1001}, "poolId"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(wire: Any, fault: dict[str, Any], name: str) -> None:
    answer = wire("POST", FAULTS, fault)
    assert (answer.status, answer.code) == (400, "InvalidPropertyValue")
    assert answer.values["PropertyName"] == name


@pytest.mark.parametrize(("code", "status"), [("TooManyRequests", 429), ("ServerBusy", 503), ("InternalError", 500)])
@pytest.mark.parametrize("retry_after", [None, 7])
def test_an_error_is_answered_as_the_service_would_with_and_without_retry_after(
    wire: Any, code: str, status: int, retry_after: int | None
) -> None:
    ask(wire, action="answer", code=code, **({} if retry_after is None else {"retryAfter": retry_after}))
    answer = wire("POST", "/jobs", JOB)
    assert (answer.status, answer.code) == (status, code)
    assert answer.headers.get("retry-after") == (None if retry_after is None else str(retry_after))
    assert wire("GET", "/jobs").json()["value"] == []


def test_an_error_after_the_commit_hides_a_job_that_is_there(wire: Any) -> None:
    ask(wire, action="answer", code="OperationTimedOut", when="after", method="POST", path="/jobs")
    assert wire("POST", "/jobs", JOB).status == 500
    assert wire("POST", "/jobs", JOB).code == "JobExists"


@pytest.mark.parametrize(("when", "there"), [("before", 404), ("after", 200)])
def test_a_connection_is_closed_before_or_after_the_commit(wire: Any, when: str, there: int) -> None:
    ask(wire, action="close", when=when, method="POST", path="/jobs")
    with pytest.raises(http.client.RemoteDisconnected):
        wire("POST", "/jobs", JOB)
    assert wire("GET", "/jobs/j").status == there


def test_the_sdk_recovers_from_every_kind_of_fault(patient: BatchClient, wire: Any) -> None:
    wire("POST", "/jobs", JOB)
    for code in ("TooManyRequests", "ServerBusy", "InternalError"):
        ask(wire, action="answer", code=code, method="GET", path="/jobs/j", count=2)
        assert patient.get_job("j").id == "j"
    ask(wire, action="close", method="GET", path="/jobs/j", count=2)
    ask(wire, action="delay", method="GET", path="/jobs/j", delaySeconds=0.01)
    assert patient.get_job("j").id == "j"
    assert wire("GET", FAULTS).json()["value"] == []


@pytest.mark.parametrize("code", ["InternalError", "ServerBusy"])
def test_a_chunk_that_was_added_before_its_error_is_not_added_twice(patient: BatchClient, wire: Any, code: str) -> None:
    wire("POST", "/jobs", JOB)
    ask(wire, action="answer", code=code, when="after", path=ADD, count=2)
    results = patient.create_tasks("j", tasks(250)).result_values
    assert results is not None
    assert len({result.task_id for result in results}) == 250
    assert patient.get_job_task_counts("j").task_counts.active == 250


def test_a_chunk_whose_connection_closed_after_the_commit_ends_without_duplicates(
    patient: BatchClient, wire: Any
) -> None:
    wire("POST", "/jobs", JOB)
    ask(wire, action="close", when="after", path=ADD, skip=1)
    # The SDK does not repeat a POST whose connection broke: it reports the tasks with unknown result.
    with pytest.raises(models.CreateTasksError) as broken:
        patient.create_tasks("j", tasks(250))
    assert broken.value.pending_tasks
    assert patient.get_job_task_counts("j").task_counts.active >= 200
    assert patient.create_tasks("j", tasks(250)).result_values is not None
    assert patient.get_job_task_counts("j").task_counts.active == 250
    assert len(list(patient.list_tasks("j"))) == 250


def test_a_chunk_whose_connection_closed_before_the_commit_was_not_added(patient: BatchClient, wire: Any) -> None:
    wire("POST", "/jobs", JOB)
    ask(wire, action="close", path=ADD)
    with pytest.raises(models.CreateTasksError):
        patient.create_tasks("j", tasks(100))
    assert patient.get_job_task_counts("j").task_counts.active == 0


def test_a_slow_answer_lets_an_impatient_client_give_up(batch: BatchClient, wire: Any) -> None:
    wire("POST", "/jobs", JOB)
    ask(wire, action="delay", delaySeconds=30, path="/jobs/j")
    with pytest.raises((ServiceResponseError, ServiceRequestError)):
        batch.get_job("j", read_timeout=0.2)
    assert batch.get_job("j").id == "j"


def test_a_refusal_of_the_service_itself_comes_through_a_fault_that_follows_the_commit(wire: Any) -> None:
    ask(wire, action="close", when="after")
    assert wire("GET", "/jobs/none").code == "JobNotFound"


def test_the_quotas_of_the_account_are_told(wire: Any) -> None:
    assert wire("GET", "/$emulator/quotas").json() == {
        "dedicatedCoreQuota": 10_000,
        "lowPriorityCoreQuota": 10_000,
        "nodeQuota": 1_000,
        "poolQuota": 10_000,
        "activeJobAndJobScheduleQuota": 100_000,
    }
