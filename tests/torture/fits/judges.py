"""Two judges of a workload: what `validate` and `plan` say of its recipe, and what the service makes of it.

The service is the emulator in this process; whether anything can still happen is asked of its own state, no clock.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import HttpResponseError
from azure.core.rest import HttpRequest
from emulator.conftest import NEWEST
from torture.fits.workloads import job_body, pool_body, recipe, schedule_body, task_bodies, utc_now

from recipebatch.api import Recipe, validate
from recipebatch.emulator import start_emulator
from recipebatch.errors import InvalidRecipeError, RecipeBatchError
from recipebatch.phases.provision import node_agent_sku
from recipebatch.service.azure.batch_client import AzureBatch
from recipebatch.service.node_access import SignedAccess
from recipebatch.vocabulary.states import AllocationState, NodeState, TaskState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from torture.fits.workloads import Job, Workload

    from recipebatch.emulator import Emulator
    from recipebatch.plan.model import Plan

SCALE = 600.0
"""An evaluation of a formula, every five minutes, comes after half a second."""

QUIET_LOOKS = 5
"""Looks that see the same, and nothing under way, before nothing will change any more."""

QUIET_EVALUATIONS = 4
"""The same for evaluations of each formula."""

MANAGER = "jobmanager"
ENGINE = "#!/bin/sh\nexit 0\n"
"""A container engine by which every image is there, and every command succeeds."""

UNSETTLED = "does not settle"
MOST_LOOKS = 3000
"""Looks at the workloads of a batch, a tenth of a second apart or more, before the service is given up."""


@dataclass(frozen=True)
class Outcome:
    """What became of a workload in the service: `runs`, `refused`, `idles` or `fails`, and the particulars."""

    kind: str
    why: str = ""


@dataclass(frozen=True)
class Said:
    """What recipebatch says of a recipe: its problems, each as one line with its code, or the plan."""

    problems: tuple[str, ...]
    codes: frozenset[str]
    plan: Plan | None
    differs: str = ""


def said_of(path: Path) -> Said:
    """Ask `validate` and `plan`, which must say the same."""
    (check,) = validate([str(path)])
    validated = tuple(f"{each.at}: {each.message} [{each.code}]" for each in check.problems)
    plan, planned, codes = None, tuple[str, ...](), frozenset[str]()
    try:
        plan = Recipe.load(path).plan()
    except InvalidRecipeError as error:
        planned = tuple(f"{each.at}: {each.message} [{each.code}]" for each in error.problems)
        codes = frozenset(each.code for each in error.problems)
    differs = "" if validated == planned and check.not_expanded is None else f"validate {validated}, plan {planned}"
    return Said(planned, codes, plan, differs)


@dataclass(frozen=True)
class Look:
    """What the service's own state says of one account.

    Attributes:
        tasks: job → task → `active`, `running`, `success`, or `failure`.
        pools: pool → its nodes' states and its targets.
        busy: something is under way.
        evaluations: the last one of each formula.
    """

    tasks: dict[str, dict[str, str]]
    pools: dict[str, tuple[Any, ...]]
    busy: bool
    evaluations: dict[str, int]


class Service:
    """An emulator, and what is asked of it."""

    def __init__(self, root: Path) -> None:
        self._stack = ExitStack()
        programs = root / "programs"
        programs.mkdir()
        (programs / "docker").write_text(ENGINE)
        (programs / "docker").chmod(0o755)
        path = os.environ["PATH"]
        os.environ["PATH"] = f"{programs}{os.pathsep}{path}"
        self._stack.callback(os.environ.__setitem__, "PATH", path)
        self.emulator: Emulator = self._stack.enter_context(start_emulator(root / "state", time_scale=SCALE))
        self._images: Any = None

    def close(self) -> None:
        self._stack.close()

    def judge(self, begun: Sequence[Attempt]) -> None:
        """Follow the attempts until nothing more can become of any."""
        left = [attempt for attempt in begun if attempt.outcome is None]
        for number in range(MOST_LOOKS + 1):
            if not left:
                break
            looks = self.emulator._call(self._looks([attempt.account for attempt in left]))
            for attempt in left:
                attempt.go_on(looks[attempt.account])
            left = [attempt for attempt in left if attempt.outcome is None]
            if number == MOST_LOOKS:
                for attempt in left:
                    attempt.outcome = Outcome(UNSETTLED, f"{looks[attempt.account]}")
            time.sleep(0.1)
        for attempt in begun:
            attempt.close(self.emulator._call(self._looks([attempt.account]))[attempt.account])

    async def _looks(self, accounts: Sequence[str]) -> dict[str, Look]:
        return {name: self._look(name) for name in accounts}

    def _look(self, name: str) -> Look:
        account = self.emulator._registry.accounts[name]
        running = {TaskState.RUNNING, TaskState.PREPARING}
        tasks = {
            job.id: {task.id: str(task.result or task.state.value).lower() for task in job.tasks}
            for job in account.jobs.values()
        }
        pools = {
            pool.id: (
                sorted(node.state.value for node in pool.nodes.values()),
                pool.target_dedicated,
                pool.target_low_priority,
                pool.allocation_state.value,
            )
            for pool in account.pools.values()
        }
        busy = any(task.state in running for job in account.jobs.values() for task in job.tasks) or any(
            pool.allocation_state is not AllocationState.STEADY
            or any(node.state not in {NodeState.IDLE, NodeState.RUNNING} for node in pool.nodes.values())
            for pool in account.pools.values()
        )
        evaluations = {
            pool.id: 0 if pool.scaling_run is None else pool.scaling_run["timestamp"]
            for pool in account.pools.values()
            if pool.body["enableAutoScale"]
        }
        return Look(tasks, pools, busy, evaluations)

    def images(self, batch: AzureBatch) -> Any:
        """The images of the service, asked once."""
        if self._images is None:
            self._images = batch.supported_images()
        return self._images


@dataclass
class Attempt:
    """A workload in the service, by the requests of recipebatch (with a plan) or by those written by hand.

    Attributes:
        outcome: what became of it; None is not known yet.
    """

    service: Service
    workload: Workload
    plan: Plan | None
    now: datetime
    outcome: Outcome | None = None
    account: str = ""
    _left: list[Job] = field(default_factory=list)
    _ids: dict[str, str] = field(default_factory=dict)
    _seen: tuple[Any, ...] = ()
    _looks: int = 0
    _evaluations: dict[str, set[int]] = field(default_factory=dict)
    _nodes_known: bool = False

    def begin(self) -> None:
        """Make the pool."""
        account = self.service.emulator.new_account()
        self.account = account.name
        credential = AzureNamedKeyCredential(account.name, account.key.reveal())
        self._client = BatchClient(account.endpoint, credential, retry_total=0)
        self._batch = AzureBatch(self._client)
        self._left = list(self.workload.jobs)
        self._nodes_known = self.workload.pool.min_ready is None
        if self.plan is not None:
            nothing: Any = None
            expiry = utc_now() + self.plan.run_limit
            self._access = SignedAccess(self.plan, nothing, expiry=expiry, secret_value=nothing)
        if any(job.auto_pool for job in self.workload.jobs):
            self._nodes_known = True
            return
        if self.plan is None:
            self._post("/pools", {"id": "p", **pool_body(self.workload.pool)})
            return
        (pool,) = self.plan.pools
        agent = node_agent_sku(pool, self.service.images(self._batch))
        self._try(lambda: self._batch.create_pool(pool, node_agent_sku_id=agent, access=self._access))

    def close(self, look: Look) -> None:
        """Delete what was made: formulas would be evaluated, and schedules make jobs, until the service ends."""
        for job in self.workload.jobs:
            if job.scheduled and job.name in self._ids:
                self._send("DELETE", f"/jobschedules/{self._ids[job.name]}")
        for kind, names in (("jobs", look.tasks), ("pools", look.pools)):
            for name in names:
                self._send("DELETE", f"/{kind}/{name}")
        self._batch.close()

    def go_on(self, look: Look) -> None:
        """Do what the next step needs, or decide what became of the workload."""
        settled = self._is_settled(look)
        if not self._nodes_known:
            ready = sum(state in {"idle", "running"} for states, *_ in look.pools.values() for state in states)
            pool = self.workload.pool
            if self.plan is None and pool.scenario in {"active_tasks", "pending_tasks"}:
                # Its formula by hand gives all nodes at once; that of a scenario waits for tasks, and these for nodes.
                ready = min(ready, pool.min_nodes)
            self._nodes_known = ready >= (pool.min_ready or 0)
            if not self._nodes_known:
                self.outcome = Outcome("idles", f"{ready} nodes are ready") if settled else None
                return
        done = {job for job in self._ids if self._is_done(job, look)}
        for job in [job for job in self._left if done.issuperset(job.after)]:
            self._left.remove(job)
            self._submit(job)
            self._looks = 0
            if self.outcome is not None:
                return
        if not self._left and len(done) == len(self.workload.jobs) and done == self._ids.keys():
            failed = [task for tasks in look.tasks.values() for task, state in tasks.items() if state == "failure"]
            self.outcome = Outcome("fails", f"{failed}") if failed else Outcome("runs")
        elif settled and self._looks > QUIET_LOOKS:
            self.outcome = Outcome("idles", f"{look.tasks}, {look.pools}, {[job.name for job in self._left]}")

    def _is_settled(self, look: Look) -> bool:
        """Whether nothing is under way and nothing has changed for a while, so that nothing will."""
        seen = (look.tasks, look.pools)
        if look.busy or seen != self._seen:
            self._seen, self._looks, self._evaluations = seen, 0, {}
        self._looks += 1
        for pool, moment in look.evaluations.items():
            self._evaluations.setdefault(pool, set()).add(moment)
        quiet = all(len(self._evaluations[pool]) >= QUIET_EVALUATIONS for pool in look.evaluations)
        # The first job of a schedule is made a moment after it.
        more = 4 if any(job.scheduled for job in self.workload.jobs) else 1
        return quiet and self._looks >= QUIET_LOOKS * more

    def _is_done(self, name: str, look: Look) -> bool:
        job = next(job for job in self.workload.jobs if job.name == name)
        identity = self._ids[name]
        wanted = [task["id"] for task in task_bodies(job)] + ([MANAGER] if job.manager is not None else [])
        for found, tasks in look.tasks.items():
            if found == identity or (job.scheduled and found.startswith(f"{identity}:")):
                ended = [task for task, state in tasks.items() if state in {"success", "failure"}]
                return len(ended) == len(wanted)
        return False

    def _submit(self, job: Job) -> None:
        if self.plan is None:
            self._submit_by_hand(job)
            return
        planned = next(each for each in self.plan.jobs if each.logical == job.name or len(self.plan.jobs) == 1)
        pool = self.plan.pools[0]
        self._ids[job.name] = str(planned.id)
        agent = node_agent_sku(pool, self.service.images(self._batch)) if planned.auto_pool is not None else None
        if planned.schedule is not None:
            self._try(lambda: self._batch.create_job_schedule(planned, pool=pool, agent=agent, access=self._access))
            return
        self._try(lambda: self._batch.create_job(planned, pool=pool, agent=agent, access=self._access))
        if self.outcome is None and planned.tasks:
            results = self._batch.add_tasks(planned.id, planned.tasks, access=self._access)
            wrong = [result.error for result in results if not result.added]
            if wrong:
                self.outcome = Outcome("refused", f"{wrong[0]}")

    def _submit_by_hand(self, job: Job) -> None:
        self._ids[job.name] = job.name
        body = job_body(self.workload, job)
        if job.scheduled:
            schedule = schedule_body(job, self.now)
            self._post("/jobschedules", {"id": job.name, "schedule": schedule, "jobSpecification": body})
            return
        self._post("/jobs", {"id": job.name, **body})
        for task in task_bodies(job) if self.outcome is None else ():
            self._post(f"/jobs/{job.name}/tasks", task)

    def _post(self, path: str, body: dict[str, Any]) -> None:
        if self.outcome is None and (error := self._send("POST", path, body)):
            self.outcome = Outcome("refused", f"{path}: {error}")

    def _send(self, verb: str, path: str, body: dict[str, Any] | None = None) -> str:
        """Send a request; returns the error, or nothing."""
        request = HttpRequest(
            verb,
            f"{path}?api-version={NEWEST}",
            content=None if body is None else json.dumps(body).encode(),
            headers={} if body is None else {"Content-Type": "application/json; odata=minimalmetadata"},
        )
        try:
            self._client.send_request(request).raise_for_status()
        except HttpResponseError as error:
            return str(error)
        return ""

    def _try(self, call: Callable[[], object]) -> None:
        try:
            call()
        except RecipeBatchError as error:
            self.outcome = Outcome("refused", error.message)


def write(workload: Workload, folder: Path, number: int, now: datetime) -> Path:
    """The recipe of a workload as a file."""
    path = folder / f"fits{number}.yaml"
    path.write_text(recipe(workload, now), encoding="utf-8")
    return path
