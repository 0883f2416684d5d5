from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from azure.batch import BatchClient, models

if TYPE_CHECKING:
    from collections.abc import Callable

    Until = Callable[[Callable[[], Any]], Any]

FAULTS = "/$emulator/faults"


def ask(wire: Any, **fault: Any) -> None:
    answer = wire("POST", FAULTS, fault)
    assert answer.status in {200, 201}, answer.content


def create(batch: BatchClient, machine: Any, *, dedicated: int = 2, spot: int = 0, **options: Any) -> None:
    batch.create_pool(
        models.BatchPoolCreateOptions(
            id="p",
            vm_size="standard_d2",
            virtual_machine_configuration=machine,
            target_dedicated_nodes=dedicated,
            target_low_priority_nodes=spot,
            **options,
        )
    )


def steady(batch: BatchClient) -> models.BatchPool | None:
    pool = batch.get_pool("p")
    return pool if pool.allocation_state == models.AllocationState.STEADY else None


@pytest.mark.parametrize("code", ["AccountCoreQuotaReached", "AllocationTimedout", "AllocationFailed"])
def test_a_resize_gets_some_of_its_nodes_and_an_error_and_the_next_one_gets_all(
    wire: Any, batch: BatchClient, machine: Any, until: Until, code: str
) -> None:
    ask(wire, action="allocation", code=code, nodes=1)
    create(batch, machine)
    pool = until(lambda: steady(batch))
    assert [error.code for error in pool.resize_errors] == [code]
    assert (pool.current_dedicated_nodes, pool.target_dedicated_nodes) == (1, 2)
    batch.begin_resize_pool("p", models.BatchPoolResizeOptions(target_dedicated_nodes=2), polling_interval=0).result()
    pool = until(lambda: steady(batch))
    assert (pool.current_dedicated_nodes, pool.resize_errors) == (2, None)


def test_an_allocation_that_takes_long_can_be_stopped(
    wire: Any, batch: BatchClient, machine: Any, until: Until
) -> None:
    ask(wire, action="allocation", delaySeconds=600)
    create(batch, machine)
    assert steady(batch) is None
    batch.begin_stop_pool_resize("p", polling_interval=0).result()
    pool = until(lambda: steady(batch))
    assert [error.code for error in pool.resize_errors] == ["ResizeStopped"]
    assert pool.current_dedicated_nodes == 0


def test_a_pool_whose_allocation_takes_long_can_be_changed_and_deleted(
    wire: Any, batch: BatchClient, machine: Any, until: Until
) -> None:
    ask(wire, action="allocation", delaySeconds=600)
    create(batch, machine)
    batch.update_pool("p", models.BatchPoolUpdateOptions(metadata=[models.BatchMetadataItem(name="a", value="b")]))
    assert steady(batch) is None
    batch.begin_delete_pool("p", polling_interval=0).result()
    until(lambda: wire("GET", "/pools/p").status == 404)
