"""Sizes in bytes, for a person."""

from __future__ import annotations

_UNIT = 1024


def size_text(count: int) -> str:
    """Bytes in the unit that fits: `12.3 MiB`."""
    value = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < _UNIT:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= _UNIT
    return f"{value:.1f} TiB"
