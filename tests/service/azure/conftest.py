from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from recipebatch.service.azure.batch_client import AzureBatch
from recipebatch.service.azure.blob_client import AzureBlobs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from azure.batch import BatchClient
    from azure.storage.blob import BlobServiceClient

    from recipebatch.emulator import Emulator
    from recipebatch.local.azurite.azurite import Azurite


@pytest.fixture
def sdk(emulator: Emulator) -> Iterator[BatchClient]:
    """The public SDK's client on an account that nobody else uses."""
    from azure.batch import BatchClient
    from azure.core.credentials import AzureNamedKeyCredential

    account = emulator.new_account()
    with BatchClient(account.endpoint, AzureNamedKeyCredential(account.name, account.key.reveal())) as client:
        yield client


@pytest.fixture
def batch(sdk: BatchClient) -> AzureBatch:
    return AzureBatch(sdk)


@pytest.fixture
def blobs(blob_service: BlobServiceClient, azurite: Azurite) -> AzureBlobs:
    return AzureBlobs(blob_service, account_key=azurite.key)
