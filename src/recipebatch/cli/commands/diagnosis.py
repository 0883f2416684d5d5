"""why: the command that says why nothing runs, or why a task waits or failed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recipebatch.cli.options import RUN_ID, AccountOption, JsonOption, LookedAt, RunOption, looked_at
from recipebatch.cli.process import print_text, stdout_width
from recipebatch.cli.progress import open_progress

_RECIPE_ENDINGS = (".yaml", ".yml")


def why(
    recipe: LookedAt = None,
    task: Annotated[
        str | None,
        typer.Argument(metavar="[TASK]", help="The id of a task. Default: why nothing of the run runs."),
    ] = None,
    run: RunOption = None,
    account: AccountOption = None,
    *,
    json: JsonOption = False,
) -> None:
    """Say why nothing of a run runs, or why a task waits, failed or was blocked: the evidence and the next step."""
    from recipebatch import api
    from recipebatch.cli import output
    from recipebatch.cli.render.why import why_text

    if task is None and recipe is not None and _is_task(recipe):
        recipe, task = None, recipe
    loaded, run = looked_at(recipe, run)
    with open_progress() as progress:
        found = api.why(loaded, run=run, task=task, account=account, progress=progress)
    if json:
        output.print_json("why", {"why": output.plain(found)})
    else:
        print_text(why_text(found, stdout_width()))


def _is_task(given: str) -> bool:
    """Whether a single argument is the id of a task: it is no file, no bundled recipe and no run."""
    named = given.startswith("builtin:") or given.endswith(_RECIPE_ENDINGS) or "/" in given
    return not (named or RUN_ID.fullmatch(given) or Path(given).exists())
