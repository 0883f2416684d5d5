"""Which tasks a task waits for, as the service takes them: single ids, and ranges of integer ids."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from recipebatch.errors import SourcePosition, fail_at
from recipebatch.plan.expressions import File, compile_setting, known
from recipebatch.plan.model import PlannedDependencies
from recipebatch.properties.written_scalars import all_plain
from recipebatch.vocabulary.limits import MAX_DEPENDENCY_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from recipebatch.recipe.model import DependencySpec, TaskSpec, Text

    Scope = Mapping[str, object]
    Wait = Callable[[int, Scope], PlannedDependencies | None]

# The service's ranges hold ids that are the decimal text of a 32 bit number, without leading zeros.
_INTEGER_ID = re.compile(r"(?:0|[1-9]\d{0,8}|1\d{9})\Z")
_SHORTEST_RANGE = 3


class Expanded:
    """The tasks of one template: their ids, and what each loops over.

    Attributes:
        dynamic: what `item`, `file`, `index` … stand for in each task.
        ids: of the tasks; None where an id is not right (that is reported elsewhere).
        is_sample: its items are UNKNOWN; one task stands for all of them.
    """

    def __init__(self, spec: TaskSpec, dynamic: Sequence[Mapping[str, object]], *, is_sample: bool = False) -> None:
        self.spec = spec
        self.dynamic = dynamic
        self.is_sample = is_sample
        self.ids: list[str | None] = []
        self._whole: PlannedDependencies | None = None
        self._items: dict[str, list[str]] | None = None

    def whole(self) -> PlannedDependencies:
        """All of them."""
        if self._whole is None:
            self._whole = wire(known(identity) for identity in self.ids if identity is not None)
        return self._whole

    def with_item(self, key: str) -> list[str]:
        """The ids of the tasks whose item has this key."""
        if self._items is None:
            self._items = {}
            for dynamic, identity in zip(self.dynamic, self.ids, strict=True):
                if identity is not None:
                    self._items.setdefault(item_key(dynamic, self.keys()), []).append(known(identity))
        return self._items.get(key, [])

    def keys(self) -> frozenset[str] | None:
        """The keys of its items where they are mappings; None where they are not."""
        first = known(self.dynamic[0].get("item")) if self.dynamic else None
        return frozenset(map(str, first)) if isinstance(first, dict) else None


def wire(ids: Iterable[str], ranges: Iterable[tuple[int, int]] = ()) -> PlannedDependencies:
    """Ids as the service takes them: three and more consecutive integers become a range."""
    texts: dict[str, None] = {}
    numbers: set[int] = set()
    for identity in ids:
        if _INTEGER_ID.match(identity):
            numbers.add(int(identity))
        else:
            texts[identity] = None
    found: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    short = [
        str(number) for start, end in found if end - start < _SHORTEST_RANGE - 1 for number in range(start, end + 1)
    ]
    long = [(start, end) for start, end in found if end - start >= _SHORTEST_RANGE - 1]
    return PlannedDependencies(task_ids=(*texts, *short), task_id_ranges=(*long, *dict.fromkeys(ranges)))


def characters(dependencies: PlannedDependencies) -> int:
    """What the service counts against its limit."""
    return sum(map(len, dependencies.task_ids))


def item_key(dynamic: Mapping[str, object], keys: frozenset[str] | None = None) -> str:
    """The key of an item, equal for equal items; of a mapping only these keys, where any are given."""
    known = (dynamic[name] for name in ("file", "files", "item", "items") if name in dynamic)
    item = next(known, None)
    if isinstance(item, list):
        item = [f"file:{each.container}/{each.path}" if isinstance(each, File) else each for each in item]
    if isinstance(item, File):
        return f"file:{item.container}/{item.path}"
    if isinstance(item, dict) and keys is not None:
        item = {key: value for key, value in item.items() if str(key) in keys}
    return json.dumps(all_plain(item), sort_keys=True, default=str, ensure_ascii=False)


def waits(
    expanded: Expanded, others: Mapping[str, Expanded], left_out: frozenset[str], static: Scope, dynamic: frozenset[str]
) -> Wait:
    """A function from a task's number and names to what it waits for.

    Args:
        expanded: the template that waits.
        others: all templates of the job by name.
        left_out: templates whose `when` is false; no task waits for them.
        static: the names that are equal for all tasks.
        dynamic: the names that are not.

    Raises:
        InvalidRecipeError: the list is too long for the service; from here, or from the function.
    """
    entries = [entry for entry in expanded.spec.depends_on if entry.template not in left_out]
    if not entries:
        return lambda _number, _names: None
    parts = [_part(entry, expanded, others, static, dynamic) for entry in entries]
    wholes = [entry for entry in entries if entry.template is not None and not entry.same_item]
    if len(wholes) == len(entries):
        shared = _joined([others[entry.template or ""].whole() for entry in entries])
        _check(expanded, entries[0].at, shared)
        return lambda _number, _names: shared

    def make(_number: int, scope: Scope) -> PlannedDependencies | None:
        found = _joined([part(scope) for part in parts])
        _check(expanded, entries[0].at, found)
        return found

    return make


def _part(
    entry: DependencySpec, expanded: Expanded, others: Mapping[str, Expanded], static: Scope, dynamic: frozenset[str]
) -> Callable[[Scope], PlannedDependencies]:
    if entry.template is None:
        ids = [_text(setting, static, dynamic) for setting in entry.task_ids]
        ranges = [
            (compile_setting(start, static, dynamic), compile_setting(end, static, dynamic))
            for start, end in entry.ranges
        ]
        return lambda scope: wire(
            (known(identity(scope)) for identity in ids),
            (_range(entry.at, start(scope), end(scope)) for start, end in ranges),
        )
    other = others[entry.template]
    if not entry.same_item:
        return lambda _names: other.whole()
    keys = _common_keys(entry, expanded, other)

    def same(scope: Scope) -> PlannedDependencies:
        found = other.with_item(item_key(scope, keys))
        if not found:
            message = f"the task template {other.spec.name} has no task with the same item"
            fail_at(entry.at, message, "unknown-item", "let both loop over the same, or depend on all of its tasks")
        return wire(found)

    return same


def _common_keys(entry: DependencySpec, expanded: Expanded, other: Expanded) -> frozenset[str] | None:
    """The keys by which items are compared: those of the other template, which this one must have too."""
    if expanded.spec.for_each is None or other.spec.for_each is None:
        without = expanded if expanded.spec.for_each is None else other
        message = f"the task template {without.spec.name} has no for_each, so it has no item"
        fail_at(entry.at, message, "unknown-item", f"depend on all of its tasks: `- {other.spec.name}`")
    theirs, ours = other.keys(), expanded.keys()
    if theirs is None or ours is None:
        return theirs
    if not theirs <= ours:
        missing = ", ".join(sorted(theirs - ours))
        message = f"items of the task template {other.spec.name} have {missing}, those of {expanded.spec.name} do not"
        fail_at(entry.at, message, "unknown-item", f"depend on all of its tasks: `- {other.spec.name}`")
    return theirs


def _text(setting: Text, static: Scope, dynamic: frozenset[str]) -> Callable[[Scope], str]:
    made = compile_setting(setting, static, dynamic)
    return lambda scope: known(made(scope)) or ""


def _range(at: SourcePosition, start: int, end: int) -> tuple[int, int]:
    if end < start:
        fail_at(at, f"the range of task ids ends at {end}, before it starts at {start}", "invalid-recipe")
    return start, end


def _joined(parts: Sequence[PlannedDependencies]) -> PlannedDependencies:
    if len(parts) == 1:
        return parts[0]
    ids = dict.fromkeys(identity for part in parts for identity in part.task_ids)
    ranges = dict.fromkeys(span for part in parts for span in part.task_id_ranges)
    return PlannedDependencies(task_ids=tuple(ids), task_id_ranges=tuple(ranges))


def _check(expanded: Expanded, at: SourcePosition, found: PlannedDependencies) -> None:
    size = characters(found)
    if size > MAX_DEPENDENCY_CHARACTERS:
        message = (
            f"a task of {expanded.spec.name} depends on {len(found.task_ids):,} ids with {size:,} characters; "
            f"the service accepts {MAX_DEPENDENCY_CHARACTERS:,}"
        )
        hint = "remove `id` from the templates it depends on: generated integer ids can be sent as ranges"
        fail_at(at, message, "dependencies-too-long", hint)
