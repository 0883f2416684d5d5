"""Jobs, schedules and tasks that are ended, disabled and enabled, on the emulator."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from plans import a_job, a_plan, a_pool, a_task
from waiting import wait_for

from recipebatch.properties.job import Schedule
from recipebatch.service import SignedAccess

if TYPE_CHECKING:
    from recipebatch.service.azure.batch_client import AzureBatch
    from recipebatch.service.azure.blob_client import AzureBlobs
    from recipebatch.text.secret import Secret


def no_secret(name: str) -> Secret:
    raise AssertionError(f"{name} was asked for")


@pytest.fixture
def access(batch: AzureBatch, blobs: AzureBlobs) -> SignedAccess:
    """The access of a run with a pool without nodes, so that nothing but the calls moves its jobs."""
    found = SignedAccess(a_plan(), blobs, expiry=datetime.now(UTC) + timedelta(hours=1), secret_value=no_secret)
    empty = a_pool(target_dedicated_nodes=0)
    batch.create_pool(empty, node_agent_sku_id="batch.node.ubuntu 24.04", access=found)
    return found


def wait_for_state(batch: AzureBatch, state: str) -> None:
    wait_for(lambda: (seen := batch.get_job("j1")) is not None and seen.state == state, f"the job to be {state}")


def test_a_job_is_disabled_enabled_and_ended_and_each_twice_says_so(batch: AzureBatch, access: SignedAccess) -> None:
    batch.create_job(a_job(), pool=a_pool(), agent=None, access=access)
    assert not batch.enable_job("j1")
    assert batch.disable_job("j1")
    wait_for_state(batch, "disabled")
    assert batch.disable_job("j1")
    assert batch.enable_job("j1")
    wait_for_state(batch, "active")
    assert (batch.terminate_job("j1", reason="enough"), batch.terminate_job("j1", reason="enough")) == (True, False)
    wait_for_state(batch, "completed")
    seen = batch.get_job("j1")
    assert seen is not None
    assert seen.termination_reason == "enough"
    assert (batch.disable_job("j1"), batch.enable_job("j1"), batch.terminate_job("none", reason="x")) == (False,) * 3


def test_a_task_that_waits_is_ended_once(batch: AzureBatch, access: SignedAccess) -> None:
    batch.create_job(a_job(), pool=a_pool(), agent=None, access=access)
    batch.add_tasks("j1", [a_task("t")], access=access)
    assert (batch.terminate_task("j1", "t"), batch.terminate_task("j1", "t")) == (True, False)
    task = next(batch.list_tasks("j1"))
    assert (task.state, task.failure and task.failure[0]) == ("completed", "TaskEnded")
    assert not batch.terminate_task("j1", "none")


def test_a_schedule_is_disabled_enabled_and_ended(batch: AzureBatch, access: SignedAccess) -> None:
    later = Schedule(do_not_run_until=datetime.now(UTC) + timedelta(days=1))
    job = replace(a_job(), schedule=later)
    batch.create_job_schedule(job, pool=a_pool(), agent=None, access=access)
    assert not batch.enable_job_schedule("j1")
    assert (batch.disable_job_schedule("j1"), batch.disable_job_schedule("j1")) == (True, False)
    assert batch.enable_job_schedule("j1")
    assert (batch.terminate_job_schedule("j1"), batch.terminate_job_schedule("none")) == (True, False)
