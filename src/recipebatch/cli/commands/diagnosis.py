"""why, doctor and sas: why nothing of a run runs, whether a run would start, and who else may read its results."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from recipebatch.cli.options import (
    RUN_ID,
    AccountOption,
    JsonOption,
    LookedAt,
    ParameterOption,
    ParametersOption,
    RunOption,
    duration,
    load_recipe,
    looked_at,
)
from recipebatch.cli.process import print_text, stdout_encoding, stdout_width, tell
from recipebatch.cli.progress import open_progress
from recipebatch.errors import ExitCode

_RECIPE_ENDINGS = (".yaml", ".yml")


def why(
    recipe: LookedAt = None,
    task: Annotated[
        str | None,
        typer.Argument(metavar="TASK", help="The id of a task. Default: why nothing of the run runs."),
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

    if task is None and recipe is not None and (run is not None or _is_task(recipe)):
        recipe, task = None, recipe
    loaded, run = looked_at(recipe, run)
    with open_progress() as progress:
        found = api.why(loaded, run=run, task=task, account=account, progress=progress)
    if json:
        output.print_json("why", {"why": output.plain(found)})
    else:
        print_text(why_text(found, stdout_width()))


def doctor(
    recipe: Annotated[
        str | None, typer.Argument(help="Also check what a run of this recipe needs; path or builtin:NAME.")
    ] = None,
    param: ParameterOption = None,
    params: ParametersOption = None,
    account: AccountOption = None,
    *,
    json: JsonOption = False,
) -> None:
    """Check whether a run would start: account, sign-in, clock, roles, storage, images, disk; with the cure.

    The exit code is 0 only if a run would start. Nothing is changed.
    """
    from recipebatch import api
    from recipebatch.cli import output
    from recipebatch.cli.render.doctor import doctor_text

    # What is wrong with the recipe is a check among the others.
    plan = None if recipe is None else lambda: load_recipe(recipe, param, params).plan()
    found = api.doctor(plan, name=recipe or "", account=account)
    starts = all(check.lets_run for check in found)
    if json:
        checks = [output.plain(check) | {"lets_run": check.lets_run} for check in found]
        output.print_json("doctor", {"would_start": starts, "checks": checks})
    else:
        print_text(doctor_text(found, stdout_width(), stdout_encoding()))
    if not starts:
        raise typer.Exit(ExitCode.FAILED)


def sas(
    container: Annotated[str, typer.Argument(help="A container, by its name in the recipe or in the storage account.")],
    blob: Annotated[
        str, typer.Argument(metavar="BLOB|FOLDER/", help="Only this blob; a folder ends with /. Default: all of it.")
    ] = "",
    recipe: Annotated[
        str | None,
        typer.Option("--recipe", metavar="RECIPE", help="The newest run of this recipe. Default: your newest run."),
    ] = None,
    run: RunOption = None,
    lifetime: Annotated[
        str, typer.Option("--for", metavar="DURATION", help="How long it is good: 90m, 2h, 7d.")
    ] = "2h",
    account: AccountOption = None,
    *,
    read: Annotated[bool, typer.Option("--read", help="Allow to read (the default).")] = False,
    listing: Annotated[bool, typer.Option("--list", help="Allow to list the blobs.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Allow to create and overwrite blobs.")] = False,
    json: JsonOption = False,
) -> None:
    """Print an address with a SAS, by which another person reads a result for some time.

    The address alone gives the access, so pass it on with care: stdout is the address only, and nothing records it.
    """
    from recipebatch import api
    from recipebatch.cli import output

    wanted = [name for name, given in (("read", read), ("list", listing), ("write", write)) if given] or ["read"]
    loaded, run = looked_at(recipe, run)
    with open_progress() as progress:
        found = api.sas(
            container,
            blob,
            recipe=loaded,
            run=run,
            permissions=wanted,
            lifetime=duration("--for", lifetime) or timedelta(),
            account=account,
            progress=progress,
        )
    tell(f"{found.what} until {found.expires:%Y-%m-%d %H:%M} UTC")
    for note in found.notes:
        tell(f"  {note}")
    if json:
        body = {"url": found.url.reveal(), "opens": found.what, "expires": found.expires.isoformat()}
        output.print_json("sas", {"sas": body})
    else:
        print_text(found.url.reveal())


def _is_task(given: str) -> bool:
    """Whether a single argument is the id of a task: it is no file, no bundled recipe and no run."""
    named = given.startswith("builtin:") or given.endswith(_RECIPE_ENDINGS) or "/" in given
    return not (named or RUN_ID.fullmatch(given) or Path(given).exists())
