"""What an editor shows of the word under the cursor: what a key means, what a name is, what an expression gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.explain import explanation
from recipebatch.language_server.features.machines import image_text, size_text
from recipebatch.language_server.knowledge import SPACES
from recipebatch.language_server.schema import describe
from recipebatch.language_server.source.cursor import place_at
from recipebatch.language_server.source.expressions import expression_spans, uses
from recipebatch.language_server.source.positions import Span

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from recipebatch.language_server.features.diagnostics import Diagnostic
    from recipebatch.language_server.knowledge import Knowledge
    from recipebatch.language_server.schema import Schema
    from recipebatch.language_server.source.cursor import Place
    from recipebatch.language_server.source.positions import Text
    from recipebatch.language_server.source.tree import Path
    from recipebatch.plan import Plan

COMMANDS = frozenset(("command_line", "commands"))
"""The keys of a task template that hold what a task runs."""

_LONGEST = 1_000
"""Characters of a value that are shown."""


@dataclass(frozen=True, slots=True)
class Hover:
    """Markdown about a part of the text."""

    span: Span
    markdown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is known of the text that is pointed at.

    Attributes:
        file: its name in positions.
        rules: of this kind of file.
        knowledge: of the text, or of the last version that could be read.
        found: the diagnostics of the text.
        plan: of the same version; None if there is none.
        today: the date for what is said of images and sizes.
    """

    text: Text
    file: str
    rules: Schema
    today: date
    knowledge: Knowledge | None = None
    found: tuple[Diagnostic, ...] = ()
    plan: Plan | None = None


def hover(subject: Subject, offset: int) -> Hover | None:
    """What to show at an offset; None for nothing."""
    text = subject.text
    place = place_at(text, offset)
    if place is None:
        return None
    problems = [each for each in subject.found if offset in each.span]
    shown = _of_expression(text, offset, subject.knowledge) or _of_place(subject, place)
    parts = [shown.markdown] if shown is not None else []
    parts += _planned(subject, place.path)
    parts += [_problem_text(each) for each in problems]
    if not parts:
        return None
    span = shown.span if shown is not None else problems[0].span if problems else Span(offset, offset)
    return Hover(span, "\n\n---\n\n".join(parts))


def _of_place(subject: Subject, place: Place) -> Hover | None:
    """What a key means, what a name is, what is known of a value."""
    rules, knowledge = subject.rules, subject.knowledge
    if place.is_key and place.key is not None:
        path = (*place.path, place.key)
        rule, defined = rules.rule(path), rules.defines(place.path)
        if defined is not None:
            return Hover(place.word, _name_text(defined, place.key, knowledge))
        return None if rule is None else Hover(place.word, describe(rules, place.key, rule))
    word = subject.text.slice(place.word).strip("'\"")
    if place.is_block or not word:
        return None
    kind = rules.refers(place.path)
    if kind in {"image", "vm_size"}:
        said = image_text(word, subject.today) if kind == "image" else size_text(word, subject.today)
        return Hover(place.word, said) if said is not None else None
    if kind is not None:
        return Hover(place.word, _name_text(kind, word, knowledge))
    path = _key_of(place.path)
    rule = rules.rule(path) if path else None
    return None if rule is None else Hover(place.word, describe(rules, str(path[-1]), rule))


def _planned(subject: Subject, path: Path) -> Iterator[str]:
    """What the commands of a task template become for its first task."""
    number = path.index("tasks") if "tasks" in path else len(path)
    if subject.plan is None or subject.knowledge is None or len(path) < number + 3 or path[number + 2] not in COMMANDS:
        return
    from recipebatch.plan import commands_of, redact

    file = subject.knowledge.files.get(subject.file)
    template = (file.tree.scalar((*path[: number + 2], "name")) if file is not None else None) or "task"
    job = path[1] if path[0] == "jobs" else "job"
    tasks = [
        task
        for each in subject.plan.jobs
        if each.logical == job
        for task in each.tasks or ()
        if task.template == template
    ]
    if tasks:
        text = str(redact(tasks[0].command_line))
        more = f", and {len(tasks) - 1:,} more" if len(tasks) > 1 else ""
        yield f"Task `{tasks[0].id}`{more}:\n\n```sh\n{commands_of(text)[:_LONGEST]}\n```"


def _key_of(path: Path) -> Path:
    """The key whose list a value is an entry of."""
    while path and isinstance(path[-1], int):
        path = path[:-1]
    return path


def _of_expression(text: Text, offset: int, knowledge: Knowledge | None) -> Hover | None:
    """The value of the expression at an offset, and what the name in it is."""
    line = text.line_of(offset)
    last = line + 1 if line + 1 < len(text.lines) else line
    end = text.line_starts[last] + len(text.lines[last])
    window = Span(text.line_starts[max(0, line - 1)], end)
    for span in expression_spans(text.text, window):
        if offset not in span:
            continue
        parts = []
        shown = span
        for use in uses(text.text, Span(span.start - 3, span.end + 2)):
            if offset in use.span or offset == use.span.start - 1:
                shown = use.span
                kind = SPACES.get(use.space)
                if kind is not None:
                    parts.append(_name_text(kind, use.member, knowledge))
        source = text.slice(span).strip()
        if "secrets" in source:
            parts.append("a secret: `***`")
        elif (value := _value_of(source, knowledge)) is not None:
            parts.append(f"`{source}` = `{value}`")
        return Hover(shown, "\n\n".join(parts)) if parts else None
    return None


def _value_of(source: str, knowledge: Knowledge | None) -> str | None:
    from recipebatch.plan import expression_value

    if knowledge is None or knowledge.recipe is None:
        return None
    value = expression_value(source, knowledge.recipe, knowledge.parameters)
    return value if value is None or len(value) <= _LONGEST else f"{value[:_LONGEST]}…"


def _name_text(kind: str, name: str, knowledge: Knowledge | None) -> str:
    """What a name of the recipe is."""
    parts = [f"**{kind} {name}**"]
    if kind == "parameter" and knowledge is not None:
        parts += _parameter_texts(name, knowledge)
    if kind == "variable" and (value := _value_of(f"vars.{name}", knowledge)) is not None:
        parts.append(f"Value: `{value}`")
    defined = next(
        (each for each in (knowledge.definitions if knowledge else ()) if (each.kind, each.name) == (kind, name)), None
    )
    if defined is not None and knowledge is not None:
        line = knowledge.files[defined.file].text.line_of(defined.span.start) + 1
        parts.append(f"Defined in {defined.file.rpartition('/')[2]}, line {line}")
    return "\n\n".join(parts)


def _parameter_texts(name: str, knowledge: Knowledge) -> list[str]:
    """The type, the rules and the value of a parameter."""
    recipe = knowledge.recipe
    parameter = next((each for each in (recipe.parameters if recipe is not None else ()) if each.name == name), None)
    if parameter is None:
        return []
    rules = [parameter.type]
    if parameter.minimum is not None:
        rules.append(f"at least {parameter.minimum}")
    if parameter.maximum is not None:
        rules.append(f"at most {parameter.maximum}")
    if parameter.enum:
        rules.append("one of " + ", ".join(map(str, parameter.enum)))
    parts = [", ".join(rules)]
    if parameter.description:
        parts.append(parameter.description)
    if parameter.type == "secret":
        parts.append("Value: `***`")
    elif (value := _value_of(f"params.{name}", knowledge)) is not None:
        parts.append(f"Value: `{value}`")
    else:
        parts.append(f"No value: pass `-p {name}=…`")
    return parts


def _problem_text(problem: Diagnostic) -> str:
    """What the code of a problem means."""
    entry = explanation(problem.code)
    if entry is None:
        return f"**{problem.code}**"
    return f"**{entry.code}**: {entry.meaning}\n\n{entry.cause}\n\nFix: {entry.fix}"
