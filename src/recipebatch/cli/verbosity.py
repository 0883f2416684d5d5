"""Verbosity: how much a command says and where, as its options have it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.errors import UsageError

if TYPE_CHECKING:
    from recipebatch.cli.debug_log import DebugLog

STDOUT = "-"


@dataclass(slots=True)
class Verbosity:
    """What was asked for.

    Attributes:
        quiet: errors and the verdict only.
        verbose: each file and each request too.
        events: the file that events are added to, or `-` for stdout.
        debug: the log file for debugging.
    """

    quiet: bool = False
    verbose: bool = False
    events: str | None = None
    debug: DebugLog | None = None

    @property
    def events_on_stdout(self) -> bool:
        """Stdout has events and nothing else."""
        return self.events == STDOUT

    def write_events(self, where: str | None, *, json: bool) -> None:
        """Have events written.

        Raises:
            UsageError: stdout would have two documents.
        """
        if where == STDOUT and json:
            raise UsageError("--events - and --json both print on stdout", hint="give --events a file")
        self.events = where

    def check(self) -> None:
        """Refuse what contradicts itself.

        Raises:
            UsageError: both little and much is to be said.
        """
        if self.quiet and self.verbose:
            raise UsageError("--quiet cannot be combined with --verbose")

    def reset(self) -> None:
        """As if nothing was asked for."""
        self.quiet = self.verbose = False
        self.events = self.debug = None


verbosity = Verbosity()
"""Of this process."""
