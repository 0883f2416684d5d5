"""Commands that look at the tasks of a run, and at what they have written."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recipebatch.cli.options import AccountOption, JsonOption, LookedAt, RunOption, looked_at, moment
from recipebatch.cli.process import is_lost, print_bytes, print_text, stdout_width, tell
from recipebatch.cli.progress import open_progress
from recipebatch.cli.typer_app import App
from recipebatch.errors import UsageError
from recipebatch.report import AGENT_LOG, TASK
from recipebatch.text.terminal import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.api import Recipe
    from recipebatch.errors import RecipeBatchError
    from recipebatch.execution import TaskOutput

STDOUT = "stdout.txt"
_ON_TERMINAL = 100
"""A terminal shows the first so many tasks, unless the command says how many."""


class Stream(StrEnum):
    """What of a task is printed."""

    STDOUT = "stdout"
    STDERR = "stderr"
    BOTH = "both"


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


def logs(
    recipe: LookedAt = None,
    run: RunOption = None,
    account: AccountOption = None,
    task: Annotated[list[str] | None, typer.Option("--task", metavar="ID", help="Only this task; repeatable.")] = None,
    node: Annotated[
        list[str] | None,
        typer.Option("--node", metavar="ID", help="All that ran on this node, job preparation too; repeatable."),
    ] = None,
    file: Annotated[
        str | None, typer.Option("--file", metavar="NAME", help="The file, such as stderr.txt or wd/progress.log.")
    ] = None,
    lines: Annotated[
        int | None, typer.Option("--tail", min=0, metavar="LINES", help="Only the last LINES lines of each task.")
    ] = None,
    template: Annotated[
        list[str] | None,
        typer.Option("--template", metavar="NAME", help="Only tasks of this template, the first 50; repeatable."),
    ] = None,
    stream: Annotated[
        Stream | None, typer.Option("--stream", help="Instead of --file; both prints stdout of all first.")
    ] = None,
    *,
    failed: Annotated[bool, typer.Option("--failed", help="Only tasks that failed, the first 50 of them.")] = False,
    list_files: Annotated[
        bool, typer.Option("--list", help="List the files of the tasks with their sizes, and print none.")
    ] = False,
    start_task: Annotated[bool, typer.Option("--start-task", help="The start tasks of the run's nodes.")] = False,
    agent: Annotated[
        bool, typer.Option("--agent", help="The Batch agent's logs of unusable nodes, or of any --node.")
    ] = False,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Continue until the tasks have completed.")] = False,
    json: JsonOption = False,
) -> None:
    """Print the output of a run's tasks; with several tasks each line starts with the task's id.

    Where nodes are gone, or the run was purged, it prints what the run's record keeps: of the first 50 tasks the ends
    of stdout.txt and stderr.txt.
    """
    from recipebatch import api
    from recipebatch.cli import output
    from recipebatch.cli.render.problems import error_text

    if follow and json:
        raise UsageError("--follow cannot be combined with --json, which prints one document at the end")
    loaded, run = looked_at(recipe, run)
    on_nodes = bool(node) or start_task or agent
    if list_files:
        if on_nodes or file is not None or stream is not None or lines is not None or follow:
            raise UsageError("--list takes no --node, --start-task, --agent, --file, --stream, --tail and no --follow")
        _list_files(loaded, run, task or (), template or (), account, failed=failed, json=json)
        return
    printed = TaskLines(named=on_nodes or len(task or ()) != 1, with_stream=stream is Stream.BOTH)
    parts: list[dict[str, Any]] = []
    with open_progress() as progress:
        found = api.logs(
            loaded,
            run=run,
            tasks=task or (),
            failed=failed,
            templates=template or (),
            stream=None if stream is None else stream.value,
            nodes=node or (),
            start_tasks=start_task,
            agent=agent,
            file=file,
            lines=lines,
            follow=follow,
            account=account,
            progress=progress,
        )
        missing = _print_parts(found, printed, parts if json else None)
        printed.end()
    if json:
        gone = {} if missing is None else {"missing": missing.message}
        output.print_json("logs", {"file": AGENT_LOG if agent else file or _file_of(stream), "tasks": parts, **gone})
    elif not (printed.any or missing or failed or template):
        tell(one_line(f"the tasks have no output in {file or _file_of(stream)}"))
    if missing is not None and json:
        tell(error_text(missing))
        raise typer.Exit(missing.exit_code)
    if missing is not None:
        raise missing


def _print_parts(
    found: Iterator[TaskOutput], printed: TaskLines, parts: list[dict[str, Any]] | None
) -> RecipeBatchError | None:
    """Print the output, or add it to the parts of a document; the error where some of it is not there."""
    from recipebatch.execution import NoOutputError

    try:
        for part in found:
            if parts is not None:
                parts.append({**part_as_json(part), "file": part.file})
            else:
                printed.write(part)
                if is_lost():
                    break
    except NoOutputError as error:
        # What others have written is printed first.
        return error
    return None


def _file_of(stream: Stream | None) -> str:
    """What a stream is called in a message: its file, or both."""
    return {None: STDOUT, Stream.STDOUT: STDOUT, Stream.STDERR: "stderr.txt"}.get(stream, f"{STDOUT} and stderr.txt")


def _list_files(
    recipe: Recipe | None,
    run: str | None,
    tasks: list[str] | tuple[()],
    templates: list[str] | tuple[()],
    account: str | None,
    *,
    failed: bool,
    json: bool,
) -> None:
    """List the files of tasks."""
    from recipebatch import api
    from recipebatch.cli import output
    from recipebatch.cli.render import tables

    with open_progress() as progress:
        found = api.task_files(
            recipe, run=run, tasks=tasks, failed=failed, templates=templates, account=account, progress=progress
        )
    if json:
        output.print_json("files", {"tasks": [output.plain(each) for each in found]})
    else:
        print_text(tables.files_text(found, most=stdout_width()))


class TaskLines:
    """The output of tasks on stdout: the bytes of one task as they are; of several, whole lines after the task's id.

    Attributes:
        any: whether there was any output.
    """

    def __init__(self, *, named: bool, with_stream: bool = False) -> None:
        self.any = False
        self._named = named or with_stream
        self._with_stream = with_stream
        self._begun: dict[str, bytes] = {}

    def write(self, part: TaskOutput) -> None:
        """Print what was read; of several tasks except an unfinished last line."""
        self.any = True
        if part.failure is not None:
            from recipebatch.cli.render.run import kept_failure_text

            print_text(kept_failure_text(part.failure))
            return
        if not self._named:
            print_bytes(part.text)
            return
        name = name_of(part)
        if self._with_stream and not part.node:
            name = f"{name} {part.file.removesuffix('.txt')}"
        *whole, rest = (self._begun.get(name, b"") + part.text).split(b"\n")
        self._begun[name] = rest
        print_bytes(b"".join(self._line(name, line) for line in whole))

    def end(self) -> None:
        """Print the unfinished last lines."""
        for name, rest in self._begun.items():
            if rest:
                print_bytes(self._line(name, rest))
        print_bytes(b"", final=True)

    def _line(self, name: str, line: bytes) -> bytes:
        return one_line(name).encode() + b" | " + line + b"\n"


def name_of(part: TaskOutput) -> str:
    """What a line of output begins with: the task's id; of what ran on a node also the node, and which file it is."""
    if part.kind == TASK and not part.node:
        return part.task
    if part.kind == AGENT_LOG:
        return f"{part.node}: {part.file}"
    what = part.task if part.kind == TASK else part.kind
    of = f" of job {part.job}" if part.job and part.kind != TASK else ""
    return f"{part.node}: {what}{of}, {part.file}"


def part_as_json(part: TaskOutput) -> dict[str, Any]:
    """A part of the output; of a node and of a recorded failure with more about it."""
    body: dict[str, Any] = {"job": part.job, "task": part.task, "text": part.text.decode("utf-8", "replace")}
    if part.kind != TASK or part.node:
        body |= {"kind": part.kind, "node": part.node, "file": part.file}
    if part.failure is not None:
        body |= {"file": part.file, "recorded": asdict(part.failure)}
    return body
