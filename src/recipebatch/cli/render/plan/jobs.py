"""Jobs of a plan with their task templates, or with all of their tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.cli.render.plan import parts
from recipebatch.cli.render.plan.sections import Block, Section
from recipebatch.cli.render.plan.templates import Dependencies, later_block, task_block, template_block
from recipebatch.report.changes import JOB, SCHEDULE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recipebatch.cli.render.plan.marks import Marks, TaskMarks
    from recipebatch.plan.model import Plan, PlannedJob, PlannedTask
    from recipebatch.properties.job import JobTask, Schedule


def job_section(planned: Plan, marks: Marks, *, all_tasks: bool) -> Section:
    """The jobs, each followed by what its tasks are."""
    blocks: list[Block] = []
    for job in planned.jobs:
        pool = planned.pool(job.pool) if any(pool.logical == job.pool for pool in planned.pools) else None
        os = pool.os if pool is not None else "linux"
        where = f"on pool {pool.id}" if pool is not None and len(planned.pools) > 1 else ""
        kind = SCHEDULE if job.schedule is not None else JOB
        notes = marks.notes(kind, job.id, indent=6)
        blocks.append(Block((_head(job, where, marks.symbol(kind, job.id)), *notes, *_details(job, os)), "job"))
        blocks += _tasks(job, os, marks.tasks(job.id), marks.symbol(kind, job.id), all_tasks=all_tasks)
    return Section("Jobs" if len(planned.jobs) > 1 else "Job", tuple(blocks))


def _tasks(job: PlannedJob, os: str, marks: TaskMarks, symbol: str, *, all_tasks: bool) -> Iterable[Block]:
    if job.tasks is None:
        for template in job.templates:
            yield later_block(template, symbol)
        return
    users = Dependencies(job.tasks)
    if all_tasks:
        for task in job.tasks:
            yield task_block(task, users, os, marks)
        return
    templates: dict[str, list[PlannedTask]] = {}
    for task in job.tasks:
        templates.setdefault(task.template, []).append(task)
    for name, tasks in templates.items():
        yield template_block(name, tasks, users, os, marks)


def _head(job: PlannedJob, where: str, symbol: str) -> str:
    kind = "job" if job.schedule is None else "job schedule"
    facts = parts.listed(
        (
            f"after {' and '.join(entry.job for entry in job.after)}" if job.after else "",
            _count(job),
            where,
            f"at most {parts.time(job.max_wall_clock_time)}",
            f"priority {job.priority}" if job.priority else "",
            f"at most {job.max_parallel_tasks:,} tasks at once" if job.max_parallel_tasks > 0 else "",
        )
    )
    return f"  {symbol}{kind} {job.id}: {facts}"


def _count(job: PlannedJob) -> str:
    if job.tasks is None:
        return "tasks known when it is submitted"
    if job.schedule is not None:
        return _every(job.schedule)
    return parts.counted(len(job.tasks), "task")


def _every(schedule: Schedule) -> str:
    if schedule.recurrence_interval is None:
        return "one job"
    return f"a job every {parts.time(schedule.recurrence_interval)}".replace("every 1 ", "every ")


def _details(job: PlannedJob, os: str) -> Iterable[str]:
    """What is said of a job beside its tasks: its special tasks, its variables, and what `raw:` adds."""
    blocking = [entry.job for entry in job.after if entry.on_failed == "block"]
    if blocking:
        yield f"    not submitted if {' or '.join(blocking)} failed"
    if job.on_task_failure != "noaction":
        yield "    a task that fails can end it, as its exit conditions say"
    if job.on_all_tasks_complete != "terminatejob":
        yield "    it stays active when its tasks have completed"
    yield from parts.environment(job.common_environment_settings, indent=4)
    preparation, manager = job.job_preparation_task, job.job_manager_task
    special = {
        "job preparation task": preparation.task if preparation is not None else None,
        "job release task": job.job_release_task,
        "job manager task": manager.task if manager is not None else None,
    }
    for name, task in special.items():
        if task is not None:
            yield from _special(name, task, os)
    yield from parts.raw_properties(job.raw, indent=4)


def _special(name: str, task: JobTask, os: str) -> Iterable[str]:
    facts = [parts.identity(task.user_identity, os), parts.tries(task.max_task_retry_count)]
    yield f"    {name}{''.join(f', {fact}' for fact in facts if fact)}:"
    yield from parts.command(task.command_line, indent=6)
    yield from parts.resource_files(task.resource_files, indent=6)
    yield from parts.environment(task.environment_settings, indent=6)
    yield from parts.raw_properties(task.raw, indent=6)
