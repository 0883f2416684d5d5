"""Where the user stands."""

from __future__ import annotations

from pathlib import Path

_DELETED = Path("/the current folder was deleted")


def current_folder() -> Path:
    """The current folder; if it was deleted, a path that does not exist and says so, as not every command needs it."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return _DELETED
