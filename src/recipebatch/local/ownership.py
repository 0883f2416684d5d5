"""Whether other users of this machine can change what is in a folder; Linux and macOS."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from recipebatch.errors import LocalAccountError

if TYPE_CHECKING:
    from collections.abc import Iterator

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_MAX_LINKS = 40


def check_own_folder(folder: Path, *, variable: str) -> None:
    """Refuse a folder that another user can write to, or replace by writing to a folder above it.

    A folder that does not exist yet is checked as far as its path exists.

    Args:
        folder: absolute; links are followed, and their owners checked.
        variable: the environment variable that moves the folder, for the hint.

    Raises:
        LocalAccountError: it belongs to another user, or others can write to it or to a folder above it.
    """
    if os.name != "posix":
        return
    hint = f"choose a folder of your own with {variable}"
    real = Path(os.path.realpath(folder))
    for path, status in _components(folder):
        if path == real and stat.S_ISDIR(status.st_mode):
            _check_itself(path, status, hint)
        else:
            _check_above(path, status, folder, hint)


def check_program(program: Path) -> None:
    """Refuse a program that other users can replace.

    Groups may write: some package managers let a group of administrators install programs.

    Raises:
        LocalAccountError: everybody can write to it or to a folder above it.
    """
    for path, status in _components(program):
        open_to_all = status.st_mode & stat.S_IWOTH and not stat.S_ISLNK(status.st_mode)
        if open_to_all and not (stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX):
            raise LocalAccountError(
                f"every user can replace the program {program}: {path} has mode {_mode(status)}",
                hint=f"chmod o-w {path}",
            )


def check_files(folder: Path) -> None:
    """Refuse a folder with a file or folder that belongs to another user or that others can write to.

    Raises:
        LocalAccountError: names the first such file.
    """
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(parent, name)
            status = path.lstat()
            writable = not stat.S_ISLNK(status.st_mode) and status.st_mode & _OTHERS_WRITE
            if status.st_uid != os.getuid() or writable:
                raise LocalAccountError(
                    f"other users can change {path}: it has mode {_mode(status)} and belongs to {_name(status.st_uid)}",
                    hint=f"delete {folder}; the next start installs it again",
                )


def _components(path: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Every folder and link that decides where an absolute path leads, from the root on, as far as it exists."""
    current = Path(path.anchor)
    yield current, current.stat()
    pending = [part for part in reversed(path.parts) if part != path.anchor]
    links = 0
    while pending:
        part = pending.pop()
        if part == "..":
            current = current.parent
            continue
        found = current / part
        try:
            status = found.lstat()
        except OSError:  # missing, or not readable: what is done with the path says so
            return
        yield found, status
        if not stat.S_ISLNK(status.st_mode):
            current = found
            continue
        links += 1
        if links > _MAX_LINKS:
            raise LocalAccountError(f"{path} leads through too many links")
        target = found.readlink()
        if target.is_absolute():
            current = Path(target.anchor)
        pending += [part for part in reversed(target.parts) if part != target.anchor]


def _check_itself(path: Path, status: os.stat_result, hint: str) -> None:
    if status.st_uid != os.getuid():
        raise LocalAccountError(f"the folder {path} belongs to {_name(status.st_uid)}, another user", hint=hint)
    if status.st_mode & _OTHERS_WRITE:
        raise LocalAccountError(
            f"other users can write to the folder {path}: it has mode {_mode(status)}", hint=f"chmod go-w {path}"
        )


def _check_above(path: Path, status: os.stat_result, folder: Path, hint: str) -> None:
    # In a container the owner of all that comes from outside can be a user without a name, and so is that of /.
    if status.st_uid not in {os.getuid(), 0, Path("/").stat().st_uid}:
        raise LocalAccountError(f"{path}, on the way to {folder}, belongs to {_name(status.st_uid)}", hint=hint)
    if not stat.S_ISDIR(status.st_mode) or status.st_mode & stat.S_ISVTX:
        return  # who can write to a folder with the sticky bit cannot replace what belongs to others
    if status.st_mode & stat.S_IWOTH or (status.st_mode & stat.S_IWGRP and not _is_private_group(status.st_gid)):
        raise LocalAccountError(
            f"other users can replace the folder {folder}: {path} has mode {_mode(status)}",
            hint=f"{hint}, or: chmod go-w {path}",
        )


def _is_private_group(number: int) -> bool:
    """Whether the user is alone in the group, as on systems where each user has a group."""
    import grp
    import pwd

    with suppress(KeyError):
        me = pwd.getpwuid(os.getuid())
        return number == me.pw_gid and not set(grp.getgrgid(number).gr_mem) - {me.pw_name}
    return False


def _name(user: int) -> str:
    import pwd

    try:
        return f"{pwd.getpwuid(user).pw_name} (user {user})"
    except KeyError:
        return f"user {user}"


def _mode(status: os.stat_result) -> str:
    return f"{stat.S_IMODE(status.st_mode):04o}"
