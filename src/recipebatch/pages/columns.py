"""The tasks and nodes of a run as the page holds them: columns with few different values as indexes, packed. Pure."""

from __future__ import annotations

import base64
import json
import zlib
from typing import TYPE_CHECKING, Any

from recipebatch.pages.model import State
from recipebatch.pages.node_use import places_of
from recipebatch.text.terminal import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from recipebatch.pages.model import RunReportData

PACKED_VERSION = 1


def packed(data: RunReportData) -> str:
    """The columns as base64 of deflated JSON: letters that end no element of a page and need no escape."""
    text = json.dumps(columns(data), ensure_ascii=True, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode("ascii"), 9)).decode("ascii")


def columns(data: RunReportData) -> dict[str, Any]:
    """The tasks by column; times are whole milliseconds since `t0`, those of tasks as steps from one to the next.

    A value that is not known is null, an index of nothing -1.
    """
    t0, t1 = data.span or (data.facts.created, data.facts.created)
    zero = int(t0 * 1000)
    jobs, job = _indexed(task.job for task in data.tasks)
    templates, template = _indexed(task.template for task in data.tasks)
    causes, cause = _indexed(task.cause for task in data.tasks)
    codes, code = _indexed(task.code for task in data.tasks)
    places = {state: place for place, state in enumerate(State)}
    return {
        "v": PACKED_VERSION,
        "t0": zero,
        "t1": int(t1 * 1000) - zero,
        "now": int(data.seen_at * 1000) - zero,
        "live": data.live,
        "jobs": jobs,
        "templates": templates,
        "causes": causes,
        "codes": codes,
        "states": [state.value for state in State],
        "nodes": [
            [
                one_line(node.pool),
                one_line(node.id),
                node.vm_size,
                node.spot,
                node.preempted,
                *(_since(zero, time) for time in _times(node)),
                node.state,
            ]
            for node in data.nodes
        ],
        "job": job,
        "template": template,
        "cause": cause,
        "code": code,
        "id": [one_line(task.id) for task in data.tasks],
        "item": [one_line(task.item) for task in data.tasks],
        "state": [places[task.state] for task in data.tasks],
        "exit": [task.exit_code for task in data.tasks],
        "tries": [task.tries for task in data.tasks],
        "node": places_of(data.nodes, data.tasks),
        "created": _steps([_since(zero, task.created) for task in data.tasks]),
        "began": _steps([_since(zero, task.began) for task in data.tasks]),
        "ran": [
            None if (ended := _since(zero, task.ended)) is None else ended - (_since(zero, task.began) or 0)
            for task in data.tasks
        ],
    }


def _times(node: Any) -> tuple[float | None, ...]:
    return (node.allocated, node.start_began, node.start_ended, node.gone, node.last_seen)


def _since(zero: int, moment: float | None) -> int | None:
    return None if moment is None else round(moment * 1000) - zero


def _steps(values: Sequence[int | None]) -> list[int | None]:
    """Each value as the difference from the one before it that is known: small numbers pack well."""
    found: list[int | None] = []
    before = 0
    for value in values:
        found.append(None if value is None else value - before)
        before = before if value is None else value
    return found


def _indexed(values: Iterable[str]) -> tuple[list[str], list[int]]:
    """The different values, and for each of all its place among these."""
    names: dict[str, int] = {}
    places = [names.setdefault(value, len(names)) for value in values]
    return list(map(one_line, names)), places
