"""A local account behind proxies, whose services can be killed."""

from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential
from azure.storage.blob import BlobServiceClient
from torture.proxy import Journal, Proxy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from command import Cli

PATIENCE = "4"
"""Seconds without an answer after which the client retries."""


@dataclass
class Account:
    """A local account behind two proxies, and its plain clients beside them."""

    cli: Cli
    journal: Journal
    values: dict[str, str]
    batch: BatchClient
    blobs: BlobServiceClient

    def kill_service(self) -> None:
        """Kill the Batch service, which ends Azurite too, and restart both on the same ports with their state."""
        os.kill(int(self.cli.json("emulator", "status")["pids"]["service"]), signal.SIGKILL)
        started = self.cli("emulator", "start")
        assert started.returncode == 0, started.stderr


@contextlib.contextmanager
def proxied_account(cli: Cli) -> Iterator[Account]:
    """The account of a running local service, reached through proxies."""
    values = cli.account()
    journal = Journal()
    endpoint, connection = values["AZURE_BATCH_ENDPOINT"], values["AZURE_STORAGE_CONNECTION_STRING"]
    parts = dict(part.split("=", 1) for part in connection.split(";") if part)
    credential = AzureNamedKeyCredential(values["AZURE_BATCH_ACCOUNT"], values["AZURE_BATCH_ACCESS_KEY"])
    with (
        Proxy("batch", endpoint, journal) as before_batch,
        Proxy("blob", parts["BlobEndpoint"], journal) as before_blobs,
        BatchClient(endpoint, credential) as batch,
        BlobServiceClient.from_connection_string(connection) as blobs,
    ):
        path = parts["BlobEndpoint"].split("/", 3)[3]
        parts["BlobEndpoint"] = f"http://127.0.0.1:{before_blobs.port}/{path}"
        yield Account(
            cli,
            journal,
            values
            | {
                "AZURE_BATCH_ENDPOINT": f"http://127.0.0.1:{before_batch.port}",
                "AZURE_STORAGE_CONNECTION_STRING": ";".join(f"{name}={value}" for name, value in parts.items()),
                "RECIPEBATCH_REQUEST_TIMEOUT": PATIENCE,
            },
            batch,
            blobs,
        )
