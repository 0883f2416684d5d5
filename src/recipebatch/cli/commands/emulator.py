"""emulator start, stop, status, env, reset: the local account."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from recipebatch.cli import output
from recipebatch.cli.options import JsonOption, YesOption, duration
from recipebatch.cli.process import ask, print_document, print_text
from recipebatch.cli.progress import open_progress
from recipebatch.cli.render import block
from recipebatch.cli.typer_app import App
from recipebatch.errors import UsageError

if TYPE_CHECKING:
    from recipebatch.local import LocalStatus

emulator = App(
    help="The local account: an Azure Batch service and Azurite on this machine.",
    no_args_is_help=True,
    examples=(
        "recipebatch emulator status  # Does it run, and what is in it?",
        "recipebatch emulator stop  # Stop it, and keep what is in it",
    ),
)
PortOption = Annotated[int | None, typer.Option(min=1, max=65535)]


@emulator.command(
    examples=(
        "recipebatch emulator start  # Start it before the first run needs it",
        "recipebatch emulator start --idle-minutes 2h  # Let it stop when it was idle for two hours",
    )
)
def start(
    batch_port: PortOption = None,
    blob_port: PortOption = None,
    idle_minutes: Annotated[
        str | None,
        typer.Option(
            metavar="DURATION", help="Stop when idle for so long: minutes, or a duration such as 2h (default: never)."
        ),
    ] = None,
    time_scale: Annotated[
        float | None,
        typer.Option(min=0.001, help="Divide the Batch service's delays by this factor; tasks run in real time."),
    ] = None,
    *,
    json: JsonOption = False,
) -> None:
    """Start the local account, unless it is running already."""
    from recipebatch import local

    idle = duration("--idle-minutes", idle_minutes, timedelta(minutes=1)) or timedelta()
    with open_progress() as progress:
        status = local.start(
            batch_port=batch_port,
            blob_port=blob_port,
            idle_minutes=idle / timedelta(minutes=1) or None,
            time_scale=time_scale,
            say=progress.say,
        )
    _print_status("emulator start", status, json=json)


@emulator.command(
    examples=(
        "recipebatch emulator stop  # Stop it, and keep what is in it",
        "recipebatch emulator stop --json",
    )
)
def stop(*, json: JsonOption = False) -> None:
    """Stop the local account; its pools, jobs, tasks and blobs are kept for the next start."""
    from recipebatch import local

    with open_progress() as progress:
        stopped = local.stop(say=progress.say)
    if json:
        output.print_json("emulator stop", {"stopped": stopped})


@emulator.command(
    examples=(
        "recipebatch emulator status  # Does it run, where, and what is in it?",
        "recipebatch emulator status --json",
    )
)
def status(*, json: JsonOption = False) -> None:
    """Show whether the local account is running, its endpoints, and what it contains."""
    from recipebatch import local

    _print_status("emulator status", local.status(), json=json)


@emulator.command(
    examples=(
        "recipebatch emulator env > local.env  # Settings of the local account for other tools",
        'eval "$(recipebatch emulator env)"  # Use them in this shell',
    )
)
def env() -> None:
    """Print shell exports for other Azure tools to use the local account (they contain its keys)."""
    from recipebatch import local

    with open_progress() as progress:
        account = local.ensure_running(say=progress.say, idle_minutes=None)
    print_document(local.shell_exports(account))


@emulator.command(
    examples=(
        "recipebatch emulator reset  # Delete all that is in it, after a question",
        "recipebatch emulator reset --yes",
    )
)
def reset(*, yes: YesOption = False, json: JsonOption = False) -> None:
    """Stop the local account and delete everything in it; the installed Azurite is kept."""
    from recipebatch import local

    if not yes and not ask("Delete all pools, jobs, tasks and blobs of the local account?", default=False):
        raise UsageError("nothing was deleted: the question was not answered with yes", hint="add --yes to delete")
    with open_progress() as progress:
        local.reset(say=progress.say)
    if json:
        output.print_json("emulator reset", {"reset": True})
    else:
        print_text("the local account is empty")


def _print_status(kind: str, found: LocalStatus, *, json: bool) -> None:
    if json:
        output.print_json(kind, output.plain(found))
    else:
        print_text(_status_text(found))


def _status_text(status: LocalStatus) -> str:
    lines = ["the local account is running" if status.running else "the local account is not running"]
    for title in ("endpoints", "pids", "counts", "versions", "paths"):
        values: dict[str, object] = getattr(status, title)
        lines += [f"  {title}:"] if values else []
        lines += [f"    {name}: {value}" for name, value in values.items()]
    if status.running:
        idle = status.idle_minutes
        lines.append(f"  started: {status.started_at}")
        lines.append("  stops automatically: " + (f"after {idle:g} idle minutes" if idle else "never"))
    lines += [f"  {note}" for note in status.notes]
    return block(lines)
