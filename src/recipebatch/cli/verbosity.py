"""Verbosity: how much a command says, as the options have it that every command takes."""

from __future__ import annotations

from dataclasses import dataclass

from recipebatch.errors import UsageError


@dataclass(slots=True)
class Verbosity:
    """What was asked for.

    Attributes:
        quiet: errors and the verdict only.
        verbose: each file and each request too.
    """

    quiet: bool = False
    verbose: bool = False

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


verbosity = Verbosity()
"""Of this process."""
