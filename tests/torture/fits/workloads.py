"""Random workloads whose pools and tasks may not fit each other: as recipes, and as requests that no check has seen.

The requests are written here by hand, from the same workload as the recipe: recipebatch has no part in them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

PLAIN = {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server", "version": "latest"}
WITH_CONTAINERS = {"publisher": "microsoft-dsvm", "offer": "ubuntu-hpc", "sku": "2204", "version": "latest"}
AGENTS = {"canonical": "batch.node.ubuntu 24.04", "microsoft-dsvm": "batch.node.ubuntu 22.04"}
MOST = 4
"""Nodes that a pool or a task is drawn with at most."""

IDS = ("a", "A", "b", "n-1", "c.d", "x y", "ü", "q" * 65)
"""Items that become ids; some are no legal id, two are the same one."""

HOURS = (None, -24, 1, 2)
"""The times of a schedule: hours from now."""


@dataclass(frozen=True, kw_only=True)
class Pool:
    """Numbers of nodes of None are not written; `scenario` and `formula` are of `auto_scale`.

    Attributes:
        fitting_image: one that can run containers, where `containers` are wanted.
    """

    dedicated: int | None = None
    spot: int | None = None
    slots: int | None = None
    communication: bool = False
    containers: bool = False
    fitting_image: bool = True
    scenario: str | None = None
    min_nodes: int = 0
    max_nodes: int = 1
    max_increment: int | None = None
    scales_spot: bool = False
    formula: str | None = None
    min_ready: int | None = None


@dataclass(frozen=True, kw_only=True)
class Task:
    """A template; `items` are the ids of its tasks, `after` the names of the templates that it depends on."""

    name: str
    slots: int | None = None
    instances: int | None = None
    container: bool = False
    items: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    same_item: bool = False
    limit: str | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        return self.items or (self.name,)


@dataclass(frozen=True, kw_only=True)
class Manager:
    """A job manager task that does not end its job."""

    slots: int | None = None
    exclusive: bool = True
    spot: bool = False
    container: bool = False


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job; `until` and `last` are the times of its schedule, as hours from now."""

    name: str
    tasks: tuple[Task, ...] = ()
    after: tuple[str, ...] = ()
    manager: Manager | None = None
    most: int | None = None
    limit: str | None = None
    scheduled: bool = False
    until: int | None = None
    last: int | None = None
    auto_pool: bool = False


@dataclass(frozen=True, kw_only=True)
class Workload:
    """One pool and the jobs on it."""

    pool: Pool
    jobs: tuple[Job, ...]


_small = st.sampled_from


def _once_in(draw: st.DrawFn, times: int) -> bool:
    """Whether something rare happens; it does not in the simplest workload."""
    return draw(st.integers(1, times)) == times


def _maybe(draw: st.DrawFn, values: Sequence[T], nothing: int = 1) -> T | None:
    """Nothing so many times more often than one of the values."""
    return draw(_small(values)) if draw(st.integers(1, nothing + 1)) > nothing else None


def _after(draw: st.DrawFn, name: str, earlier: tuple[str, ...], later: tuple[str, ...]) -> tuple[str, ...]:
    """Names to wait for: mostly earlier ones; rarely the name itself, a later one, or one that there is not."""
    known = _small(earlier) if earlier else st.nothing()
    if _once_in(draw, 24):
        known = _small([name, "nobody", *later])
    elif not earlier:
        return ()
    return tuple(draw(st.lists(known, max_size=2, unique=True)))


@st.composite
def pools(draw: st.DrawFn) -> Pool:
    """A pool of a few nodes, or of none."""
    kind = draw(_small(["fixed", "fixed", "fixed", "scenario", "scenario", "formula"]))
    shared: dict[str, Any] = {
        "slots": 300 if _once_in(draw, 48) else _maybe(draw, [1, 1, 2, 4]),
        "communication": draw(st.booleans()),
        "containers": draw(st.booleans()),
        "fitting_image": not _once_in(draw, 16),
        "min_ready": _maybe(draw, [0, 1, 2, 3], 10),
    }
    if kind == "fixed":
        nodes = 0 if _once_in(draw, 12) else draw(_small([1, 2, 3]))
        return Pool(dedicated=nodes or _maybe(draw, [0]), spot=_maybe(draw, [0, 1, 2], 2), **shared)
    if kind == "formula":
        nodes, variable = (
            0 if _once_in(draw, 8) else draw(st.integers(1, MOST)),
            draw(_small(["Dedicated", "LowPriority"])),
        )
        # What a formula computes is known to the service only: it gives as many nodes as anything needs.
        text = draw(_small([f"$Target{variable}Nodes = {nodes};", f"n = {MOST}; $Target{variable}Nodes = n;"]))
        return Pool(formula=text, **shared)
    least = draw(_small([0, 0, 0, 1, 2]))
    scenario = draw(_small(["active_tasks", "pending_tasks"] * 2 + ["workday", "weekend"]))
    return Pool(
        scenario=scenario,
        min_nodes=least,
        max_nodes=least if _once_in(draw, 12) else draw(st.integers(max(least, 1), MOST)),
        max_increment=_maybe(draw, [1, 2], 3) if scenario.endswith("tasks") else None,
        scales_spot=_once_in(draw, 8),
        **shared,
    )


@st.composite
def tasks(draw: st.DrawFn, names: tuple[str, ...], place: int, pool: Pool) -> Task:
    """A template of tasks that exit at once; most fit the pool, as far as a look at it tells."""
    fits = not _once_in(draw, 6)
    slots = [1, pool.slots or 1] if fits else [1, 2, 3, 4, 8]
    several = _once_in(draw, 2 if pool.communication and pool.slots in {None, 1} else 24)
    instances = draw(_small([1, 1, 2, 3, MOST])) if several else None
    items = tuple(draw(st.lists(_small("abde"), min_size=1, max_size=3, unique=True)) if _once_in(draw, 3) else ())
    if _once_in(draw, 16):
        items = tuple(draw(st.lists(_small(IDS), min_size=1, max_size=3)))
    elif items:
        items = tuple(f"{names[place]}-{item}" for item in items)
    return Task(
        name=names[place],
        slots=_maybe(draw, slots) if instances is None or not fits else None,
        instances=instances,
        # The emulator runs a multi-instance task in no container.
        container=instances is None and _once_in(draw, 4 if pool.containers else 24),
        items=items,
        after=_after(draw, names[place], names[:place], names[place + 1 :]),
        same_item=_once_in(draw, 8),
        limit=_maybe(draw, ["PT10M"] * 4 + ["PT0S"], 8),
    )


@st.composite
def jobs(draw: st.DrawFn, names: tuple[str, ...], place: int, pool: Pool) -> Job:
    """A job of one to three templates."""
    templates = tuple(f"{names[place]}{number}" for number in range(draw(_small([1, 1, 2, 3]))))
    return Job(
        name=names[place],
        tasks=tuple(draw(tasks(templates, number, pool)) for number in range(len(templates))),
        after=_after(draw, names[place], names[:place], names[place + 1 :]) if len(names) > 1 else (),
        manager=draw(managers(pool)) if _once_in(draw, 6) else None,
        most=_maybe(draw, [1, 2], 3),
        limit=_maybe(draw, ["PT1H"] * 4 + ["PT0S"], 8),
    )


@st.composite
def managers(draw: st.DrawFn, pool: Pool) -> Manager:
    """A job manager task."""
    return Manager(
        slots=_maybe(draw, [1, 2, 4], 4),
        exclusive=draw(st.booleans()),
        spot=draw(st.booleans()),
        container=_once_in(draw, 4 if pool.containers else 24),
    )


@st.composite
def workloads(draw: st.DrawFn) -> Workload:
    """A pool with one to three jobs, or with one on a schedule, or with a pool of its own."""
    pool = draw(pools())
    kind = draw(_small(["jobs", "jobs", "jobs", "jobs", "jobs", "schedule", "auto_pool"]))
    if kind == "schedule":
        first, last = draw(_small(HOURS)), draw(_small(HOURS))
        job = Job(name="a", manager=draw(managers(pool)), scheduled=True, until=first, last=last)
        return Workload(pool=pool, jobs=(job,))
    if kind == "auto_pool":
        own = draw(jobs(("a",), 0, pool))
        return Workload(pool=pool, jobs=(Job(**{**vars(own), "auto_pool": True}),))
    names = ("a", "b", "c")[: draw(_small([1, 1, 2, 3]))]
    return Workload(pool=pool, jobs=tuple(draw(jobs(names, place, pool)) for place in range(len(names))))


def recipe(workload: Workload, now: datetime) -> str:
    """The recipe, as JSON, which is YAML."""
    pool = workload.pool
    # Nodes of a pool that its job makes are not waited for.
    waits = not any(job.auto_pool for job in workload.jobs)
    written: dict[str, Any] = {
        "image": _image(pool),
        "vm_size": "standard_d4s_v5",
        "target_dedicated_nodes": pool.dedicated,
        "spot_nodes": pool.spot,
        "task_slots_per_node": pool.slots,
        "enable_inter_node_communication": pool.communication or None,
        "container_configuration": {"container_image_names": ["busybox"]} if pool.containers else None,
        "provisioning": None if pool.min_ready is None or not waits else {"min_ready_nodes": pool.min_ready},
    }
    if pool.scenario is not None:
        written["auto_scale"] = _without_none(
            scenario=pool.scenario,
            min_nodes=pool.min_nodes,
            max_nodes=pool.max_nodes,
            max_increment=pool.max_increment,
            spot=pool.scales_spot or None,
            evaluation_interval="5m",
        )
    if pool.formula is not None:
        written["auto_scale"] = {"formula": pool.formula, "evaluation_interval": "5m"}
    made = {job.name: _job(job, now) for job in workload.jobs}
    document: dict[str, Any] = {"schema_version": 1, "name": "fits", "pool": _without_none(**written)}
    if len(made) == 1:
        (only,) = made.values()
        tasks_ = only.pop("tasks", None)
        document |= {"job": only} if only else {}
        document |= {"tasks": tasks_} if tasks_ is not None else {}
    else:
        document["jobs"] = made
    # A schedule that is purged at the end of the command makes no job.
    scheduled = any(job.scheduled for job in workload.jobs)
    return json.dumps({**document, "purge": "never" if scheduled else "always"}, indent=1, ensure_ascii=False)


def _image(pool: Pool) -> dict[str, str]:
    return WITH_CONTAINERS if pool.containers and pool.fitting_image else PLAIN


def _job(job: Job, now: datetime) -> dict[str, Any]:
    return _without_none(
        after=list(job.after) or None,
        max_parallel_tasks=job.most,
        constraints=None if job.limit is None else {"max_wall_clock_time": job.limit},
        schedule=_without_none(
            recurrence_interval="1d", do_not_run_until=_time(job.until, now), do_not_run_after=_time(job.last, now)
        )
        if job.scheduled
        else None,
        auto_pool={"pool_lifetime_option": "job"} if job.auto_pool else None,
        job_manager_task=None
        if job.manager is None
        else _without_none(
            commands=["true"],
            kill_job_on_completion=False,
            run_exclusive=job.manager.exclusive,
            allow_low_priority_node=job.manager.spot,
            required_slots=job.manager.slots,
            container_settings={"image_name": "busybox"} if job.manager.container else None,
        ),
        tasks=[_template(task) for task in job.tasks] or None,
    )


def _template(task: Task) -> dict[str, Any]:
    several = None if task.instances is None else {"number_of_instances": task.instances}
    return _without_none(
        name=task.name,
        for_each={"items": list(task.items)} if task.items else None,
        id="${{ item }}" if task.items else None,
        commands=["true"],
        required_slots=task.slots,
        multi_instance_settings=several and {**several, "coordination_commands": ["true"]},
        container_settings={"image_name": "busybox"} if task.container else None,
        constraints=None if task.limit is None else {"max_wall_clock_time": task.limit},
        depends_on=[{"same_item": name} if task.same_item else name for name in task.after] or None,
    )


def _without_none(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _time(hours: int | None, now: datetime) -> str | None:
    return None if hours is None else (now + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def pool_body(pool: Pool) -> dict[str, Any]:
    """A pool as a request; a scenario gives it the most nodes at once."""
    machine: dict[str, Any] = {"imageReference": _image(pool), "nodeAgentSKUId": AGENTS[_image(pool)["publisher"]]}
    if pool.containers:
        machine["containerConfiguration"] = {"type": "dockerCompatible", "containerImageNames": ["busybox"]}
    body: dict[str, Any] = {
        "vmSize": "standard_d4s_v5",
        "virtualMachineConfiguration": machine,
        "taskSlotsPerNode": pool.slots or 1,
        "enableInterNodeCommunication": pool.communication,
    }
    formula = pool.formula
    if pool.scenario is not None:
        kind = "LowPriority" if pool.scales_spot else "Dedicated"
        formula = f"$Target{kind}Nodes = {pool.max_nodes};"
    if formula is not None:
        return {**body, "enableAutoScale": True, "autoScaleFormula": formula, "autoScaleEvaluationInterval": "PT5M"}
    return {**body, "targetDedicatedNodes": pool.dedicated or 0, "targetLowPriorityNodes": pool.spot or 0}


def job_body(workload: Workload, job: Job) -> dict[str, Any]:
    """A job as a request, or the job of a schedule."""
    pool: dict[str, Any] = {"poolId": "p"}
    if job.auto_pool:
        pool = {
            "autoPoolSpecification": {
                "poolLifetimeOption": "job",
                "autoPoolIdPrefix": "p",
                "pool": pool_body(workload.pool),
            }
        }
    body: dict[str, Any] = {
        "poolInfo": pool,
        "usesTaskDependencies": not job.scheduled,
        **({} if job.most is None else {"maxParallelTasks": job.most}),
        **({} if job.limit is None else {"constraints": {"maxWallClockTime": job.limit}}),
    }
    if job.manager is not None:
        body["jobManagerTask"] = {
            "id": "jobmanager",
            "commandLine": "/bin/true",
            "killJobOnCompletion": False,
            "runExclusive": job.manager.exclusive,
            "allowLowPriorityNode": job.manager.spot,
            "requiredSlots": job.manager.slots or 1,
            **({"containerSettings": {"imageName": "busybox"}} if job.manager.container else {}),
        }
    return body


def schedule_body(job: Job, now: datetime) -> dict[str, Any]:
    """The schedule of a job as a request; where its times leave room it begins at once, as nobody waits for hours."""
    begins = job.until if job.until is not None and job.last is not None and job.until >= job.last else None
    return _without_none(recurrenceInterval="P1D", doNotRunUntil=_time(begins, now), doNotRunAfter=_time(job.last, now))


def task_bodies(job: Job) -> list[dict[str, Any]]:
    """The tasks of a job as requests."""
    ids = {task.name: task.ids for task in job.tasks}
    return [
        {
            "id": identity,
            "commandLine": "/bin/true",
            "requiredSlots": task.slots or 1,
            **(
                {}
                if task.instances is None
                else {
                    "multiInstanceSettings": {
                        "numberOfInstances": task.instances,
                        "coordinationCommandLine": "/bin/true",
                    }
                }
            ),
            **({"containerSettings": {"imageName": "busybox"}} if task.container else {}),
            **({} if task.limit is None else {"constraints": {"maxWallClockTime": task.limit}}),
            **({"dependsOn": {"taskIds": _awaited(task, identity, ids)}} if task.after else {}),
        }
        for task in job.tasks
        for identity in task.ids
    ]


def _awaited(task: Task, identity: str, ids: dict[str, tuple[str, ...]]) -> list[str]:
    """The ids that a task waits for; of a template that there is not, an id that there is not."""
    if task.same_item:
        return [identity if identity in ids.get(name, ()) else "nobody" for name in task.after]
    return [each for name in task.after for each in ids.get(name, ("nobody",))]


def utc_now() -> datetime:
    """The time from which a workload's hours count."""
    return datetime.now(UTC).replace(microsecond=0)
