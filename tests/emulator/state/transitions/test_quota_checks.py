from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from azure.batch import models
from azure.core.exceptions import HttpResponseError

from recipebatch.emulator import EmulatorAccount, Quotas, start_emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from azure.batch import BatchClient

    Until = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def poor(tmp_path: Path, connect: Callable[[EmulatorAccount], BatchClient]) -> Iterator[BatchClient]:
    """A client of an account that may have 4 dedicated and 2 spot cores, 2 pools and 2 jobs or schedules."""
    quotas = Quotas(dedicated_cores=4, low_priority_cores=2, pools=2, active_jobs_and_job_schedules=2)
    with (
        start_emulator(tmp_path, quotas=quotas) as own,
        connect(EmulatorAccount(own.endpoint, own.account_name, own.account_key)) as batch,
    ):
        yield batch


def add_pool(batch: BatchClient, machine: Any, pool_id: str, **options: Any) -> None:
    batch.create_pool(
        models.BatchPoolCreateOptions(
            id=pool_id, vm_size="standard_d2s_v3", virtual_machine_configuration=machine, **options
        )
    )


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(HttpResponseError) as error:
        call()
    return str(error.value.error.code)  # type: ignore[union-attr]


def test_a_pool_gets_the_nodes_its_account_has_cores_for(poor: BatchClient, machine: Any, until: Until) -> None:
    add_pool(poor, machine, "p", target_dedicated_nodes=3, target_low_priority_nodes=2)
    until(lambda: poor.get_pool("p").allocation_state == "steady")
    pool = poor.get_pool("p")
    assert (pool.current_dedicated_nodes, pool.target_dedicated_nodes) == (2, 3)
    assert (pool.current_low_priority_nodes, pool.target_low_priority_nodes) == (1, 2)
    assert {(error.code, error.message) for error in pool.resize_errors or ()} == {
        ("AccountCoreQuotaReached", "The specified account has reached core quota"),
        ("AccountLowPriorityCoreQuotaReached", "The specified account has reached low priority core quota"),
    }


@pytest.mark.parametrize("target", [20_000_000, 2**31 - 1])
def test_a_target_above_the_quota_of_nodes_gets_none_and_others_still_work(
    tmp_path: Path, connect: Callable[[EmulatorAccount], BatchClient], machine: Any, until: Until, target: int
) -> None:
    with (
        start_emulator(tmp_path, quotas=Quotas(nodes=3)) as own,
        connect(EmulatorAccount(own.endpoint, own.account_name, own.account_key)) as batch,
    ):
        add_pool(batch, machine, "big", target_dedicated_nodes=target, target_low_priority_nodes=target)
        until(lambda: batch.get_pool("big").allocation_state == "steady")
        big = batch.get_pool("big")
        assert (big.current_dedicated_nodes, big.current_low_priority_nodes) == (0, 0)
        assert {error.code for error in big.resize_errors or ()} == {
            "AccountCoreQuotaReached",
            "AccountLowPriorityCoreQuotaReached",
        }
        add_pool(batch, machine, "small", target_dedicated_nodes=2, target_low_priority_nodes=2)
        until(lambda: batch.get_pool("small").allocation_state == "steady")
        until(lambda: [node.state for node in batch.list_nodes("small")] == ["idle"] * 3)


def test_definitions_that_would_fill_the_memory_are_refused(
    tmp_path: Path, connect: Callable[[EmulatorAccount], BatchClient], machine: Any, until: Until
) -> None:
    quotas = Quotas(definition_bytes=30_000)
    large = models.BatchTaskCreateOptions(id="t", command_line="x" * 25_000)
    for start in range(2):
        with (
            start_emulator(tmp_path, quotas=quotas) as own,
            connect(EmulatorAccount(own.endpoint, own.account_name, own.account_key)) as batch,
        ):
            if start == 0:
                batch.create_job(models.BatchJobCreateOptions(id="j", pool_info=models.BatchPoolInfo(pool_id="none")))
                batch.create_task("j", large)
            again = models.BatchTaskCreateOptions(id="u", command_line="x" * 25_000)
            assert refused(partial(batch.create_task, "j", again)) == "OperationInvalidForCurrentState"
            metadata = [models.BatchMetadataItem(name="a", value="x" * 10_000)]
            assert refused(partial(add_pool, batch, machine, "p", metadata=metadata)) == (
                "OperationInvalidForCurrentState"
            )
            add_pool(batch, machine, f"small{start}")
            if start == 1:
                batch.delete_task("j", "t")
                batch.create_task("j", again)
                account = own._registry.accounts[own.account_name]
                batch.begin_delete_job("j").wait()
                until(partial(_has_no_jobs, account))
                assert {kind for kind, _ in account.definitions} == {"pool"}
                assert account.definition_bytes == sum(account.definitions.values())


def test_a_target_that_is_no_int32_is_refused(batch: BatchClient, machine: Any) -> None:
    for target in (2**31, 2**63, -1):
        assert refused(partial(add_pool, batch, machine, "p", target_dedicated_nodes=target)) == "InvalidPropertyValue"
    assert list(batch.list_pools()) == []


def test_the_cores_of_a_pool_that_shrinks_are_free_for_others(poor: BatchClient, machine: Any, until: Until) -> None:
    add_pool(poor, machine, "p", target_dedicated_nodes=2)
    until(lambda: poor.get_pool("p").allocation_state == "steady")
    smaller = models.BatchPoolResizeOptions(target_dedicated_nodes=0)
    poor.begin_resize_pool("p", smaller, polling_interval=0).result()
    add_pool(poor, machine, "q", target_dedicated_nodes=2)
    until(lambda: poor.get_pool("q").allocation_state == "steady")
    assert poor.get_pool("q").current_dedicated_nodes == 2


def test_one_pool_too_many_is_refused(poor: BatchClient, machine: Any) -> None:
    add_pool(poor, machine, "p")
    add_pool(poor, machine, "q")
    assert refused(lambda: add_pool(poor, machine, "r")) == "PoolQuotaReached"
    assert refused(lambda: add_pool(poor, machine, "q")) == "PoolExists"


def test_one_active_job_too_many_is_refused_until_another_is_completed(poor: BatchClient, until: Until) -> None:
    info = models.BatchPoolInfo(pool_id="p")
    for job_id in ("a", "b"):
        poor.create_job(models.BatchJobCreateOptions(id=job_id, pool_info=info))
    third = models.BatchJobCreateOptions(id="c", pool_info=info)
    assert refused(lambda: poor.create_job(third)) == "ActiveJobAndScheduleQuotaReached"
    options: Any = {"terminateReason": "enough"}  # the SDK has no public class for it
    poor.begin_terminate_job("a", options, polling_interval=0).result()
    until(lambda: poor.get_job("a").state == "completed")
    poor.create_job(third)
    assert poor.get_job("c").state == "active"


def test_a_quota_cannot_be_negative() -> None:
    with pytest.raises(ValueError, match="negative"):
        Quotas(pools=-1)


def _has_no_jobs(account: Any) -> bool:
    return not account.jobs
