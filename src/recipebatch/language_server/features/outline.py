"""A recipe at a glance: its sections and what they define, and what a run would create of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.language_server.knowledge import general
from recipebatch.language_server.source.positions import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.language_server.analysis import Analysis
    from recipebatch.language_server.knowledge import SourceFile
    from recipebatch.language_server.schema import Schema
    from recipebatch.language_server.source.tree import Path
    from recipebatch.plan import Plan


@dataclass(frozen=True, slots=True)
class Symbol:
    """A section, or a thing that it defines.

    Attributes:
        kind: what it is, as of `Name`; `section` for one of the keys at the top.
        whole: from its key to the end of its value.
        name_at: its key, or its name.
    """

    name: str
    kind: str
    whole: Span
    name_at: Span
    children: tuple[Symbol, ...] = ()


@dataclass(frozen=True, slots=True)
class Lens:
    """A line that an editor shows above a part of the text."""

    span: Span
    title: str


def symbols(file: SourceFile, rules: Schema) -> tuple[Symbol, ...]:
    """The sections of a file with what they define."""
    return tuple(_symbols(file, rules, ()))


def lenses(analysis: Analysis, file: SourceFile) -> tuple[Lens, ...]:
    """What a run would create: above the tasks or jobs all of it, above each task template its part."""
    values = file.tree.values
    top = next((values[key,].key for key in ("tasks", "jobs") if (key,) in values), None) or Span(0, 0)
    if analysis.plan is None:
        return (Lens(top, f"plan: {analysis.why_not_planned}"),)
    found = [Lens(top, _plan_text(analysis.plan))]
    counts = Counter((job.logical, task.template) for job in analysis.plan.jobs for task in job.tasks or ())
    unknown = {job.logical for job in analysis.plan.jobs if job.tasks is None}
    for name in file.definitions:
        if name.kind == "template":
            job = str(name.owner[1]) if name.owner[:1] == ("jobs",) else "job"
            number = counts[job, name.name]
            title = "tasks: known when the job is submitted" if job in unknown else _tasks(number)
            found.append(Lens(name.span, title))
    return tuple(found)


def _plan_text(plan: Plan) -> str:
    number = sum(len(job.tasks or ()) for job in plan.jobs)
    unknown = [job.logical for job in plan.jobs if job.tasks is None]
    if not unknown:
        return f"plan: {_tasks(number)}"
    jobs = f"those of {', '.join(unknown)}" if len(plan.jobs) > 1 else "they"
    if number == 0 and len(plan.jobs) == 1:
        return "plan: the tasks are known when the job is submitted"
    return f"plan: {_tasks(number)}; {jobs} are known when the job is submitted"


def _tasks(number: int) -> str:
    return f"{number:,} task{'' if number == 1 else 's'}"


def _symbols(file: SourceFile, rules: Schema, path: Path) -> Iterator[Symbol]:
    """The things below a mapping: at the top every key, deeper what has a name."""
    defined = rules.defines(general(path))
    for value in file.tree.below(path):
        name, at = str(value.path[-1]), value.key
        kind = "section" if not path else defined
        if isinstance(value.path[-1], int):
            named = file.tree.values.get((*value.path, "name"))
            kind = rules.defines(general((*value.path, "name")))
            if named is None or kind is None:
                continue
            name, at = str(named.node.value), named.span
        children = tuple(_symbols(file, rules, value.path))
        if kind is not None and at is not None:
            end = max(file.tree.end(value.path), at.end)
            start = min(at.start, value.span.start) if value.key is None else at.start
            yield Symbol(name, kind, Span(start, end), at, children)
        elif path and path[0] in {"jobs", "job"}:
            yield from children
