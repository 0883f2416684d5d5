"""Commands that work on a run that exists: retry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from recipebatch.cli.options import (
    AccountOption,
    JsonOption,
    OptionalRecipe,
    OutputOption,
    OverwriteOption,
    RunOption,
    TimeoutOption,
    YesOption,
)
from recipebatch.cli.output import Output
from recipebatch.cli.phase_commands import HERE, answer_of, seconds
from recipebatch.cli.progress import open_progress
from recipebatch.errors import UsageError
from recipebatch.vocabulary.causes import Cause

if TYPE_CHECKING:
    from collections.abc import Sequence

_CAUSES = ", ".join(Cause)


def retry(
    recipe: OptionalRecipe = None,
    run: RunOption = None,
    account: AccountOption = None,
    cause: Annotated[
        list[str] | None,
        typer.Option("--cause", metavar="CAUSE", help="Only tasks that failed so; may be repeated: " + _CAUSES),
    ] = None,
    task: Annotated[
        list[str] | None, typer.Option("--task", metavar="ID", help="Only this task; may be repeated.")
    ] = None,
    last: Annotated[str, typer.Option("--to", metavar="PHASE", help="End with this phase.")] = "purge",
    output_dir: OutputOption = HERE,
    timeout: TimeoutOption = None,
    *,
    failed: Annotated[bool, typer.Option("--failed", help="Every task that failed (the default).")] = False,
    overwrite: OverwriteOption = False,
    yes: YesOption = False,
    json: JsonOption = False,
) -> None:
    """Try the failed tasks of a run again, then follow them, collect and purge as apply does.

    They run again in their own job while that is active, else in a job made for them.
    """
    from recipebatch import api

    causes = _known_causes(cause or ())
    if failed and (causes or task):
        raise UsageError("--failed means every failed task: it has no place beside --cause and --task")
    loaded = api.Recipe.load(recipe) if recipe is not None else None
    output = Output("retry", json=json)
    with open_progress() as progress:
        report = api.retry(
            loaded,
            run=run,
            causes=causes,
            tasks=task or (),
            last=last,
            account=account,
            options=api.PhaseOptions(
                output_dir=output_dir, overwrite=overwrite, timeout=seconds(timeout), answer=answer_of(yes=yes)
            ),
            progress=progress,
            on_phase=output.add,
        )
    output.finish(report)


def _known_causes(names: Sequence[str]) -> tuple[str, ...]:
    for name in names:
        if name not in list(Cause):
            raise UsageError(f"there is no cause {name!r}", hint="causes are " + _CAUSES)
    return tuple(names)
