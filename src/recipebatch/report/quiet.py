"""Quiet: progress that is not shown."""

from __future__ import annotations


class Quiet:
    """Progress that is not shown."""

    def say(self, text: str) -> None:
        """Say nothing."""

    def bar(self, name: str, *, total: int, unit: str) -> Quiet:  # noqa: ARG002 - the protocol's names
        """A bar that shows nothing."""
        return self

    def update(self, done: int, *, total: int | None = None, text: str = "") -> None:
        """Show nothing."""

    def close(self) -> None:
        """There is nothing to take away."""
