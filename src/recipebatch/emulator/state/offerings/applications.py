"""The application packages of an account: `<application id>/<version>.zip` in a folder of the emulator's root.

The Batch service has no operation to add packages (Azure has one in its management API): copy the file to the folder.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SUFFIX = ".zip"


def versions(folder: Path) -> dict[str, list[str]]:
    """The versions of each application, in their natural order, by application id."""
    found: dict[str, list[str]] = {}
    for file in folder.glob(f"*/*{_SUFFIX}"):
        found.setdefault(file.parent.name, []).append(file.name.removesuffix(_SUFFIX))
    return {application: sorted(known, key=_natural) for application, known in sorted(found.items(), key=_by_id)}


def package(folder: Path, application_id: str, version: str | None) -> tuple[str, str, Path] | None:
    """Id, version and file of a package; None if it does not exist.

    Without a version it is the default version: in the emulator the highest, on Azure it is configured.
    """
    for application, known in versions(folder).items():
        if application.lower() != application_id.lower():
            continue
        matching = [each for each in known if version is None or each.lower() == version.lower()]
        if matching:
            return application, matching[-1], folder / application / f"{matching[-1]}{_SUFFIX}"
    return None


def _natural(version: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", version.lower())]


def _by_id(entry: tuple[str, list[str]]) -> str:
    return entry[0].lower()
