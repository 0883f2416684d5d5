"""open_progress: what fits stderr and the options that every command takes."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from recipebatch.cli.completion.known_runs import remember_run
from recipebatch.cli.process import prints_on_terminal, stdout_for_events, tells_terminal
from recipebatch.cli.verbosity import verbosity
from recipebatch.report import RunOpened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.cli.debug_log import DebugLog
    from recipebatch.report import Event, Progress


@contextmanager
def open_progress() -> Iterator[Progress]:
    """Where a command tells what it does."""
    verbosity.check()
    with ExitStack() as stack:
        shown: Progress
        if tells_terminal() and not verbosity.quiet:
            from recipebatch.cli.progress.live import LiveProgress

            # With --json there is one document on stdout, and nothing of a phase before it.
            shows_phases = not prints_on_terminal() or "--json" in sys.argv or verbosity.events_on_stdout
            shown = stack.enter_context(LiveProgress(verbose=verbosity.verbose, shows_phases=shows_phases))
        else:
            from recipebatch.cli.progress.plain import PlainProgress

            shown = stack.enter_context(PlainProgress(quiet=verbosity.quiet, verbose=verbosity.verbose))
        shown = Kept(shown, verbosity.debug)
        if verbosity.events is not None:
            from recipebatch.cli.progress.event_log import EventLog

            if verbosity.events_on_stdout:
                print_line = stdout_for_events()
                log = EventLog(shown, None, print_line=print_line, verbose=verbosity.verbose)
            else:
                log = EventLog(shown, Path(verbosity.events), verbose=verbosity.verbose)
            shown = stack.enter_context(log)
        yield shown


class Kept:
    """Progress that is shown. Runs are kept for the completion of their names, and all of it for a log."""

    def __init__(self, shown: Progress, log: DebugLog | None) -> None:
        self.shown = shown
        self._log = log

    def say(self, text: str) -> None:
        """Say one line, and write it."""
        self.shown.say(text)
        if self._log is not None:
            self._log.write(text)

    def tell(self, event: Event) -> None:
        """Follow an event, and write it."""
        self.shown.tell(event)
        if self._log is not None:
            self._log.tell(event)
        if isinstance(event, RunOpened):
            names = {"templates": event.templates, "tasks": event.tasks}
            places = {"pools": event.pools, "containers": event.containers}
            remember_run(event.run_id, event.recipe, event.account, **names, **places)
