"""Rows and shapes of the property tables: what a property that is passed on is called, may be and where it goes.

A property of a recipe that the service gets as it is costs one row here (and one entry of the schema). A row gives its
REST name and its type; the parser reads the section by the rows, the resolver evaluates it, and the service client
writes the request from them. A class whose fields are made by `prop` is such a table: `shape_of` reads it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from recipebatch.properties import value_types
from recipebatch.vocabulary import limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import timedelta

    from recipebatch.properties.value_types import Converter

SAME = "."
"""As a key or REST name: the properties are in the mapping itself, not in a mapping below it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One property.

    Attributes:
        wire: its name in the REST API, with dots for nesting; empty where the service has no such property.
        key: its name in the recipe, with dots likewise, where it is not the field's own; `a|b` are two names for one.
        default: the value when nothing is written.
        omit_default: the default is not sent.
        unless: the field that, when it has a value, keeps this one from being sent.
        by_code: code sends it, not the table.
    """

    wire: str = ""
    key: str = ""
    default: Any = None
    omit_default: bool = False
    unless: str = ""
    by_code: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Value(Row):
    """A scalar, or with `many` a list of them.

    Attributes:
        convert: checks it; answers what is sent.
        deferred: it may hold secrets, SAS tokens and addresses of containers, which are filled in with the request.
        secret: it can only come from a parameter of type secret.
    """

    convert: Converter[Any]
    deferred: bool = False
    secret: bool = False
    many: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape(Row):
    """A mapping, or with `many` a list of them.

    Attributes:
        rows: field → row.
        make: makes the planned value of the fields; None makes a mapping by REST names of what is written.
        always: the value is made of defaults where nothing is written.
        constants: what the request says beside.
        raw: the `raw:` of the section may add properties below it that have no row.
    """

    rows: Mapping[str, Row]
    make: Callable[..., Any] | None = None
    many: bool = False
    always: bool = False
    constants: tuple[tuple[str, object], ...] = ()
    raw: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs(Row):
    """A mapping of names to texts, a list of names and values on the wire; `deferred` as in `Value`.

    Attributes:
        environment: they are variables of a process, whose system limits their length.
    """

    default: Any = ()
    environment: bool = False
    deferred: bool = False
    convert: Converter[str] = value_types.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(Row):
    """A command line, or under `shell_key` the commands of a shell; `optional`: one that does nothing by default."""

    shell_key: str = "commands"
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceFiles(Row):
    """Files that come to the node."""

    default: Any = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputFiles(Row):
    """Files that leave the node."""

    default: Any = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference(Row):
    """The name of a container of the recipe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw(Row):
    """`raw:`, properties of the request that have no row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwritten(Row):
    """A field that the recipe has no key for."""


def prop(row: Row) -> Any:
    """A field of a table class."""
    if isinstance(row, Shape) and row.make is None and not row.many:
        return field(default_factory=dict, metadata={"row": row})
    return field(default=row.default, metadata={"row": row})


def shape_of(cls: type, *, other_rows: Mapping[str, Row] | None = None, **settings: Any) -> Shape:
    """The shape that a table class describes; `other_rows` replace some of its rows."""
    rows = {each.name: each.metadata["row"] for each in fields(cls) if "row" in each.metadata}
    return Shape(rows={**rows, **(other_rows or {})}, make=cls, **settings)


def block(wire: str, cls: type, **settings: Any) -> Shape:
    """A mapping of its own with the rows of a table class; with `always`, what the class makes of nothing."""
    default = cls() if settings.get("always") else () if settings.get("many") else None
    return shape_of(cls, wire=wire, default=default, **settings)


def tuples(wire: str, **rows: Row) -> Shape:
    """A list of mappings that are tuples in a plan, in the order of the rows."""
    return Shape(wire=wire, rows=rows, make=lambda **values: tuple(values.values()), many=True, default=())


def text(wire: str, **settings: Any) -> Value:
    """A text that is not empty."""
    return Value(wire=wire, convert=value_types.some_text, **settings)


def flag(wire: str, *, default: bool | None = None, **settings: Any) -> Value:
    """True or false."""
    return Value(wire=wire, convert=value_types.boolean, default=default, **settings)


def integer(wire: str, minimum: int, maximum: int | None = None, **settings: Any) -> Value:
    """A whole number in a range, both ends included; at most what the service can read."""
    return Value(
        wire=wire, convert=value_types.integer(minimum, limits.MAX_INTEGER if maximum is None else maximum), **settings
    )


def duration(wire: str, minimum: timedelta | None = None, maximum: timedelta | None = None, **settings: Any) -> Value:
    """A length of time above zero."""
    return Value(wire=wire, convert=value_types.duration(minimum, maximum), **settings)


def azure_id(wire: str, **settings: Any) -> Value:
    """The id of an Azure resource."""
    return Value(wire=wire, convert=value_types.resource_id, **settings)


def choice(wire: str, *words: str, names: Mapping[str, str] | None = None, **settings: Any) -> Value:
    """One of some words; on the wire without underscores, or as `names` says."""
    return Value(wire=wire, convert=value_types.enum_value(*words, **(names or {})), **settings)


def section(wire: str, *, many: bool = False, **rows: Row) -> Shape:
    """A mapping of its own that a plan holds by REST names."""
    return Shape(wire=wire, rows=rows, many=many)


def flattened(shape: Shape) -> Iterator[tuple[str, Row]]:
    """The rows of a shape, those of shapes that share its mapping included."""
    for name, row in shape.rows.items():
        if isinstance(row, Shape) and row.key == SAME:
            below = "" if row.wire == SAME else f"{row.wire}."
            yield from ((inner, replace(each, wire=below + each.wire)) for inner, each in flattened(row))
        else:
            yield name, row


def raw_names(shape: Shape, path: str = "") -> dict[str, Any]:
    """REST name → the recipe's key for it, or where `raw:` may add to a mapping, the same for what is below."""
    found: dict[str, Any] = {}
    for name, row in flattened(shape):
        key = path + (row.key or name).partition("|")[0]
        if isinstance(row, Shape) and row.raw:
            found[row.wire] = raw_names(row, f"{key}.")
        elif row.wire and not isinstance(row, Raw):
            *parents, last = row.wire.split(".")
            below = found
            for parent in parents:
                below = below.setdefault(parent, {})
            below[last] = key
    return found
