"""Mounts of blob containers: read-only copies that are made when a node starts. Blocking."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from recipebatch.emulator.node_agent.files.directories import remove_tree, safe_join
from recipebatch.emulator.node_agent.files.resource_files import download
from recipebatch.emulator.node_agent.model import ResourceFile

if TYPE_CHECKING:
    from pathlib import Path

    from recipebatch.emulator.node_agent.http_client import Stop

_READ_FILE = "0444"
_READ_DIRECTORY = 0o555


def mount_copy(container_url: str, root: Path, relative_path: str, stop: Stop) -> None:
    """Copy a container to its directory below `fsmounts` of a node; replaces an older copy.

    Args:
        container_url: with a SAS to list and read.
        root: of the node.
        relative_path: below its `fsmounts`.
        stop: stops the download.

    Raises:
        PathLeavesDirectoryError: the path leads out.
        DownloadError: the container cannot be listed or a blob cannot be read.
        OSError: the copy cannot be written.
        StoppedError: `stop` was set.
    """
    target = safe_join(root / "fsmounts", relative_path)
    remove_tree(target)
    target.mkdir(parents=True)
    download([ResourceFile(storage_container_url=container_url, file_mode=_READ_FILE)], target, stop)
    for directory, _, _ in os.walk(target):
        os.chmod(directory, _READ_DIRECTORY)  # noqa: PTH101  a text of os.walk
