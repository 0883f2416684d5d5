"""open_progress: what fits stderr and the options that every command takes."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from recipebatch.cli.process import prints_on_terminal, tells_terminal
from recipebatch.cli.verbosity import verbosity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.report import Progress


@contextmanager
def open_progress() -> Iterator[Progress]:
    """Where a command tells what it does."""
    verbosity.check()
    with ExitStack() as stack:
        shown: Progress
        if tells_terminal() and not verbosity.quiet:
            from recipebatch.cli.progress.live import LiveProgress

            # With --json there is one document on stdout, and nothing of a phase before it.
            shows_phases = not prints_on_terminal() or "--json" in sys.argv
            shown = stack.enter_context(LiveProgress(verbose=verbosity.verbose, shows_phases=shows_phases))
        else:
            from recipebatch.cli.progress.plain import PlainProgress

            shown = stack.enter_context(PlainProgress(quiet=verbosity.quiet, verbose=verbosity.verbose))
        yield shown
