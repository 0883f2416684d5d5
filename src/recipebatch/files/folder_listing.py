"""The files below a folder, of which a bounded number is looked at, and by name what is there and no file."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from recipebatch.errors import UsageError
from recipebatch.files.regular_files import kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

MAX_ENTRIES = 200_000
"""Files and folders that are looked at for one recipe."""


GIT = ".git"
"""What git keeps of a repository, such as the password of a remote; some file systems keep no case apart."""


class TooManyFilesError(Exception):
    """More files and folders than may be looked at.

    Attributes:
        hint: what to do about it, or None.
    """

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


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
    """A regular file, or a link to one; its name below the folder with `/` between folders.

    Attributes:
        is_link: it is a link, or a folder above it is one that was followed.
    """

    name: str
    path: str
    is_link: bool


@dataclass(frozen=True, slots=True)
class Unlisted:
    """What a listing has not as a file.

    Attributes:
        name: below the folder, as of a `ListedFile`.
        why: the end of a sentence.
        code: of a problem; empty for what is left out on purpose: `.git`.
        is_folder: what is below it is unknown too.
    """

    name: str
    why: str
    code: str
    is_folder: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """How the files of a folder are listed.

    Attributes:
        deep: with those of the folders below it.
        skip: folders that are not entered.
        follow: links to folders below the listed one are entered; if not, they are passed over.
        leaves_out: whether a file or folder (its name; whether it is a folder) is passed over.
    """

    deep: bool
    skip: Collection[str] = ()
    follow: bool = False
    leaves_out: Callable[[str, bool], bool] = lambda _name, _is_folder: False


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder that is still to be entered.

    Attributes:
        prefix: of the names in it.
        real: its path without links.
        origins: the folders, without links, from which a link was followed to get here.
    """

    prefix: str
    path: str
    real: str
    origins: tuple[str, ...] = ()

    def is_circle(self, target: str) -> bool:
        """Whether a folder without links holds this one, or one it was reached from."""
        return any(_is_below(each, target) for each in (self.real, *self.origins))


def listed_files(folder: str, budget: ListingBudget, how: Listing) -> Iterator[ListedFile | Unlisted]:
    """The files of a folder, in no order, and by name what is not among them and was not left out.

    Raises:
        TooManyFilesError: the budget does not suffice.
    """
    base = os.path.realpath(folder)
    waiting = [_Folder("", folder, base)]
    while waiting:
        inside = waiting.pop()
        try:
            entries = os.scandir(inside.path)
        except OSError as error:
            yield Unlisted(inside.prefix[:-1], _cannot_be_listed(error), "missing-file", is_folder=True)
            continue
        with entries:
            while True:
                try:
                    entry = next(entries, None)
                except OSError as error:  # a folder of another user, or one that is deleted meanwhile
                    yield Unlisted(inside.prefix[:-1], _cannot_be_listed(error), "missing-file", is_folder=True)
                    break
                if entry is None:
                    break
                budget.take()
                found = _looked_at(entry, inside, base, how)
                if isinstance(found, _Folder):
                    waiting.append(found)
                elif found is not None:
                    yield found


def _looked_at(
    entry: os.DirEntry[str], inside: _Folder, base: str, how: Listing
) -> ListedFile | Unlisted | _Folder | None:
    """What an entry of a folder is; None if it is passed over."""
    name = f"{inside.prefix}{entry.name}"
    mode = _mode(entry)
    is_folder = mode is not None and stat.S_ISDIR(mode)
    if how.leaves_out(name, is_folder):
        return None
    if entry.name.lower() == GIT:
        return Unlisted(name, "is left out: git keeps passwords there", "", is_folder=True)
    if mode is None:
        return Unlisted(name, *why_unreadable(entry.path))
    if is_folder:
        return _entered(entry, name, inside, base, how)
    if not stat.S_ISREG(mode):
        return Unlisted(name, f"is {kind_of(mode)}, not a file", "not-a-file")
    return ListedFile(name, entry.path, bool(inside.origins) or entry.is_symlink())


def _entered(entry: os.DirEntry[str], name: str, inside: _Folder, base: str, how: Listing) -> Unlisted | _Folder | None:
    """A folder below one that is listed."""
    if not how.deep or entry.path in how.skip or (entry.is_symlink() and not how.follow):
        return None
    if not entry.is_symlink():
        return _Folder(f"{name}/", entry.path, f"{inside.real.rstrip('/')}/{entry.name}", inside.origins)
    real = os.path.realpath(entry.path)
    why, code = "", "files-outside"
    if not _is_below(real, base):
        why = "is a link to outside the folder"
    elif any(part.lower() == GIT for part in real[len(base) :].split("/")):
        why = "is a link to what git keeps, which can hold passwords"
    elif inside.is_circle(real):
        why, code = "is a circular link: it leads to a folder that holds it", "circular-link"
    if why:
        return Unlisted(name, why, code, is_folder=True)
    return _Folder(f"{name}/", entry.path, real, (*inside.origins, inside.real))


def why_unreadable(path: str) -> tuple[str, str]:
    """The end of a sentence about a path at which nothing can be found, and the code of the problem."""
    try:
        os.stat(path)  # noqa: PTH116 - the reason is wanted, and Path hides some
    except OSError as error:
        if error.errno == errno.ELOOP:
            return "is a circular link", "circular-link"
        if Path(path).is_symlink() and error.errno in {errno.ENOENT, errno.ENOTDIR}:
            return "is a link to nothing", "missing-file"
        return f"cannot be read: {error.strerror}", "missing-file"
    return "cannot be read: it was replaced a moment ago", "missing-file"


def _cannot_be_listed(error: OSError) -> str:
    return f"cannot be listed: {error.strerror}"


def _mode(entry: os.DirEntry[str]) -> int | None:
    """What an entry or the target of a link is; None if that cannot be said."""
    try:
        return entry.stat().st_mode
    except OSError:
        return None


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def files_in(folder: Path) -> list[Path]:
    """All files in a folder that the user names, and in those below it, in the order of their paths.

    A link that leads out of the folder is left out, as the folder can be a stranger's. One that leads nowhere is not:
    that is said where it is read.

    Raises:
        UsageError: there are more files and folders than may be looked at.
    """
    base = os.path.realpath(folder)
    try:
        return sorted(
            folder / file.name
            for file in listed_files(str(folder), ListingBudget(), Listing(deep=True))
            if _is_shown(file, base)
        )
    except TooManyFilesError as error:
        raise UsageError(f"{folder}: {error}", hint="name a folder with fewer files") from None


def _is_shown(file: ListedFile | Unlisted, base: str) -> bool:
    if isinstance(file, Unlisted):
        # Editors lock a file by a link to nothing, whose name begins with a dot.
        return (
            file.code in {"missing-file", "circular-link"}
            and not file.is_folder
            and not Path(file.name).name.startswith(".")
        )
    return not file.is_link or _is_below(os.path.realpath(file.path), base)
