"""Quiet: progress that is not shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recipebatch.report.events import Event


class Quiet:
    """Progress that is not shown."""

    def say(self, text: str) -> None:
        """Say nothing."""

    def tell(self, event: Event) -> None:
        """Show nothing."""
