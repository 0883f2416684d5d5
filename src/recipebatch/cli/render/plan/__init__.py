"""The plan of a run, as text: a list of sections, of which each file here makes one kind.

A section that another part of recipebatch knows of, such as what a run costs, is given to `plan_text` as one `more`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from recipebatch.cli.render.plan.containers import container_section, taken_section, taken_text
from recipebatch.cli.render.plan.cost import cost_section
from recipebatch.cli.render.plan.jobs import job_section
from recipebatch.cli.render.plan.marks import Marks, existing_lines, head_lines, summary_line
from recipebatch.cli.render.plan.pools import pool_section
from recipebatch.cli.render.plan.quota import quota_section
from recipebatch.cli.render.plan.sections import MAX_LINES, Block, Section, fitted
from recipebatch.plan import NodesGo, nodes_go
from recipebatch.vocabulary.durations import span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from recipebatch.plan import PoolSize
    from recipebatch.plan.model import Plan
    from recipebatch.report import Comparison

__all__ = [
    "Block",
    "Section",
    "cost_section",
    "existing_text",
    "painted",
    "plan_text",
    "quota_section",
    "taken_text",
]

_MOST_ASKED = 24
"""Lines before a question, so that nothing of it is scrolled away."""


_TITLE = re.compile(r"^([A-Z][^:\n]*)$", re.MULTILINE)
_SYMBOL = re.compile(r"^((?:  |    )?)([-+~!=]) ", re.MULTILINE)
_SUMMARY = re.compile(r"^(Plan:)( )", re.MULTILINE)
_WARNING = re.compile(r"^(  warning)(: )", re.MULTILINE)
_COLOURS = {"+": "32", "~": "33", "-": "31", "!": "1;31", "=": "2"}


def plan_text(
    planned: Plan,
    scaled: Mapping[str, PoolSize] | None = None,
    *,
    comparison: Comparison | None = None,
    not_compared: str = "",
    more: Sequence[Section] = (),
    all_tasks: bool = False,
    width: int | None = None,
) -> str:
    """What a run would create.

    Args:
        planned: the plan.
        scaled: the target nodes of pools that the unfinished run keeps from `scale`.
        comparison: what would be done with what the account has; None if it was not asked.
        not_compared: why it was not.
        more: sections of others, between the jobs and the end of the run.
        all_tasks: every task and every file is listed; otherwise it is at most `MAX_LINES` lines.
        width: columns of the terminal that shows it; None is no terminal.
    """
    version = f" {planned.recipe_version}" if planned.recipe_version else ""
    marks = Marks(comparison)
    head = (f"recipe {planned.recipe_name}{version}", *head_lines(comparison, not_compared))
    sections = [
        Section("", tuple(Block((line,)) for line in head)),
        container_section(planned, marks, all_tasks=all_tasks),
        taken_section(planned.takes),
        pool_section(planned, scaled or {}, marks),
        job_section(planned, marks, all_tasks=all_tasks),
        *more,
        _end_section(planned),
        Section("Warnings", tuple(Block((f"  warning: {warning}",), "warning") for warning in planned.warnings)),
        Section("", (Block((summary_line(planned, comparison),)),)),
    ]
    return "\n".join(fitted(sections, width=width, most=None if all_tasks else MAX_LINES))


def existing_text(planned: Plan, comparison: Comparison, width: int | None) -> str:
    """What exists and would be changed or replaced, in few lines, with the count of everything."""
    blocks = tuple(Block(lines, "change") for lines in existing_lines(comparison))
    sections = [
        Section(f"Apply changes what exists in account {comparison.account}", blocks),
        Section("", (Block((summary_line(planned, comparison),)),)),
    ]
    return "\n".join(fitted(sections, width=width, most=_MOST_ASKED))


def painted(text: str) -> str:
    """The text of a plan in the colours of a terminal; no value begins a line, so that none is taken for ours."""
    text = _TITLE.sub("\x1b[1m\\1\x1b[0m", text)
    text = _WARNING.sub("\x1b[1;33m\\1\x1b[0m\\2", text)
    text = _SUMMARY.sub("\x1b[1m\\1\x1b[0m\\2", text)
    return _SYMBOL.sub(lambda found: f"{found[1]}\x1b[{_COLOURS[found[2]]}m{found[2]}\x1b[0m ", text)


def _end_section(planned: Plan) -> Section:
    """What is downloaded, and what becomes of all that the run made."""
    lines = []
    for entry in planned.collect:
        what = f"container {entry.container}" if entry.container else ", ".join(entry.task_files)
        lines.append(f"  collect {what} into {entry.into}")
    lines += _kept_for_files(planned)
    lines.append(f"  purge {planned.purge}")
    lines.append(f"  expires in {span(planned.run_limit)}: SAS tokens end{_at_expiry(planned)}")
    return Section("In the end", tuple(Block((line,), "line") for line in lines))


def _kept_for_files(planned: Plan) -> list[str]:
    """How long nodes stay for the files of tasks that are collected from them."""
    goes = [nodes_go(pool) for pool in planned.pools if not (pool.existing or pool.auto)]
    if not goes or not any(entry.task_files for entry in planned.collect):
        return []
    end = ", or the run expires" if set(goes) == {NodesGo.AT_EXPIRY} else ""
    without = "recipebatch scale --nodes 0 and purge --force remove them without the files"
    return [f"    nodes stay until task files are collected{end}; {without}"]


def _at_expiry(planned: Plan) -> str:
    """What happens to the pools of the run when it expires."""
    goes = [nodes_go(pool) for pool in planned.pools if not pool.existing]
    empty = goes.count(NodesGo.AT_EXPIRY)
    if not empty:
        return ""
    return " and pools scale to zero" if empty == len(goes) else f" and {empty} of {len(goes)} pools scale to zero"
