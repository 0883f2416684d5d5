"""`auto_scale:` → Section: a formula, or a scenario with what it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recipebatch.properties.pool import AutoScale
from recipebatch.properties.table import shape_of
from recipebatch.recipe.parser.sections import read_section

if TYPE_CHECKING:
    from recipebatch.recipe.model import Section
    from recipebatch.recipe.nodes import Node
    from recipebatch.recipe.parser.section_reader import Reader

_BY_TASKS = ("active_tasks", "pending_tasks")
_ONLY_BY_TASKS = ("sample_window", "max_increment")
_ONLY_BY_CLOCK = ("hours", "utc_offset")
_OF_ANY = ("formula", "evaluation_interval")
_SHAPE = shape_of(AutoScale)


def auto_scale(node: Node, reader: Reader) -> Section | None:
    """`auto_scale:` of a pool, or None."""
    written = node.get("auto_scale")
    if written is None:
        return None
    found = read_section(written, _SHAPE, reader)
    for key in ("target_dedicated_nodes", "target_low_priority_nodes", "spot_nodes"):
        if key in node.entries():
            message = f"auto_scale and {key} cannot be used together: the formula decides the number of nodes"
            reader.problem(node.entries()[key].key_at, message, "exclusive-keys", "keep one of them")
    if "resize_timeout" in node.entries():
        # Source: Batch REST API, "Pool - Add Pool", resizeTimeout.
        message = "resize_timeout has no effect with auto_scale: the service asks for nodes again at each evaluation"
        hint = "remove it; how long to wait for nodes: `provisioning: {timeout: 1h}`"
        reader.problem(node.entries()["resize_timeout"].key_at, message, "exclusive-keys", hint)
    _check(written, found, reader)
    return found


def _check(written: Node, found: Section, reader: Reader) -> None:
    scenario = found["scenario"].literal()
    entries = written.entries()
    if scenario is None:
        # Without a formula either, the scenario was refused: what belongs to it may be right.
        for key in entries.keys() - set(_OF_ANY) if "formula" in entries else ():
            message = f"{key} belongs to a scenario, not to a formula"
            reader.problem(entries[key].key_at, message, "exclusive-keys", "set it in the formula")
        return
    if "max_nodes" not in entries:
        hint = "how many nodes at most: `max_nodes: 10`"
        reader.problem(written.at, "a scenario needs max_nodes", "missing-key", hint)
    smallest, largest = written.get("min_nodes"), written.get("max_nodes")
    if smallest is not None and largest is not None and _above(smallest.value, largest.value):
        message = f"min_nodes ({smallest.value}) is greater than max_nodes ({largest.value})"
        reader.problem(smallest.at, message, "invalid-recipe", "swap them")
    wrong: tuple[str, ...] = _ONLY_BY_CLOCK if scenario in _BY_TASKS else _ONLY_BY_TASKS
    if scenario == "weekend":
        wrong = (*wrong, "hours")
    for key in wrong:
        if key in entries:
            message = f"the scenario {scenario} does not use {key}"
            reader.problem(entries[key].key_at, message, "exclusive-keys", f"remove {key}")
    _check_hours(written.get("hours"), found, reader)


_HOURS = "write both; hours over midnight are a night shift: `hours: {start: 22, end: 6}`"


def _check_hours(hours: Node | None, found: Section, reader: Reader) -> None:
    first, last = found["start_hour"].literal(), found["end_hour"].literal()
    if hours is None:
        return
    if first == last:
        reader.problem(hours.at, f"hours.start and hours.end are both {first}", "invalid-recipe", _HOURS)
    elif _above(first, last) and len(hours.entries()) == 1:
        reader.problem(hours.at, f"hours.end ({last}) must be after hours.start ({first})", "invalid-recipe", _HOURS)


def _above(first: Any, second: Any) -> bool:
    return isinstance(first, int) and isinstance(second, int) and first > second
