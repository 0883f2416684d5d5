"""Kills Azurite while clients write to it, and compares what it acknowledged with what is there after a restart.

By hand, with many blobs: `PYTHONPATH=tests .venv/bin/python -m local.azurite.kills --rounds 20 --blobs 20000`.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import http.client
import os
import random
import signal
import tempfile
import threading
import time
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import AccountSasPermissions, BlobServiceClient, ResourceTypes, generate_account_sas

from recipebatch.local.azurite import start_azurite
from recipebatch.local.keys import new_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.local.azurite import Azurite
    from recipebatch.text.secret import Secret

CONTAINER = "kept"


def account_sas(key: Secret) -> str:
    """A SAS for everything: signing each request would take longer than the request."""
    import datetime as dt

    return generate_account_sas(
        "recipebatch",
        key.reveal(),
        ResourceTypes(service=True, container=True, object=True),
        AccountSasPermissions(read=True, write=True, delete=True, list=True, create=True, tag=True),
        dt.datetime.now(dt.UTC) + dt.timedelta(days=1),
    )


class RawClient:
    """One connection to the blob service without an SDK, so that nothing is sent twice."""

    def __init__(self, endpoint: str, sas: str) -> None:
        where = urllib.parse.urlsplit(endpoint)
        self._connection = http.client.HTTPConnection(str(where.hostname), where.port, timeout=60)
        self._path, self._sas = where.path, sas

    def request(
        self, method: str, name: str, body: bytes = b"", *, query: str = "", **headers: str
    ) -> tuple[int, bytes]:
        """Status and body; raises OSError or HTTPException if the connection breaks."""
        sent = {"x-ms-version": "2021-12-02"} | {f"x-ms-{key.replace('_', '-')}": headers[key] for key in headers}
        self._connection.request(method, f"{self._path}/{name}?{query}&{self._sas}", body, sent)
        with self._connection.getresponse() as answer:
            return answer.status, answer.read()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


@dataclass
class Writer(threading.Thread):
    """Writes blobs of its own until the connection breaks; knows what was acknowledged.

    Attributes:
        blobs: name to SHA-256 and the value of the metadata `m`, as acknowledged last; None for a deleted one.
        blocks: name to the ids of uncommitted blocks.
        unsure: names with a request that was sent and not answered.
    """

    client: RawClient
    prefix: str
    blobs: dict[str, tuple[str, str] | None] = field(default_factory=dict)
    blocks: dict[str, list[str]] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)
    requests: int = 0
    problem: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self._random = random.Random(self.prefix)  # noqa: S311 - repeatable

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        """Write until the connection breaks."""
        for number in range(1_000_000):
            name = f"{self.prefix}-{number}"
            self.unsure.add(name)
            try:
                self._write(name)
                if number % 3 == 2:
                    name = f"{self.prefix}-{self._random.randrange(number)}"
                    self.unsure.add(name)
                    self._change(name)
            except (OSError, http.client.HTTPException):
                self.client.close()
                return
            self.unsure.discard(f"{self.prefix}-{number}")
            self.unsure.discard(name)

    def _send(
        self, expected: int, method: str, name: str, body: bytes = b"", *, query: str = "", **headers: str
    ) -> None:
        status, said = self.client.request(method, f"{CONTAINER}/{name}", body, query=query, **headers)
        self.requests += 1
        if status != expected:
            self.problem = f"{method} {name} {query}: {status} {said[:200]!r}"
            raise ConnectionError(self.problem)

    def _write(self, name: str) -> None:
        content = self._random.randbytes(self._random.choice((0, 100, 4096, 50_000)))
        digest = hashlib.sha256(content).hexdigest()
        kind = self._random.randrange(4)
        if kind == 0:
            ids = [base64.b64encode(f"{part:04}".encode()).decode() for part in range(3)]
            for position, block in enumerate(ids):
                part = content[position::3] or b"-"
                self._send(201, "PUT", name, part, query=f"comp=block&blockid={urllib.parse.quote(block)}")
                self.blocks.setdefault(name, []).append(block)
            whole = b"".join(content[position::3] or b"-" for position in range(3))
            listed = "".join(f"<Latest>{block}</Latest>" for block in ids)
            body = f'<?xml version="1.0"?><BlockList>{listed}</BlockList>'.encode()
            self._send(201, "PUT", name, body, query="comp=blocklist", meta_m="first")
            del self.blocks[name]
            digest = hashlib.sha256(whole).hexdigest()
        else:
            self._send(201, "PUT", name, content, blob_type="BlockBlob", meta_m="first")
        self.blobs[name] = (digest, "first")

    def _change(self, name: str) -> None:
        known = self.blobs.get(name)
        kind = self._random.randrange(3)
        if known is None:
            return
        if kind == 0:
            self._send(202, "DELETE", name)
            self.blobs[name] = None
        elif kind == 1:
            self._send(200, "PUT", name, query="comp=metadata", meta_m="second")
            self.blobs[name] = (known[0], "second")
        else:
            content = self._random.randbytes(1000)
            self._send(201, "PUT", name, content, blob_type="BlockBlob", meta_m="third")
            self.blobs[name] = (hashlib.sha256(content).hexdigest(), "third")


def wrong_blobs(service: BlobServiceClient, writers: list[Writer]) -> Iterator[str]:
    """What is not as it was acknowledged; a blob with an unanswered request may have either state."""
    container = service.get_container_client(CONTAINER)
    for writer in writers:
        if writer.problem:
            yield writer.problem
        for name, blocks in writer.blocks.items():
            if name not in writer.blobs:
                staged = {block.id for block in container.get_blob_client(name).get_block_list("uncommitted")[1]}
                committed = container.get_blob_client(name).exists()
                if not committed and not staged.issuperset(base64.b64decode(block).decode() for block in blocks):
                    yield f"{name}: blocks {blocks}, found {staged}"
        for name, expected in writer.blobs.items():
            try:
                found = container.get_blob_client(name).download_blob()
                seen = (hashlib.sha256(found.readall()).hexdigest(), (found.properties.metadata or {}).get("m", ""))
            except ResourceNotFoundError:
                seen = None
            if seen != expected and name not in writer.unsure:
                yield f"{name}: expected {expected}, found {seen}"


def fill(azurite: Azurite, blobs: int) -> None:
    """Upload small blobs whose content is their name."""
    sas = account_sas(azurite.key)

    def upload(first: int) -> None:
        client = RawClient(azurite.endpoint, sas)
        for number in range(first, blobs, 8):
            name = f"old-{number:06}"
            assert client.request("PUT", f"{CONTAINER}/{name}", name.encode(), blob_type="BlockBlob")[0] == 201
        client.close()

    threads = [threading.Thread(target=upload, args=(first,)) for first in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def kill_while_writing(azurite: Azurite, seconds: float, name: str, clients: int = 8) -> list[Writer]:
    """Let clients write, and kill Azurite after some seconds."""
    sas = account_sas(azurite.key)
    writers = [Writer(RawClient(azurite.endpoint, sas), f"{name}-{number}") for number in range(clients)]
    for writer in writers:
        writer.start()
    time.sleep(seconds)
    os.kill(azurite.pid, signal.SIGKILL)
    for writer in writers:
        writer.join()
    azurite.stop()
    return writers


def main() -> None:
    """Print a line for each round."""
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=20)
    options.add_argument("--blobs", type=int, default=20_000)
    chosen = options.parse_args()
    key = new_key()
    with tempfile.TemporaryDirectory() as folder:
        azurite = start_azurite(Path(folder), key=key)
        with BlobServiceClient.from_connection_string(azurite.connection_string) as service:
            service.create_container(CONTAINER)
        fill(azurite, chosen.blobs)
        lost = acknowledged = 0
        for number in range(chosen.rounds):
            writers = kill_while_writing(azurite, random.uniform(0.3, 3), f"r{number}")  # noqa: S311
            began = time.monotonic()
            azurite = start_azurite(Path(folder), key=key)
            took = time.monotonic() - began
            with BlobServiceClient.from_connection_string(azurite.connection_string) as service:
                wrong = list(wrong_blobs(service, writers))
            requests = sum(writer.requests for writer in writers)
            lost += len(wrong)
            acknowledged += requests
            print(f"round {number}: {requests} acknowledged, {len(wrong)} wrong, restarted in {took:.1f} s", flush=True)
            for line in wrong[:5]:
                print("  ", line)
        with BlobServiceClient.from_connection_string(azurite.connection_string) as service:
            names = {blob.name for blob in service.get_container_client(CONTAINER).list_blobs(name_starts_with="old-")}
        print(f"{acknowledged} acknowledged, {lost} wrong; {len(names)} of the {chosen.blobs} first blobs are there")
        azurite.stop()


if __name__ == "__main__":
    main()
