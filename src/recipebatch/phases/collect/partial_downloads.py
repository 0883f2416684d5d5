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
    """Where to download what `target` is to be; what is there already is the beginning of it.

    Args:
        target: the final name; its folder is there.
        etag: tells one content of the blob from another; None for what may change unnoticed, which begins anew.

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
    """Remove a download that is not to go on; none is no error."""
    # Its folder may not even be one: what went wrong before is the error to tell.
    with suppress(OSError):
        part.unlink()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]
