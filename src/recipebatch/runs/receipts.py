"""Receipts: which runs this user began on this machine, and with what; a record in storage can be anyone's.

Anyone who can write to the storage account can write a record, or change one. What a record says of local files counts
only while it says what it said when this user began the run here.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from recipebatch.folder_files import open_folder

if TYPE_CHECKING:
    from pathlib import Path

    from recipebatch.runs.record import RunRecord

MAX_RECEIPTS = 2_000
"""Of more, the oldest are forgotten; the ids of runs begin with their time."""

_LENGTH = 64
_MOST = 2
_RUN_ID = re.compile(r"[0-9a-z-]{1,64}\Z")


def digest_of(record: RunRecord) -> str:
    """A digest of everything in a record that decides which local files are read, and what they are sent to. Pure."""
    fields = [
        record.run_id,
        record.owner,
        record.account,
        record.recipe_text,
        record.recipe_file,
        record.recipe_folder,
        record.recipe_fragments,
        record.parameters,
        record.inputs,
        record.environ,
        record.allowed_paths,
    ]
    text = json.dumps(fields, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


class Receipts:
    """The receipts of one user; a folder that cannot be written keeps none.

    Args:
        folder: private to the user.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, record: RunRecord, *, moved_from: RunRecord | None = None) -> None:
        """Remember what a run that begins now says, or one whose recipe was moved, which may be written later."""
        digests = [digest_of(each) for each in (moved_from, record) if each is not None]
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open_folder(self._folder) as folder:
                folder.write(record.run_id, "".join(digests).encode(), 0o600)
                for name in sorted(folder.names())[:-MAX_RECEIPTS]:
                    folder.remove(name)

    def knows(self, record: RunRecord) -> bool:
        """Whether this user began the run on this machine, and its record still says the same."""
        if not _RUN_ID.match(record.run_id):
            return False
        try:
            with open_folder(self._folder) as folder:
                status = folder.status(record.run_id)
                own = status is not None and status.st_uid == os.getuid()
                known = folder.read(record.run_id, max_bytes=_MOST * _LENGTH) if own else b""
                return digest_of(record).encode() in {
                    known[start : start + _LENGTH] for start in range(0, len(known), _LENGTH)
                }
        except (OSError, ValueError, TypeError):
            return False
