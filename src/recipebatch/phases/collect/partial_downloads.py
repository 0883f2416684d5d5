"""Files on their way: downloads under a name of their own, taken up again where a killed command left them."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from recipebatch.runs import is_alive

if TYPE_CHECKING:
    from pathlib import Path

SUFFIX = ".part"


def claim(target: Path, etag: str | None) -> Path:
    """Where to download `target` to; what is there already is its start.

    Args:
        target: the final name; its folder exists.
        etag: identifies the content of the blob; None if nothing does, which starts over.

    Returns:
        `.<name>-<content>.<process id>.part` in the folder of `target`, as short for a long name as for a short one.
    """
    name = f".{_digest(target.name)}-"
    content = f"{name}{_digest(etag or '')}."
    mine = target.with_name(f"{content}{os.getpid()}{SUFFIX}")
    for left in target.parent.glob(f"{name}*{SUFFIX}"):
        pid = left.name.removesuffix(SUFFIX).rpartition(".")[2]
        if left == mine or not pid.isdecimal() or is_alive(int(pid)):
            continue
        with suppress(OSError):  # another command may claim it in the same moment
            if etag is not None and left.name.startswith(content):
                left.rename(mine)
            else:
                left.unlink()
    if etag is None:
        discard(mine)
    return mine


def discard(part: Path) -> None:
    """Delete a partial download; no error if there is none."""
    # Its folder may not even exist: the earlier error is the one to report.
    with suppress(OSError):
        part.unlink()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]
