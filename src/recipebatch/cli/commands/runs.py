"""Commands that look at runs: status, logs, and runs with what is below it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recipebatch.cli.options import (
    TO_THE_END,
    AccountOption,
    BreakLockOption,
    JsonOption,
    LookedAt,
    RunOption,
    SharedOptions,
    YesOption,
    choose_on_terminal,
    looked_at,
    shares,
)
from recipebatch.cli.output import Output
from recipebatch.cli.process import is_lost, print_bytes, print_text, stdout_width, tell
from recipebatch.cli.progress import open_progress
from recipebatch.cli.typer_app import App
from recipebatch.errors import UsageError
from recipebatch.report import TASK
from recipebatch.text.terminal import one_line

STDOUT = "stdout.txt"

if TYPE_CHECKING:
    from recipebatch.errors import RecipeBatchError
    from recipebatch.execution import TaskOutput


def status(
    recipe: LookedAt = None,
    run: RunOption = None,
    account: AccountOption = None,
    *,
    every: Annotated[
        bool, typer.Option("--all", help="All pools of the account that have nodes, with their runs, ends and costs.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Show the current state of a run's jobs and pools, why nothing runs, and who holds its lock."""
    from recipebatch import api
    from recipebatch.cli import output
    from recipebatch.cli.render.pools import account_pools_text
    from recipebatch.cli.render.run import run_status_text

    if every and (recipe is not None or run is not None):
        raise UsageError("--all shows the pools of all runs: it takes no run and no recipe")
    if every:
        with open_progress() as progress:
            pools = api.account_pools(account=account, progress=progress)
        if json:
            output.print_json("status", {"pools": [output.plain(pool) | output.cost_of(pool.cost) for pool in pools]})
        else:
            print_text(account_pools_text(pools, stdout_width()))
        return
    loaded, run = looked_at(recipe, run)
    with open_progress() as progress:
        found = api.status(loaded, run=run, account=account, progress=progress)
    if json:
        output.print_json("status", {"run": output.plain(found) | output.cost_of(found.cost)})
    else:
        print_text(run_status_text(found))


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
    *,
    start_task: Annotated[bool, typer.Option("--start-task", help="The start tasks of the run's nodes.")] = False,
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
    from recipebatch.execution import NoOutputError

    if follow and json:
        raise UsageError("--follow cannot be combined with --json, which prints one document at the end")
    loaded, run = looked_at(recipe, run)
    on_nodes = bool(node) or start_task
    printed = TaskLines(named=on_nodes or len(task or ()) != 1)
    parts: list[dict[str, Any]] = []
    missing: RecipeBatchError | None = None
    with open_progress() as progress:
        found = api.logs(
            loaded,
            run=run,
            tasks=task or (),
            nodes=node or (),
            start_tasks=start_task,
            file=file,
            lines=lines,
            follow=follow,
            account=account,
            progress=progress,
        )
        try:
            for part in found:
                if json:
                    parts.append(part_as_json(part))
                else:
                    printed.write(part)
                    if is_lost():
                        break
        except NoOutputError as error:
            # What others have written is printed first.
            missing = error
        printed.end()
    if json:
        gone = {} if missing is None else {"missing": missing.message}
        output.print_json("logs", {"file": file or STDOUT, "tasks": parts, **gone})
    elif not printed.any and missing is None:
        tell(one_line(f"the tasks have no output in {file or STDOUT}"))
    if missing is not None and json:
        tell(error_text(missing))
        raise typer.Exit(missing.exit_code)
    if missing is not None:
        raise missing


runs = App(
    invoke_without_command=True,
    no_args_is_help=False,
    help="List, show, compare, resume or forget runs.",
    examples=(
        "recipebatch runs  # Which runs are there, and what do they hold?",
        "recipebatch runs --account research --json",
        "recipebatch runs show 20260102-030405-abcd  # All that is recorded of one run",
    ),
)
RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="The id of a run, as `recipebatch runs` lists it.")]


@runs.callback()
def list_runs(context: typer.Context, account: AccountOption = None, *, json: JsonOption = False) -> None:
    """List the runs of the account, oldest first. Subcommands: show, diff, resume, forget."""
    if context.invoked_subcommand is not None:
        if account is not None or json:
            name = context.invoked_subcommand
            raise UsageError(
                f"the options of {name} must follow it", hint=f"for example: recipebatch runs {name} … --json"
            )
        return
    from recipebatch import api
    from recipebatch.cli import output
    from recipebatch.cli.render.run import runs_text

    with open_progress() as progress:
        found = api.runs(account=account, progress=progress)
    if json:
        output.print_json("runs", {"runs": [output.plain(run) for run in found]})
    else:
        print_text(runs_text(found))


@runs.command(
    "show",
    examples=(
        "recipebatch runs show 20260102-030405-abcd  # All that is recorded of a run",
        "recipebatch runs show 20260102-030405-abcd --json",
    ),
)
def show_run(run: RunArgument, account: AccountOption = None, *, json: JsonOption = False) -> None:
    """Show a run: parameters, phases, resources, and who holds its lock."""
    from recipebatch import api
    from recipebatch.cli import output
    from recipebatch.cli.render.run import run_text

    with open_progress() as progress:
        found = api.show_run(run, account=account, progress=progress)
    if json:
        output.print_json("run", {"run": output.plain(found) | output.cost_of(found.cost)})
    else:
        print_text(run_text(found))


@runs.command(
    "diff",
    examples=(
        "recipebatch runs diff 20260102-030405-abcd 20260103-030405-efgh  # What changed from one run to the next?",
        "recipebatch runs diff 20260102-030405-abcd 20260103-030405-efgh --json",
    ),
)
def diff_runs(
    first: RunArgument, second: RunArgument, account: AccountOption = None, *, json: JsonOption = False
) -> None:
    """Compare two runs: recipe, parameters, local files, outcome."""
    from recipebatch import api
    from recipebatch.cli import output
    from recipebatch.cli.render.run import difference_text

    with open_progress() as progress:
        found = api.compare_runs(first, second, account=account, progress=progress)
    if json:
        output.print_json("diff", {"difference": output.plain(found)})
    else:
        print_text(difference_text(found))


@runs.command(
    "resume",
    examples=(
        "recipebatch runs resume 20260102-030405-abcd  # Continue a run, from any folder or machine",
        "recipebatch runs resume 20260102-030405-abcd -o results --timeout 2h",
    ),
)
@shares(*TO_THE_END)
def resume_run(shared: SharedOptions, run: RunArgument) -> None:
    """Continue a run where it stopped, on any machine. Needs no recipe file."""
    from recipebatch import api

    printed = Output("resume", json=shared.json)
    with open_progress() as progress:
        report = api.resume(
            run, account=shared.account, options=shared.phase_options, progress=progress, on_phase=printed.add
        )
    printed.finish(report)


@runs.command(
    "forget",
    examples=(
        "recipebatch runs forget 20260102-030405-abcd  # Delete the record of a run that was purged",
        "recipebatch runs forget 20260102-030405-abcd --force --yes  # Also if it was not, without a question",
    ),
)
def forget_run(
    run: RunArgument,
    account: AccountOption = None,
    *,
    force: Annotated[bool, typer.Option("--force", help="Delete the record even if the run was not purged.")] = False,
    break_lock: BreakLockOption = False,
    yes: YesOption = False,
    json: JsonOption = False,
) -> None:
    """Delete a run's record; the run's resources are kept."""
    from recipebatch import api
    from recipebatch.cli import output

    with open_progress() as progress:
        api.forget_run(
            run,
            force=force,
            break_lock=break_lock,
            choose=choose_on_terminal(yes=yes),
            account=account,
            progress=progress,
        )
    if json:
        output.print_json("forget", {"run": run})
    else:
        print_text(f"forgot run {run}")


class TaskLines:
    """The output of tasks on stdout: the bytes of one task as they are; of several, whole lines after the task's id.

    Attributes:
        any: whether there was any output.
    """

    def __init__(self, *, named: bool) -> None:
        self.any = False
        self._named = named
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
