"""Why a run or a task is where it is, as one page: the cause, the evidence, the next step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.cli.render import wrapped
from recipebatch.phases import is_command
from recipebatch.text.terminal import one_line, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.phases import Diagnosis, Finding


def why_text(found: Diagnosis, width: int | None = None) -> str:
    """The page; commands are never broken, so that they can be copied.

    Args:
        found: the diagnosis.
        width: the columns to break sentences at; None leaves them whole.
    """
    about = f"task {found.task_id} of run {found.run_id}" if found.task_id else f"run {found.run_id} of {found.recipe}"
    lines = list(wrapped(f"{about}: {found.verdict}", "", width))
    for finding in found.findings:
        lines += ["", *_finding_lines(finding, width)]
    if not found.findings:
        lines += ["", "nothing keeps it from going on"]
    lines += ["", f"seen at {found.looked_at[:19].replace('T', ' ')} UTC"]
    for fact in found.facts:
        lines += wrapped(fact, "  ", width)
    return "\n".join(lines)


def _finding_lines(finding: Finding, width: int | None) -> Iterator[str]:
    yield from wrapped(f"{finding.sentence} [{finding.code}]", "", width, more="  ")
    for evidence in finding.evidence:
        if "\n" in evidence or evidence.lstrip().startswith("| "):
            # The output of a task, quoted as it is.
            yield from (f"  {line}" for line in printable(evidence).split("\n"))
        else:
            yield from wrapped(evidence, "  ", width, more="    ")
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
        yield from wrapped(f"{words}:", "    ", width)
        yield f"      {one_line(command)}"
    else:
        yield from wrapped(step, "    ", width)
