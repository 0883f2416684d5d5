"""Provisioning on a Batch service in memory, and the expiry of pools on an emulator that runs 1800 times as fast."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.rest import HttpRequest
from in_memory_pools import AGENT, PoolBatch, pool_context
from in_memory_run import LABELS
from plans import UBUNTU, a_plan, a_pool, a_pool_snapshot
from waiting import wait_for

from recipebatch.emulator import start_emulator
from recipebatch.errors import PoolConflictError, WaitTimeoutError
from recipebatch.files import ReadAccess
from recipebatch.phases.context import PhaseContext
from recipebatch.phases.provision.nodes import NoNodesError
from recipebatch.phases.provision.provision import extend_pool_expiry, provision_pools
from recipebatch.plan.resolver.pool_expiry import expiry_rule
from recipebatch.properties.pool import StartTask
from recipebatch.properties.task import UserIdentity
from recipebatch.report import Quiet, StepReport
from recipebatch.runs import RunLabels, labels
from recipebatch.service import SignedAccess
from recipebatch.service.azure.batch_client import AzureBatch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from recipebatch.service.azure.blob_client import AzureBlobs
    from recipebatch.text.secret import Secret

SCALE = 1800
TWO_SIZES = {"vm_sizes": ("standard_d2s_v3", "standard_e2s_v5")}


def no_secret(name: str) -> Secret:
    raise AssertionError(f"no test uses {name}")


def extend(context: PhaseContext) -> None:
    extend_pool_expiry(context, context.plan.pools)


@pytest.fixture
def sdk(tmp_path: Path) -> Iterator[BatchClient]:
    with start_emulator(tmp_path, time_scale=SCALE) as own:
        credential = AzureNamedKeyCredential(own.account_name, own.account_key.reveal())
        with BatchClient(own.endpoint, credential) as client:
            yield client


@pytest.fixture
def context(sdk: BatchClient, blobs: AzureBlobs) -> Callable[[timedelta], PhaseContext]:
    """A run that expires after the given time."""

    def build(lasts: timedelta) -> PhaseContext:
        now = datetime.now(UTC)
        marks = RunLabels(run_id="r1", owner="me", digest="d", records="one", created=now, expires=now + lasts)
        start = StartTask(
            command_line="/bin/true",
            resource_files=(),
            environment_settings=(("LASTS", str(lasts)),),
            user_identity=UserIdentity(),
            max_task_retry_count=0,
            wait_for_success=True,
        )
        plan = marks.on(a_plan(pools=(a_pool(target_dedicated_nodes=2, start_task=start),)))
        return PhaseContext(
            plan=plan,
            labels=marks,
            batch=AzureBatch(sdk),
            blobs=blobs,
            access=SignedAccess(plan, blobs, expiry=now + lasts, secret_value=no_secret),
            read_access=ReadAccess.of_recipe(Path()),
            progress=Quiet(),
            poll_interval=timedelta(milliseconds=50),
            slow_poll_interval=timedelta(milliseconds=200),
        )

    return build


def test_a_pool_has_its_nodes_until_the_run_is_over_and_none_afterwards(
    sdk: BatchClient, context: Callable[[timedelta], PhaseContext]
) -> None:
    assert "2 nodes ready" in provision_pools(context(timedelta(seconds=8))).summary
    wait_for(lambda: not list(sdk.list_nodes("p1")), "the nodes")
    pool = sdk.get_pool("p1")
    assert (pool.target_dedicated_nodes, pool.state) == (0, "active")


def test_a_run_that_is_continued_has_the_nodes_for_as_long_as_it_may_last_from_now_on(
    sdk: BatchClient, context: Callable[[timedelta], PhaseContext]
) -> None:
    provision_pools(context(timedelta(seconds=8)))
    wait_for(lambda: not list(sdk.list_nodes("p1")), "the nodes")
    extend(context(timedelta(hours=2)))
    wait_for(lambda: [node.state for node in sdk.list_nodes("p1")] == ["idle", "idle"], "the nodes")
    pool = sdk.get_pool("p1")
    formula = pool.auto_scale_formula
    assert pool.start_task is not None
    assert [(each.name, each.value) for each in pool.start_task.environment_settings or ()] == [("LASTS", "2:00:00")]
    assert {each.name: each.value for each in pool.metadata or ()}[labels.EXPIRES] > datetime.now(UTC).isoformat()
    extend(context(timedelta(hours=2, minutes=5)))
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
        extend(context(timedelta(hours=hours)))
    rule = expiry_rule(sdk.get_pool("p1").auto_scale_formula or "")
    assert rule.until is not None
    assert rule.until > datetime.now(UTC) + timedelta(hours=8)


def test_a_pool_is_created_once_and_kept_afterwards() -> None:
    batch = PoolBatch()
    context, notes = pool_context(batch, a_pool(target_dedicated_nodes=2))
    report = provision_pools(context)
    assert report.summary == "pool p1 created; 2 nodes ready"
    assert report.steps == (StepReport(action="created", kind="pool", name="p1", detail=AGENT),)
    assert notes.lines == [f"creating pool p1: 2 nodes standard_d2s_v3, {UBUNTU}, {AGENT}"]
    assert provision_pools(context).summary == "pool p1 kept; 2 nodes ready"
    assert batch.calls == [("create", "p1")]


def test_a_pool_of_another_size_is_resized() -> None:
    batch = PoolBatch(pools={"p1": a_pool_snapshot()})
    context, notes = pool_context(batch, a_pool(target_dedicated_nodes=3))
    assert provision_pools(context).summary == "pool p1 resized; 3 nodes ready"
    assert notes.lines == ["resizing pool p1: 1 node → 3 nodes"]


def test_a_conflict_in_the_last_pool_changes_nothing() -> None:
    batch = PoolBatch(pools={"p2": a_pool_snapshot(id="p2", vm_size="standard_f2")})
    context, _ = pool_context(batch, a_pool(), a_pool(logical="other", id="p2"))
    with pytest.raises(PoolConflictError, match="pool p2 has VM size standard_f2"):
        provision_pools(context)
    assert batch.calls == []


def test_the_next_vm_size_is_tried_when_the_service_has_no_nodes_of_the_first() -> None:
    batch = PoolBatch(no_capacity=frozenset({"standard_d2s_v3"}))
    context, notes = pool_context(batch, a_pool(**TWO_SIZES))
    assert provision_pools(context).summary == "pool p1 created; 1 node ready"
    assert batch.calls == [("create", "p1"), ("delete", "p1"), ("create", "p1")]
    assert batch.pools["p1"].vm_size == "standard_e2s_v5"
    assert notes.lines[1] == (
        "pool p1: the service could not allocate its nodes: no cores left (AccountCoreQuotaReached);"
        " trying standard_e2s_v5"
    )


def test_the_last_vm_size_without_nodes_is_an_error() -> None:
    batch = PoolBatch(no_capacity=frozenset({"standard_d2s_v3", "standard_e2s_v5"}))
    context, _ = pool_context(batch, a_pool(**TWO_SIZES))
    with pytest.raises(NoNodesError) as raised:
        provision_pools(context)
    assert raised.value.hint == "choose another vm_size or fewer nodes, ask for quota, or provision again later"
    assert batch.pools["p1"].vm_size == "standard_e2s_v5"


def test_the_pool_of_another_run_is_not_deleted_for_lack_of_nodes() -> None:
    quota = (("AccountCoreQuotaReached", "no cores left"),)
    theirs = a_pool_snapshot(current_dedicated_nodes=0, resize_errors=quota)
    batch = PoolBatch(pools={"p1": theirs}, node_states=())
    context, _ = pool_context(batch, a_pool(**TWO_SIZES))
    with pytest.raises(NoNodesError):
        provision_pools(context)
    assert batch.calls == [("resize", "p1")]


def test_an_auto_pool_is_left_to_the_service() -> None:
    batch = PoolBatch()
    context, _ = pool_context(batch, a_pool(auto=True))
    assert provision_pools(context).summary == "the service creates the pool with the job"
    assert batch.calls == []


def test_a_service_that_takes_no_formula_is_given_up() -> None:
    ours = a_pool_snapshot(metadata=dict(LABELS.as_metadata()))
    batch = PoolBatch(pools={"p1": ours}, takes_formulas=False)
    context, _ = pool_context(batch, a_pool())
    with pytest.raises(WaitTimeoutError) as raised:
        provision_pools(context)
    assert raised.value.message == ("pool p1 refused an autoscale formula for 2100 s: another client keeps changing it")
    assert raised.value.hint == "provision again when that client has stopped"


def test_an_image_whose_support_ends_soon_is_warned_of() -> None:
    batch = PoolBatch()
    batch.images = (replace(batch.images[0], support_ends=date(2026, 2, 1)),)
    context, notes = pool_context(batch, a_pool())
    provision_pools(context)
    assert f"warning: the service supports the image {UBUNTU} until 2026-02-01: choose a newer one" in notes.lines


def test_a_pool_keeps_its_nodes_as_long_as_a_later_submission_may_last() -> None:
    batch = PoolBatch()
    context, notes = pool_context(batch, a_pool())
    provision_pools(context)
    extend_pool_expiry(context, context.plan.pools)
    assert ("scale", "p1") not in batch.calls
    context.access.expiry += timedelta(hours=3)
    notes.lines.clear()
    extend_pool_expiry(context, context.plan.pools)
    assert notes.lines == ["pool p1 keeps its nodes until 2026-01-02 08:04 UTC"]
    assert batch.calls[-2:] == [("refresh", "p1"), ("scale", "p1")]
    assert expiry_rule(batch.pools["p1"].auto_scale_formula or "").until == context.access.expiry
