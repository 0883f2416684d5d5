"""Disk: which file names the disk of a folder can have, found by trying them there."""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

from recipebatch.folder_files import OpenDirectory, open_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_USUAL_LONGEST = 255


class Disk:
    """What a disk takes as names of files. Each name is tried once.

    Args:
        probe: a new folder on it, for trials; None where none could be made: what is usual is assumed.
    """

    def __init__(self, probe: OpenDirectory | None = None) -> None:
        self._probe = probe
        self._tried: dict[str, bool] = {}
        self.folds_case = probe is not None and self._folds_case()

    def takes(self, name: str) -> bool:
        """Whether a file can have exactly that name: some disks refuse it, or keep it without its last dot or blank."""
        if self._probe is None:
            return True
        if name not in self._tried:
            self._tried[name] = self._is_kept(self._probe, name)
        return self._tried[name]

    @property
    def longest_name(self) -> int:
        """Bytes of a name."""
        names = ("x" * length for length in (_USUAL_LONGEST, 143))  # 143: an encrypted folder of eCryptfs
        return next((len(name) for name in names if self.takes(name)), 100)

    @staticmethod
    def _is_kept(probe: OpenDirectory, name: str) -> bool:
        try:
            os.close(probe.new_file(name, 0o600))
        except (OSError, ValueError):
            return False
        try:
            return name in probe.names()
        finally:
            for made in probe.names():
                probe.remove(made)

    def _folds_case(self) -> bool:
        assert self._probe is not None  # noqa: S101 - of mypy
        try:
            os.close(self._probe.new_file("probe", 0o600))
            return self._probe.status("PROBE") is not None
        except OSError:
            return False
        finally:
            self._probe.remove("probe")


@contextmanager
def disk_of(folder: Path, below: str = "") -> Iterator[Disk]:
    """The disk of a folder that may not be there yet; what is made there for trials is deleted at the end.

    Args:
        folder: may be, or be reached by, a link.
        below: a folder below it, to which no link leads.
    """
    name = f".recipebatch-probe-{secrets.token_hex(8)}"
    place = _nearest(folder, below)
    if place is None:
        yield Disk()
        return
    with place:
        try:
            probe = place.directory(name, create=True)
        except OSError:
            yield Disk()
            return
        try:
            with probe:
                yield Disk(probe)
        finally:
            place.remove_directory(name)


def _nearest(folder: Path, below: str) -> OpenDirectory | None:
    """The folder, or the one above it that is there; None if a link is on the way or it cannot be opened."""
    places = [(folder, below), *((parent, "") for parent in (folder, *folder.absolute().parents))]
    for place, relative in places:
        try:
            return open_folder(place, relative)
        except FileNotFoundError:
            continue
        except OSError:
            return None
    return None
