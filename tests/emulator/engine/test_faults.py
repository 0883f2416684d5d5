"""An injected start task failure, and the time scale."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from azure.batch import BatchClient, models

from recipebatch.emulator import EmulatorAccount, start_emulator

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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


def test_a_start_task_fails_once_and_is_retried(wire: Any, batch: BatchClient, machine: Any, until: Until) -> None:
    ask(wire, action="starttask", poolId="p")
    start = models.BatchStartTask(command_line="/bin/true", wait_for_success=True, max_task_retry_count=0)
    create(batch, machine, dedicated=1, start_task=start)
    (node,) = until(lambda: list(batch.list_nodes("p", filter="state eq 'starttaskfailed'")))
    assert node.start_task_info.exit_code == 1
    assert node.start_task_info.failure_info.code == "FailureExitCode"


def test_the_services_own_waits_shrink_with_the_time_scale(
    tmp_path: Path, connect: Callable[[EmulatorAccount], BatchClient], machine: Any, until: Until
) -> None:
    # A retention of one hour and an allocation of ten minutes, both much shorter here than the test's timeout.
    with start_emulator(tmp_path, time_scale=36_000) as running:
        account = EmulatorAccount(running.endpoint, running.account_name, running.account_key)
        with connect(account) as client:
            from azure.core.rest import HttpRequest

            asked = client.send_request(HttpRequest("POST", FAULTS, json={"action": "allocation", "delaySeconds": 600}))
            assert asked.status_code == 201
            create(client, machine, dedicated=1)
            until(lambda: list(client.list_nodes("p", filter="state eq 'idle'")))
            client.create_job(models.BatchJobCreateOptions(id="j", pool_info=models.BatchPoolInfo(pool_id="p")))
            constraints = models.BatchTaskConstraints(retention_time=timedelta(hours=1))
            client.create_task(
                "j", models.BatchTaskCreateOptions(id="t", command_line="/bin/true", constraints=constraints)
            )
            until(lambda: client.get_task("j", "t").state == models.BatchTaskState.COMPLETED)
            directory = next((tmp_path / "accounts").glob("*/pools/p/*/workitems/j/job-1"))
            until(lambda: not (directory / "t").exists())


@pytest.mark.parametrize("scale", [0, -1, float("inf"), float("nan")])
def test_a_time_scale_that_is_no_positive_number_is_refused(tmp_path: Path, scale: float) -> None:
    with pytest.raises(ValueError, match="time scale"):
        start_emulator(tmp_path, time_scale=scale)
