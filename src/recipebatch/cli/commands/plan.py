"""plan: what `apply` would do, as text or as data."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recipebatch.cli import output
from recipebatch.cli.options import (
    AccountOption,
    AllowPathOption,
    JsonOption,
    NewOption,
    ParameterOption,
    ParametersOption,
    RecipeArgument,
    load_recipe,
)
from recipebatch.cli.process import print_problems, stdout_width, tell
from recipebatch.cli.progress import open_progress
from recipebatch.errors import ExitCode, UsageError
from recipebatch.text.terminal import one_line

if TYPE_CHECKING:
    from recipebatch.api import ComparedPlan
    from recipebatch.cost import PlanCost


def plan(
    recipe: RecipeArgument,
    param: ParameterOption = None,
    params: ParametersOption = None,
    account: AccountOption = None,
    allow_path: AllowPathOption = None,
    *,
    new: NewOption = False,
    offline: Annotated[bool, typer.Option("--offline", help="Do not compare with what an account has.")] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FILE", help="Save the plan; `apply FILE` carries out exactly that.", dir_okay=False
        ),
    ] = None,
    tasks: Annotated[bool, typer.Option("--tasks", help="List every task and every file, each in full.")] = False,
    json: JsonOption = False,
    detailed_exitcode: Annotated[
        bool,
        typer.Option(
            "--detailed-exitcode",
            help="Exit with 10 if apply would change anything now, with 0 if nothing; connects to the account.",
        ),
    ] = False,
) -> None:
    """Show what apply would do with containers, blobs, pools, jobs and tasks. Changes nothing, needs no account.

    An account that is configured, or a local one that runs, is asked what exists already.
    """
    from recipebatch import api

    if offline and (account is not None or detailed_exitcode or out is not None):
        raise UsageError("--offline asks no account: it cannot be combined with --account, --detailed-exitcode and -o")
    loaded = load_recipe(recipe, param, params)
    allowed = tuple(allow_path or ())
    # Asked before anything is printed: if the account is needed and cannot be opened, there is an error and no plan.
    if offline:
        found = api.ComparedPlan(plan=loaded.plan(allow_paths=allowed), not_compared="--offline")
    else:
        required = account is not None or detailed_exitcode
        with open_progress() as progress:
            found = loaded.compare(
                account=account,
                new=new,
                required=required,
                saves=out is not None,
                allow_paths=allowed,
                progress=progress,
            )
    if detailed_exitcode and found.refusal is not None:
        raise found.refusal
    cost = loaded.cost(found.plan, account=account, durations=found.durations)
    changes = found.pending
    if json:
        output.print_json("plan", _as_json(found, cost, changes if detailed_exitcode else None))
    else:
        _print(found, cost, all_tasks=tasks)
    if out is not None:
        loaded.save_plan(found, out, new=new)
        tell(one_line(f"the plan is saved: recipebatch apply {shlex.quote(str(out))}"))
    if detailed_exitcode:
        tell(one_line(f"changes pending: {changes}" if changes else "no changes: apply has nothing left to do"))
        if changes:
            raise typer.Exit(ExitCode.CHANGES_PENDING)


def _print(found: ComparedPlan, cost: PlanCost, *, all_tasks: bool) -> None:
    from recipebatch.cli.render.plan import cost_section, painted, plan_text, quota_section

    text = plan_text(
        found.plan,
        found.scaled,
        comparison=found.comparison,
        not_compared=found.not_compared,
        more=(quota_section(found.quota), cost_section(cost)),
        all_tasks=all_tasks,
        width=stdout_width(),
    )
    print_problems(text, painted)


def _as_json(found: ComparedPlan, cost: PlanCost, changes: str | None) -> dict[str, Any]:
    """The plan as data; `changes` is what `--detailed-exitcode` says."""
    from recipebatch import api

    sizes = {name: size.to_json() for name, size in found.scaled.items()}
    pending = {} if changes is None else {"changes": changes, "scaled": sizes}
    comparison = None if found.comparison is None else found.comparison.to_json()
    return {
        "plan": api.plan_as_json(found.plan),
        "comparison": comparison,
        "not_compared": found.not_compared,
        "cost": cost.to_json(),
        "quota": None if found.quota is None else found.quota.to_json(),
        **pending,
    }
