"""Commands that look at a run while it goes on: status and logs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from recipebatch.cli.options import AccountOption, JsonOption, OptionalRecipe, RunOption
from recipebatch.cli.progress import open_progress
from recipebatch.errors import UsageError

if TYPE_CHECKING:
    from recipebatch.execution import TaskOutput


def status(
    recipe: OptionalRecipe = None, run: RunOption = None, account: AccountOption = None, *, json: JsonOption = False
) -> None:
    """Show how the jobs and pools of a run stand just now, and who works on it."""
    from recipebatch import api
    from recipebatch.cli import output, render

    loaded = api.Recipe.load(recipe) if recipe is not None else None
    with open_progress() as progress:
        found = api.status(loaded, run=run, account=account, progress=progress)
    if json:
        output.print_json("status", {"run": output.plain(found)})
    else:
        typer.echo(render.run_state(found))


def logs(
    recipe: OptionalRecipe = None,
    run: RunOption = None,
    account: AccountOption = None,
    task: Annotated[
        list[str] | None, typer.Option("--task", metavar="ID", help="Only this task; may be repeated.")
    ] = None,
    file: Annotated[
        str, typer.Option("--file", metavar="NAME", help="The task's file, such as stderr.txt or wd/progress.log.")
    ] = "stdout.txt",
    lines: Annotated[
        int | None, typer.Option("--tail", min=0, metavar="LINES", help="Only the last lines of each task.")
    ] = None,
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the tasks have ended.")] = False,
    json: JsonOption = False,
) -> None:
    """Print what tasks of a run have written; of several tasks each line begins with the task's id."""
    from recipebatch import api
    from recipebatch.cli import output

    if follow and json:
        raise UsageError("--follow prints as it comes, and --json one document at the end: choose one of them")
    loaded = api.Recipe.load(recipe) if recipe is not None else None
    lines_of = Lines(named=len(task or ()) != 1)
    parts = []
    with open_progress() as progress:
        for part in api.logs(
            loaded, run=run, tasks=task or (), file=file, lines=lines, follow=follow, account=account, progress=progress
        ):
            if json:
                parts.append({"job": part.job, "task": part.task, "text": part.text.decode("utf-8", "replace")})
            else:
                lines_of.write(part)
        lines_of.end()
    if json:
        output.print_json("logs", {"file": file, "tasks": parts})


class Lines:
    """What tasks print, on stdout: bytes as they are of one task, whole lines with a name before them of several."""

    def __init__(self, *, named: bool) -> None:
        self._named = named
        self._begun: dict[str, bytes] = {}

    def write(self, part: TaskOutput) -> None:
        """Print what has come, but for a line that has no end yet."""
        if not self._named:
            sys.stdout.buffer.write(part.text)
            sys.stdout.buffer.flush()
            return
        *whole, rest = (self._begun.get(part.task, b"") + part.text).split(b"\n")
        self._begun[part.task] = rest
        for line in whole:
            sys.stdout.buffer.write(part.task.encode() + b" | " + line + b"\n")
        sys.stdout.buffer.flush()

    def end(self) -> None:
        """Print lines that never got an end."""
        for task, rest in self._begun.items():
            if rest:
                sys.stdout.buffer.write(task.encode() + b" | " + rest + b"\n")
        sys.stdout.buffer.flush()
