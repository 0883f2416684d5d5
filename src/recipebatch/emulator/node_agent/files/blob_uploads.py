"""Uploads blobs from memory to a container. Blocking."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from recipebatch.emulator.node_agent.files.resource_files import STORAGE_API_VERSION, blob_url
from recipebatch.emulator.node_agent.http_client import HttpClient, Stop

if TYPE_CHECKING:
    from collections.abc import Mapping


def upload_blobs(container_url: str, blobs: Mapping[str, bytes], stop: Stop) -> None:
    """Upload each blob.

    Raises:
        TransferError: an upload failed.
        StoppedError: `stop` was set.
    """
    with HttpClient(stop) as client:
        for name, content in blobs.items():
            headers = {
                "Content-Length": str(len(content)),
                "Content-Type": "text/plain",
                "x-ms-blob-type": "BlockBlob",
                "x-ms-version": STORAGE_API_VERSION,
            }
            client.request("PUT", blob_url(container_url, name), headers=headers, body=partial(iter, [content])).read()
