"""The local account: Azurite and the Batch emulator as one background service on this machine.

`ensure_running` is for commands that use the account; `start`, `stop`, `status` and `reset` are the user's commands;
`shell_exports` is for other tools. All of them may be called by several processes at once.
"""

from recipebatch.local.account import LocalAccount, LocalStatus, shell_exports
from recipebatch.local.requirements import Requirements, node_program, requirements
from recipebatch.local.service import DEFAULT_IDLE_MINUTES, ensure_running, has_state, is_up, reset, start, status, stop

__all__ = [
    "DEFAULT_IDLE_MINUTES",
    "LocalAccount",
    "LocalStatus",
    "Requirements",
    "ensure_running",
    "has_state",
    "is_up",
    "node_program",
    "requirements",
    "reset",
    "shell_exports",
    "start",
    "status",
    "stop",
]
