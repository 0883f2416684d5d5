"""Our client and the quirks of the SDK, on the emulator; what the service really has is asked with the plain SDK."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential
from plans import UBUNTU, a_job, a_plan, a_pool, a_task
from waiting import wait_for

from recipebatch.emulator import Quotas, start_emulator
from recipebatch.errors import JobQuotaError, ServiceError
from recipebatch.properties.job import Schedule
from recipebatch.properties.pool import StartTask
from recipebatch.properties.task import TaskConstraints, UserIdentity
from recipebatch.service import SignedAccess
from recipebatch.service.azure.batch_client import AzureBatch

if TYPE_CHECKING:
    from pathlib import Path

    from recipebatch.plan.model import Plan, PlannedPool
    from recipebatch.service.azure.blob_client import AzureBlobs
    from recipebatch.text.secret import Secret


HOURLY = Schedule(
    recurrence_interval=timedelta(hours=1), start_window=None, do_not_run_until=None, do_not_run_after=None
)


def no_secret(name: str) -> Secret:
    raise AssertionError(f"nobody needs {name}")


def access_to(plan: Plan, blobs: AzureBlobs) -> SignedAccess:
    return SignedAccess(plan, blobs, expiry=datetime.now(UTC) + timedelta(hours=1), secret_value=no_secret)


@pytest.fixture
def access(blobs: AzureBlobs) -> SignedAccess:
    return access_to(a_plan(), blobs)


def create(batch: AzureBatch, access: SignedAccess, pool: PlannedPool) -> bool:
    return batch.create_pool(pool, node_agent_sku_id="batch.node.ubuntu 24.04", access=access)


def test_the_supported_images_have_the_ubuntu_of_the_tutorial(batch: AzureBatch) -> None:
    agents = {image.node_agent_sku_id for image in batch.supported_images() if image.image == UBUNTU}
    assert agents == {"batch.node.ubuntu 24.04"}


def test_a_pool_that_is_not_there_is_none_and_no_error(batch: AzureBatch) -> None:
    assert batch.get_pool("nowhere") is None
    assert batch.list_nodes("nowhere") == ()
    assert batch.delete_pool("nowhere") is False


def test_a_pool_is_created_once_and_found_with_its_marks(batch: AzureBatch, access: SignedAccess) -> None:
    pool = a_pool(metadata=(("a", "1"),))
    assert create(batch, access, pool) is True
    assert create(batch, access, pool) is False
    seen = batch.get_pool(pool.id)
    assert seen is not None
    assert (seen.state, seen.image, seen.metadata) == ("active", UBUNTU, {"a": "1"})
    wait_for(lambda: [node.state for node in batch.list_nodes(pool.id)] == ["idle"], "the nodes")
    assert batch.delete_pool(pool.id) is True
    wait_for(lambda: batch.get_pool(pool.id) is None, "the pool")


def test_a_start_task_that_fails_shows_in_the_node_and_its_stderr_can_be_read(
    batch: AzureBatch, access: SignedAccess
) -> None:
    start = StartTask(
        command_line="/bin/sh -c 'echo broken >&2; exit 9'",
        resource_files=(),
        environment_settings=(),
        user_identity=UserIdentity(elevation_level="admin"),
        max_task_retry_count=0,
        wait_for_success=True,
    )
    pool = a_pool(start_task=start)
    create(batch, access, pool)
    wait_for(lambda: [node.state for node in batch.list_nodes(pool.id)] == ["starttaskfailed"], "the nodes")
    (node,) = batch.list_nodes(pool.id)
    assert node.start_task_exit_code == 9
    assert node.start_task_failure is not None
    assert batch.node_file_tail(pool.id, node.id, "startup/stderr.txt", size=100) == "broken\n"
    assert batch.node_file_tail(pool.id, node.id, "startup/nothing.txt", size=100) == ""


def test_a_job_beyond_the_quota_of_active_jobs_is_told_from_other_refusals(
    tmp_path: Path, access: SignedAccess
) -> None:
    with start_emulator(tmp_path, quotas=Quotas(active_jobs_and_job_schedules=2)) as own:
        credential = AzureNamedKeyCredential(own.account_name, own.account_key.reveal())
        with BatchClient(own.endpoint, credential) as client:
            batch = AzureBatch(client)
            create(batch, access, a_pool(target_dedicated_nodes=0))
            batch.create_job(a_job(), pool=a_pool(), agent=None, access=access)
            batch.create_job_schedule(
                a_job(id="s1", schedule=HOURLY),
                pool=a_pool(),
                agent=None,
                access=access,
            )
            with pytest.raises(JobQuotaError, match=r"creating job j2: .*ActiveJobAndScheduleQuotaReached"):
                batch.create_job(a_job(id="j2"), pool=a_pool(), agent=None, access=access)
            assert set(batch.active_jobs()) >= {"j1", "s1"}
            assert [job.id for job in batch.jobs_of_schedule("s1")] in ([], ["s1:job-1"])
            assert batch.jobs_of_schedule("s2") == ()


def test_a_refused_task_of_a_collection_is_told_though_the_sdk_takes_it_as_added(
    batch: AzureBatch, access: SignedAccess
) -> None:
    create(batch, access, a_pool(target_dedicated_nodes=0))
    batch.create_job(a_job(), pool=a_pool(), agent=None, access=access)
    impossible = TaskConstraints(max_task_retry_count=-7)
    results = batch.add_tasks("j1", [a_task("good"), a_task("bad", constraints=impossible)], access=access)
    by_id = {result.task_id: result for result in results}
    assert by_id["good"].added
    assert not by_id["bad"].added
    assert by_id["bad"].error is not None
    assert by_id["bad"].error[0] == "InvalidPropertyValue"
    assert batch.list_task_ids("j1") == {"good"}


def test_a_task_that_is_there_already_is_told_apart_from_a_refused_one(batch: AzureBatch, access: SignedAccess) -> None:
    create(batch, access, a_pool(target_dedicated_nodes=0))
    batch.create_job(a_job(), pool=a_pool(), agent=None, access=access)
    batch.add_tasks("j1", [a_task("once")], access=access)
    (again,) = batch.add_tasks("j1", [a_task("once")], access=access)
    assert not again.added
    assert again.already_there


def test_tasks_whose_bodies_exceed_one_request_are_sent_in_several(batch: AzureBatch, access: SignedAccess) -> None:
    create(batch, access, a_pool(target_dedicated_nodes=0))
    batch.create_job(a_job(), pool=a_pool(), agent=None, access=access)
    large = [a_task(f"t{number}", environment_settings=(("BIG", "é" * 30_000),)) for number in range(20)]
    results = batch.add_tasks("j1", large, access=access)
    assert all(result.added for result in results)
    assert len(batch.list_task_ids("j1")) == 20


def test_a_single_task_that_is_too_large_is_an_error_with_the_services_words(
    batch: AzureBatch, access: SignedAccess
) -> None:
    create(batch, access, a_pool(target_dedicated_nodes=0))
    batch.create_job(a_job(), pool=a_pool(), agent=None, access=access)
    huge = a_task("huge", environment_settings=(("BIG", "x" * 1_100_000),))
    with pytest.raises(ServiceError, match=r"RequestBodyTooLarge.*1048576"):
        batch.add_tasks("j1", [huge], access=access)


def test_a_job_ends_with_its_last_task_only_after_it_was_told_to(batch: AzureBatch, access: SignedAccess) -> None:
    create(batch, access, a_pool())
    assert batch.create_job(a_job(), pool=a_pool(), agent=None, access=access) is True
    assert batch.create_job(a_job(), pool=a_pool(), agent=None, access=access) is False
    batch.add_tasks("j1", [a_task("t", "/bin/sh -c 'echo out; echo err >&2; exit 4'")], access=access)
    wait_for(lambda: batch.task_totals("j1").failed == 1, "the task")
    job = batch.get_job("j1")
    assert job is not None
    assert job.state == "active"
    batch.end_job_when_tasks_complete("j1")
    wait_for(lambda: (seen := batch.get_job("j1")) is not None and seen.state == "completed", "the job")
    batch.end_job_when_tasks_complete("j1")
    (task,) = batch.list_tasks("j1")
    assert (task.exit_code, task.result, task.failure and task.failure[0]) == (4, "failure", "FailureExitCode")
    assert not task.succeeded
    assert batch.task_file_tail("j1", "t", "stderr.txt", size=2) == "r\n"
    assert b"".join(batch.read_task_file("j1", "t", "stdout.txt") or ()) == b"out\n"
    assert batch.read_task_file("j1", "t", "nothing.txt") is None
    assert {file.name for file in batch.list_task_files("j1", "t")} >= {"stdout.txt", "stderr.txt"}
    assert [found.id for found in batch.list_tasks("j1", failed_since=datetime(2000, 1, 1, tzinfo=UTC))] == ["t"]
    assert list(batch.list_tasks("j1", failed_since=datetime.now(UTC) + timedelta(hours=1))) == []
    assert batch.delete_job("j1") is True
    wait_for(lambda: batch.get_job("j1") is None, "the job")
    assert batch.delete_job("j1") is False


def test_a_pool_is_resized(batch: AzureBatch, access: SignedAccess, sdk: BatchClient) -> None:
    create(batch, access, a_pool(target_dedicated_nodes=0, endless=True))
    wait_for(lambda: (seen := batch.get_pool("p1")) is not None and seen.allocation_state == "steady", "the pool")
    batch.resize_pool(a_pool(target_dedicated_nodes=2))
    wait_for(lambda: [node.state for node in batch.list_nodes("p1")] == ["idle", "idle"], "the nodes")
    assert sdk.get_pool("p1").target_dedicated_nodes == 2


def test_what_the_service_refuses_says_the_property(batch: AzureBatch, access: SignedAccess) -> None:
    with pytest.raises(ServiceError, match=r"creating pool p1: .*InvalidPropertyValue; PropertyName: "):
        create(batch, access, a_pool(task_slots_per_node=100_000))
