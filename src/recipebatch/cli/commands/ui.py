"""ui: the reports of an account's runs in a browser, live."""

from __future__ import annotations

import threading
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from recipebatch.cli.options import AccountOption
from recipebatch.cli.process import print_text, tell
from recipebatch.cli.progress import open_progress


def ui(
    account: AccountOption = None,
    port: Annotated[
        int, typer.Option("--port", metavar="PORT", min=0, max=65535, help="The port; 0 is a free one.")
    ] = 0,
    *,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Open no browser; print the address only.")] = False,
) -> None:
    """Show the runs of an account in a browser: each with its report, which follows the run. Ctrl-C ends it.

    The pages are served to this machine only, and to those who have the address that is printed. A run can be stopped,
    and its failed tasks retried, from its page, after a question.
    """
    from recipebatch.ui import AccountRuns, UiServer

    with open_progress() as progress:
        runs = AccountRuns(account, Path.cwd(), progress)
    with UiServer(runs, port=port) as server:
        print_text(server.address)
        tell("Ctrl-C ends it; the address is for you alone")
        if not no_browser:
            open_in_browser(server.address_for_browser)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            for job in server.jobs.running:
                tell(f"{job.kind} of run {job.run} goes on until it is done; Ctrl-C again ends it now")
            server.jobs.wait()


def open_in_browser(address: str) -> None:
    """Open an address in the user's browser, unless that is one for this terminal."""
    try:
        found = webbrowser.get()
    except webbrowser.Error:
        return
    if not isinstance(found, webbrowser.GenericBrowser):
        found.open(address)
