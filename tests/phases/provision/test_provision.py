"""Pools that nobody looks after any more, on an emulator whose quarter of an hour takes half a second."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.rest import HttpRequest
from plans import a_plan, a_pool

from recipebatch.emulator import start_emulator
from recipebatch.phases.context import PhaseContext
from recipebatch.phases.provision.provision import extend_pool_expiry, provision_pools
from recipebatch.plan.resolver.pool_expiry import expiry_rule
from recipebatch.properties.pool import StartTask
from recipebatch.properties.task import UserIdentity
from recipebatch.report import Quiet
from recipebatch.runs import RunLabels, labels
from recipebatch.service import SignedAccess
from recipebatch.service.azure.batch_client import AzureBatch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from recipebatch.service.azure.blob_client import AzureBlobs
    from recipebatch.text.secret import Secret

SCALE = 1800


def no_secret(name: str) -> Secret:
    raise AssertionError(f"nobody needs {name}")


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def sdk(tmp_path: Path) -> Iterator[BatchClient]:
    with start_emulator(tmp_path, time_scale=SCALE) as own:
        credential = AzureNamedKeyCredential(own.account_name, own.account_key.reveal())
        with BatchClient(own.endpoint, credential) as client:
            yield client


@pytest.fixture
def context(sdk: BatchClient, blobs: AzureBlobs) -> Callable[[timedelta], PhaseContext]:
    """A run whose time is over after the given one."""

    def build(lasts: timedelta) -> PhaseContext:
        now = datetime.now(UTC)
        bears = RunLabels(run_id="r1", owner="me", digest="d", records="one", created=now, expires=now + lasts)
        start = StartTask(
            command_line="/bin/true",
            resource_files=(),
            environment_settings=(("LASTS", str(lasts)),),
            user_identity=UserIdentity(),
            max_task_retry_count=0,
            wait_for_success=True,
        )
        plan = bears.on(a_plan(pools=(a_pool(target_dedicated_nodes=2, start_task=start),)))
        return PhaseContext(
            plan=plan,
            labels=bears,
            batch=AzureBatch(sdk),
            blobs=blobs,
            access=SignedAccess(plan, blobs, expiry=now + lasts, secret_value=no_secret),
            progress=Quiet(),
            poll_interval=timedelta(milliseconds=50),
            slow_poll_interval=timedelta(milliseconds=200),
        )

    return build


def test_a_pool_has_its_nodes_until_the_run_is_over_and_none_afterwards(
    sdk: BatchClient, context: Callable[[timedelta], PhaseContext]
) -> None:
    assert "2 nodes ready" in provision_pools(context(timedelta(seconds=4))).summary
    wait_for(lambda: not list(sdk.list_nodes("p1")))
    pool = sdk.get_pool("p1")
    assert (pool.target_dedicated_nodes, pool.state) == (0, "active")


def test_a_run_that_is_continued_has_the_nodes_for_as_long_as_it_may_last_from_now_on(
    sdk: BatchClient, context: Callable[[timedelta], PhaseContext]
) -> None:
    provision_pools(context(timedelta(seconds=1)))
    wait_for(lambda: not list(sdk.list_nodes("p1")))
    extend_pool_expiry(context(timedelta(hours=2)))
    wait_for(lambda: [node.state for node in sdk.list_nodes("p1")] == ["idle", "idle"])
    pool = sdk.get_pool("p1")
    formula = pool.auto_scale_formula
    assert pool.start_task is not None
    assert [(each.name, each.value) for each in pool.start_task.environment_settings or ()] == [("LASTS", "2:00:00")]
    assert {each.name: each.value for each in pool.metadata or ()}[labels.EXPIRES] > datetime.now(UTC).isoformat()
    extend_pool_expiry(context(timedelta(hours=2, minutes=5)))
    assert sdk.get_pool("p1").auto_scale_formula == formula


def test_provision_asks_again_for_nodes_that_the_service_did_not_have(
    sdk: BatchClient, context: Callable[[timedelta], PhaseContext]
) -> None:
    fault = {"action": "allocation", "poolId": "p1", "code": "AllocationFailed", "nodes": 1}
    sdk.send_request(HttpRequest("POST", "/$emulator/faults", json=fault)).raise_for_status()
    with pytest.raises(Exception, match="could not allocate its nodes"):
        provision_pools(context(timedelta(hours=2)))
    report = provision_pools(context(timedelta(hours=2)))
    assert [step.action for step in report.steps] == ["resized"]
    assert "2 nodes ready" in report.summary
    assert sdk.get_pool("p1").enable_auto_scale


def test_a_pool_that_was_scaled_just_before_is_scaled_when_the_service_takes_it(
    sdk: BatchClient, context: Callable[[timedelta], PhaseContext]
) -> None:
    provision_pools(context(timedelta(hours=1)))
    for hours in (3, 5, 7, 9):
        extend_pool_expiry(context(timedelta(hours=hours)))
    rule = expiry_rule(sdk.get_pool("p1").auto_scale_formula or "")
    assert rule.until is not None
    assert rule.until > datetime.now(UTC) + timedelta(hours=8)
