"""Uploads blobs, from memory and from files, to a container. Blocking."""

from __future__ import annotations

import base64
import os
import stat
import urllib.parse
from functools import partial
from typing import TYPE_CHECKING

from recipebatch.emulator.node_agent.files.resource_files import STORAGE_API_VERSION, blob_url
from recipebatch.emulator.node_agent.http_client import CHUNK_BYTES, HttpClient, Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

LARGEST_PUT_BYTES = 64 * 1024 * 1024
"""Bytes of a file that is uploaded by one request; a larger one goes in blocks."""

BLOCK_BYTES = 16 * 1024 * 1024
MAX_BLOCKS = 50_000
"""Blocks of one blob. Source: "Scalability and performance targets for Blob storage"."""


def upload_blobs(container_url: str, blobs: Mapping[str, bytes], stop: Stop) -> None:
    """Upload each blob.

    Raises:
        TransferError: an upload failed.
        StoppedError: `stop` was set.
    """
    with HttpClient(stop) as client:
        for name, content in blobs.items():
            put_bytes(client, blob_url(container_url, name), content, (("Content-Type", "text/plain"),))


def put_bytes(client: HttpClient, url: str, content: bytes, headers: Sequence[tuple[str, str]]) -> str:
    """Upload one blob from memory; returns its ETag. Raises: TransferError, StoppedError."""
    complete = {
        "Content-Length": str(len(content)),
        "x-ms-blob-type": "BlockBlob",
        "x-ms-version": STORAGE_API_VERSION,
        **dict(headers),
    }
    return _sent(client, url, complete, lambda: iter([content]))


def put_file(client: HttpClient, url: str, path: str, headers: Sequence[tuple[str, str]]) -> str:
    """Upload one file as one blob, a large one in blocks; returns its ETag.

    Args:
        client: sends the requests.
        url: of the blob, with a SAS.
        path: of the file.
        headers: properties of the blob, and conditions.

    Raises:
        OSError: it is no regular file, cannot be read, or became shorter meanwhile.
        TransferError: the upload failed.
        StoppedError: the transfer was stopped.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError("it is not a regular file")
        size = status.st_size
        if size <= LARGEST_PUT_BYTES:
            return _put(client, url, descriptor, range(size), {"x-ms-blob-type": "BlockBlob", **dict(headers)})
        return _put_blocks(client, url, descriptor, size, headers)
    finally:
        os.close(descriptor)


def block_size(file_size: int) -> int:
    """The block size in bytes that keeps the number of blocks within the limit. Pure."""
    return max(BLOCK_BYTES, -(-file_size // MAX_BLOCKS))


def _put_blocks(client: HttpClient, url: str, descriptor: int, size: int, headers: Sequence[tuple[str, str]]) -> str:
    step = block_size(size)
    names = []
    for number, start in enumerate(range(0, size, step)):
        names.append(base64.b64encode(b"%08d" % number).decode("ascii"))
        block = _with_query(url, comp="block", blockid=names[-1])
        _put(client, block, descriptor, range(start, min(start + step, size)), {})
    latest = "".join(f"<Latest>{name}</Latest>" for name in names)
    content = f'<?xml version="1.0" encoding="utf-8"?><BlockList>{latest}</BlockList>'.encode()
    complete = {"x-ms-version": STORAGE_API_VERSION, "Content-Length": str(len(content)), **dict(headers)}
    return _sent(client, _with_query(url, comp="blocklist"), complete, lambda: iter([content]))


def _put(client: HttpClient, url: str, descriptor: int, part: range, headers: Mapping[str, str]) -> str:
    complete = {
        "Content-Length": str(len(part)),
        "Content-Type": "application/octet-stream",
        "x-ms-version": STORAGE_API_VERSION,
        **headers,
    }
    return _sent(client, url, complete, partial(_read, descriptor, part))


def _sent(client: HttpClient, url: str, headers: Mapping[str, str], body: Callable[[], Iterator[bytes]]) -> str:
    response = client.request("PUT", url, headers=headers, body=body)
    response.read()
    return (response.getheader("ETag") or "").strip('"')


def _read(descriptor: int, part: range) -> Iterator[bytes]:
    """The bytes of a part of a file, in chunks.

    Raises:
        OSError: the file has become shorter.
    """
    position = part.start
    while position < part.stop:
        chunk = os.pread(descriptor, min(CHUNK_BYTES, part.stop - position), position)
        if not chunk:
            raise OSError("the file became shorter while it was uploaded")
        position += len(chunk)
        yield chunk


def _with_query(url: str, **more: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urllib.parse.urlencode(more)}"
