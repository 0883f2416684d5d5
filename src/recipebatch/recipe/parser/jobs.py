"""`job:` with `tasks:`, or `jobs:` by name → JobSpec with its task templates; their order, their special tasks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from recipebatch.properties import value_types
from recipebatch.properties.job import JOB
from recipebatch.recipe.model import AfterSpec, JobSpec, exit_actions
from recipebatch.recipe.nodes import Node
from recipebatch.recipe.parser.section_reader import keyword_at
from recipebatch.recipe.parser.sections import read_section
from recipebatch.recipe.parser.task.dependencies import check_cycles
from recipebatch.recipe.parser.task.tasks import task
from recipebatch.recipe.source import hint_for_missing_key
from recipebatch.vocabulary import ids

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from recipebatch.errors import SourcePosition
    from recipebatch.recipe.model import PoolSpec, Section, TaskSpec
    from recipebatch.recipe.parser.section_reader import Reader

_NOT_IN_RAW = {"id": "id", "poolInfo": "pool", "usesTaskDependencies": "depends_on"}


def jobs(
    document: Node,
    reader: Reader,
    in_run: Reader,
    before_run: Reader,
    pools: Mapping[str, str | None],
) -> tuple[JobSpec, ...]:
    """All jobs of a recipe, in the order in which they can be submitted.

    Args:
        document: the recipe.
        reader: knows what is known in a job.
        in_run: knows what is known before there is a pool.
        before_run: knows what is equal for every run.
        pools: their names, with the operating system as far as it is known.
    """
    several = document.get("jobs")
    if several is None:
        one = document.get("job")
        tasks = document.get("tasks")
        builder = _Jobs(reader, in_run, before_run, pools, names=())
        if tasks is None and (one is None or one.get("job_manager_task") is None):
            reader.problem(document.at, "the recipe needs tasks", "missing-key", hint_for_missing_key("tasks"))
        return (builder.job("job", one, document.at, tasks),)
    for key in ("job", "tasks"):
        if key in document.entries():
            message = f"{key} cannot be used with jobs: each job has its own"
            reader.problem(document.entries()[key].key_at, message, "exclusive-keys", "move it into a job of `jobs`")
    names = tuple(name for name in several.entries() if not name.startswith("x-"))
    builder = _Jobs(reader, in_run, before_run, pools, names=names)
    found = []
    for name in names:
        node = several.entries()[name].value
        if node.get("tasks") is None and node.get("job_manager_task") is None:
            reader.problem(
                several.entries()[name].key_at,
                f"the job {name} needs tasks",
                "missing-key",
                hint_for_missing_key("tasks"),
            )
        found.append(builder.job(name, node, node.at, node.get("tasks")))
    return _ordered(found, reader)


class _Jobs:
    def __init__(
        self,
        reader: Reader,
        in_run: Reader,
        before_run: Reader,
        pools: Mapping[str, str | None],
        *,
        names: tuple[str, ...],
    ) -> None:
        self._reader = reader.with_names({"jobs": frozenset(names)}) if names else reader
        self._in_run = in_run
        self._before_run = before_run
        self._pools = pools
        self._names = names

    def job(self, name: str, node: Node | None, top: SourcePosition, tasks: Node | None) -> JobSpec:
        pool = self._pool(node, top)
        reader = replace(self._reader, os=self._pools.get(pool) or "linux")
        in_tasks = reader.with_names({"job": frozenset(("id",))})
        special = ("job_preparation_task", "job_release_task", "job_manager_task")
        readers = {"schedule": self._in_run, "auto_pool": self._in_run, **dict.fromkeys(special, in_tasks)}
        spec = JobSpec(
            logical=name,
            at=node.at if node is not None else top,
            id=self._in_run.setting(node, "id", value_types.batch_id(ids.job_id), None),
            pool=pool,
            after=self._after(name, node),
            tasks=self._tasks(tasks, in_tasks),
            settings=read_section(node or Node(top, {}), JOB, reader, readers=readers, raw_names=_NOT_IN_RAW),
        )
        _check(spec, reader)
        return spec

    def _pool(self, node: Node | None, top: SourcePosition) -> str:
        written = node.get("pool") if node is not None else None
        if written is not None:
            return self._reader.reference(written, self._pools, "pool") or ""
        if len(self._pools) > 1:
            at = node.at if node is not None else top
            hint = f"add `pool: NAME`; pools: {', '.join(self._pools)}"
            self._reader.problem(at, "the job does not specify its pool", "missing-key", hint)
        return next(iter(self._pools), "pool")

    def _tasks(self, node: Node | None, reader: Reader) -> tuple[TaskSpec, ...]:
        found: list[TaskSpec] = []
        names: dict[str, SourcePosition] = {}
        items = node.items() if node is not None else ()
        templates = [str(name.value) if (name := item.get("name")) is not None else "task" for item in items]
        for item in items:
            spec = task(item, reader, self._before_run, templates)
            # Batch ids are case-insensitive, and default ids begin with the template's name.
            first = names.setdefault(spec.name.casefold(), spec.at)
            if first is not spec.at:
                hint = f"the first is in line {first.line}; give each template a unique `name`"
                reader.problem(spec.at, f"a second task template has the name {spec.name}", "duplicate-name", hint)
            found.append(spec)
        check_cycles(found, reader)
        return tuple(found)

    def _after(self, name: str, node: Node | None) -> tuple[AfterSpec, ...]:
        written = node.get("after") if node is not None else None
        found = []
        for entry in () if written is None else written.items() if isinstance(written.value, tuple) else (written,):
            is_text = isinstance(entry.value, str)
            reference = entry if is_text else entry.get("job")
            job_name = self._reader.reference(reference, self._names, "job") or ""
            if job_name == name:
                self._reader.problem(entry.at, f"the job {name} depends on itself", "job-cycle", "remove it from after")
                continue
            found.append(AfterSpec(at=entry.at, job=job_name, on_failed=keyword_at(entry, "on_failed", "block")))
        return tuple(found)


def _ordered(found: list[JobSpec], reader: Reader) -> tuple[JobSpec, ...]:
    """As written, but each after those it waits for."""
    by_name = {spec.logical: spec for spec in found}
    for spec in found:
        for item in spec.after:
            if item.job in by_name and by_name[item.job].schedule is not None:
                message = (
                    f"the job {spec.logical} cannot wait for {item.job}, which has a schedule: no run sees its end"
                )
                hint = "remove it from after, or let the job manager task of the schedule do the work"
                reader.problem(item.at, message, "exclusive-keys", hint)
    ordered: dict[str, JobSpec] = {}
    waiting = list(found)
    while waiting:
        ready = [spec for spec in waiting if all(item.job in ordered or item.job not in by_name for item in spec.after)]
        if not ready:
            around = " and ".join(spec.logical for spec in waiting)
            message = f"the jobs {around} depend on each other"
            reader.problem(waiting[0].after[0].at, message, "job-cycle", "remove one `after`")
            return tuple(found)
        ordered |= {spec.logical: spec for spec in ready[:1]}
        waiting.remove(ready[0])
    return tuple(ordered.values())


def _check(spec: JobSpec, reader: Reader) -> None:
    """What the service refuses of a job."""
    release = spec.settings["job_release_task"]
    if release is not None and spec.settings["job_preparation_task"] is None:
        message = "job_release_task needs a job_preparation_task: it runs on the nodes where that task ran"
        hint = "add `job_preparation_task: {commands: ['true']}`"
        reader.problem(release.at, message, "missing-key", hint)
    if spec.schedule is not None:
        _check_schedule(spec, spec.schedule, reader)
    if spec.auto_pool is not None and spec.schedule is None:
        _check_lifetime(spec.auto_pool, reader)
    if spec.settings["on_task_failure"].literal() == "performexitoptionsjobaction":
        return
    for task_spec in spec.tasks:
        conditions = task_spec.settings["exit_conditions"]
        if conditions is not None and exit_actions(conditions, "job_action"):
            message = "job_action has no effect unless the job enables it"
            hint = "add `on_task_failure: perform_exit_options_job_action` to the job"
            reader.problem(conditions.at, message, "job-action", hint)


def _check_lifetime(auto_pool: Section, reader: Reader) -> None:
    if auto_pool["pool_lifetime_option"].literal() == "jobschedule":
        message = "pool_lifetime_option: job_schedule needs a job with schedule"
        reader.problem(auto_pool.at, message, "auto-pool", "write `pool_lifetime_option: job`")


def check_auto_pools(specs: Iterable[JobSpec], pools: Collection[PoolSpec], reader: Reader) -> None:
    """A pool that is made with jobs is a recipe's own, and not there for other jobs."""
    by_name = {pool.logical: pool for pool in pools}
    auto = {spec.pool: spec.auto_pool for spec in specs if spec.auto_pool is not None}
    for name, auto_pool in auto.items():
        if name in by_name and by_name[name].existing.node is not None:
            message = f"the pool {name} is an existing pool: it cannot be created with a job"
            reader.problem(auto_pool.at, message, "auto-pool", "remove auto_pool, or describe the pool")
    for spec in specs:
        if spec.auto_pool is None and spec.pool in auto:
            message = f"the pool {spec.pool} is created for another job: it is not available to the job {spec.logical}"
            reader.problem(spec.at, message, "auto-pool", "give this job auto_pool too, or a pool of its own")


def check_task_files(collect: Iterable[Section], specs: Iterable[JobSpec], reader: Reader) -> None:
    """The files of tasks are on the nodes: a pool that ends with its job takes them along before they are collected."""
    for entry in collect:
        if not entry["task_files"]:
            continue
        for spec in specs:
            auto_pool = spec.auto_pool
            if auto_pool is None or spec.schedule is not None or auto_pool["keep_alive"].literal() is not False:
                continue
            message = (
                f"the pool of the job {spec.logical} ends with it (auto_pool) and takes the files of its tasks along"
            )
            hint = (
                "write `keep_logs: CONTAINER` at its tasks, for other files `output_files`, and collect that container"
            )
            reader.problem(entry.at, message, "task-files-gone", hint)
            return


def _check_schedule(spec: JobSpec, schedule: Section, reader: Reader) -> None:
    if spec.job_manager_task is None:
        message = "a schedule needs a job_manager_task: the service creates each job with only that task"
        hint = "let a job manager task do the work or add the tasks; or run `recipebatch apply` with your own scheduler"
        reader.problem(schedule.at, message, "schedule-without-manager", hint)
    if spec.tasks:
        message = "tasks cannot be used with schedule: the service creates each job with its job manager task only"
        reader.problem(spec.tasks[0].at, message, "exclusive-keys", "let the job manager task add them")
    if spec.after:
        message = "after cannot be used with schedule: the service starts scheduled jobs by time"
        reader.problem(spec.after[0].at, message, "exclusive-keys", "remove one of them")
