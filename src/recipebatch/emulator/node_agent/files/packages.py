"""Installs application packages on a node. Blocking."""

from __future__ import annotations

import re
import stat
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from recipebatch.emulator.node_agent.files.directories import remove_tree

if TYPE_CHECKING:
    from recipebatch.emulator.node_agent.http_client import Stop

_PREFIX = "AZ_BATCH_APP_PACKAGE_"


class PackageError(Exception):
    """A package cannot be installed; the message says why."""


def package_directory(root: Path, application_id: str, version: str) -> Path:
    """The directory of a package on the node with that root."""
    return root / "applications" / application_id / version


def package_variables(root: Path, application_id: str, version: str, *, is_default: bool) -> dict[str, str]:
    """The variables that name a package's directory; one without a version only if the reference had none.

    Source: "Deploy application packages to compute nodes", Linux: case is kept, `.`, `-` and `#` become `_`.
    """
    directory = str(package_directory(root, application_id, version))
    names = [f"{application_id}_{version}", *([application_id] if is_default else [])]
    return {_PREFIX + re.sub(r"[.#-]", "_", name): directory for name in names}


def install_package(file: Path, root: Path, application_id: str, version: str, stop: Stop) -> None:
    """Unpack a zip file to its directory on a node, atomically; a package that is already installed is kept.

    Raises:
        PackageError: it is not a zip file, an entry leads out of the directory, or the disk is full.
        StoppedError: `stop` was set.
    """
    target = package_directory(root, application_id, version)
    if target.is_dir():
        return
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        unpacked = Path(tempfile.mkdtemp(dir=target.parent))
    except OSError as error:
        raise PackageError(str(error)) from error
    try:
        with zipfile.ZipFile(file) as archive:
            for entry in archive.infolist():
                stop.check()
                if Path(entry.filename).is_absolute() or ".." in Path(entry.filename).parts:
                    raise PackageError(f"the name {entry.filename!r} leads out of the package")
                path = Path(archive.extract(entry, unpacked))
                # A zip file made on a POSIX system knows which of its files are programs.
                if not entry.is_dir() and (mode := entry.external_attr >> 16 & 0o777):
                    path.chmod(mode | stat.S_IRUSR | stat.S_IWUSR)
        unpacked.chmod(0o755)
        unpacked.rename(target)
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        if not target.is_dir():  # else another task has installed it meanwhile
            raise PackageError(str(error)) from error
    finally:
        if unpacked.exists():
            remove_tree(unpacked)
