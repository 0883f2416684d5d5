from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from recipebatch.service.azure.batch_client import AzureBatch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from azure.batch import BatchClient

    from recipebatch.emulator import Emulator


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
