"""What a run of the suite found, as text: figures, a table per operation, and the page of the documentation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from recipebatch.emulator.http.operations import _OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.conformance.suite import Result

PAGE = Path(__file__).resolve().parents[3] / "docs" / "emulator-conformance.md"

_HEAD = """# The emulator against the recorded service

Written by `PYTHONPATH=tests python -m emulator.conformance.report --write`; a test compares it with what is found.

The facts were distilled from public recordings of the real service (2016 to 2026) into
`tests/emulator/conformance/data`: which properties, types, formats and headers the answers of an operation have; every
recorded error; and whole recorded scenarios, asked again in their order. Recordings of older api-versions are held
against the oldest served one, with what changed since translated.
"""


def figures(result: Result) -> str:
    """What is covered and how much of it agrees, as lines."""
    lines = []
    for part in result.parts:
        share = 100 * part.agreeing / max(part.recorded, 1)
        lines.append(
            f"{part.name}: {part.cases} cases, {part.good_cases} agree; they stand for {part.recorded} recorded "
            f"exchanges, {part.agreeing} agree ({share:.1f} %); since 2022 {part.newer_agreeing} of {part.newer}"
        )
        lines += [f"  left out: {name}: {reason}" for name, reason in part.left_out.items()]
        lines += [f"  {name}: {good} of {cases} cases" for name, (good, cases) in part.per_scenario.items()]
    return "\n".join(lines)


def table(result: Result) -> str:
    """Per operation: whether it is served, and recorded exchanges that agree of all, for every part."""
    recorded = {name for part in result.parts for name in part.per_operation}
    served = _served() - result.not_served
    names = sorted(recorded | served, key=lambda name: name.split()[::-1])
    lines = ["| operation | served | " + " | ".join(part.name for part in result.parts) + " |", "|---|---|---|---|---|"]
    for name in names:
        counts = [part.per_operation.get(name) for part in result.parts]
        cells = [f"{count[0]}/{count[1]}" if count else "0/0" for count in counts]
        lines.append(f"| {name} | {'yes' if name in served else 'no'} | {' | '.join(cells)} |")
    return "\n".join(lines)


def page(result: Result, reasons: Mapping[str, str]) -> str:
    """The page of the documentation; the same for the same facts and the same emulator."""
    lines = [_HEAD, "## Figures", "", "| | cases | agree | recorded exchanges | agree | since 2022 | agree |"]
    lines.append("|---|---|---|---|---|---|---|")
    lines += [
        f"| {part.name} | {part.cases} | {part.good_cases} | {part.recorded} | {part.agreeing} | {part.newer} "
        f"| {part.newer_agreeing} |"
        for part in result.parts
    ]
    lines += [
        "",
        "## Per operation",
        "",
        "Recorded exchanges that agree of all; 0/0: never recorded.",
        "",
        table(result),
    ]
    lines += ["", "## Recorded, and not compared", ""]
    lines += [f"- {name}: {reason}" for part in result.parts for name, reason in part.left_out.items()]
    lines += ["", "## What disagrees, and why", ""]
    lines += [f"- {where}: {reasons.get(where, '')}" for where in sorted(result.disagreements)]
    return "\n".join(lines) + "\n"


def _served() -> set[str]:
    """The operations of Azure Batch that the emulator knows, as the recordings are named."""
    return {
        f"{method} {path.replace('{...}', '{}')}"
        for path, verbs in _OPERATIONS.items()
        for method in verbs
        if not path.startswith("/$emulator")
    }
