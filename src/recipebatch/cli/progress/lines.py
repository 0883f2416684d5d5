"""The lines of a live view, made of a `LiveState` for a width and a height. Pure: no terminal, no clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from recipebatch.text.sizes import size_text
from recipebatch.text.terminal import one_line
from recipebatch.vocabulary.states import FAILED_TO_START, NodeState, TaskState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from recipebatch.cli.progress.state import LiveState, Rate
    from recipebatch.report import Amount, NodeCounts, TaskCounts, TemplateCounts

_SPINNER, _PLAIN_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", "-\\|/"
_BAR, _PLAIN_BAR = ("━", "─"), ("=", "-")
_WIDEST_BAR, _NARROWEST_BAR = 24, 3
_WIDEST_NAME, _NARROWEST_NAME = 28, 12
_WIDE = 72
"""Columns from which on there is room between the columns."""

_ASCII = str.maketrans("·…×", "-~x")
_OLD = 60.0
"""Seconds after which counts are said to be of then."""

_MAX_GROUPS = 3
"""Lines of failures; all of them are said at the end of the phase."""

_IN_DAYS = 48
"""From so many hours on, a time is said in days."""

_IN_ONE_LINE = 4
"""Templates that a line without a terminal names."""

_LONGEST_NODE = 15
"""Characters of a node's id beside what its start task wrote: Azure's have 72, and the first tell it from others."""

_RUNS = frozenset({NodeState.RUNNING})
_BAD = frozenset({*FAILED_TO_START, NodeState.PREEMPTED, NodeState.UNKNOWN})


class Span(NamedTuple):
    """A piece of a line, and how it is shown: `bold`, `dim`, `green`, `red`, `yellow`, `cyan` or nothing."""

    text: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A line with a bar, before its width is known.

    Attributes:
        name: what it is of.
        share: of the bar that is full, from 0 to 1.
        amount: `1,198/3,000`.
        parts: said after it, with the order in which they give way where the line is too long: the largest first.
        failed: something of it has failed.
    """

    name: str
    share: float
    amount: str
    parts: tuple[tuple[Span, int], ...] = ()
    failed: bool = False


def live_lines(
    state: LiveState, now: float, *, width: int, height: int, tick: int = 0, unicode: bool = True
) -> list[list[Span]]:
    """What is shown now, at most `height` lines of at most `width` columns.

    Args:
        state: what goes on.
        now: by the clock that the state was told.
        width: of the terminal, in columns.
        height: how many lines there is room for.
        tick: which picture of the spinner.
        unicode: the terminal shows more than ASCII.
    """
    head = _head(state, now, tick, unicode=unicode)
    nodes = [_nodes_line(each) for each in state.nodes.values()]
    groups = [[Span("failed ", "red"), Span(one_line(text))] for text in state.failures.lines]
    groups = [*groups[:_MAX_GROUPS], *_more_groups(len(groups) - _MAX_GROUPS)]
    outputs = [
        [Span(f"start task of {_short_node(one_line(node))}: ", "dim"), Span(one_line(line))]
        for node, line in (each.start_task for each in state.nodes.values())
        if line
    ][:1]
    rest = [*nodes, *outputs, *groups][: max(height - 2, 0)]
    rows, folded = _folded(state, now, max(height - 1 - len(rest), 1))
    shown = [*_aligned(rows, width - 2, unicode=unicode), *folded, *rest]
    lines = [head, *([Span("  "), *line] for line in shown)][:height]
    cut_lines = [cut(line, width) for line in lines]
    return (
        cut_lines if unicode else [[Span(text.translate(_ASCII), style) for text, style in line] for line in cut_lines]
    )


def _short_node(node: str) -> str:
    return node if len(node) <= _LONGEST_NODE else f"{node[: _LONGEST_NODE - 1]}…"


def plain_line(state: LiveState, now: float | None = None) -> str:
    """What goes on, in one line for a log: `watch: count 1,198/3,000, 16 running; nodes of p: 16 running`.

    Args:
        state: what goes on.
        now: by the clock that the state was told; without it nothing is said that changes by time alone.
    """
    rows = _rows(state, now)
    texts = [_row_text(row) for row in rows]
    if len(texts) > _IN_ONE_LINE:
        texts = [_all_tasks_text(state), *texts[: _IN_ONE_LINE - 1], f"and {len(texts) - _IN_ONE_LINE + 1} more"]
    texts += [f"nodes of {each.pool_id}: {_nodes_text(each)}" for each in state.nodes.values()]
    texts += [f"cost so far {state.cost}"] if state.cost and state.tasks else []
    return one_line(f"{state.phase}: {'; '.join(texts)}" if state.phase else "; ".join(texts)) if texts else ""


def seconds_text(seconds: float) -> str:
    """`0:42`, `2:10`, `1:02:10`, `3 d 4 h`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= _IN_DAYS:
        return f"{hours // 24} d {hours % 24} h"
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def columns(text: str) -> int:
    """How many columns a terminal shows a text in."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def cut(line: Sequence[Span], width: int) -> list[Span]:
    """The beginning of a line that is too long, which then ends in an ellipsis."""
    if sum(columns(span.text) for span in line) <= width:
        return list(line)
    kept: list[Span] = []
    room = width - 1
    for text, style in line:
        if columns(text) > room:
            fits = next(end for end in range(len(text), -1, -1) if columns(text[:end]) <= room)
            return [*kept, Span(text[:fits], style), Span("…")]
        kept.append(Span(text, style))
        room -= columns(text)
    return kept


def _head(state: LiveState, now: float, tick: int, *, unicode: bool) -> list[Span]:
    spinner = _SPINNER if unicode else _PLAIN_SPINNER
    head = [Span(spinner[tick % len(spinner)] + " ", "cyan"), Span(state.phase or "working", "bold")]
    head.append(Span(f" {seconds_text(max(now - state.since, 0.0))}", "dim"))
    if len(state.tasks) > 1 or sum(len(each.templates) for each in state.tasks.values()) > 1:
        head.append(Span(f"  {_all_tasks_text(state)}"))
    if state.cost and state.tasks:
        head.append(Span(f" · {state.cost} so far" if len(head) > 3 else f"  {state.cost} so far"))  # noqa: PLR2004
    return head


def _all_tasks_text(state: LiveState) -> str:
    totals = [each.totals for each in state.tasks.values()]
    done = sum(each.succeeded + each.failed for each in totals)
    planned = sum(max(each.planned, each.totals.total) for each in state.tasks.values())
    running, failed = sum(each.running for each in totals), sum(each.failed for each in totals)
    parts = [f"{done:,}/{planned:,} tasks", f"{running:,} running", *([f"{failed:,} failed"] if failed else [])]
    return " · ".join(parts)


def _more_groups(count: int) -> list[list[Span]]:
    return [[Span(f"and {count} more kinds of failures", "dim")]] if count > 0 else []


def _folded(state: LiveState, now: float, room: int) -> tuple[list[Row], list[list[Span]]]:
    """The rows there is room for, those that move first, and a line for the others."""
    rows = _rows(state, now)
    if len(rows) <= room:
        return rows, []

    def urgency(row: Row) -> int:
        if any(span.text.endswith(TaskState.RUNNING) for span, _ in row.parts):
            return 0
        return 1 if row.failed else 3 if row.share >= 1 else 2

    chosen = sorted(rows, key=urgency)[: max(room - 1, 0)]
    hidden = [row for row in rows if row not in chosen]
    done = sum(row.share >= 1 for row in hidden)
    waiting = sum(row.share == 0 for row in hidden)
    states = [f"{count} {name}" for count, name in ((done, "complete"), (waiting, "not begun")) if count]
    more = f"and {len(hidden)} more templates" + (f": {', '.join(states)}" if states else "")
    return [row for row in rows if row in chosen], [[Span(more, "dim")]]


def _rows(state: LiveState, now: float | None) -> list[Row]:
    return [*(_amount_row(state, now, each) for each in state.amounts.values()), *_task_rows(state, now)]


def _amount_row(state: LiveState, now: float | None, amount: Amount) -> Row:
    rate = state.rate(amount.what)
    parts: list[tuple[Span, int]] = [(Span(one_line(amount.text)), 3)] if amount.text else []
    if amount.unit == "bytes":
        shown = f"{size_text(amount.done)}/{size_text(amount.total)}"
        if now is not None and (speed := rate.per_second(now)) is not None:
            parts.append((Span(f"{size_text(int(speed))}/s"), 2))
    else:
        shown = f"{amount.done:,}/{amount.total:,}"
    parts += _left(rate, amount.total, now)
    return Row(one_line(amount.what), _share(amount.done, amount.total), shown, tuple(parts))


def _task_rows(state: LiveState, now: float | None) -> Iterator[Row]:
    several = len(state.tasks) > 1
    for job in state.tasks.values():
        for template in job.templates:
            yield _template_row(state, job, template, now, several=several)
        if not job.templates:
            yield _row(one_line(job.job), job.planned, job, state.rate(job.job_id), now)


def _template_row(
    state: LiveState, job: TaskCounts, template: TemplateCounts, now: float | None, *, several: bool
) -> Row:
    name = f"{job.job}/{template.name}" if several else template.name
    return _row(one_line(name), template.planned, template, state.rate(job.job_id, template.name), now)


def _row(name: str, planned: int, counts: TaskCounts | TemplateCounts, rate: Rate, now: float | None) -> Row:
    totals = counts.totals
    done, total = totals.succeeded + totals.failed, max(planned, totals.total)
    parts: list[tuple[Span, int]] = []
    if totals.running:
        parts.append((Span(f"{totals.running:,} running", "cyan"), 1))
    if totals.failed:
        parts.append((Span(f"{totals.failed:,} failed", "red"), 0))
    if totals.active and not totals.running and done < total:
        parts.append((Span("waiting" if totals.active == total else f"{totals.active:,} waiting", "dim"), 2))
    age = getattr(counts, "age", 0.0)
    if now is not None and age >= _OLD and done < total:
        parts.append((Span(f"{seconds_text(age)} ago", "dim"), 4))
    parts += _left(rate, total, now)
    return Row(name, _share(done, total), f"{done:,}/{total:,}", tuple(parts), failed=bool(totals.failed))


def _left(rate: Rate, total: int, now: float | None) -> list[tuple[Span, int]]:
    left = None if now is None else rate.left(total, now)
    return [] if left is None else [(Span(f"{seconds_text(left)} left", "dim"), 2)]


def _share(done: int, total: int) -> float:
    return min(done / total, 1.0) if total else 0.0


def _row_text(row: Row) -> str:
    return ", ".join([f"{row.name} {row.amount}", *(span.text for span, _ in row.parts)])


def _aligned(rows: Sequence[Row], width: int, *, unicode: bool) -> Iterator[list[Span]]:
    """The rows with names, bars and amounts below each other; the bars take what room there is."""
    if not rows:
        return
    wide = width >= _WIDE
    widest, gap = (_WIDEST_NAME, 2) if wide else (_NARROWEST_NAME, 1)
    named = min(max(columns(row.name) for row in rows), widest)
    amounts = max(len(row.amount) for row in rows)
    room = width - named - gap - amounts
    narrow = room - _NARROWEST_BAR - gap
    # Without a bar where the amounts alone take the room.
    needed = max(sum(columns(span.text) + 3 for span in _fitting(row.parts, narrow)) for row in rows)
    bar = 0 if narrow < 0 else min(_WIDEST_BAR, room - needed - gap)
    room -= bar + gap if bar else 0
    for row in rows:
        name = "".join(span.text for span in cut([Span(row.name)], named))
        line = [Span(name + " " * (named - columns(name) + gap))]
        if bar:
            line += [*_bar(row, bar, unicode=unicode), Span(" " * gap)]
        line.append(Span(row.amount.rjust(amounts)))
        for span in _fitting(row.parts, room):
            line += [Span(" · ", "dim"), span]
        yield line


def _fitting(parts: Sequence[tuple[Span, int]], room: int) -> Iterable[Span]:
    left = list(parts)
    while left and sum(columns(span.text) + 3 for span, _ in left) > room:
        left.remove(max(left, key=lambda part: part[1]))
    return [span for span, _ in left]


def _bar(row: Row, width: int, *, unicode: bool) -> list[Span]:
    full, empty = _BAR if unicode else _PLAIN_BAR
    # A bar is full only when all is done.
    filled = width if row.share >= 1 else min(int(row.share * width), width - 1)
    style = "red" if row.failed else "green"
    return [span for span in (Span(full * filled, style), Span(empty * (width - filled), "dim")) if span.text]


def _nodes_line(nodes: NodeCounts) -> list[Span]:
    line = [Span("nodes  ", "dim")]
    target = "" if nodes.target is None else f" of {nodes.target}"
    line.append(Span(f"{sum(nodes.states.values())}{target}"))
    for number, (state, count) in enumerate(sorted(nodes.states.items(), key=lambda item: -item[1])):
        style = "red" if state in _BAD else "cyan" if state in _RUNS else ""
        line += [Span(": " if not number else ", "), Span(f"{count} {state}", style)]
    return [*line, Span(f"  {one_line(nodes.pool_id)}", "dim")]


def _nodes_text(nodes: NodeCounts) -> str:
    states = ", ".join(f"{count} {state}" for state, count in sorted(nodes.states.items(), key=lambda item: -item[1]))
    wanted = "" if nodes.target is None else f" (of {nodes.target})"
    return f"{states}{wanted}" if states else f"allocating{wanted}"
