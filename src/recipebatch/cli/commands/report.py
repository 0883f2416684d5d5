"""report: what happened in a run, as one HTML file and a table of its tasks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recipebatch.cli import output
from recipebatch.cli.options import AccountOption, JsonOption, LookedAt, RunOption, looked_at
from recipebatch.cli.process import print_text, tell
from recipebatch.cli.progress import open_progress
from recipebatch.errors import UsageError
from recipebatch.text.sizes import size_text
from recipebatch.text.terminal import one_line

OutputFile = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", metavar="FILE", help="The HTML file; default: report-RUN.html here.", dir_okay=False
    ),
]


def report(
    recipe: LookedAt = None,
    run: RunOption = None,
    file: OutputFile = None,
    account: AccountOption = None,
    *,
    json: JsonOption = False,
) -> None:
    """Write what happened in a run to one HTML file, which needs no network, and its tasks to a CSV file beside it.

    It shows tasks on nodes over time, durations, failures with the ends of their output, node time and the recipe.
    --json prints the same data instead and writes no file.
    """
    from recipebatch import api

    if json and file is not None:
        raise UsageError("--json prints the data and writes no file: it cannot be combined with --output")
    loaded, run = looked_at(recipe, run)
    with open_progress() as progress:
        data = api.report(loaded, run=run, account=account, progress=progress)
        if json:
            output.print_json("report", api.report_as_json(data))
            return
        written = api.write_report(data, file)
    tasks = "1 task" if written.tasks == 1 else f"{written.tasks:,} tasks"
    print_text(one_line(f"{written.page}: run {written.run_id}, {tasks}, {size_text(written.size)}"))
    tell(one_line(f"all tasks as CSV: {written.trace}"))
