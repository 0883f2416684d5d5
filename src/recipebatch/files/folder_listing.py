"""The files below a folder, of which a bounded number is looked at; folders behind links are not entered."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from recipebatch.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

MAX_ENTRIES = 200_000
"""Files and folders that are looked at for one recipe."""


GIT = ".git"
"""What git keeps of a repository, such as the password of a remote; some file systems keep no case apart."""


class TooManyFilesError(Exception):
    """More files and folders than may be looked at."""


@dataclass(slots=True)
class ListingBudget:
    """How many more files and folders may be looked at; all listings of one recipe share one."""

    left: int = MAX_ENTRIES

    def take(self) -> None:
        """Look at one more.

        Raises:
            TooManyFilesError: it is one too many.
        """
        if self.left == 0:
            raise TooManyFilesError(f"more than {MAX_ENTRIES:,} files and folders would have to be looked at")
        self.left -= 1


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A regular file, or a link to one; its name below the folder with `/` between folders."""

    name: str
    path: str
    is_link: bool


def listed_files(folder: str, budget: ListingBudget, *, deep: bool, skip: Collection[str] = ()) -> Iterator[ListedFile]:
    """The files of a folder, and with `deep` those of the folders below it except for those to skip; in no order.

    Left out is every `.git`, and what cannot be listed, such as the folder of another user, as a shell's `**` does.

    Raises:
        TooManyFilesError: the budget does not suffice.
    """
    waiting = [("", folder)]
    while waiting:
        prefix, path = waiting.pop()
        try:
            entries = os.scandir(path)
        except OSError:
            continue
        # A folder of another user, or one that is deleted meanwhile, can refuse at any entry.
        with entries, suppress(OSError):
            for entry in entries:
                budget.take()
                if entry.name.lower() == GIT:
                    continue
                name = f"{prefix}{entry.name}"
                if _is_folder(entry):
                    if deep and entry.path not in skip:
                        waiting.append((f"{name}/", entry.path))
                elif _is_file(entry):
                    yield ListedFile(name, entry.path, entry.is_symlink())


def files_in(folder: Path) -> list[Path]:
    """All files in a folder that the user names, and in those below it, in the order of their paths.

    A link that leads out of the folder is left out, as the folder can be a stranger's.

    Raises:
        UsageError: there are more files and folders than may be looked at.
    """
    base = os.path.realpath(folder)
    try:
        return sorted(
            folder / file.name
            for file in listed_files(str(folder), ListingBudget(), deep=True)
            if not file.is_link or Path(file.path).resolve().is_relative_to(base)
        )
    except TooManyFilesError as error:
        raise UsageError(f"{folder}: {error}", hint="name a folder with fewer files") from None


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a circular link
        return False
