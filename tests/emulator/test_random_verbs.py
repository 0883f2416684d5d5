"""Random operations, kills and restarts: no task is lost or runs too often, and counts and slots are right."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azure.batch import BatchClient, models
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

if TYPE_CHECKING:
    from collections.abc import Callable

CHILD = """
import sys, json, threading
from pathlib import Path
from recipebatch.emulator import start_emulator
emulator = start_emulator(Path(sys.argv[1]))
print(json.dumps([emulator.endpoint, emulator.account_name, emulator.account_key.reveal()]), flush=True)
sys.stdin.read()
emulator.stop()
"""
SLOTS = 3
NODES = 2
RETRIES = 1
# Each run appends a line to a file outside of the node, so that runs are counted independently of the service.
COMMAND = "/bin/sh -c 'echo run >> {log}; {then}'"
THEN = {"succeeds": "exit 0", "fails": "exit 3", "stays": "sleep 600"}
# The tasks of job `many` are multi-instance tasks, on a pool of their own.
COORDINATES = {"quickly": "true", "fails": "exit 4", "stays": "sleep 600"}
POOLS = {"p": SLOTS, "m": 1}
HOMES = {"one": "p", "two": "p", "many": "m"}
JOBS = st.sampled_from(["one", "two"])
ALL_JOBS = st.sampled_from(sorted(HOMES))
OPTIONS = st.sampled_from([models.DisableBatchJobOption.REQUEUE, models.DisableBatchJobOption.TERMINATE])
NUMBERS = st.integers(0, 11)
MACHINE = models.VirtualMachineConfiguration(
    image_reference=models.BatchVmImageReference(publisher="canonical", offer="ubuntu-24_04-lts", sku="server"),
    node_agent_sku_id="batch.node.ubuntu 24.04",
)


class Verbs(RuleBasedStateMachine):
    """Operations of a user on three jobs and two pools, and kills and restarts of the service.

    `known` has what the service acknowledged: job → task → how its command ends. `restarts` counts those of the service
    and every other reason for which a task may have run once more than its retries allow.
    """

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._root = Path(self._folder.name)
        self._known: dict[str, dict[str, str]] = {}
        self._again: dict[tuple[str, str], int] = {}
        self._start()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(self._root / "state")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        endpoint, name, key = json.loads(self._process.stdout.readline())
        self._client = BatchClient(endpoint, AzureNamedKeyCredential(name, key), retry_total=0)

    def _end(self, sign: signal.Signals) -> None:
        self._client.close()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        if sign is signal.SIGKILL:
            self._process.send_signal(sign)
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def teardown(self) -> None:
        self._end(signal.SIGTERM)
        self._folder.cleanup()

    @initialize()
    def make_pools_and_jobs(self) -> None:
        for pool, slots in POOLS.items():
            self._client.create_pool(
                models.BatchPoolCreateOptions(
                    id=pool,
                    vm_size="standard_d2",
                    virtual_machine_configuration=MACHINE,
                    target_dedicated_nodes=NODES,
                    task_slots_per_node=slots,
                    enable_inter_node_communication=slots == 1,
                )
            )
        for job in HOMES:
            self._make_job(job)

    @rule(job=JOBS, number=NUMBERS, slots=st.integers(1, SLOTS), ends=st.sampled_from(sorted(THEN)))
    def add(self, job: str, number: int, slots: int, ends: str) -> None:
        self._add(job, f"t{number}", ends, required_slots=slots)

    @rule(number=NUMBERS, ends=st.sampled_from(sorted(THEN)), coordinates=st.sampled_from(sorted(COORDINATES)))
    def add_with_instances(self, number: int, ends: str, coordinates: str) -> None:
        settings = models.MultiInstanceSettings(
            number_of_instances=NODES, coordination_command_line=f"/bin/sh -c '{COORDINATES[coordinates]}'"
        )
        stays = "stays" in {coordinates, ends} and coordinates != "fails"
        ends_so = "stays" if stays else ends
        self._add("many", f"t{number}", ends_so, command_ends=ends, multi_instance_settings=settings)

    def _add(self, job: str, name: str, ends: str, *, command_ends: str | None = None, **rest: Any) -> None:
        """Add a task with that result; its command alone may have another exit code."""
        command = COMMAND.format(log=self._log(job, name), then=THEN[command_ends or ends])
        options = models.BatchTaskCreateOptions(id=name, command_line=command, **rest)
        there = name in self._known[job]
        if _refused(lambda: self._client.create_task(job, options)):
            assert there
        else:
            assert not there
            self._log(job, name).unlink(missing_ok=True)
            self._known[job][name] = ends
            self._again[job, name] = 0

    @rule(job=ALL_JOBS, number=NUMBERS)
    def terminate(self, job: str, number: int) -> None:
        name = f"t{number}"
        if not _refused(lambda: self._client.terminate_task(job, name)):
            task = self._client.get_task(job, name)
            assert task.state == models.BatchTaskState.COMPLETED

    @rule(job=ALL_JOBS, number=NUMBERS)
    def reactivate(self, job: str, number: int) -> None:
        name = f"t{number}"
        if not _refused(lambda: self._client.reactivate_task(job, name)):
            self._again[job, name] += RETRIES + 1

    @rule(job=ALL_JOBS, number=NUMBERS)
    def delete(self, job: str, number: int) -> None:
        name = f"t{number}"
        there = name in self._known[job]
        if _refused(lambda: self._client.delete_task(job, name)):
            assert not there
        else:
            del self._known[job][name]

    @rule(job=ALL_JOBS, how=OPTIONS)
    def disable_and_enable(self, job: str, how: models.DisableBatchJobOption) -> None:
        option = models.BatchJobDisableOptions(disable_tasks=how)
        self._client.begin_disable_job(job, option, polling_interval=0).result()
        assert not list(self._client.list_tasks(job, filter="state eq 'running'"))
        self._may_run_again(job)
        self._client.begin_enable_job(job, polling_interval=0).result()

    @rule(job=ALL_JOBS, number=NUMBERS)
    def terminate_and_restart(self, job: str, number: int) -> None:
        reason: Any = {"terminateReason": "enough"}
        self._client.begin_terminate_job(job, reason, polling_interval=0).result()
        assert self._client.get_job(job).state == models.BatchJobState.COMPLETED
        assert not list(self._client.list_tasks(job, filter="state eq 'running'"))
        task = models.BatchTaskCreateOptions(id=f"new{number}", command_line="true")
        assert _refused(lambda: self._client.create_task(job, task))
        self._client.begin_delete_job(job, polling_interval=0).result()
        assert _refused(lambda: self._client.get_job(job))
        self._make_job(job)

    @rule(kill=st.booleans())
    def restart(self, *, kill: bool) -> None:
        self._end(signal.SIGKILL if kill else signal.SIGTERM)
        for job in self._known:
            self._may_run_again(job)
        self._start()

    @rule()
    def wait_for_those_that_end(self) -> None:
        """Wait for all tasks that end by themselves, unless endless tasks occupy all slots."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            tasks = [task for job in self._known for task in self._client.list_tasks(job)]
            stays = [t for job in self._known for t in self._client.list_tasks(job) if self._ends(job, t) == "stays"]
            if len(stays) > 0 or all(task.state == models.BatchTaskState.COMPLETED for task in tasks):
                return
            time.sleep(0.02)
        raise AssertionError("tasks that end did not end")

    @invariant()
    def no_task_is_lost_and_counts_equal_lists(self) -> None:
        for job, known in self._known.items():
            # A task may make progress between the two answers; no other difference is allowed.
            for _ in range(100):
                before = self._counts(job)
                tasks = list(self._client.list_tasks(job, max_results=5))
                if before == self._counts(job):
                    break
            assert {task.id for task in tasks} == set(known)
            states = [str(task.as_dict()["state"]) for task in tasks]
            results = [str(task.execution_info.result) for task in tasks if task.execution_info]
            assert before == {
                "active": states.count("active"),
                "running": states.count("running") + states.count("preparing"),
                "completed": states.count("completed"),
                "succeeded": sum("success" in result.lower() for result in results),
                "failed": sum("failure" in result.lower() for result in results),
            }

    @invariant()
    def none_runs_beyond_its_retries(self) -> None:
        for job, known in self._known.items():
            for name, ends in known.items():
                log = self._log(job, name)
                runs = len(log.read_text().splitlines()) if log.exists() else 0
                most = (RETRIES + 1 if ends == "fails" else 1) + self._again[job, name]
                assert runs <= most, f"{job}/{name} {ends}: {runs} runs, {most} allowed"

    @invariant()
    def no_node_has_more_than_its_slots(self) -> None:
        if not self._known:
            return
        for pool, slots in POOLS.items():
            for node in self._client.list_nodes(pool):
                assert (node.running_task_slots_count or 0) <= slots

    def _make_job(self, job: str) -> None:
        constraints = models.BatchJobConstraints(max_task_retry_count=RETRIES)
        info = models.BatchPoolInfo(pool_id=HOMES[job])
        self._client.create_job(models.BatchJobCreateOptions(id=job, pool_info=info, constraints=constraints))
        self._known[job] = {}

    def _log(self, job: str, name: str) -> Path:
        return self._root / f"{job}-{name}"

    def _ends(self, job: str, task: models.BatchTask) -> str:
        done = task.state == models.BatchTaskState.COMPLETED
        return "" if done else self._known.get(job, {}).get(str(task.id), "")

    def _may_run_again(self, job: str) -> None:
        for name in self._known[job]:
            self._again[job, name] += 1

    def _counts(self, job: str) -> dict[str, Any]:
        counts = self._client.get_job_task_counts(job).task_counts
        return {name: getattr(counts, name) for name in ("active", "running", "completed", "succeeded", "failed")}


def _refused(call: Callable[[], Any]) -> bool:
    """Whether the service refused the call: a missing record or a wrong state."""
    try:
        call()
    except (ResourceExistsError, ResourceNotFoundError):
        return True
    return False


def test_random_verbs_kills_and_restarts_lose_nothing() -> None:
    short = settings(
        max_examples=4,
        stateful_step_count=20,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Verbs, settings=short)
