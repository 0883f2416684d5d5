"""The variables that a formula sets: two targets, each with an alias, and the node deallocation option."""

from __future__ import annotations

import math
from typing import Final

from recipebatch.emulator.scheduler.autoscale.metrics import (
    ALIASES,
    DEALLOCATION_OPTION,
    TARGET_DEDICATED,
    TARGET_LOW_PRIORITY,
)
from recipebatch.emulator.scheduler.autoscale.values import NODE_DEALLOCATION_OPTIONS, Value, type_name

NAMES: Final = frozenset((TARGET_DEDICATED, TARGET_LOW_PRIORITY, DEALLOCATION_OPTION, *ALIASES))
MOST_NODES: Final = 2**31 - 1
"""Range of int32, the type in the REST API."""


class Targets:
    """The values set by the formula; initially the pool's targets and `requeue` (the article's default)."""

    def __init__(self, dedicated: int, low_priority: int) -> None:
        self._before: dict[str, float] = {
            TARGET_DEDICATED: float(dedicated),
            TARGET_LOW_PRIORITY: float(low_priority),
        }
        self._set: dict[str, float] = {}
        self.deallocation_option = NODE_DEALLOCATION_OPTIONS[0]

    def read(self, name: str) -> Value:
        """The value of a variable of `NAMES`. A name that is not set has the value of its alias (unverified)."""
        if name == DEALLOCATION_OPTION:
            return self.deallocation_option
        full = ALIASES.get(name, name)
        others = (name, full, *(alias for alias, meant in ALIASES.items() if meant == full))
        return next((self._set[other] for other in others if other in self._set), self._before[full])

    def assign(self, name: str, value: Value) -> None:
        """Set a variable of `NAMES`. A negative target and a target above int32 are errors (unverified).

        Raises:
            ValueError: the value has the wrong type or is out of range. The message text is unverified.
        """
        if name == DEALLOCATION_OPTION:
            if not isinstance(value, str) or value not in NODE_DEALLOCATION_OPTIONS:
                raise ValueError(f"{name} must be one of {', '.join(NODE_DEALLOCATION_OPTIONS)}")
            self.deallocation_option = value
            return
        if not isinstance(value, float):
            raise ValueError(f"{name} must be a double, not a {type_name(value)}")  # noqa: TRY004 - reported as the value's error
        if not (math.isfinite(value) and -1 < value < MOST_NODES + 1):
            raise ValueError(f"{name} cannot be {value:g}")
        self._set[name] = value

    @property
    def dedicated(self) -> int:
        """The target, truncated to a whole number (users report 0.5 as 0 and 2.9 as 2)."""
        return self._whole(TARGET_DEDICATED)

    @property
    def low_priority(self) -> int:
        """The target, truncated likewise."""
        return self._whole(TARGET_LOW_PRIORITY)

    def _whole(self, full: str) -> int:
        value = self.read(full)
        return int(value) if isinstance(value, float) else 0
