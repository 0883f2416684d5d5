"""A Batch account on this machine. The door of this room: `start_emulator`."""

from recipebatch.emulator.server import (
    Emulator,
    EmulatorAccount,
    EmulatorInUseError,
    UnsupportedSystemError,
    start_emulator,
)

__all__ = ["Emulator", "EmulatorAccount", "EmulatorInUseError", "UnsupportedSystemError", "start_emulator"]
