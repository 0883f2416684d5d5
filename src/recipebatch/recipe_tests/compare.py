"""Compares a plan with what a test case expects. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recipebatch.plan import commands_of, redact
from recipebatch.recipe_tests.model import Failure
from recipebatch.text.differences import differences

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from recipebatch.errors import Problem
    from recipebatch.plan import Plan
    from recipebatch.plan.model import PlannedTask
    from recipebatch.recipe_tests.model import Expectation, ExpectedProblem


def compare(expect: Expectation, plan: Plan) -> list[Failure]:
    """The differences between a plan and the expected result, except golden files."""
    tasks = {task.id: task for job in plan.jobs for task in job.tasks or ()}
    found = [
        *_counts(expect, plan),
        *_ids(expect, plan),
        *_of_tasks("command_lines", expect.command_lines, tasks, _command_line),
        *_of_tasks("environment", expect.environment, tasks, _environment),
        *_of_tasks("depends_on", expect.depends_on, tasks, _depends_on),
    ]
    if expect.containers is not None:
        there = {container.logical: tuple(item.blob for item in container.uploads) for container in plan.containers}
        if there != expect.containers:
            found.append(_differ("containers", _listed(expect.containers), _listed(there)))
    return found


def compare_problems(expected: Sequence[ExpectedProblem], found: Sequence[Problem]) -> list[Failure]:
    """The difference between expected and reported problems, both ordered by position."""
    fits = len(expected) == len(found) and all(
        wanted.code == problem.code
        and wanted.line in {None, problem.at.line}
        and (wanted.message or "") in problem.message
        for wanted, problem in zip(expected, found, strict=True)
    )
    if fits:
        return []
    there = [f"{problem.code} on line {problem.at.line}: {problem.message}" for problem in found]
    if not expected:
        return [Failure("problems", f"unexpected problem: {text}") for text in there]
    wanted = [
        f"{item.code}{'' if item.line is None else f' on line {item.line}'}: {item.message or 'any message'}"
        for item in expected
    ]
    return [_differ("problems", wanted, there)]


def _counts(expect: Expectation, plan: Plan) -> Iterator[Failure]:
    counts = {job.logical: None if job.tasks is None else len(job.tasks) for job in plan.jobs}
    if isinstance(expect.tasks, dict):
        for name, wanted in expect.tasks.items():
            if name not in counts:
                yield Failure("tasks", f"the recipe has no job {name}, only {', '.join(counts)}")
            elif counts[name] != wanted:
                yield Failure("tasks", f"job {name} has {_format_count(counts[name])}, not {wanted}")
    elif expect.tasks is not None:
        total = sum(count or 0 for count in counts.values())
        if total != expect.tasks:
            later = [name for name, count in counts.items() if count is None]
            why = f" (not expanded: {', '.join(later)}; list the blobs in blobs or job_blobs)" if later else ""
            yield Failure("tasks", f"the plan has {_format_count(total)}, not {expect.tasks}{why}")


def _format_count(count: int | None) -> str:
    if count is None:
        return "an unknown number of tasks (list its blobs in job_blobs)"
    return f"{count:,} task{'' if count == 1 else 's'}"


def _ids(expect: Expectation, plan: Plan) -> Iterator[Failure]:
    there = [str(task.id) for job in plan.jobs for task in job.tasks or ()]
    if expect.ids is not None and list(expect.ids) != there:
        yield _differ("ids", list(expect.ids), there)


def _of_tasks(
    what: str, expected: Mapping[str, Any] | None, tasks: Mapping[Any, PlannedTask], compare_task: Any
) -> Iterator[Failure]:
    for task_id, wanted in (expected or {}).items():
        if task_id not in tasks:
            yield Failure(what, f"the plan has no task {task_id}")
        else:
            yield from compare_task(task_id, wanted, tasks[task_id])


def _command_line(task_id: str, wanted: str | tuple[str, ...], task: PlannedTask) -> Iterator[Failure]:
    there = commands_of(task.command_line)
    if isinstance(wanted, str):
        if wanted.rstrip("\n") != there:
            yield _differ("command_lines", wanted.rstrip("\n").split("\n"), there.split("\n"), of=task_id)
        return
    for part in wanted:
        if part not in there:
            message = f"the command line of {task_id} does not contain {part!r}"
            yield Failure("command_lines", message, tuple(f" {line}" for line in there.split("\n")))


def _environment(task_id: str, wanted: dict[str, str], task: PlannedTask) -> Iterator[Failure]:
    there = {name: redact(value) for name, value in task.environment_settings}
    for name, value in wanted.items():
        if name not in there:
            yield Failure("environment", f"{task_id} has no environment setting {name}")
        elif there[name] != value:
            yield Failure("environment", f"{name} of {task_id} is {there[name]!r}, not {value!r}")


def _depends_on(task_id: str, wanted: tuple[str, ...], task: PlannedTask) -> Iterator[Failure]:
    there: list[str] = []
    if task.depends_on is not None:
        there += [str(identity) for identity in task.depends_on.task_ids]
        there += [f"{first}..{last}" for first, last in task.depends_on.task_id_ranges]
    if sorted(wanted) != sorted(there):
        yield _differ("depends_on", sorted(wanted), sorted(there), of=task_id)


def _listed(containers: Mapping[str, Sequence[str]]) -> list[str]:
    return [line for name, blobs in sorted(containers.items()) for line in (f"{name}:", *(f"  {it}" for it in blobs))]


def _differ(what: str, expected: Sequence[str], there: Sequence[str], *, of: str | None = None) -> Failure:
    lines = differences(list(expected), list(there), "expected", "planned")
    whose = f" of {of}" if of is not None else ""
    return Failure(what, f"{what}{whose} not as expected", tuple(lines))
