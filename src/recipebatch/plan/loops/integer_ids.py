"""Which task templates get integer ids: those that ask for it, and those whose names would not fit as dependencies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.plan import resource_names
from recipebatch.vocabulary.limits import MAX_DEPENDENCY_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from recipebatch.recipe.model import TaskSpec


def first_numbers(specs: Sequence[TaskSpec], counts: Mapping[str, int]) -> tuple[dict[str, int], list[str]]:
    """The first integer id of each template that gets such ids, and why those got them that did not ask. Pure.

    Args:
        specs: the templates of one job, in their order.
        counts: how many tasks each has.
    """
    by_name = {spec.name: spec for spec in specs}
    numeric = {spec.name for spec in specs if spec.ids == "numeric"}
    reasons: list[str] = []
    for spec in specs:
        whole = [entry.template for entry in spec.depends_on if entry.template is not None and not entry.same_item]
        lengths = {name: _characters(by_name[name], counts[name]) for name in whole if name in counts}
        # The longest lists first: the fewer templates lose their names, the better.
        for name in sorted(lengths, key=lambda name: -lengths[name]):
            left = sum(size for other, size in lengths.items() if other not in numeric)
            if left > MAX_DEPENDENCY_CHARACTERS and name not in numeric and by_name[name].ids == "auto":
                if by_name[name].id.node is not None:
                    continue
                numeric.add(name)
                reasons.append(
                    f"{by_name[name].at}: the tasks of {name} get integer ids: {spec.name} depends on all "
                    f"{counts[name]:,} of them, whose names would have {lengths[name]:,} characters"
                )
    found: dict[str, int] = {}
    following = 1
    for spec in specs:
        if spec.name in numeric and spec.name in counts:
            found[spec.name] = following
            following += counts[spec.name]
    return found, reasons


def _characters(spec: TaskSpec, count: int) -> int:
    """What the default ids of a template have together."""
    return count * len(resource_names.task_id(spec.name, 0, count))
