"""One task template with a loop → the names of many tasks."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from recipebatch.errors import UnknownValueError, fail_at
from recipebatch.plan.expressions import (
    UNKNOWN,
    File,
    Namespace,
    compile_condition,
    count_matches,
    evaluate,
    evaluate_values,
    is_unknown,
    known,
)
from recipebatch.plan.input_requirements import are_known, required_items
from recipebatch.plan.loops.random_values import drawn, numbers, shuffled
from recipebatch.plan.loops.tables import MAX_ROWS, table_rows
from recipebatch.recipe.model import ForFactory, ForFiles, ForGrid, ForRandom, ForRows, RangeDimension
from recipebatch.text.exclusions import Exclusions
from recipebatch.text.globs import matches
from recipebatch.text.patterns import compile_pattern
from recipebatch.vocabulary.reserved_characters import MARK_NAMES, has_mark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from recipebatch.inputs import LocalInputs
    from recipebatch.recipe.model import Dimension, Distribution, ForEach, Recipe, TaskSpec

MAX_TASKS = MAX_ROWS
"""Tasks that one template may give; more is a mistake in a range."""

_VERY_MANY = 10**18
_MAX_CHOSEN_VALUES = 20_000_000
"""Values in all items of `combinations` together."""

_MAX_STEPS_OF_GROUPS = 1_000_000_000
"""Characters of all paths times instructions of a `group_by`: some seconds of the worst expression."""

MANY_TASKS = 50_000
"""Tasks of which it is worth to know beforehand that they are too large."""


UNKNOWN_ITEM = dict.fromkeys(("item", "items", "file", "files", "group", "index", "level"), UNKNOWN)
"""What stands for the tasks of a loop whose items are UNKNOWN: one task, to check what is equal for all of them."""


def ignore(_items: list[dict[str, object]]) -> None:
    """The probe of loops that need none."""


def loop_variables(
    task: TaskSpec,
    recipe: Recipe,
    scope: Mapping[str, object],
    inputs: LocalInputs,
    listings: Mapping[str, tuple[str, ...]] | None,
    probe: Callable[[list[dict[str, object]]], None] = ignore,
    *,
    warnings: list[str] | None = None,
) -> list[dict[str, object]] | None:
    """What `item` or `file`, and `index`, stand for in each task of a template.

    Args:
        task: the template.
        recipe: its recipe.
        scope: the names that are equal for all tasks.
        inputs: files and tables.
        listings: the blobs of containers; None before submission.
        probe: is given the first of more than `MANY_TASKS`, before memory is spent on all of them.
        warnings: receives what is not as expected, and stops nothing.

    Returns:
        One mapping per task; None when it is unknown before submission, as blobs of an existing container are.

    Raises:
        InvalidRecipeError: the loop has no items (`empty-for-each`), too many, or cannot be evaluated.
        UnknownValueError: its items depend on something UNKNOWN.
    """
    loop = task.for_each
    if loop is None:
        return [{}]
    found = _items(task, loop, recipe, scope, inputs, listings, [] if warnings is None else warnings)
    if found is None:
        return None
    chosen = _chosen(loop, found, scope, ignore if loop.batch.node is not None else probe)
    if not chosen:
        fail_at(loop.at, f"for_each of the task template {task.name}: every item is excluded", "empty-for-each")
    size = known(evaluate(loop.batch, scope))
    if size is not None:
        many = "files" if isinstance(loop.source, ForFiles) else "items"
        # Of groups of blobs a task gets the blobs of all.
        chosen = [_batch(many, chosen[start : start + size]) for start in range(0, len(chosen), size)]
    # The mappings are made above for this loop alone: a second million of them would take as much memory again.
    return _with_index(chosen)


def _with_index(chosen: list[dict[str, object]]) -> list[dict[str, object]]:
    for index, names in enumerate(chosen):
        names["index"] = index
    return chosen


def _chosen(
    loop: ForEach,
    found: Iterable[dict[str, object]],
    scope: Mapping[str, object],
    probe: Callable[[list[dict[str, object]]], None],
) -> list[dict[str, object]]:
    """The items that conditions leave, in their order, up to the limit."""
    values = iter(found)
    excluding = [compile_condition(node, scope) for node in loop.exclude]
    including = [compile_condition(node, scope) for node in loop.include]
    if excluding or including:
        values = (
            item
            for item in values
            if not any(holds(item) for holds in excluding) and all(holds(item) for holds in including)
        )
    seed = known(evaluate(loop.shuffle, scope))
    if seed is not None:
        values = iter(shuffled(list(values), seed))
    limit = evaluate(loop.limit, scope)
    if is_unknown(limit) and next(values, None) is not None:
        raise UnknownValueError
    values = itertools.islice(values, None if is_unknown(limit) else limit)
    chosen = list(itertools.islice(values, MANY_TASKS + 1))
    if len(chosen) > MANY_TASKS:
        probe(_with_index(chosen))
    for item in values:
        chosen.append(item)
        if len(chosen) > MAX_TASKS:
            message = f"the loop produces more than {MAX_TASKS:,} tasks"
            fail_at(loop.at, message, "too-many-tasks", "make it smaller, or set `limit`")
    return chosen


def _batch(many: str, items: list[dict[str, object]]) -> dict[str, object]:
    joined: list[object] = []
    for item in items:
        (value,) = (item[key] for key in ("file", "files", "item") if key in item)
        joined += value if many == "files" and isinstance(value, list) else [value]
    return {many: joined}


def _items(
    task: TaskSpec,
    loop: ForEach,
    recipe: Recipe,
    scope: Mapping[str, object],
    inputs: LocalInputs,
    listings: Mapping[str, tuple[str, ...]] | None,
    warnings: list[str],
) -> Iterable[dict[str, object]] | None:
    """What each item makes known: `file`, `files` and `group`, or `item`."""
    match loop.source:
        case ForFiles():
            files = _files(task, loop.source, recipe, scope, inputs, listings, warnings)
            if files is None:
                return None
            return _groups(loop.source, files) if loop.source.groups else ({"file": file} for file in files)
        case ForGrid():
            return ({"item": item} for item in _grid(task, loop, loop.source, scope))
        case ForFactory():
            return ({"item": item} for item in _made(task, loop, inputs.items[required_items(loop.source, scope).key]))
        case ForRandom():
            return ({"item": item} for item in _random(loop.source, scope))
        case ForRows():
            return (
                {"item": item} for item in table_rows(task.name, loop, str(evaluate(loop.source.file, scope)), inputs)
            )


def _groups(source: ForFiles, files: list[File]) -> Iterator[dict[str, object]]:
    """Groups of blobs in the order of their first ones."""
    found: dict[tuple[str, ...], list[File]] = {}
    members: dict[tuple[str, ...], dict[str, object]] = {}
    pattern = compile_pattern(source.group_by) if source.group_by is not None else None
    if pattern is not None and pattern.steps * sum(len(file.path) for file in files) > _MAX_STEPS_OF_GROUPS:
        message = f"group_by is too large for {len(files):,} paths"
        fail_at(source.container_at, message, "invalid-pattern", "use fewer and smaller repetitions, or a `prefix`")
    for file in files:
        values: dict[str, object] = {}
        key: tuple[str, ...] = (file.folder,)
        if pattern is not None:
            groups = pattern.search(file.path)
            if groups is None:
                continue
            values = {**groups}
            key = tuple(groups.values())
        found.setdefault(key, []).append(file)
        members.setdefault(key, {**values, "key": "-".join(key)})
    return ({"files": group, "group": Namespace("group", members[key])} for key, group in found.items())


def _random(source: ForRandom, scope: Mapping[str, object]) -> Iterator[dict[str, object]]:
    count, seed = evaluate(source.count, scope) or 0, known(evaluate(source.seed, scope))
    if count > MAX_TASKS:
        fail_at(source.at, f"random produces {count:,} tasks; at most {MAX_TASKS:,} are allowed", "too-many-tasks")
    drawn_values = [
        (name, given, {argument: known(evaluate(setting, scope)) for argument, setting in given.arguments})
        for name, given in source.values
    ]

    def value(index: int, name: str, given: Distribution, arguments: dict[str, float]) -> float:
        try:
            return drawn(given.kind, arguments, numbers(seed, name, index))
        except (ValueError, OverflowError) as error:
            fail_at(given.at, f"the distribution of {name}: {error}", "invalid-distribution")

    return (
        {name: value(index, name, given, arguments) for name, given, arguments in drawn_values}
        for index in range(count)
    )


def _files(
    task: TaskSpec,
    source: ForFiles,
    recipe: Recipe,
    scope: Mapping[str, object],
    inputs: LocalInputs,
    listings: Mapping[str, tuple[str, ...]] | None,
    warnings: list[str],
) -> list[File] | None:
    container = recipe.container(source.container)
    if source.local is not None:
        blobs = inputs.names[str(evaluate(source.local, scope))]
    elif listings is not None and source.container in listings:
        blobs = sorted(listings[source.container])
    elif container is not None and container.existing:
        return None
    elif container is not None and not are_known(container.uploads, scope):
        raise UnknownValueError
    else:
        blobs = [file.blob for file in inputs.files.get(source.container, ())]
    prefix = known(evaluate(source.prefix, scope))
    include = tuple(str(evaluate(pattern, scope)) for pattern in source.include)
    exclude = Exclusions(str(evaluate(pattern, scope)) for pattern in source.exclude)
    depth = 1 + max((blob.count("/") for blob in blobs), default=0) if len(exclude) else 0
    if not count_matches(len(blobs) * (len(include) + len(exclude) * depth)):
        message = f"{len(blobs):,} blobs and the patterns of include and exclude are too many to be compared"
        fail_at(source.container_at, message, "too-many-files", "use fewer patterns, or a `prefix`")
    chosen = [
        File(blob, source.container)
        for blob in blobs
        if blob.startswith(prefix)
        and (not include or matches(blob, include))
        and not (len(exclude) and exclude.leaves_out(blob))
    ]
    warnings += [
        f"{source.container_at}: exclude {pattern} matches no blob of {source.container}"
        for pattern in (exclude.unused() if blobs else ())
    ]
    if not chosen:
        where = f"the container {source.container}"
        where += f' with the prefix "{prefix}"' if prefix else ""
        where += f" with {' or '.join(include)}" if include else ""
        has = f"{len(blobs)} blobs, none of which fits" if blobs else "no blobs"
        hint = "check prefix, include and exclude" if blobs else f"add `uploads` to storage.{source.container}"
        message = f"for_each of the task template {task.name} produces no tasks: {where} has {has}"
        fail_at(source.container_at, message, "empty-for-each", hint)
    refused = next((file.path for file in chosen if has_mark(file.path)), None)
    if refused is not None:
        message = f"the blob {refused[:80]!a} of {source.container} has a reserved character ({MARK_NAMES}) in its name"
        fail_at(source.container_at, message, "invalid-blob-name", "rename it, or leave it out: `exclude`")
    return chosen


def _grid(task: TaskSpec, loop: ForEach, source: ForGrid, scope: Mapping[str, object]) -> Iterator[object]:
    if source.repeat is not None:
        times = evaluate(source.repeat, scope) or 0
        if times > MAX_TASKS:
            fail_at(loop.at, f"repeat produces {times:,} tasks; at most {MAX_TASKS:,} are allowed", "too-many-tasks")
        return iter(range(times))
    columns = [(name, _values(dimension, scope)) for name, dimension in source.dimensions]
    if source.kind == "zip":
        return _zip(loop, columns)
    if source.length is not None:
        return _combinations(task, loop, columns[0][1], evaluate(source.length, scope), replacement=source.replacement)
    count = 1
    for name, values in columns:
        count *= len(values)
        if not values:
            which = f"dimension {name} of " if name else ""
            message = f"for_each of the task template {task.name} produces no tasks: {which}{source.kind} is empty"
            fail_at(loop.at, message, "empty-for-each")
    if count > MAX_TASKS and not _is_cut_short(loop):
        hint = "make the ranges smaller, or set `limit`"
        fail_at(
            loop.at,
            f"{source.kind} produces {count:,} tasks; at most {MAX_TASKS:,} are allowed",
            "too-many-tasks",
            hint,
        )
    if len(columns) == 1 and columns[0][0] is None:
        return iter(columns[0][1])
    keys = [str(name) for name, _ in columns]
    combinations = itertools.product(*(values for _, values in columns))
    return (dict(zip(keys, combination, strict=True)) for combination in combinations)


def _combinations(
    task: TaskSpec, loop: ForEach, values: list[Any], length: int, *, replacement: bool
) -> Iterator[object]:
    """Every choice of so many of the values, in their order."""
    count = _ways(len(values) + length - 1 if replacement and values else len(values), length)
    if count == 0:
        reason = f"{length} of {len(values)} values cannot be chosen"
        message = f"for_each of the task template {task.name} produces no tasks: {reason}"
        fail_at(loop.at, message, "empty-for-each")
    if count > MAX_TASKS and not _is_cut_short(loop):
        many = f"{count:,}" if count < _VERY_MANY else "a great many"
        message = f"combinations produces {many} tasks; at most {MAX_TASKS:,} are allowed"
        fail_at(loop.at, message, "too-many-tasks", "choose fewer values, or set `limit`")
    if min(count, MAX_TASKS) * length > _MAX_CHOSEN_VALUES:
        message = f"combinations of {length:,} values hold more than {_MAX_CHOSEN_VALUES:,} values together"
        fail_at(loop.at, message, "too-many-tasks", "choose fewer values")
    choose = itertools.combinations_with_replacement if replacement else itertools.combinations
    return (list(chosen) for chosen in choose(values, length))


def _ways(values: int, length: int) -> int:
    """In how many ways so many of the values can be chosen; more than `_VERY_MANY` are not counted."""
    count = 1
    for number in range(min(length, values - length) if length <= values else 0):
        count = count * (values - number) // (number + 1)
        if count > _VERY_MANY:
            break
    return count if length <= values else 0


def _is_cut_short(loop: ForEach) -> bool:
    """Whether only the first items are ever made: a condition could refuse all of them, and a shuffle needs all."""
    return loop.limit.node is not None and not loop.exclude and not loop.include and loop.shuffle.node is None


def _zip(loop: ForEach, columns: list[tuple[str | None, list[Any]]]) -> Iterator[object]:
    lengths = {str(name): len(values) for name, values in columns}
    if len(set(lengths.values())) > 1:
        described = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        fail_at(
            loop.at,
            f"the lists of zip have different lengths: {described}",
            "unequal-lengths",
            "use lists of equal length, or product",
        )
    rows = zip(*(values for _, values in columns), strict=True)
    return (dict(zip(lengths, row, strict=True)) for row in rows)


def _values(dimension: Dimension, scope: Mapping[str, object]) -> list[Any]:
    if isinstance(dimension, RangeDimension):
        return _range(dimension, scope)
    values = known(evaluate_values(dimension.node, scope))
    if not isinstance(values, list):
        fail_at(
            dimension.node.at,
            "the value to loop over is not a list",
            "expression-failed",
            "use a parameter of type list",
        )
    return values


def _made(task: TaskSpec, loop: ForEach, items: list[Any]) -> list[Any]:
    if not items:
        fail_at(
            loop.at,
            f"for_each of the task template {task.name} produces no tasks: its factory returned none",
            "empty-for-each",
        )
    return items


def _range(dimension: RangeDimension, scope: Mapping[str, object]) -> list[int] | list[float]:
    start, stop, step = (
        evaluate(dimension.start, scope),
        evaluate(dimension.stop, scope),
        evaluate(dimension.step, scope),
    )
    if stop is None:
        return []
    exact = [Decimal(str(number)) for number in (start, stop, step)]
    count = int((exact[1] - exact[0]) / exact[2]) + 1 if (exact[1] - exact[0]) * exact[2] >= 0 else 0
    if count > MAX_TASKS:
        fail_at(dimension.at, f"range produces {count:,} numbers; at most {MAX_TASKS:,} are allowed", "too-many-tasks")
    if isinstance(start, int) and isinstance(stop, int) and isinstance(step, int):
        return [start + number * step for number in range(count)]
    return [float(exact[0] + number * exact[2]) for number in range(count)]
