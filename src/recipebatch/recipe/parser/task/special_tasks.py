"""The preparation, release and manager tasks of a job → PreparationSpec, JobTaskSpec, ManagerSpec."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from recipebatch.recipe.model import JobTaskSpec, ManagerSpec, PreparationSpec, ScheduleSpec, value_types
from recipebatch.recipe.parser.common_properties import batch_id, display_name, user_identity
from recipebatch.recipe.parser.raw_properties import JOB_TASK, raw_block
from recipebatch.recipe.parser.task_files import output_files, resource_files
from recipebatch.recipe.parser.task_settings import container_settings, flag, packages
from recipebatch.vocabulary import ids, limits

if TYPE_CHECKING:
    from recipebatch.recipe.nodes import Node
    from recipebatch.recipe.parser.section_reader import Reader


MAX_RELEASE_TIME = timedelta(minutes=15)
"""The longest a release task may run. Source: Batch REST API, `JobReleaseTask`."""


def preparation(job: Node | None, reader: Reader, containers: frozenset[str]) -> PreparationSpec | None:
    """`job_preparation_task:`."""
    node = job.get("job_preparation_task") if job is not None else None
    if node is None:
        return None
    return PreparationSpec(
        task=_task(node, reader, containers, node.get("constraints")),
        wait_for_success=flag(node, "wait_for_success", default=True),
        rerun_on_node_reboot_after_success=flag(node, "rerun_on_node_reboot_after_success", default=True),
    )


def release(job: Node | None, reader: Reader, containers: frozenset[str]) -> JobTaskSpec | None:
    """`job_release_task:`."""
    node = job.get("job_release_task") if job is not None else None
    return None if node is None else _task(node, reader, containers, node, longest=MAX_RELEASE_TIME)


def manager(job: Node | None, reader: Reader, containers: frozenset[str]) -> ManagerSpec | None:
    """`job_manager_task:`."""
    node = job.get("job_manager_task") if job is not None else None
    if node is None:
        return None
    slots = value_types.integer(1, limits.MAX_TASK_SLOTS_PER_NODE)
    return ManagerSpec(
        task=_task(node, reader, containers, node.get("constraints")),
        display_name=reader.setting(node, "display_name", display_name, None),
        output_files=output_files(node, reader, containers),
        required_slots=reader.setting(node, "required_slots", slots, 1),
        application_package_references=packages(node, reader),
        kill_job_on_completion=flag(node, "kill_job_on_completion", default=True),
        run_exclusive=flag(node, "run_exclusive", default=True),
        allow_low_priority_node=flag(node, "allow_low_priority_node", default=False),
    )


def _task(
    node: Node, reader: Reader, containers: frozenset[str], times: Node | None, longest: timedelta | None = None
) -> JobTaskSpec:
    return JobTaskSpec(
        at=node.at,
        id=reader.setting(node, "id", batch_id(ids.task_id), None),
        command=reader.command(node),
        resource_files=resource_files(node, reader, containers),
        environment_settings=reader.environment(node, "environment_settings"),
        user_identity=user_identity(node.get("user_identity"), reader),
        container_settings=container_settings(node, reader),
        max_wall_clock_time=reader.setting(times, "max_wall_clock_time", _at_most(longest), None),
        max_task_retry_count=reader.setting(
            None if longest is not None else times, "max_task_retry_count", value_types.integer(-1), 0
        ),
        retention_time=reader.setting(times, "retention_time", value_types.duration(), None),
        raw=raw_block(node, reader, JOB_TASK),
    )


def _at_most(longest: timedelta | None) -> value_types.Kind[timedelta]:
    def judge(value: object, /) -> timedelta:
        result = value_types.duration()(value)
        if longest is not None and result > longest:
            minutes = int(longest.total_seconds() // 60)
            raise value_types.WrongValueError(f"must be at most {minutes} minutes", code="invalid-duration")
        return result

    return judge


def schedule(job: Node | None, reader: Reader) -> ScheduleSpec | None:
    """`schedule:`."""
    node = job.get("schedule") if job is not None else None
    if node is None:
        return None
    interval, window = (
        value_types.duration(limits.MIN_RECURRENCE_INTERVAL),
        value_types.duration(limits.MIN_START_WINDOW),
    )
    return ScheduleSpec(
        at=node.at,
        recurrence_interval=reader.setting(node, "recurrence_interval", interval, None),
        start_window=reader.setting(node, "start_window", window, None),
        do_not_run_until=reader.setting(node, "do_not_run_until", instant, None),
        do_not_run_after=reader.setting(node, "do_not_run_after", instant, None),
    )


def instant(value: object) -> datetime:
    """A time with its zone, in ISO 8601; without a zone it is UTC."""
    text = value_types.some_text(value)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        hint = "write 2030-01-31T06:00:00Z"
        raise value_types.WrongValueError(
            f"must be a time in ISO 8601, not {value_types.shown(text)}", code="invalid-time", hint=hint
        ) from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
