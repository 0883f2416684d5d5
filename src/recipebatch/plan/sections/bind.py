"""Section → functions to its planned value: what is equal for all tasks is evaluated once, the rest once per task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from recipebatch.errors import fail_at
from recipebatch.plan.expressions import (
    Constant,
    UnfitCommandError,
    combine,
    command_line_of,
    compile_command,
    compile_setting,
    evaluate_data,
    if_known,
    known,
    texts_in,
)
from recipebatch.plan.sections.lengths import check_command, check_variable
from recipebatch.plan.sections.task_files import output_files, resource_files
from recipebatch.properties import value_types
from recipebatch.properties.table import (
    SAME,
    Command,
    OutputFiles,
    Pairs,
    Reference,
    ResourceFiles,
    Shape,
    Unwritten,
    Value,
)
from recipebatch.properties.task import ExitConditions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from recipebatch.errors import SourcePosition
    from recipebatch.properties.deferred import Text
    from recipebatch.properties.table import Row
    from recipebatch.recipe import Node
    from recipebatch.recipe.model import CommandSpec, EnvironmentSpec, Section, Setting

    Scope = Mapping[str, object]
    Bound = Callable[[Scope], Any]


class Place(NamedTuple):
    """Where a section is evaluated.

    Attributes:
        scope: the names that are equal for all tasks.
        dynamic: the names that are not.
        os: the pool's operating system, for commands.
    """

    scope: Scope
    dynamic: frozenset[str] = frozenset()
    os: str = "linux"


def evaluate_section(section: Section | None, place: Place) -> Any:
    """The planned value of a section that no loop changes."""
    return bind(section, place)(place.scope)


def bind(section: Section | None, place: Place) -> Bound:
    """A function from the names of one task to the planned value of a section; None stays None.

    Raises:
        InvalidRecipeError: positioned at a setting; from here, or from the function.
    """
    if section is None:
        return Constant(None)
    shape, at = section.shape, section.at
    fields = bind_fields(section, place)
    if shape.make is None:
        names = [shape.rows[name].wire for name in fields]
        # A mapping that shares the recipe's one with this is there only if it says something.
        needed = [shape.rows[name].key != SAME for name in fields]
        return combine(
            list(fields.values()),
            lambda values: {
                name: value for name, value, always in zip(names, values, needed, strict=True) if always or value
            },
        )
    make, check, keys = shape.make, _CHECKS.get(shape.make), list(fields)

    def planned(values: list[Any]) -> Any:
        made = make(**dict(zip(keys, values, strict=True)))
        if check is not None:
            check(made, at)
        return made

    return combine(list(fields.values()), planned)


def bind_fields(section: Section, place: Place) -> dict[str, Bound]:
    """The same for each field of a section."""
    rows = section.shape.rows
    found = {name: _BIND[type(rows[name])](written, rows[name], place) for name, written in section.values.items()}
    if section.raw is not None:
        found["raw"] = _raw(section.raw)
    return found


def _raw(node: Node) -> Bound:
    def evaluated(scope: Scope) -> dict[str, object]:
        data = {key: value for key, value in evaluate_data(node, scope).items() if not key.startswith("x-")}
        try:
            for text in texts_in(data):
                value_types.lines(text)
        except ValueError as error:
            fail_at(node.at, f"a text of raw {error}", value_types.code_of(error), value_types.hint_of(error))
        return data

    return evaluated


def command(spec: CommandSpec, place: Place) -> Callable[[Scope], str]:
    """A function to the whole command line."""
    shell = spec.shell
    in_shell = shell is not None
    lines = [compile_command(line, place.os, place.scope, place.dynamic, shell=in_shell) for line in spec.lines]

    def joined(texts: list[str]) -> str:
        for text in texts:
            known(text)
        try:
            line = texts[0] if shell is None else command_line_of(texts, shell, in_container=spec.in_container)
        except UnfitCommandError as error:
            fail_at(spec.lines[error.place].at, str(error), "not-for-cmd", error.hint)
        longest = max(range(len(texts)), key=lambda place: len(texts[place]))
        check_command(line, place.os, spec.lines[longest].at, shell=shell)
        return line

    return combine(lines, joined)


def pairs(settings: EnvironmentSpec, row: Pairs, place: Place) -> Callable[[Scope], tuple[tuple[str, Text], ...]]:
    """A function to name and value pairs."""
    names = [name for name, _ in settings]
    values = [compile_setting(setting, place.scope, place.dynamic) for _, setting in settings]

    def paired(texts: list[Text]) -> tuple[tuple[str, Text], ...]:
        for (name, setting), text in zip(settings, texts, strict=True):
            if row.environment and setting.node is not None:
                check_variable(name, text, place.os, setting.node.at)
        return tuple(zip(names, texts, strict=True))

    return combine(values, paired)


def _value(written: Setting[Any, Any] | tuple[Setting[Any, Any], ...], row: Value, place: Place) -> Bound:
    if not isinstance(written, tuple):
        made: Bound = compile_setting(written, place.scope, place.dynamic)
        return made
    items: list[Bound] = [compile_setting(item, place.scope, place.dynamic) for item in written]
    # What a plan holds by REST names is JSON.
    return combine(items, list if row.default is None else tuple)


def _section(written: Section | tuple[Section, ...] | None, row: Shape, place: Place) -> Bound:
    if not isinstance(written, tuple):
        return bind(written, place)
    return combine([bind(item, place) for item in written], list if row.make is None else tuple)


def _command(written: CommandSpec, row: Command, place: Place) -> Bound:
    if row.optional and not written.lines:
        return Constant(if_known(lambda: "cmd /c rem" if place.os == "windows" else "/bin/true"))
    return command(written, place)


_BIND: Mapping[type[Row], Callable[[Any, Any, Place], Bound]] = {
    Value: _value,
    Shape: _section,
    Command: _command,
    Pairs: pairs,
    ResourceFiles: lambda written, _row, place: resource_files(written, place.scope, place.dynamic),
    OutputFiles: lambda written, _row, place: output_files(written, place.scope, place.dynamic),
    Reference: lambda written, _row, _place: Constant(written),
    Unwritten: lambda written, _row, _place: Constant(written),
}


def _check_exit_ranges(conditions: ExitConditions, at: SourcePosition) -> None:
    for start, end, _ in conditions.exit_code_ranges:
        if end < start:
            fail_at(at, f"the range of exit codes ends at {end}, before it starts at {start}")


_CHECKS: Mapping[object, Callable[[Any, SourcePosition], None]] = {ExitConditions: _check_exit_ranges}
"""What only the values of a section together show."""
