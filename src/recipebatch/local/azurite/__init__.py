"""Azurite, Microsoft's blob emulator: installed once, started and stopped."""
