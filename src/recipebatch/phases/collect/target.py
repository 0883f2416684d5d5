"""The folders that collect writes to, tried before a run makes anything; nothing of the trial stays."""

from __future__ import annotations

import os
import secrets
import stat
from typing import TYPE_CHECKING

from recipebatch.folder_files import NotOwnFileError, OpenDirectory, open_folder
from recipebatch.phases.collect.local_paths import MANIFEST
from recipebatch.phases.collect.manifest import CannotWriteError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from recipebatch.properties.files import Collect

_TRIAL_BYTES = 64 * 1024
"""More than a disk that is full has left, less than any result is worth."""


def check_target(entries: Iterable[Collect], folder: Path) -> None:
    """Check that what is collected can be written, by writing a file where it would go, or in the folder above that.

    Args:
        entries: of `collect`.
        folder: what their `into` starts from.

    Raises:
        CannotWriteError: a folder is read-only or full, or a file or a link is in the way.
    """
    for into in dict.fromkeys(entry.into for entry in entries):
        try:
            with _existing_part(folder, into) as place:
                _write(place)
        except NotOwnFileError as error:
            raise CannotWriteError(f"cannot write to {folder / into}: {error}", hint=_HINT) from None
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise CannotWriteError(f"cannot write to {folder / into}: {reason}", hint=_HINT) from None


_HINT = "make the folder writable or free some space, or collect into another one: --output-dir"


def _existing_part(folder: Path, into: str) -> OpenDirectory:
    """The folder that is written to, or the nearest one above it that is there."""
    for place in (folder, *folder.absolute().parents):
        try:
            opened = open_folder(place)
        except FileNotFoundError:
            if os.path.lexists(place):
                raise NotOwnFileError(f"{str(place)!a} is a link to nothing") from None
            continue
        return opened if place != folder else _below(opened, into)
    raise FileNotFoundError


def _below(opened: OpenDirectory, into: str) -> OpenDirectory:
    for part in into.split("/"):
        if part in {"", "."}:
            continue
        try:
            deeper = opened.directory(part)
        except FileNotFoundError:
            return opened
        except BaseException:
            opened.close()
            raise
        opened.close()
        opened = deeper
    found = opened.status(MANIFEST)
    if found is not None and stat.S_ISDIR(found.st_mode):
        opened.close()
        raise NotOwnFileError(f"{MANIFEST!a} is a folder")
    return opened


def _write(place: OpenDirectory) -> None:
    name = f".recipebatch-probe-{secrets.token_hex(8)}"
    with os.fdopen(place.new_file(name, 0o600), "wb") as file:
        # Its name goes first: whatever ends this process, the file goes with it.
        place.remove(name)
        file.write(bytes(_TRIAL_BYTES))
        file.flush()
        os.fsync(file.fileno())
