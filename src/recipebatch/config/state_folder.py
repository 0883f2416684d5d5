"""The user's state folder, where it is remembered what the user began and agreed to."""

from __future__ import annotations

import os
from pathlib import Path


def user_state_folder() -> Path:
    """RECIPEBATCH_STATE_DIR, or the user's state folder of the system.

    Without a home folder it is a path that cannot exist: a relative one would lie in the current folder, where a
    stranger may have put what the user never agreed to.
    """
    import platformdirs

    chosen = os.environ.get("RECIPEBATCH_STATE_DIR")
    if chosen:
        return Path(chosen).absolute()
    folder = platformdirs.user_state_path("recipebatch", appauthor=False)
    is_known = folder.is_absolute() and Path(os.environ.get("HOME", "/")).is_absolute()
    return folder if is_known else Path(os.devnull) / "recipebatch"
