"""Progress on stderr: a live view on a terminal, lines elsewhere; results go to stdout, never here."""

from recipebatch.cli.progress.opened import open_progress

__all__ = ["open_progress"]
