"""The keys of the local account: generated at the first start, in files that only their owner can read."""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING

from recipebatch.errors import LocalAccountError
from recipebatch.local.folders import read_private, write_private
from recipebatch.text.secret import Secret

if TYPE_CHECKING:
    from pathlib import Path

_KEY_BYTES = 64
"""The length of the keys of Azure Batch and Azure Storage."""


def new_key() -> Secret:
    """A random account key in base64, the encoding of the services' keys."""
    return Secret(base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode("ascii"))


def stored_key(path: Path) -> Secret:
    """Read the key in a file; generate it if the file is missing. The caller holds the command or service lock.

    Raises:
        LocalAccountError: the file is damaged.
        OSError: it cannot be read or written.
    """
    try:
        text = read_private(path).strip()
    except FileNotFoundError:
        key = new_key()
        write_private(path, key.reveal() + "\n")
        return key
    except UnicodeDecodeError:
        text = "?"
    if not _is_key(text):
        what = "is damaged" if text else "is empty"
        raise LocalAccountError(
            f"the key file {path} {what}",
            hint=f"stop the local account and delete {path}; the next start generates another key",
        )
    return Secret(text)


def _is_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == _KEY_BYTES
    except ValueError:
        return False
