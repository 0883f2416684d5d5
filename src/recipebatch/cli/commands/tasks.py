"""Commands that look at the tasks of a run."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from recipebatch.cli.options import AccountOption, JsonOption, LookedAt, RunOption, looked_at, moment
from recipebatch.cli.process import print_text, stdout_width
from recipebatch.cli.progress import open_progress
from recipebatch.cli.typer_app import App
from recipebatch.errors import UsageError

_ON_TERMINAL = 100
"""A terminal shows the first so many tasks, unless the command says how many."""


class RowFormat(StrEnum):
    """The format in which tasks are printed."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    TSV = "tsv"


tasks = App(
    default="list",
    help="List the tasks of a run, or show one of them.",
    examples=(
        "recipebatch tasks recipe.yaml --state failed  # Which tasks of the newest run failed, and why?",
        "recipebatch tasks --sort ran --limit 10  # The slowest tasks of your newest run, and where they ran",
        "recipebatch tasks show count-0007  # All that is known of one task",
    ),
)


@tasks.command(
    "list",
    examples=(
        "recipebatch tasks recipe.yaml --state failed  # Which tasks of the newest run failed, and why?",
        "recipebatch tasks --sort ran --limit 10  # The slowest tasks of your newest run, and where they ran",
        "recipebatch tasks 20260102-030405-abcd --format csv > tasks.csv  # All of one run, for a spreadsheet",
        "recipebatch tasks show count-0007  # All that is known of one task",
    ),
)
def list_tasks(
    recipe: LookedAt = None,
    run: RunOption = None,
    account: AccountOption = None,
    state: Annotated[
        list[str] | None,
        typer.Option(
            "--state",
            metavar="STATE",
            help="Only these: active, preparing, running, succeeded, failed or blocked; repeatable.",
        ),
    ] = None,
    template: Annotated[
        list[str] | None,
        typer.Option("--template", metavar="NAME", help="Only tasks of this template; repeatable."),
    ] = None,
    item: Annotated[
        list[str] | None,
        typer.Option("--item", metavar="PATTERN", help="Only tasks of these items or files: 'a*.txt'; repeatable."),
    ] = None,
    node: Annotated[
        list[str] | None,
        typer.Option(
            "--node", metavar="ID", help="Only tasks that ran on this node, or one whose id begins so; repeatable."
        ),
    ] = None,
    cause: Annotated[
        list[str] | None,
        typer.Option("--cause", metavar="CAUSE", help="Only tasks that failed for this cause; repeatable."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since", metavar="TIME", help="Only tasks that were added, began or ended since: 2h, 2026-01-02T15:04."
        ),
    ] = None,
    sort: Annotated[
        str | None,
        typer.Option(
            "--sort",
            metavar="KEY",
            help="id, template, item, state, cause, exit_code, tries, node, waited, ran, created, began or ended;"
            " times and numbers largest first. Default: by job and id.",
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit", min=0, metavar="COUNT", help="At most so many; 0 is all. Default: 100 on a terminal, else all."
        ),
    ] = None,
    *,
    reverse: Annotated[bool, typer.Option("--reverse", help="The other way round.")] = False,
    form: Annotated[RowFormat | None, typer.Option("--format", help="Default: text.")] = None,
    json: JsonOption = False,
) -> None:
    """List the tasks of a run: where and how long each ran, and what came of it. Also of a run that was purged.

    `recipebatch tasks show TASK` shows one of them.
    """
    from recipebatch import api
    from recipebatch.cli import output
    from recipebatch.cli.render import tables

    chosen = _format(form, json=json)
    now = datetime.now(UTC)
    most = stdout_width() if chosen is RowFormat.TEXT else None
    loaded, run = looked_at(recipe, run)
    with open_progress() as progress:
        found = api.tasks(
            loaded,
            run=run,
            states=state or (),
            templates=template or (),
            items=item or (),
            nodes=node or (),
            causes=cause or (),
            since=moment("--since", since, now),
            sort=sort,
            reverse=reverse,
            limit=(_ON_TERMINAL if most is not None else None) if limit is None else limit or None,
            account=account,
            progress=progress,
        )
    if chosen is RowFormat.JSON:
        output.print_json("tasks", tables.tasks_json(found))
    elif chosen is RowFormat.TEXT:
        print_text(tables.tasks_text(found, most=most, now=now))
    else:
        separator = "," if chosen is RowFormat.CSV else "\t"
        print_text(tables.task_rows_csv(found.tasks.rows, separator=separator), end="")


@tasks.command(
    "show",
    examples=(
        "recipebatch tasks show count-0007  # A task of your newest run",
        "recipebatch tasks show count-0007 recipe.yaml --json  # A task of the newest run of a recipe, for a script",
    ),
)
def show_task(
    task: Annotated[str, typer.Argument(metavar="TASK", help="The id of a task.")],
    recipe: LookedAt = None,
    run: RunOption = None,
    account: AccountOption = None,
    job: Annotated[
        str | None,
        typer.Option("--job", metavar="NAME", help="Of several jobs with such a task this one: its name or id."),
    ] = None,
    *,
    json: JsonOption = False,
) -> None:
    """Show a task: its command, environment, files and limits, all its tries, and what is there of its outputs.

    The values of secrets are not shown.
    """
    from recipebatch import api
    from recipebatch.cli import output
    from recipebatch.cli.render import tables

    loaded, run = looked_at(recipe, run)
    with open_progress() as progress:
        found = api.task(task, loaded, run=run, job=job, account=account, progress=progress)
    if json:
        output.print_json("task", tables.task_json(found))
    else:
        print_text(tables.task_text(found, most=stdout_width()))


def _format(form: RowFormat | None, *, json: bool) -> RowFormat:
    if json and form not in {None, RowFormat.JSON}:
        raise UsageError(f"--json and --format {form} cannot be combined")
    return RowFormat.JSON if json else form or RowFormat.TEXT
