"""Start latency and throughput of tasks on the emulator, compared with plain processes.

Driven by the plain azure-batch SDK; prints one JSON line. `start_ms` is the start time of a task minus its
creation time, as reported by the service. The floor is the same program,
started by asyncio with its own directory and two output files.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from pathlib import Path

from azure.batch import BatchClient, models
from azure.core.credentials import AzureNamedKeyCredential

import recipebatch
from recipebatch.emulator import start_emulator

SINGLE = 40
MANY = 400
SLOTS = 4


async def bare(folder: Path, how_many: int, at_once: int) -> float:
    """Seconds for the same work without a service: one directory, two files, one process per task."""
    gate = asyncio.Semaphore(at_once)

    async def one(number: int) -> None:
        async with gate:
            place = folder / str(number) / "wd"
            place.mkdir(parents=True)
            with (place.parent / "stdout.txt").open("wb") as out, (place.parent / "stderr.txt").open("wb") as err:
                process = await asyncio.create_subprocess_exec("/bin/true", cwd=place, stdout=out, stderr=err)
            await process.wait()

    begun = time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(how_many)))
    return time.perf_counter() - begun


def create_job(client: BatchClient, name: str) -> None:
    """Create a job on the pool."""
    client.create_job(models.BatchJobCreateOptions(id=name, pool_info=models.BatchPoolInfo(pool_id="p")))


def wait_until_done(client: BatchClient, job: str, how_many: int) -> None:
    """Poll the counts until all tasks are completed."""
    while client.get_job_task_counts(job).task_counts.completed < how_many:
        time.sleep(0.005)


def main() -> None:
    """Start an emulator, measure, and stop it."""
    with tempfile.TemporaryDirectory() as folder, start_emulator(Path(folder) / "state") as emulator:
        credential = AzureNamedKeyCredential(emulator.account_name, emulator.account_key.reveal())
        with BatchClient(emulator.endpoint, credential) as client:
            image = models.BatchVmImageReference(publisher="canonical", offer="ubuntu-24_04-lts", sku="server")
            client.create_pool(
                models.BatchPoolCreateOptions(
                    id="p",
                    vm_size="standard_d2s_v5",
                    target_dedicated_nodes=1,
                    task_slots_per_node=SLOTS,
                    virtual_machine_configuration=models.VirtualMachineConfiguration(
                        image_reference=image, node_agent_sku_id="batch.node.ubuntu 24.04"
                    ),
                )
            )
            while [node.state for node in client.list_nodes("p")] != ["idle"]:
                time.sleep(0.01)
            create_job(client, "single")
            for number in range(SINGLE):
                client.create_task("single", models.BatchTaskCreateOptions(id=str(number), command_line="/bin/true"))
                wait_until_done(client, "single", number + 1)
            starts = [
                (task.execution_info.start_time - task.creation_time).total_seconds() * 1000
                for task in client.list_tasks("single")
            ]
            create_job(client, "many")
            tasks = [models.BatchTaskCreateOptions(id=str(number), command_line="/bin/true") for number in range(MANY)]
            begun = time.perf_counter()
            for first in range(0, MANY, 100):
                client.create_task_collection("many", models.BatchTaskGroup(task_values=tasks[first : first + 100]))
            wait_until_done(client, "many", MANY)
            service = time.perf_counter() - begun
        floor = asyncio.run(bare(Path(folder) / "bare", MANY, SLOTS))
    print(
        json.dumps(
            {
                "what": "task start and trivial tasks",
                "start_ms": {"median": round(statistics.median(starts), 1), "worst": round(max(starts), 1)},
                "tasks": MANY,
                "tasks_per_second": round(MANY / service, 1),
                "bare_per_second": round(MANY / floor, 1),
                "ratio_to_bare": round(floor / service, 2),
                "version": recipebatch.__version__,
            }
        )
    )


if __name__ == "__main__":
    main()
