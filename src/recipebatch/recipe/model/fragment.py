"""Fragment: one file that a recipe is composed of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """A file that a recipe extends or includes.

    Attributes:
        name: its path below the recipe's folder with `/`, or `builtin:NAME`.
        display_name: how errors call it.
        folder: where its relative paths start.
    """

    name: str
    display_name: str
    folder: Path
    text: str

    def to_json(self) -> dict[str, str]:
        """Plain JSON values."""
        return {"name": self.name, "shown": self.display_name, "folder": str(self.folder), "text": self.text}

    @classmethod
    def from_json(cls, value: dict[str, str]) -> Fragment:
        """The inverse of `to_json`."""
        return cls(name=value["name"], display_name=value["shown"], folder=Path(value["folder"]), text=value["text"])
