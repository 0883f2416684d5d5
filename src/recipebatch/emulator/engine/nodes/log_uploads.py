"""Uploads of a node's agent logs, in the background."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING

from recipebatch.emulator.node_agent import StalledError, Stop, TransferError, in_thread, upload_blobs

if TYPE_CHECKING:
    from collections.abc import Mapping

_LOG = logging.getLogger(__name__)


class LogUploads:
    """The uploads in progress."""

    def __init__(self) -> None:
        self._works: set[asyncio.Task[None]] = set()

    def begin(self, container_url: str, blobs: Mapping[str, bytes]) -> None:
        """Start an upload; a failure is logged, because the request has been answered already."""
        work = asyncio.get_running_loop().create_task(_upload(container_url, blobs))
        self._works.add(work)
        work.add_done_callback(self._works.discard)

    async def stop(self) -> None:
        """Cancel the uploads in progress."""
        for work in list(self._works):
            work.cancel()
        await asyncio.gather(*self._works, return_exceptions=True)


async def _upload(container_url: str, blobs: Mapping[str, bytes]) -> None:
    stop = Stop()
    try:
        await in_thread(partial(upload_blobs, container_url, blobs, stop), stop=stop)
    except (TransferError, StalledError) as error:
        _LOG.warning("cannot upload the logs of a node: %s", error)
