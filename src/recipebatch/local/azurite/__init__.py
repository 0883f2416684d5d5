"""Azurite, Microsoft's blob emulator: installed once, started and stopped."""

from recipebatch.local.azurite.azurite import (
    ACCOUNT,
    Azurite,
    Installed,
    PortTakenError,
    begin_azurite,
    connection_string,
    installed_azurite,
    start_azurite,
)

__all__ = [
    "ACCOUNT",
    "Azurite",
    "Installed",
    "PortTakenError",
    "begin_azurite",
    "connection_string",
    "installed_azurite",
    "start_azurite",
]
