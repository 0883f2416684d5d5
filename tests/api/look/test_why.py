"""Each cause that `why` knows, provoked on the local account."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.rest import HttpRequest
from azure.storage.blob import BlobServiceClient
from waiting import wait_for

from recipebatch import PhaseOptions, Recipe, api
from recipebatch.errors import RecipeBatchError
from recipebatch.execution import open_run
from recipebatch.service import SignedAccess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from command import Cli

    from recipebatch.phases import Diagnosis, Finding

POOL = "pool: {image: ubuntu-24.04, vm_size: standard_d2s_v3, target_dedicated_nodes: 1MORE}\n"
WAITS = "while ! test -e GATE; do sleep 0.05; done"
TASK = f"tasks: [{{name: t, commands: ['{WAITS}']}}]\n"


@dataclass(frozen=True)
class World:
    """The local account, and a folder of the test's own.

    Attributes:
        batch: the public SDK's client, as another client of the account.
        gate: what tasks wait for.
    """

    batch: BatchClient
    folder: Path
    values: dict[str, str]

    @property
    def gate(self) -> Path:
        return self.folder / "gate"

    def fault(self, **fault: Any) -> None:
        self.batch.send_request(HttpRequest("POST", "/$emulator/faults", json=fault)).raise_for_status()

    @contextmanager
    def run(self, name: str, text: str, *, to: str = "submit", more: str = "") -> Iterator[Run]:
        """A run that was worked on until a phase; it is purged afterwards."""
        path = self.folder / f"{name}.yaml"
        pool = "" if "pool:" in text or "pools:" in text else POOL.replace("MORE", more)
        path.write_text(f"schema_version: 1\nname: {name}\n{pool}{text}purge: never\n".replace("GATE", str(self.gate)))
        phases = ("stage", "provision", "submit", "watch")
        with suppress(RecipeBatchError):
            Recipe.load(path).apply(phases=phases[: phases.index(to) + 1])
        run = Run(next(run.run_id for run in reversed(api.runs()) if run.recipe == name), name, self)
        try:
            yield run
        finally:
            api.run_phase("purge", run=run.id, options=PhaseOptions(force=True, confirm=lambda *_: True))


@dataclass(frozen=True)
class Run:
    id: str
    name: str
    world: World

    @property
    def pool(self) -> str:
        return f"{self.name}-{self.id}"

    @property
    def node(self) -> str:
        return next(iter(self.world.batch.list_nodes(self.pool))).id

    def node_fault(self, action: str, **more: Any) -> None:
        self.world.fault(action=action, poolId=self.pool, nodeId=self.node, **more)

    def why(self, task: str | None = None) -> Diagnosis:
        return api.why(run=self.id, task=task)

    def first(self, code: str, task: str | None = None) -> Finding:
        """The first finding, once it is this one."""
        seen: list[Finding] = []

        def is_first() -> bool:
            seen[:] = self.why(task).findings[:1]
            return bool(seen) and seen[0].code == code

        try:
            wait_for(is_first, f"{code} of {self.name}, task {task}", seconds=15)
        except AssertionError:
            raise AssertionError(self.why(task)) from None
        assert seen[0].steps or code in {"running", "succeeded"}
        return seen[0]


@pytest.fixture
def world(cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[World]:
    """The local account of the tests, for the API in this process."""
    for name in [name for name in os.environ if name.startswith(("AZURE_", "RECIPEBATCH_"))]:
        monkeypatch.delenv(name)
    for name, value in cli.environ.items():
        if name.startswith("RECIPEBATCH_"):
            monkeypatch.setenv(name, value)
    values = cli.account()
    credential = AzureNamedKeyCredential(values["AZURE_BATCH_ACCOUNT"], values["AZURE_BATCH_ACCESS_KEY"])
    with BatchClient(values["AZURE_BATCH_ENDPOINT"], credential) as client:
        yield World(client, tmp_path, values)
        client.send_request(HttpRequest("DELETE", "/$emulator/faults")).raise_for_status()


TASKS = f"""\
storage: {{output: {{}}, gone: {{}}}}
tasks:
  - {{name: exits, commands: ['echo no such file >&2', exit 3]}}
  - {{name: slow, constraints: {{max_wall_clock_time: 1s}}, commands: [sleep 60]}}
  - {{name: nowhere, command_line: there-is-no-such-program}}
  - {{name: download, commands: [echo], resource_files: [{{http_url: 'http://127.0.0.1:1/x', file_path: x}}]}}
  - {{name: uploads, commands: ['{WAITS}', 'echo a > a.txt'], output_files: [{{file_pattern: a.txt, container: gone}}]}}
  - {{name: missing, commands: [echo], output_files: [{{file_pattern: b.txt, container: output}}]}}
  - {{name: second, commands: [echo], depends_on: exits}}
  - {{name: third, commands: [echo], depends_on: second}}
  - {{name: after, commands: [echo], depends_on: uploads}}
  - {{name: large, commands: [echo], required_slots: 8}}
  - {{name: good, commands: [echo]}}
"""


def test_what_tasks_failed_for_and_wait_for(world: World) -> None:
    with world.run("whytasks", TASKS, more=", task_slots_per_node: 8") as run:
        assert run.first("running", "uploads").command.startswith(f"recipebatch logs --run {run.id} --task uploads")
        waits = run.first("dependencies", "after")
        assert waits.sentence == "task after waits for 1 of 1 tasks that it depends on: 1 running"
        assert "needs 8 free task slots on one node" in run.first("slots", "large").sentence
        failed = run.first("exit-code", "exits")
        assert "exit code 3" in failed.sentence
        assert "| no such file" in failed.evidence[-1]
        assert "its limit of 1 s" in run.first("wall-clock", "slow").sentence
        run.first("command", "nowhere")
        run.first("resource-file", "download")
        run.first("output-missing", "missing")
        run.first("succeeded", "good")
        with BlobServiceClient.from_connection_string(world.values["AZURE_STORAGE_CONNECTION_STRING"]) as client:
            client.delete_container(f"{run.pool}-gone")
        world.gate.touch()
        run.first("upload-failed", "uploads")
        blocked = run.first("blocked", "third")
        assert blocked.evidence[0] == "exits ← second ← third"
        assert "exit code 3" in blocked.evidence[1]
        assert run.first("blocked").sentence.startswith(f"job {run.pool}: 3 tasks cannot start: they depend on")
        assert run.why().verdict == "no task is running"


def test_a_sas_that_ended_before_its_task_began(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = datetime.now(UTC) - timedelta(hours=1)

    class Ended(SignedAccess):
        """Access that is over."""

        def __init__(self, *args: Any, **values: Any) -> None:
            super().__init__(*args, **values | {"expiry": ended})

        def renew(self, expiry: datetime) -> None:
            super().renew(min(expiry, ended))

    (world.folder / "a.txt").write_text("a\n")
    monkeypatch.setattr(open_run, "SignedAccess", Ended)
    text = "storage: {input: {uploads: [a.txt]}}\ntasks: [{name: t, resource_files: [input], commands: [cat a.txt]}]\n"
    with world.run("whysas", text, more=", resize_timeout: 20m") as run:
        found = run.first("sas-ended", "t")
        assert f"the SAS of its files ended at {ended:%Y-%m-%d %H:%M} UTC, before it began" in found.sentence
        assert run.why().findings[0].code == "sas-ended"


def test_what_becomes_of_the_nodes_of_a_run_its_job_and_its_pool(world: World) -> None:
    spot = POOL.replace(
        "target_dedicated_nodes: 1MORE", "target_dedicated_nodes: 0, spot_nodes: 1, resize_timeout: 20m"
    )
    with world.run("whynodes", spot + TASK) as run:
        wait_for(lambda: run.why().verdict == "1 task is running", "the task")
        assert api.status(run=run.id).why == "1 task is running"
        run.node_fault("preempt", backSeconds=-1)
        run.first("nodes-preempted")
        assert "it ran before, and waits again" in run.first("nodes-preempted", "t").evidence[0]
        run.node_fault("restore")
        wait_for(lambda: run.why().verdict == "1 task is running", "the task again")
        run.node_fault("lose", backSeconds=-1)
        assert "has lost contact with it" in run.first("nodes-lost").sentence
        run.node_fault("restore")
        wait_for(lambda: run.why().verdict == "1 task is running", "the task again")
        run.node_fault("lose", state="unusable", backSeconds=-1)
        assert run.first("nodes-unusable").command == f"recipebatch logs --run {run.id} --node {run.node} --agent"
        (log,) = api.logs(run=run.id, agent=True)
        assert (log.node, log.file, log.kind) == (run.node, "agent-debug.log", "agent log")
        assert b"state unusable" in log.text
        status = api.status(run=run.id)
        assert status.pools[0].broken[0].startswith(f"node {run.node}: unusable")
        assert status.why.startswith("no task is running: the 1 node of pool whynodes-")
        run.node_fault("restore")
        wait_for(lambda: run.why().verdict == "1 task is running", "the task again")
        world.batch.disable_node_scheduling(run.pool, run.node, {"nodeDisableSchedulingOption": "requeue"})  # type: ignore[arg-type]
        run.first("nodes-offline")
        api.pause(run=run.id)
        assert "paused by tester" in run.first("paused").sentence
        api.unpause(run=run.id)
        world.batch.begin_disable_job(run.pool, {"disableTasks": "requeue"}, polling_interval=1).wait()  # type: ignore[arg-type]
        run.first("job-disabled")
        world.batch.begin_enable_job(run.pool, polling_interval=1).wait()
        api.scale(run=run.id, nodes=0, spot=0)
        run.first("scaled-to-none")
        assert [pool.pool for pool in api.account_pools() if pool.run == run.id] == []
        world.batch.begin_delete_pool(run.pool, polling_interval=1).wait()
        run.first("pool-missing")
        world.batch.begin_delete_job(run.pool, polling_interval=1).wait()
        run.first("job-missing")
    assert run.why().verdict.startswith("purged")


def test_why_a_pool_got_no_nodes(world: World) -> None:
    world.fault(action="allocation", code="AccountCoreQuotaReached")
    with world.run("whyquota", TASK, to="provision") as run:
        found = run.first("quota")
        assert found.sentence.startswith(f"pool {run.pool} got 0 of 1 node: ")
        assert "az" not in found.command
    world.fault(action="allocation", code="AllocationFailed")
    with world.run("whyalloc", TASK, to="provision") as run:
        run.first("allocation-failed")
    ready = ", provisioning: {min_ready_nodes: 0}"
    world.fault(action="allocation", delaySeconds=3000)
    with world.run("whyresize", TASK, more=ready) as run:
        run.first("resizing")
        shown = [pool for pool in api.account_pools() if pool.run == run.id]
        assert [(pool.recipe, pool.owner, pool.nodes) for pool in shown] == [("whyresize", "tester", {})]


def test_what_a_formula_gives(world: World) -> None:
    pool = POOL.replace("target_dedicated_nodes: 1MORE", "auto_scale: {formula: 'FORMULA'}") + TASK
    with world.run("whyzero", pool.replace("FORMULA", "n = 0; $TargetDedicatedNodes = n;")) as run:
        found = run.first("formula-gives-none")
        assert found.evidence[0] == "formula: n = 0; $TargetDedicatedNodes = n;"
        assert "$TargetDedicatedNodes=0" in found.evidence[1]
        assert "n=0" in found.evidence[1]
    with world.run("whyformula", pool.replace("FORMULA", "$TargetDedicatedNodes = $CPUPercent.Nothing();")) as run:
        run.first("formula-failed")


def test_start_tasks_images_and_preparations(world: World) -> None:
    waits = f", provisioning: {{min_ready_nodes: 0}}, start_task: {{wait_for_success: true, commands: ['{WAITS}']}}"
    with world.run("whystart", TASK, more=waits) as run:
        run.first("start-task-running")
    failing = ", start_task: {wait_for_success: true, commands: ['echo not here >&2; exit 7']}"
    with world.run("whyfails", TASK, to="provision", more=failing) as run:
        assert "    | not here" in run.first("start-task-failed").evidence
    image = ", container_configuration: {container_image_names: ['nowhere.invalid/tool:1']}"
    pool = POOL.replace("MORE", image).replace("ubuntu-24.04", "ubuntu-24.04-containers")
    with world.run("whyimage", pool + TASK, to="provision") as run:
        run.first("image")
    world.gate.unlink(missing_ok=True)
    job = f"job: {{job_preparation_task: {{commands: ['{WAITS}', exit 4]}}}}\n"
    with world.run("whyprep", job + TASK) as run:
        run.first("preparation-running")
        assert run.why().verdict == "1 task is running or being prepared"
        world.gate.touch()
        assert "exit code 4" in run.first("preparation-failed").sentence


def test_jobs_that_wait_for_others_and_schedules(world: World) -> None:
    a = f"a: {{tasks: [{{name: x, commands: ['{WAITS}', exit 5]}}]}}"
    jobs = f"jobs: {{{a}, b: {{after: a, tasks: [{{name: y, commands: [echo]}}]}}}}\n"
    with world.run("whyafter", jobs) as run:
        found = run.why("y")
        assert (found.findings[0].code, found.findings[0].sentence) == ("after", "job b waits for a")
        world.gate.touch()
        run.first("after-failed")
        assert [str(each.code) for each in run.why().findings] == ["after-failed", "exit-code"]
    later = "job: {schedule: {do_not_run_until: '2099-01-01T00:00:00Z', recurrence_interval: 1h},"
    manager = " job_manager_task: {commands: [echo]}}\n"
    with world.run("whyschedule", later + manager) as run:
        assert "makes its next job at 2099-01-01 00:00 UTC" in run.first("schedule-not-due").sentence


def test_tasks_of_others_and_tasks_that_need_several_nodes(world: World) -> None:
    wide = POOL.replace(
        "target_dedicated_nodes: 1MORE", "target_dedicated_nodes: 2, enable_inter_node_communication: true"
    )
    several = f"""\
tasks:
  - {{name: t, commands: ['{WAITS}']}}
  - {{name: wide, commands: [echo], multi_instance_settings: {{number_of_instances: 2, coordination_commands: [echo]}}}}
"""
    with world.run("whywide", wide + several) as run:
        found = run.first("instances", "wide").sentence
        assert "task wide waits for 2 nodes that are idle at once" in found
    two = f"tasks: [{{name: t, commands: ['{WAITS}']}}, {{name: u, commands: ['{WAITS}']}}]\n"
    with world.run("whylimit", "job: {max_parallel_tasks: 1}\n" + two, more=", task_slots_per_node: 2") as run:
        wait_for(lambda: run.why().verdict == "1 task is running", "one of the two")
        waits = next(task for task in ("t", "u") if run.why(task).verdict == "active")
        run.first("parallel-limit", waits)
    with world.run("whyhigh", "job: {priority: 100}\n" + TASK) as high:
        wait_for(lambda: high.why().verdict == "1 task is running", "the task of the other run")
        shared = f"pool: {{existing: {high.pool}}}\n"
        with world.run("whylow", shared + TASK) as low:
            found = low.first("priority").sentence
            assert found == (
                f"1 task of job {high.pool} occupies pool {high.pool}, with priority 100 above 0 of job {low.pool}"
            )
            world.batch.update_job(high.pool, {"priority": 0})  # type: ignore[arg-type]
            low.first("pool-busy")


def test_what_was_not_submitted_and_quotas_of_jobs_and_pools(world: World) -> None:
    world.fault(action="answer", code="PoolQuotaReached", method="POST", path="/pools")
    with world.run("whypools", TASK, to="provision") as run:
        run.first("pool-quota")
    with world.run("whyjobs", TASK, to="provision") as run:
        run.first("not-submitted")
        world.fault(action="answer", code="ActiveJobAndScheduleQuotaReached", method="POST", path="/jobs", count=-1)
        with pytest.raises(RecipeBatchError):
            api.run_phase("submit", run=run.id, options=PhaseOptions(timeout=timedelta()))
        run.first("job-quota")
        world.batch.send_request(HttpRequest("DELETE", "/$emulator/faults")).raise_for_status()
        api.run_phase("submit", run=run.id)
        api.stop(run=run.id)
        assert run.why().findings[0].code in {"stopped", "terminated", "never-started"}
