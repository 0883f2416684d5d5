"""Whether a process of this machine still runs."""

from __future__ import annotations

import os
import sys


def is_alive(pid: int) -> bool:
    """True also where that cannot be asked without harm."""
    if sys.platform == "win32":
        # os.kill ends a process there, whatever the signal.
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
