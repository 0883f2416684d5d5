"""What the local account needs on this machine; looks only, and installs nothing."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from recipebatch.local.azurite.install import azurite_version, is_installed
from recipebatch.local.azurite.node import find_node
from recipebatch.local.folders import folders

if TYPE_CHECKING:
    from pathlib import Path

_MODULES = ("httptools", "lark", "psutil", "uvicorn")
"""Of the optional dependencies `local`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirements:
    """What there is of it.

    Attributes:
        state: the folder of its files.
        installed: Azurite is installed.
        azurite: the version of Azurite.
        missing: Python modules that are not installed.
    """

    state: Path
    installed: bool
    azurite: str
    missing: tuple[str, ...]


def requirements() -> Requirements:
    """What the local account needs, but for Node.js."""
    found = folders()
    return Requirements(
        state=found.state,
        installed=is_installed(found.cache),
        azurite=azurite_version(),
        missing=tuple(name for name in _MODULES if find_spec(name) is None),
    )


def node_program() -> Path:
    """The Node.js that runs Azurite.

    Raises:
        LocalAccountError: there is none, or it is too old or has no npm.
    """
    return find_node().program
