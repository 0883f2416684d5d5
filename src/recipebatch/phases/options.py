"""PhaseOptions: how the phases of a run do their work."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta


def keep(_kind: str, _names: tuple[str, ...]) -> bool:
    """The answer where there is nobody to ask whether things may be deleted."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseOptions:
    """How the phases of a run do their work.

    Attributes:
        output_dir: where the folders that `collect` names begin.
        overwrite: replace local files that collect did not write.
        include: collect these blobs, not those that the recipe names.
        timeout: stop watching after so long; None is the recipe's `watch`.
        force: purge outputs even if they were not collected, containers whose retention is not over, and pools that
            jobs of others run on.
        break_lock: work on the run whoever holds its lock.
        answer: with `purge: ask`, asked for things of one kind and their names whether to delete them.
    """

    output_dir: Path = Path()
    overwrite: bool = False
    include: tuple[str, ...] = ()
    timeout: timedelta | None = None
    force: bool = False
    break_lock: bool = False
    answer: Callable[[str, tuple[str, ...]], bool] = keep
