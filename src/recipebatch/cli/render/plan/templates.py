"""A task template of a plan as one block: how many tasks of what, their limits and outputs, and one of them in full."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from recipebatch.cli.render.plan import parts
from recipebatch.cli.render.plan.alike import common_form, number_range, span_of
from recipebatch.cli.render.plan.sections import Block

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import timedelta

    from recipebatch.cli.render.plan.marks import TaskMarks
    from recipebatch.plan.model import PlannedDependencies, PlannedTask, PlannedTemplate
    from recipebatch.properties.task import ExitConditions, ExitOptions, RetryRule

_LONG_ITEM = 30
"""Characters; the ids of tasks with longer items say as much."""


def template_block(name: str, tasks: Sequence[PlannedTask], users: Dependencies, os: str, marks: TaskMarks) -> Block:
    """The tasks of one template.

    Args:
        name: of the template.
        tasks: of it, at least one.
        users: which templates the tasks of the job are of.
        os: of the pool.
        marks: what was compared of the tasks of the job.
    """
    first = tasks[0]
    ids = [str(task.id) for task in tasks]
    lines = [f"    {marks.symbol(ids)}{_head(name, tasks, os)}"]
    lines += [f"      {missing}"] if (missing := marks.missing(ids)) else []
    lines += [f"      {line}" for line in _rules(tasks, users)]
    if len(tasks) > 1:
        lines.append(f"      for example task {first.id}:")
    elif str(first.id) != name:
        lines.append(f"      task {first.id}:")
    lines += _work(first, targets=[common_form(values, tasks) for values in _targets(tasks)])
    return Block(tuple(lines), "template")


def later_block(template: PlannedTemplate, symbol: str = "") -> Block:
    """A template whose tasks are not known yet, with its commands as they are written; `symbol` is that of its job."""
    count = f" × one {template.per}" if template.per else ""
    lines = [f"    {symbol}{template.name}{count}"]
    for written in template.commands:
        lines += [f"        {line}" for line in written.split("\n")]
    return Block(tuple(lines), "template")


def task_block(task: PlannedTask, users: Dependencies, os: str, marks: TaskMarks) -> Block:
    """One task in full, where all are listed."""
    lines = [f"    {marks.symbol([str(task.id)])}task {task.id} · {_limits([task], os)}"]
    lines += [f"      {line}" for line in _rules([task], users)]
    targets = [parts.target_of(file) for file in task.output_files]
    return Block((*lines, *_work(task, targets=targets, most=parts.EVERYTHING)), "task")


def _head(name: str, tasks: Sequence[PlannedTask], os: str) -> str:
    """`count × 3,000: f0001.txt … f3000.txt · 30 minutes each, 2 tries, 1 slot → output/{stem}.out`."""
    of = [task.item or str(task.id) for task in (tasks[0], tasks[-1])]
    if max(map(len, of)) > _LONG_ITEM:
        of = [str(task.id) for task in (tasks[0], tasks[-1])]
    count = f" × {len(tasks):,}: {span_of(*of)}" if len(tasks) > 1 else ""
    count = count or (f": {of[0]}" if tasks[0].item else "")
    return f"{name}{count} · {_limits(tasks, os)}{_arrow(tasks)}"


def _limits(tasks: Sequence[PlannedTask], os: str) -> str:
    """Times, tries, slots, and under which account tasks run; of several tasks with their range."""
    retries = [task.constraints.max_task_retry_count for task in tasks]
    endless = any(count < 0 for count in retries)
    tries = parts.tries(-1) if endless else parts.counted_tries(number_range([count + 1 for count in retries]))
    slots = number_range([task.required_slots for task in tasks])
    identity = parts.identity(tasks[0].user_identity, os)
    nodes = [task.multi_instance_settings for task in tasks if task.multi_instance_settings is not None]
    found = [
        _times([task.constraints.max_wall_clock_time for task in tasks]),
        tries,
        "1 slot" if slots == "1" else f"{slots} slots",
        f"{number_range([each.number_of_instances for each in nodes])} nodes" if nodes else "",
        identity,
    ]
    return ", ".join(part for part in found if part)


def _times(limits: Sequence[timedelta | None]) -> str:
    found = [limit for limit in limits if limit is not None]
    if not found:
        return "no time limit"
    least, most = min(found), max(found)
    each = " each" if len(limits) > 1 else ""
    some = "" if len(found) == len(limits) else " (some without a limit)"
    return f"{'' if least == most else f'{parts.time(least)} to '}{parts.time(most)}{each}{some}"


def _targets(tasks: Sequence[PlannedTask]) -> list[list[str]]:
    """Where the output files of all tasks go, by their position in the template."""
    count = min(len(task.output_files) for task in tasks)
    return [[parts.target_of(task.output_files[place]) for task in tasks] for place in range(count)]


def _arrow(tasks: Sequence[PlannedTask]) -> str:
    """Where the first output goes; what has a pattern stands below the target."""
    targets = _targets(tasks)
    if not targets:
        return ""
    file = tasks[0].output_files[0]
    target = common_form(targets[0], tasks)
    below = f"/{file.file_pattern}" if file.path is None else ""
    more = len(targets) - 1
    return f" → {target}{below}{f' and {more:,} more' if more else ''}"


def _rules(tasks: Sequence[PlannedTask], users: Dependencies) -> Iterable[str]:
    """What tasks wait for, and what follows from how they end."""
    if waits := users.text(tasks):
        yield f"waits for {waits}"
    if tasks[0].retry is not None:
        yield _retry(tasks[0].retry)
    if (conditions := tasks[0].exit_conditions) is not None:
        yield from _exits(conditions)


def _retry(rule: RetryRule) -> str:
    codes = f" with exit code {', '.join(map(str, rule.exit_codes))}" if rule.exit_codes else ""
    causes = f" (cause {', '.join(rule.causes)})" if rule.causes else ""
    return f"tried again by recipebatch {rule.limit} time{'' if rule.limit == 1 else 's'}{causes}{codes}"


def _exits(conditions: ExitConditions) -> Iterable[str]:
    for code, options in conditions.exit_codes:
        yield f"on exit code {code}: {_actions(options)}"
    for start, end, options in conditions.exit_code_ranges:
        yield f"on exit codes {start} to {end}: {_actions(options)}"
    named = (
        ("a file that cannot be downloaded", conditions.pre_processing_error),
        ("an upload that fails", conditions.file_upload_error),
        ("any other failure", conditions.default),
    )
    for what, named_options in named:
        if named_options is not None:
            yield f"on {what}: {_actions(named_options)}"


def _actions(options: ExitOptions) -> str:
    job = {"none": "the job goes on", "disable": "the job is disabled", "terminate": "the job ends"}
    others = {"satisfy": "tasks that wait for it start", "block": "tasks that wait for it do not start"}
    found = (job.get(options.job_action or ""), others.get(options.dependency_action or ""))
    return ", ".join(each for each in found if each) or "nothing of its own"


def _work(task: PlannedTask, *, targets: Sequence[str], most: int = 4) -> Iterable[str]:
    """What one task runs, reads and leaves."""
    if task.multi_instance_settings is not None:
        yield f"        on each of {task.multi_instance_settings.number_of_instances} nodes first:"
        yield from parts.command(task.multi_instance_settings.coordination_command_line, indent=10)
        yield "        then on one of them:"
        yield from parts.command(task.command_line, indent=10)
    else:
        yield from parts.command(task.command_line, indent=8)
    if task.container_settings is not None:
        options = task.container_settings.container_run_options
        yield f"        in the container image {task.container_settings.image_name}{f' ({options})' if options else ''}"
    yield from parts.resource_files(task.resource_files, indent=8, most=most)
    for place, output in enumerate(task.output_files):
        target = targets[place] if place < len(targets) else parts.target_of(output)
        yield f"        {parts.output_file(output, target)}"
    yield from parts.environment(task.environment_settings, indent=8)
    yield from parts.packages(task.application_package_references, indent=8)
    yield from parts.raw_properties(task.raw, indent=8)


class Dependencies:
    """Which tasks of a job wait for which, said by templates."""

    def __init__(self, tasks: Sequence[PlannedTask]) -> None:
        self._template = {str(task.id): task.template for task in tasks}
        self._counts: dict[str, int] = {}
        for task in tasks:
            self._counts[task.template] = self._counts.get(task.template, 0) + 1
        self._numbers = sorted(int(task.id) for task in tasks if _is_integer(str(task.id)))
        self._ranges: dict[tuple[int, int], dict[str, int]] = {}

    def text(self, tasks: Sequence[PlannedTask]) -> str:
        """What tasks of a template wait for: `all 3,000 of count`, `1 of count each`; empty if for nothing."""
        least: dict[str, int] = {}
        most: dict[str, int] = {}
        for number, task in enumerate(tasks):
            found = self._of(task.depends_on)
            for name in {**most, **found}:
                count = found.get(name, 0)
                most[name] = max(most.get(name, 0), count)
                least[name] = min(least.get(name, 0 if number else count), count)
        return ", ".join(self._said(name, least[name], most[name], len(tasks)) for name in most)

    def _said(self, name: str, least: int, most: int, tasks: int) -> str:
        total = self._counts.get(name)
        if total is None:
            return f"task {name}"
        if least == most == total:
            return f"{name}" if total == 1 else f"all {total:,} of {name}"
        count = f"up to {most:,}" if not least else number_range([least, most])
        return f"{count} of {name}{' each' if tasks > 1 and least else ''}"

    def _of(self, found: PlannedDependencies | None) -> Mapping[str, int]:
        """How many tasks of each template one task waits for; what is no task of the job stands by its id."""
        if found is None:
            return {}
        counts: dict[str, int] = {}
        for name in found.task_ids:
            template = self._template.get(name, name)
            counts[template] = counts.get(template, 0) + 1
        for span_ in found.task_id_ranges:
            for template, count in self._in_range(span_).items():
                counts[template] = counts.get(template, 0) + count
        return counts

    def _in_range(self, ends: tuple[int, int]) -> Mapping[str, int]:
        if ends not in self._ranges:
            counts: dict[str, int] = {}
            begin, end = bisect_left(self._numbers, ends[0]), bisect_right(self._numbers, ends[1])
            for number in self._numbers[begin:end]:
                template = self._template.get(str(number), str(number))
                counts[template] = counts.get(template, 0) + 1
            self._ranges[ends] = counts
        return self._ranges[ends]


def _is_integer(text: str) -> bool:
    return text.isdecimal() and text.isascii()
