"""`for_each:` → ForEach, and the names that it makes known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.properties import value_types
from recipebatch.recipe.model import (
    Dimension,
    Distribution,
    ForEach,
    ForFactory,
    ForFiles,
    ForGrid,
    ForRandom,
    ForRows,
    ListDimension,
    RangeDimension,
    Source,
)
from recipebatch.text.patterns import InvalidPatternError, compile_pattern

if TYPE_CHECKING:
    from recipebatch.recipe.nodes import Node
    from recipebatch.recipe.parser.section_reader import Reader

FILE_MEMBERS = frozenset(("name", "stem", "suffix", "folder", "path", "container"))
DISTRIBUTIONS = {
    "uniform": ("low", "high"),
    "integer": ("low", "high"),
    "normal": ("mean", "deviation"),
    "lognormal": ("mean", "deviation"),
    "beta": ("alpha", "beta"),
    "exponential": ("rate",),
    "gamma": ("shape", "scale"),
    "triangular": ("low", "mode", "high"),
    "pareto": ("alpha",),
    "weibull": ("shape", "scale"),
}
"""The arguments of each distribution, in the order in which `recipebatch.plan.loops.random_values` takes it."""

_ABOVE_ZERO = frozenset(("alpha", "beta", "rate", "shape", "scale"))


def for_each(node: Node, reader: Reader) -> ForEach | None:
    """One loop; `reader` reads what must be the same for every run."""
    source = _source(node, reader)
    if source is None:
        return None
    in_loop = reader.with_names({name: known for name, known in item_names(node).items() if name != "index"})
    return ForEach(
        at=node.at,
        source=source,
        exclude=_conditions(node.get("exclude"), in_loop),
        include=_conditions(node.get("include"), in_loop),
        limit=reader.setting(node, "limit", value_types.integer(1), None),
        shuffle=reader.setting(node, "shuffle", value_types.integer(), None),
        batch=reader.setting(node, "batch", value_types.integer(1), None),
    )


def loop_names(node: Node) -> dict[str, frozenset[str] | None]:
    """What a loop makes known to its tasks: `file`, `files` with `group`, `item` or `items`, and `index`."""
    if node.get("batch") is None:
        return item_names(node)
    many = "files" if node.get("files") is not None else "items"
    return {many: None, "index": None}


def item_names(node: Node) -> dict[str, frozenset[str] | None]:
    """What one item of a loop is called, as its conditions see it."""
    files = node.get("files")
    if files is not None:
        groups = _groups(files)
        return (
            {"file": FILE_MEMBERS, "index": None} if groups is None else {"files": None, "group": groups, "index": None}
        )
    random = node.get("random")
    named = random.get("values") if random is not None else node.get("product") or node.get("zip")
    numbers = node.get("range")
    if named is None and numbers is not None and _is_named_range(numbers):
        named = numbers
    return {"item": frozenset(named.entries()) if named is not None else None, "index": None}


def _conditions(node: Node | None, reader: Reader) -> tuple[Node, ...]:
    conditions = () if node is None else node.items() if isinstance(node.value, tuple) else (node,)
    for condition in conditions:
        reader.template(condition)
    return tuple(conditions)


def _source(node: Node, reader: Reader) -> Source | None:
    files, rows, random = node.get("files"), node.get("rows"), node.get("random")
    factory, combinations = node.get("factory"), node.get("combinations")
    if factory is not None:
        return _factory(factory, reader)
    if combinations is not None:
        return _combinations(combinations, reader)
    if files is not None:
        return _files(files, reader)
    if random is not None:
        return _random(random, reader)
    return _rows(rows, reader) if rows is not None else _grid(node, reader)


def _factory(node: Node, reader: Reader) -> ForFactory:
    written = node if not isinstance(node.value, dict) else node.get("name")
    arguments = node.get("arguments")
    if arguments is not None:
        reader.tree(arguments)
    return ForFactory(at=node.at, name="" if written is None else str(written.value), arguments=arguments)


def _grid(node: Node, reader: Reader) -> ForGrid | None:
    items, numbers = node.get("items"), node.get("range")
    if items is not None:
        return ForGrid(kind="items", dimensions=((None, _dimension(items, reader)),))
    for kind in ("product", "zip"):
        named = node.get(kind)
        if named is not None:
            pairs = named.entries().items()
            return ForGrid(
                kind=kind, dimensions=tuple((name, _dimension(entry.value, reader)) for name, entry in pairs)
            )
    if node.get("repeat") is not None:
        times = reader.setting(node, "repeat", value_types.integer(1), None)
        return ForGrid(kind="repeat", dimensions=(), repeat=times)
    if numbers is None:
        return None
    if not _is_named_range(numbers):
        return ForGrid(kind="range", dimensions=((None, _range(numbers, reader)),))
    ranges = tuple((name, _range(entry.value, reader)) for name, entry in numbers.entries().items())
    return ForGrid(kind="range", dimensions=ranges)


def _combinations(node: Node, reader: Reader) -> ForGrid | None:
    values = node.get("of")
    if values is None:
        return None
    repeated = node.get("replacement")
    return ForGrid(
        kind="combinations",
        dimensions=((None, _dimension(values, reader)),),
        length=reader.setting(node, "length", value_types.integer(1), 2),
        replacement=repeated is not None and repeated.value is True,
    )


def _is_named_range(node: Node) -> bool:
    """`{x: {stop: 3}}` names dimensions; `{stop: 3}` is one range."""
    return all(isinstance(entry.value.value, dict) for entry in node.entries().values())


def _files(node: Node, reader: Reader) -> ForFiles:
    is_text = not isinstance(node.value, dict)
    written = node if is_text else node.get("container")
    by, pattern = (None, None) if is_text else (node.get("by"), node.get("group_by"))
    if by is not None and pattern is not None:
        reader.problem(pattern.at, "by and group_by cannot be used together", "exclusive-keys", "keep one of them")
    if pattern is not None:
        _check_pattern(pattern, reader)
    local = (
        None if is_text or node.get("local") is None else reader.setting(node, "local", value_types.path_pattern, None)
    )
    return ForFiles(
        local=local,
        container=reader.reference(written, reader.containers, "container") or "",
        container_at=written.at if written is not None else node.at,
        prefix=reader.setting(node, "prefix", value_types.text, ""),
        include=reader.texts(node, "include", value_types.path_pattern),
        exclude=reader.texts(node, "exclude", value_types.path_pattern),
        by_folder=by is not None and by.value == "folder",
        group_by=None if pattern is None else str(pattern.value),
    )


def _groups(files: Node) -> frozenset[str] | None:
    """The members of `group`, or None when each blob is a task."""
    if not isinstance(files.value, dict):
        return None
    by, pattern = files.get("by"), files.get("group_by")
    if pattern is not None:
        try:
            return frozenset(compile_pattern(str(pattern.value)).groups) | {"key"}
        except InvalidPatternError:
            return frozenset(("key",))
    return frozenset(("key",)) if by is not None and by.value == "folder" else None


def _check_pattern(node: Node, reader: Reader) -> None:
    try:
        groups = compile_pattern(str(node.value)).groups
    except InvalidPatternError as error:
        message = f"group_by is not a regular expression: {error}"
        reader.problem(node.at, message, "invalid-pattern", error.hint)
        return
    if not groups:
        hint = "add a named group: (?P<sample>[a-z]+)"
        reader.problem(node.at, "group_by has no named group", "invalid-pattern", hint)
    elif "key" in groups:
        reader.problem(
            node.at,
            "a group cannot be called key",
            "invalid-pattern",
            "key is reserved for the joined values of all groups",
        )


def _random(node: Node, reader: Reader) -> ForRandom:
    values = node.get("values")
    return ForRandom(
        at=node.at,
        count=reader.setting(node, "count", value_types.integer(1), None),
        seed=reader.setting(node, "seed", value_types.integer(), None),
        values=tuple((name, _distribution(entry.value, reader)) for name, entry in values.entries().items())
        if values is not None
        else (),
    )


def _distribution(node: Node, reader: Reader) -> Distribution:
    written = node.get("distribution")
    kind = str(written.value) if written is not None else "uniform"
    needed = DISTRIBUTIONS.get(kind, ())
    for name in needed:
        if node.get(name) is None:
            hint = f"{kind} has {' and '.join(needed)}"
            reader.problem(node.at, f"the distribution {kind} needs {name}", "missing-key", hint)
    for name, entry in node.entries().items():
        if name not in {*needed, "distribution"} and not name.startswith("x-"):
            hint = f"{kind} has {' and '.join(needed)}"
            reader.problem(entry.key_at, f"the distribution {kind} has no {name}", "exclusive-keys", hint)
    arguments = tuple(
        (name, reader.setting(node, name, _above_zero if name in _ABOVE_ZERO else number, 0)) for name in needed
    )
    return Distribution(at=node.at, kind=kind, arguments=arguments)


def _rows(node: Node, reader: Reader) -> ForRows:
    if not isinstance(node.value, dict):
        return ForRows(file=reader.value("rows", node, value_types.some_text, None), format=None, types=())
    written_format, types = node.get("format"), node.get("types")
    return ForRows(
        file=reader.text(node, "file"),
        format=str(written_format.value) if written_format is not None else None,
        types=tuple((name, str(entry.value.value)) for name, entry in types.entries().items()) if types else (),
    )


def _dimension(node: Node, reader: Reader) -> Dimension:
    if isinstance(node.value, dict):
        return _range(node, reader)
    reader.tree(node)
    return ListDimension(node=node)


def _range(node: Node, reader: Reader) -> RangeDimension:
    return RangeDimension(
        at=node.at,
        start=reader.setting(node, "start", number, 0),
        stop=reader.setting(node, "stop", number, None),
        step=reader.setting(node, "step", _step, 1),
    )


def number(value: object) -> float:
    """An integer or a decimal."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"must be a number, not {value_types.format_value(value)}")  # noqa: TRY004
    return value


def _above_zero(value: object) -> float:
    result = number(value)
    if result <= 0:
        raise ValueError(f"must be above 0, not {value_types.format_value(value)}")
    return result


def _step(value: object) -> float:
    result = number(value)
    if result == 0:
        raise ValueError("must not be 0")
    return result
