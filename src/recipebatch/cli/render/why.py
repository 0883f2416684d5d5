"""Why a run or a task is where it is, as one page: the cause, the evidence, the next step."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from recipebatch.phases import is_command
from recipebatch.text.terminal import one_line, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.phases import Diagnosis, Finding

_LEAST_WIDTH = 40


def why_text(found: Diagnosis, width: int | None = None) -> str:
    """The page; commands are never broken, so that they can be copied.

    Args:
        found: the diagnosis.
        width: the columns to break sentences at; None leaves them whole.
    """
    about = f"task {found.task_id} of run {found.run_id}" if found.task_id else f"run {found.run_id} of {found.recipe}"
    lines = list(_wrapped(f"{about}: {found.verdict}", "", width))
    for finding in found.findings:
        lines += ["", *_finding_lines(finding, width)]
    if not found.findings:
        lines += ["", "nothing keeps it from going on"]
    lines += ["", f"seen at {found.looked_at[:19].replace('T', ' ')} UTC"]
    for fact in found.facts:
        lines += _wrapped(fact, "  ", width)
    return "\n".join(lines)


def _finding_lines(finding: Finding, width: int | None) -> Iterator[str]:
    yield from _wrapped(f"{finding.sentence} [{finding.code}]", "", width, more="  ")
    for evidence in finding.evidence:
        if "\n" in evidence or evidence.lstrip().startswith("| "):
            # The output of a task, quoted as it is.
            yield from (f"  {line}" for line in printable(evidence).split("\n"))
        else:
            yield from _wrapped(evidence, "  ", width, more="    ")
    if finding.steps:
        yield "  next:"
        for step in finding.steps:
            yield from _step_lines(step, width)


def _step_lines(step: str, width: int | None) -> Iterator[str]:
    """A step; a command stands alone on its line, so that it can be copied."""
    words, colon, command = step.partition(": ")
    if is_command(step):
        yield f"    {one_line(step)}"
    elif colon and is_command(command):
        yield from _wrapped(f"{words}:", "    ", width)
        yield f"      {one_line(command)}"
    else:
        yield from _wrapped(step, "    ", width)


def _wrapped(text: str, indent: str, width: int | None, more: str = "") -> list[str]:
    """One value on lines of at most `width` columns; ids are never broken."""
    safe = one_line(text)
    if width is None:
        return [indent + safe]
    return textwrap.wrap(
        safe,
        max(width - 1, _LEAST_WIDTH),
        initial_indent=indent,
        subsequent_indent=more or indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
