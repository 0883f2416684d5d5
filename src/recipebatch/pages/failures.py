"""Failed tasks in groups that say the same, with the ends of what the first of each wrote. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from recipebatch.pages.model import ENDED_BADLY, FailureExample, FailureGroup
from recipebatch.pages.numbers import moment_of, moment_text
from recipebatch.report import JOB_PREPARATION_TASK, START_TASK, TASK

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from recipebatch.pages.model import ReportTask
    from recipebatch.runs import KeptFailure

EXAMPLES = 5
"""So many tasks of each group are shown with what they wrote."""

_OTHERS = "not among those whose output is kept"


def groups_of(kept: Iterable[KeptFailure], tasks: Iterable[ReportTask]) -> tuple[FailureGroup, ...]:
    """Failures by template, cause, exit code and message, the largest group first.

    Args:
        kept: the failures that are recorded with the ends of what they wrote.
        tasks: all of the run: those that failed and are not among `kept` are counted too.
    """
    tasks = tuple(tasks)
    templates = {(task.job, task.id): task.template for task in tasks}
    found: dict[tuple[object, ...], list[KeptFailure]] = {}
    for failure in kept:
        template = templates.get((failure.job_id, failure.task_id), "")
        found.setdefault((template, *failure.alike, failure.tried_again), []).append(failure)
    groups = [_group(of, templates) for of in found.values()]
    known = {(failure.job_id, failure.task_id) for of in found.values() for failure in of if failure.kind == TASK}
    others: dict[tuple[object, ...], list[ReportTask]] = {}
    for task in tasks:
        if task.state in ENDED_BADLY and (task.job, task.id) not in known:
            others.setdefault((TASK, task.template, task.cause, task.exit_code, task.code), []).append(task)
    for key, of in others.items():
        groups = _with_others(groups, key, of)
    return tuple(sorted(groups, key=lambda group: (group.tried_again, -group.count)))


def _group(failures: list[KeptFailure], templates: Mapping[tuple[str, str], str]) -> FailureGroup:
    first = failures[0]
    return FailureGroup(
        kind=first.kind,
        template=templates.get((first.job_id, first.task_id), ""),
        cause=first.cause,
        exit_code=first.exit_code,
        code=first.code,
        message=first.message,
        count=len(failures),
        tried_again=first.tried_again,
        examples=tuple(map(_example, failures[:EXAMPLES])),
    )


def _example(failure: KeptFailure) -> FailureExample:
    names = {
        START_TASK: f"start task of node {failure.node_id}",
        JOB_PREPARATION_TASK: f"preparation of job {failure.job_id}",
    }
    return FailureExample(
        name=names.get(failure.kind, failure.task_id),
        item=failure.item,
        node="" if failure.kind == START_TASK else failure.node_id or "",
        began=_moment(failure.began),
        ended=_moment(failure.ended),
        stdout=failure.stdout,
        stderr=failure.stderr,
        left_out=failure.left_out,
    )


def _moment(text: str | None) -> str:
    moment = moment_of(text)
    return "" if moment is None else moment_text(moment)


def _with_others(groups: list[FailureGroup], key: tuple[object, ...], tasks: list[ReportTask]) -> list[FailureGroup]:
    """The groups with tasks of which only the state is known: beside those that failed alike, else on their own."""
    for place, group in enumerate(groups):
        alike = (group.kind, group.template, group.cause, group.exit_code, group.code) == key
        if alike and not group.tried_again:
            return [*groups[:place], replace(group, count=group.count + len(tasks)), *groups[place + 1 :]]
    first = tasks[0]
    examples = tuple(
        FailureExample(name=task.id, item=task.item, node=task.node, began="", ended="", left_out=_OTHERS)
        for task in tasks[:EXAMPLES]
    )
    group = FailureGroup(
        kind=TASK,
        template=first.template,
        cause=first.cause,
        exit_code=first.exit_code,
        code=first.code,
        message="",
        count=len(tasks),
        examples=examples,
    )
    return [*groups, group]
