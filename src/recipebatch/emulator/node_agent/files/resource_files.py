"""Downloads the resource files of a task into its working directory, before its command runs. Blocking.

A file gets its final name only when it is complete. A container is listed with the SAS of its URL, and each blob keeps
the path of its name below `filePath`.
"""

from __future__ import annotations

import os
import secrets
import urllib.parse
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree as ET

from recipebatch.emulator.node_agent import failures
from recipebatch.emulator.node_agent.files.directories import PathLeavesDirectoryError, safe_join
from recipebatch.emulator.node_agent.http_client import HttpClient, Stop, TransferError, split_url
from recipebatch.emulator.node_agent.threads import in_parallel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from recipebatch.emulator.node_agent.model import Failure, ResourceFile

DEFAULT_FILE_MODE = 0o770
"""Source: Batch REST API, `ResourceFile`, `fileMode`."""

STORAGE_API_VERSION = "2021-12-02"
"""`x-ms-version` of requests to a container; old enough for every Azurite, new enough for large blobs."""

_THREADS = 8
_TRIES = 3


class DownloadError(Exception):
    """A resource file could not be downloaded; `failure` is the service's error."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.code)
        self.failure = failure


class ListedBlob(NamedTuple):
    """One blob of a container.

    Attributes:
        name: its name.
        etag: without quotes.
        is_folder: whether it marks a folder: a directory of an account with a hierarchical namespace, or an empty blob
            that blobfuse or another tool wrote.
    """

    name: str
    etag: str
    is_folder: bool


@dataclass(frozen=True, slots=True)
class _Download:
    """One file to download: its URL, its path below the working directory, its mode."""

    url: str = field(repr=False)
    path: str
    mode: int


def download(files: Iterable[ResourceFile], working: Path, stop: Stop) -> None:
    """Download all resource files, several at once.

    Raises:
        DownloadError: a file is refused, missing, or cannot be written; others may have been downloaded.
        StoppedError: `stop` was set.
    """
    with HttpClient(stop) as lister:
        downloads = [one for file in files for one in _downloads_of(file, lister)]

    def work(own: Iterator[_Download]) -> None:
        with HttpClient(stop) as client:
            for one in own:
                _download_file(one, working, client)

    in_parallel(downloads, work, threads=_THREADS)


def _downloads_of(file: ResourceFile, client: HttpClient) -> Iterator[_Download]:
    mode = DEFAULT_FILE_MODE if file.file_mode is None else int(file.file_mode, 8)
    if file.http_url is not None:
        yield _Download(file.http_url, file.file_path or "", mode)
    elif file.storage_container_url is not None:
        url, prefix = file.storage_container_url, file.blob_prefix or ""
        folder = f"{file.file_path}/" if file.file_path else ""
        try:
            for name in blob_names(url, prefix, client):
                yield _Download(blob_url(url, name), folder + name, mode)
        except TransferError as error:
            raise DownloadError(failures.not_downloaded(error, url, file.file_path or "")) from error


def blob_url(container_url: str, name: str) -> str:
    """The URL of one blob, with the SAS of its container's URL.

    Raises:
        TransferError: it is not a URL.
    """
    parts = split_url(container_url)
    path = parts.path.rstrip("/") + "/" + urllib.parse.quote(name, safe="/~")
    return urllib.parse.urlunsplit(parts._replace(path=path))


def blob_names(container_url: str, prefix: str, client: HttpClient) -> Iterator[str]:
    """The names of a container's blobs that begin with a prefix, in all pages, without folder markers.

    Raises:
        TransferError: the list could not be downloaded.
    """
    return (blob.name for blob in list_blobs(container_url, prefix, client) if not blob.is_folder)


def list_blobs(container_url: str, prefix: str, client: HttpClient) -> Iterator[ListedBlob]:
    """A container's blobs whose names begin with a prefix, in all pages.

    Raises:
        TransferError: the list could not be downloaded.
    """
    parts = split_url(container_url)
    marker = ""
    while True:
        ask = {"restype": "container", "comp": "list", "include": "metadata"}
        ask |= {"prefix": prefix} if prefix else {}
        ask |= {"marker": marker} if marker else {}
        query = "&".join(filter(None, (parts.query, urllib.parse.urlencode(ask, quote_via=urllib.parse.quote))))
        url = urllib.parse.urlunsplit(parts._replace(query=query))
        response = client.request("GET", url, headers={"x-ms-version": STORAGE_API_VERSION})
        blobs, marker = parse_blob_list(b"".join(client.chunks(response)))
        yield from blobs
        if not marker:
            return


def parse_blob_list(document: bytes) -> tuple[list[ListedBlob], str]:
    """The blobs in one answer to "List Blobs", and the marker of the next page or an empty text. Pure.

    Raises:
        TransferError: it is not such an answer.
    """
    try:
        root = ET.fromstring(document)  # noqa: S314  # expat itself bounds the expansion of entities
    except ET.ParseError:
        raise TransferError("the list of blobs is not valid XML") from None
    blobs = []
    for blob in root.iterfind("Blobs/Blob"):
        name = blob.find("Name")
        if name is None or not name.text:
            continue
        # A name with characters that XML cannot hold arrives percent-encoded.
        text = urllib.parse.unquote(name.text) if name.get("Encoded") == "true" else name.text
        marks = (blob.findtext("Properties/ResourceType"), blob.findtext("Metadata/hdi_isfolder"))
        is_folder = marks[0] == "directory" or marks[1] == "true" or text.endswith("/")
        blobs.append(ListedBlob(text, (blob.findtext("Properties/Etag") or "").strip('"'), is_folder))
    return blobs, root.findtext("NextMarker") or ""


def _download_file(one: _Download, working: Path, client: HttpClient) -> None:
    try:
        # A name such as `.` would mean the working directory itself.
        target = safe_join(working, one.path if one.path.strip("./") else "..")
    except PathLeavesDirectoryError as error:
        raise DownloadError(failures.not_created("File", error, one.path)) from error
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DownloadError(failures.not_created("Directory", error, one.path)) from error
    partial = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        _download_to(partial, one, client)
        try:
            partial.chmod(one.mode)
            partial.replace(target)
        except OSError as error:
            raise DownloadError(failures.not_created("File", error, one.path)) from error
    finally:
        with suppress(FileNotFoundError):
            partial.unlink()


def _download_to(partial: Path, one: _Download, client: HttpClient) -> None:
    try:
        fetch(client, one.url, partial)
    except TransferError as error:
        raise DownloadError(failures.not_downloaded(error, one.url, one.path)) from error
    except OSError as error:
        raise DownloadError(failures.not_written(error, one.path)) from error


def fetch(client: HttpClient, url: str, path: Path) -> tuple[str, str]:
    """Download one file; returns its ETag without quotes and its `Last-Modified`, empty if the server gives none.

    Raises:
        TransferError: it is refused, or cannot be downloaded.
        OSError: it cannot be written.
    """
    for tries_left in reversed(range(_TRIES)):
        try:
            response = client.request("GET", url)
            write(path, client.chunks(response))
            return (response.getheader("ETag") or "").strip('"'), response.getheader("Last-Modified") or ""
        except TransferError as error:
            # The client has retried a refused request; a body that breaks off is downloaded again from its beginning.
            if tries_left == 0 or error.status is not None:
                raise
    raise AssertionError("the last try returns or raises")


def write(path: Path, chunks: Iterable[bytes]) -> None:
    """Write a new file that only its owner can read; an older one is emptied.

    Raises:
        OSError: it cannot be written, for example because the disk is full.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb", buffering=0) as file:  # noqa: PTH123  # a descriptor, not a path
        for chunk in chunks:
            view = memoryview(chunk)
            while view:
                view = view[file.write(view) :]
