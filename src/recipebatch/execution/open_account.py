"""Opens the local account or one of Azure and builds its clients; the only file that knows both."""

from __future__ import annotations

import logging
import os
import socket
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipebatch.config import accounts
from recipebatch.errors import UsageError
from recipebatch.prices import account_prices
from recipebatch.service import AccountQuotas, SignIn
from recipebatch.vocabulary.clouds import cloud_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from recipebatch.config.secret_grants import SecretGrant
    from recipebatch.files import ReadAccess
    from recipebatch.prices import PriceSource
    from recipebatch.recipe import Parameter
    from recipebatch.report import Progress
    from recipebatch.runs import RunStore
    from recipebatch.service import BatchService, BlobStore
    from recipebatch.service.azure.batch_client import AzureBatch
    from recipebatch.text.secret import Secret

_LOCAL_POLLS = (timedelta(milliseconds=50), timedelta(milliseconds=500))
_AZURE_POLLS = (timedelta(seconds=1), timedelta(seconds=10))
# A service on this machine answers at once or not at all; Azure may be busy for a while. The storage SDK's own waits
# (16 s, 18 s, 24 s) are too long for an interactive command.
_BATCH_RETRIES: dict[bool, dict[str, Any]] = {
    True: {"retry_total": 3, "retry_backoff_factor": 0.2},
    False: {"retry_status": 6},
}
_BLOB_RETRIES: dict[bool, dict[str, Any]] = {
    True: {"retry_total": 3, "initial_backoff": 0.1, "increment_base": 0.5, "random_jitter_range": 0},
    False: {"retry_total": 6, "retry_connect": 3, "initial_backoff": 1, "increment_base": 2},
}
_CONNECTION_SECONDS = 20.0
# As the storage SDK's own transport: larger pieces than HTTP libraries send otherwise.
_BLOCK = 256 * 1024

NO_LOCAL_ACCOUNT = "there is no local account yet; apply starts it"
"""Why it is not asked: nothing is in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """An account, opened.

    Attributes:
        label: its name in reports.
        polls: the shortest and the longest interval at which a wait asks the service.
        storage: opens another storage account, by its name in `accounts.yaml`.
        read_secret: the value of a `secret` parameter; a relative path of a file starts at the folder given,
            and nothing is read that the user did not give.
        uses_batch_key: the Batch account is used with its key, not with Entra ID.
        prices: what its nodes cost; UsageError if the settings of prices are not valid.
        quotas: what it may have at most; why that is not known, where it is not. Asked for once.
    """

    label: str
    batch: BatchService
    blobs: BlobStore
    store: RunStore
    polls: tuple[timedelta, timedelta]
    storage: Callable[[str], BlobStore]
    read_secret: Callable[[Parameter, Path, Sequence[SecretGrant], ReadAccess], Secret]
    uses_batch_key: bool
    prices: Callable[[], PriceSource]
    quotas: Callable[[], AccountQuotas]


def accounts_file() -> Path:
    """Where accounts are configured: `accounts.yaml` in the user's configuration folder."""
    import platformdirs

    if folder := os.environ.get("RECIPEBATCH_CONFIG_DIR"):
        return Path(folder) / "accounts.yaml"
    return platformdirs.user_config_path("recipebatch") / "accounts.yaml"


def why_not_running(account_name: str | None) -> str:
    """Why an account can be asked only once something is started or installed, as a sentence; empty if it can be now.

    Raises:
        UsageError: the account is not known or not complete.
    """
    account = accounts.account(account_name, os.environ, accounts_file())
    if not isinstance(account, accounts.LocalChoice):
        return ""
    from recipebatch import local

    if local.is_up():
        return ""
    if not local.has_state():
        return NO_LOCAL_ACCOUNT
    return "the local account does not run; recipebatch emulator start starts it"


@contextmanager
def account_services(account_name: str | None, progress: Progress) -> Iterator[Services]:
    """Open the account that is asked for; the local one is started if it does not run.

    Raises:
        UsageError: the account is not known or not complete.
        LocalAccountError: the local account cannot be started.
    """
    account = accounts.account(account_name, os.environ, accounts_file())
    if isinstance(account, accounts.LocalChoice):
        from recipebatch import local

        progress.say(f"account: local, this machine ({account.origin})")
        running = local.ensure_running(say=progress.say, idle_minutes=account.idle_minutes)
        account = accounts.AzureAccount(
            name=accounts.LOCAL,
            origin=account.origin,
            batch_account=running.batch_account,
            batch_endpoint=running.batch_endpoint,
            batch_key=running.batch_key,
            storage_account=running.storage_account,
            blob_endpoint=running.blob_endpoint,
            storage_key=running.storage_key,
        )
    else:
        progress.say(f"account: {account}")
    with ExitStack() as stack:
        yield _services(account, stack, progress)


def _services(account: accounts.AzureAccount, stack: ExitStack, progress: Progress) -> Services:
    from azure.batch import BatchClient
    from azure.core.credentials import AzureNamedKeyCredential
    from azure.storage.blob import BlobServiceClient

    from recipebatch.phases import status_of
    from recipebatch.runs import RunStore
    from recipebatch.service.azure.batch_client import AzureBatch
    from recipebatch.service.azure.blob_client import AzureBlobs
    from recipebatch.service.azure.observed import ObservedTransport
    from recipebatch.service.azure.retry_policy import BatchRetries, as_busy
    from recipebatch.service.azure.secret_sources import SecretAccess, read_secret

    # The SDKs log answers that they could not read, such as those without a body; users need not see that.
    logging.getLogger("azure").addHandler(logging.NullHandler())
    entra: Any = None
    if account.batch_key is None or account.storage_key is None:
        entra = SignIn(cloud_of(account.batch_endpoint).authority, say=progress.say)
        stack.callback(entra.close)
    batch_credential: Any = entra
    if account.batch_key is not None:
        _check_key(account.batch_key.reveal(), "the Batch account's key")
        batch_credential = AzureNamedKeyCredential(account.batch_account, account.batch_key.reveal())
    blob_credential: Any = entra
    if account.storage_key is not None:
        _check_key(account.storage_key.reveal(), "the storage account's key")
        blob_credential = {"account_name": account.storage_account, "account_key": account.storage_key.reveal()}
    local = account.name == accounts.LOCAL
    batch = AzureBatch(
        BatchClient(
            account.batch_endpoint,
            batch_credential,
            retry_policy=BatchRetries(**_BATCH_RETRIES[local]),
            credential_scopes=[cloud_of(account.batch_endpoint).batch_scope],
            transport=ObservedTransport(progress.tell, **_timeouts()),
        )
    )
    stack.callback(batch.close)
    blobs = AzureBlobs(
        BlobServiceClient(
            account.blob_endpoint,
            credential=blob_credential,
            raw_response_hook=as_busy,
            **_BLOB_RETRIES[local],
            transport=ObservedTransport(progress.tell, connection_data_block_size=_BLOCK, **_timeouts()),
        ),
        account_key=account.storage_key,
    )
    stack.callback(blobs.close)
    others: dict[str, BlobStore] = {}

    def storage(name: str) -> BlobStore:
        # On this machine there is one storage account, and every name means it.
        if not local and name not in others:
            others[name] = _other_storage(accounts.storage_account(name, os.environ, accounts_file()), stack, progress)
        return others.get(name, blobs)

    store = RunStore(blobs, owner=accounts.owner(os.environ), host=socket.gethostname(), status_of=status_of)
    return Services(
        label=account.name,
        batch=batch,
        blobs=blobs,
        store=store,
        polls=_LOCAL_POLLS if local else _AZURE_POLLS,
        storage=storage,
        read_secret=lambda parameter, folder, grants, files: read_secret(
            parameter,
            folder,
            SecretAccess(environ=os.environ, accounts_file=accounts_file(), files=files, grants=grants),
        ),
        uses_batch_key=account.batch_key is not None,
        quotas=cache(partial(_quotas, account, batch, entra)),
        prices=cache(partial(account_prices, account.name, account.region, os.environ, accounts_file())),
    )


def _quotas(account: accounts.AzureAccount, batch: AzureBatch, entra: SignIn | None) -> AccountQuotas:
    """The quotas of an account: those of the emulator, or of Azure where the sign-in may read them."""
    if account.name == accounts.LOCAL:
        return batch.emulator_quotas()
    if account.batch_key is not None or entra is None:
        return AccountQuotas(why_unknown="no management access: the account is used with its key")
    from recipebatch.service.azure.operations.management import account_quotas

    return account_quotas(
        account=account.batch_account,
        batch_endpoint=account.batch_endpoint,
        management_endpoint=account.management_endpoint,
        subscription_id=account.subscription_id,
        credential=entra,
    )


def _other_storage(account: accounts.StorageAccount, stack: ExitStack, progress: Progress) -> BlobStore:
    """A storage account beside that of the run."""
    from azure.storage.blob import BlobServiceClient

    from recipebatch.service.azure.blob_client import AzureBlobs
    from recipebatch.service.azure.observed import ObservedTransport
    from recipebatch.service.azure.retry_policy import as_busy

    credential: Any
    if account.storage_key is None:
        credential = SignIn(cloud_of(account.blob_endpoint).authority, say=progress.say)
        stack.callback(credential.close)
    else:
        _check_key(account.storage_key.reveal(), f"the key of the storage account {account.name}")
        credential = {"account_name": account.storage_account, "account_key": account.storage_key.reveal()}
    client = BlobServiceClient(
        account.blob_endpoint,
        credential=credential,
        raw_response_hook=as_busy,
        **_BLOB_RETRIES[False],
        transport=ObservedTransport(progress.tell, connection_data_block_size=_BLOCK, **_timeouts()),
    )
    blobs = AzureBlobs(client, account_key=account.storage_key)
    stack.callback(blobs.close)
    return blobs


def _timeouts() -> dict[str, Any]:
    """How long a request waits, in seconds: for a connection, and for each part of an answer."""
    seconds = accounts.request_timeout(os.environ)
    return {"connection_timeout": min(seconds, _CONNECTION_SECONDS), "read_timeout": seconds}


def _check_key(key: str, what: str) -> None:
    import base64
    import binascii

    try:
        base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError):
        raise UsageError(f"{what} is not valid base64", hint="copy it again from the portal; keys end in ==") from None
