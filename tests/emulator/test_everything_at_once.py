"""Many clients with conflicting calls: no record is lost or stuck, and everything can be removed."""

from __future__ import annotations

import random
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from azure.batch import BatchClient, models
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipebatch.emulator import Emulator, EmulatorAccount

CLIENTS, CALLS = 6, 150
COMMANDS = ("/bin/true", "/bin/sleep 0.1", "/bin/sh -c 'exit 2'", "/bin/sleep 30")
STARTS = (None, "/bin/sleep 0.05", "/bin/false")
DEALLOCATIONS = ("requeue", "terminate", "taskcompletion", "retaineddata")


class RandomClient:
    """Makes random calls as one client; refusals of the service are expected."""

    def __init__(self, client: BatchClient, machine: models.VirtualMachineConfiguration, seed: int) -> None:
        self._client = client
        self._machine = machine
        self._randomness = random.Random(seed)  # noqa: S311 - equal seeds must make equal calls
        self._calls: list[Callable[[], Any]] = [
            self._add_pool,
            self._resize,
            self._delete_pool,
            *[self._add_job] * 2,
            *[self._add_tasks] * 5,
            self._disable,
            *[self._enable] * 3,
            self._terminate,
            self._delete_job,
            self._remove_node,
            self._task_verb,
        ]

    def make(self, calls: int) -> None:
        for _ in range(calls):
            try:
                self._randomness.choice(self._calls)()
            except (HttpResponseError, models.CreateTasksError):
                continue

    @property
    def _pool(self) -> str:
        return f"p{self._randomness.randrange(3)}"

    @property
    def _job(self) -> str:
        return f"j{self._randomness.randrange(4)}"

    @property
    def _task(self) -> str:
        return f"t{self._randomness.randrange(30)}"

    def _add_pool(self) -> None:
        start = self._randomness.choice(STARTS)
        self._client.create_pool(
            models.BatchPoolCreateOptions(
                id=self._pool,
                vm_size="standard_d4s_v3",
                virtual_machine_configuration=self._machine,
                target_dedicated_nodes=self._randomness.randrange(4),
                task_slots_per_node=self._randomness.choice((1, 2, 4)),
                start_task=models.BatchStartTask(command_line=start, wait_for_success=True) if start else None,
            )
        )

    def _resize(self) -> None:
        wanted = models.BatchPoolResizeOptions(
            target_dedicated_nodes=self._randomness.randrange(5),
            target_low_priority_nodes=self._randomness.randrange(3),
            node_deallocation_option=self._randomness.choice(DEALLOCATIONS),
        )
        self._client.begin_resize_pool(self._pool, wanted, polling_interval=100)

    def _delete_pool(self) -> None:
        self._client.begin_delete_pool(self._pool, polling_interval=100)

    def _add_job(self) -> None:
        prepares = self._randomness.random() < 0.5
        self._client.create_job(
            models.BatchJobCreateOptions(
                id=self._job,
                pool_info=models.BatchPoolInfo(pool_id=self._pool),
                uses_task_dependencies=True,
                job_preparation_task=models.BatchJobPreparationTask(command_line="/bin/true") if prepares else None,
            )
        )

    def _add_tasks(self) -> None:
        waits = self._randomness.random() < 0.3
        self._client.create_tasks(
            self._job,
            [
                models.BatchTaskCreateOptions(
                    id=self._task,
                    command_line=self._randomness.choice(COMMANDS),
                    depends_on=models.BatchTaskDependencies(task_ids=[self._task]) if waits else None,
                )
                for _ in range(4)
            ],
        )

    def _disable(self) -> None:
        option = models.BatchJobDisableOptions(disable_tasks=self._randomness.choice(("requeue", "terminate", "wait")))
        self._client.begin_disable_job(self._job, option, polling_interval=100)

    def _enable(self) -> None:
        self._client.begin_enable_job(self._job, polling_interval=100)

    def _terminate(self) -> None:
        options: Any = {"terminateReason": "enough"}
        self._client.begin_terminate_job(self._job, options=options, polling_interval=100)

    def _delete_job(self) -> None:
        self._client.begin_delete_job(self._job, polling_interval=100)

    def _remove_node(self) -> None:
        pool = self._pool
        for node in self._client.list_nodes(pool):
            options = models.BatchNodeRemoveOptions(node_ids=[node.id])
            self._client.begin_remove_nodes(pool, options, polling_interval=100)
            return

    def _task_verb(self) -> None:
        verbs = (self._client.terminate_task, self._client.delete_task, self._client.reactivate_task)
        self._randomness.choice(verbs)(self._job, self._task)


def client_of(account: EmulatorAccount) -> BatchClient:
    return BatchClient(account.endpoint, AzureNamedKeyCredential(account.name, account.key.reveal()), retry_total=0)


@pytest.mark.parametrize("seed", [4, 5, 6])
def test_nothing_is_stuck_when_many_clients_get_in_each_others_way(
    emulator: Emulator,
    machine: models.VirtualMachineConfiguration,
    until: Callable[[Callable[[], Any]], Any],
    seed: int,
) -> None:
    account = emulator.new_account()

    def run_client(number: int) -> None:
        with client_of(account) as client:
            RandomClient(client, machine, 100 * seed + number).make(CALLS)

    threads = [threading.Thread(target=run_client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with client_of(account) as client:
        for job in client.list_jobs():
            # A job that is being deleted may disappear between two requests.
            with suppress(ResourceNotFoundError):
                counts = client.get_job_task_counts(job.id).task_counts
                assert counts.active + counts.running + counts.completed == len(list(client.list_tasks(job.id)))
        remove_everything(client)
        until(lambda: not list(client.list_jobs()) and not list(client.list_pools()))


def remove_everything(client: BatchClient) -> None:
    """Delete all pools and jobs; some are already being deleted."""
    for job in client.list_jobs():
        with suppress(HttpResponseError):
            client.begin_delete_job(job.id, polling_interval=100)
    for pool in client.list_pools():
        with suppress(HttpResponseError):
            client.begin_delete_pool(pool.id, polling_interval=100)
