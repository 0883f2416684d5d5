"""The recipes from elsewhere that the user agreed to run, by the digest of all that they are made from."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from recipebatch.config.state_folder import user_state_folder
from recipebatch.files import open_regular
from recipebatch.folder_files import open_folder, write_below

if TYPE_CHECKING:
    from collections.abc import Iterable

_PIECE = 1024 * 1024
MAX_HASHED_BYTES = 256 * 1024 * 1024
"""Of the files of one recipe; of what is beyond, size and time of change count."""


def state_folder() -> Path:
    """Where the user's agreement is kept."""
    return user_state_folder() / "trusted-recipes"


def is_trusted(digest: str, *, recipe_folder: str) -> bool:
    """Whether the user agreed to it; what lies in the recipe's own folder is no agreement of the user."""
    folder = state_folder()
    if _is_within(folder, recipe_folder):
        return False
    try:
        with open_folder(folder) as opened:
            status = opened.status(digest)
    except OSError:
        return False
    return status is not None and status.st_uid == os.getuid()


def trust(digest: str, *, recipe_folder: str) -> bool:
    """Remember that the user agreed; False if it cannot be remembered."""
    folder = state_folder()
    if _is_within(folder, recipe_folder):
        return False
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_below(folder, digest, b"", mode=0o600)
    except OSError:
        return False
    return True


def digest_of(texts: Iterable[str], files: Iterable[str]) -> str:
    """SHA-256 (hex) of texts, and of the names and contents of files.

    Args:
        texts: in an order that is always the same.
        files: paths without links.
    """
    found = hashlib.sha256()
    for text in texts:
        data = text.encode("utf-8", "surrogateescape")
        found.update(b"%d:" % len(data) + data)
    left = MAX_HASHED_BYTES
    for path in sorted(files):
        try:
            with open_regular(path) as file:
                status = os.fstat(file.fileno())
                found.update(b"%s %d:" % (os.fsencode(path), status.st_size))
                if status.st_size > left:
                    found.update(b"%d;" % status.st_mtime_ns)
                    continue
                left -= status.st_size
                while piece := file.read(_PIECE):
                    found.update(piece)
        except OSError as error:
            found.update(f"{path} {error.errno}".encode("utf-8", "surrogateescape"))
    return found.hexdigest()


def _is_within(folder: Path, recipe_folder: str) -> bool:
    return Path(os.path.realpath(folder)).is_relative_to(recipe_folder)
