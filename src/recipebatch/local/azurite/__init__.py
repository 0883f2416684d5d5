"""Azurite, Microsoft's blob emulator: installed once, started and stopped."""

from recipebatch.local.azurite.azurite import (
    ACCOUNT,
    Azurite,
    AzuriteInstallation,
    PortTakenError,
    begin_azurite,
    connection_string,
    ensure_azurite_installed,
    is_azurite,
    start_azurite,
)

__all__ = [
    "ACCOUNT",
    "Azurite",
    "AzuriteInstallation",
    "PortTakenError",
    "begin_azurite",
    "connection_string",
    "ensure_azurite_installed",
    "is_azurite",
    "start_azurite",
]
