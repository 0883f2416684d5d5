"""`recipebatch ui`: pages of an account's runs on this machine, for its user only."""

from recipebatch.ui.account_runs import AccountRuns
from recipebatch.ui.guard import Guard
from recipebatch.ui.server import UiServer

__all__ = ["AccountRuns", "Guard", "UiServer"]
