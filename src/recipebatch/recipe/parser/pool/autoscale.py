"""`auto_scale:` → AutoScaleSpec: a formula, or a scenario with what it needs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from recipebatch.recipe.model import AutoScaleSpec, value_types
from recipebatch.recipe.parser.task_settings import flag, word
from recipebatch.vocabulary import limits

if TYPE_CHECKING:
    from recipebatch.recipe.nodes import Node
    from recipebatch.recipe.parser.section_reader import Reader

_BY_TASKS = ("active_tasks", "pending_tasks")
_ONLY_BY_TASKS = ("sample_window", "max_increment")
_ONLY_BY_CLOCK = ("hours", "utc_offset")
_OF_ANY = ("formula", "evaluation_interval")
_MIN_WINDOW = timedelta(minutes=1)
_DEFAULT_WINDOW = timedelta(minutes=10)
_WORK_HOURS = (8, 18)
_EARLIEST, _LATEST = -12, 14


def auto_scale(node: Node, reader: Reader) -> AutoScaleSpec | None:
    """`auto_scale:` of a pool, or None."""
    written = node.get("auto_scale")
    if written is None:
        return None
    scenario = word(written, "scenario")
    _check(node, written, scenario, reader)
    hours = written.get("hours")
    hour = value_types.integer(0, 24)
    interval = value_types.duration(limits.MIN_AUTO_SCALE_INTERVAL, limits.MAX_AUTO_SCALE_INTERVAL)
    return AutoScaleSpec(
        at=written.at,
        formula=reader.setting(written, "formula", value_types.some_text, None),
        evaluation_interval=reader.setting(written, "evaluation_interval", interval, None),
        scenario=scenario,
        min_nodes=reader.setting(written, "min_nodes", value_types.integer(0), 0),
        max_nodes=reader.setting(written, "max_nodes", value_types.integer(0), None),
        max_increment=reader.setting(written, "max_increment", value_types.integer(1), None),
        spot=flag(written, "spot", default=False),
        hours=(
            reader.setting(hours, "start", hour, _WORK_HOURS[0]),
            reader.setting(hours, "end", hour, _WORK_HOURS[1]),
        ),
        utc_offset=reader.setting(written, "utc_offset", _offset, 0.0),
        sample_window=reader.setting(written, "sample_window", value_types.duration(_MIN_WINDOW), _DEFAULT_WINDOW),
        node_deallocation_option=(word(written, "node_deallocation_option") or "task_completion").replace("_", ""),
    )


def _check(pool: Node, written: Node, scenario: str | None, reader: Reader) -> None:
    for key in ("target_dedicated_nodes", "target_low_priority_nodes", "spot_nodes"):
        if key in pool.entries():
            message = f"auto_scale and {key} exclude each other: the formula decides the number of nodes"
            reader.problem(pool.entries()[key].key_at, message, "exclusive-keys", "keep one of them")
    entries = written.entries()
    if scenario is None:
        # Without a formula either, the scenario was refused: what belongs to it may be right.
        for key in entries.keys() - set(_OF_ANY) if "formula" in entries else ():
            message = f"{key} belongs to a scenario, not to a formula"
            reader.problem(entries[key].key_at, message, "exclusive-keys", "say it in the formula")
        return
    if "max_nodes" not in entries:
        hint = "how many nodes at most: `max_nodes: 10`"
        reader.problem(written.at, "a scenario needs max_nodes", "missing-key", hint)
    smallest, largest = written.get("min_nodes"), written.get("max_nodes")
    if smallest is not None and largest is not None and _above(smallest.value, largest.value):
        message = f"min_nodes is {smallest.value}, above max_nodes, {largest.value}"
        reader.problem(smallest.at, message, "invalid-recipe", "swap them")
    wrong: tuple[str, ...] = _ONLY_BY_CLOCK if scenario in _BY_TASKS else _ONLY_BY_TASKS
    if scenario == "weekend":
        wrong = (*wrong, "hours")
    for key in wrong:
        if key in entries:
            message = f"the scenario {scenario} knows no {key}"
            reader.problem(entries[key].key_at, message, "exclusive-keys", f"remove {key}")
    _check_hours(written.get("hours"), reader)


def _check_hours(hours: Node | None, reader: Reader) -> None:
    if hours is None:
        return
    start, end = hours.get("start"), hours.get("end")
    first = _WORK_HOURS[0] if start is None else start.value
    last = _WORK_HOURS[1] if end is None else end.value
    if first == last or _above(first, last):
        reader.problem(hours.at, f"the work day ends at {last}, not after {first}", "invalid-recipe", "swap them")


def _above(first: Any, second: Any) -> bool:
    return isinstance(first, int) and isinstance(second, int) and first > second


def _offset(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not _EARLIEST <= value <= _LATEST:
        raise ValueError(f"must be hours from {_EARLIEST} to {_LATEST}, not {value_types.shown(value)}")
    return float(value)
