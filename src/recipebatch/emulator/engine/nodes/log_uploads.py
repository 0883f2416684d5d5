"""Uploads that nobody waits for: the agent's logs of a node."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING

from recipebatch.emulator.node_agent import Stop, TransferError, in_thread, upload_blobs

if TYPE_CHECKING:
    from collections.abc import Mapping

_LOG = logging.getLogger(__name__)


class Uploads:
    """All that are under way."""

    def __init__(self) -> None:
        self._works: set[asyncio.Task[None]] = set()

    def begin(self, container_url: str, blobs: Mapping[str, bytes]) -> None:
        """Upload these; a failure is logged, as the answer that promised the upload is long gone."""
        work = asyncio.get_running_loop().create_task(_upload(container_url, blobs))
        self._works.add(work)
        work.add_done_callback(self._works.discard)

    async def stop(self) -> None:
        """Give up what is under way."""
        for work in list(self._works):
            work.cancel()
        await asyncio.gather(*self._works, return_exceptions=True)


async def _upload(container_url: str, blobs: Mapping[str, bytes]) -> None:
    stop = Stop()
    try:
        await in_thread(partial(upload_blobs, container_url, blobs, stop), stop=stop.set)
    except TransferError as error:
        _LOG.warning("the logs of a node could not be uploaded: %s", error)
