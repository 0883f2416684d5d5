from __future__ import annotations

import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from recipebatch.errors import UsageError
from recipebatch.execution.resources.shared_access import check_lifetime, letters_of, share
from recipebatch.service.azure.blob_client import AzureBlobs

if TYPE_CHECKING:
    from azure.storage.blob import BlobServiceClient, ContainerClient

    from recipebatch.local.azurite.azurite import Azurite

HOUR = timedelta(hours=1)


def asked(url: str, method: str = "GET") -> int:
    """The status of a request without any key."""
    headers = {"x-ms-blob-type": "BlockBlob"} if method == "PUT" else {}
    request = urllib.request.Request(url, method=method, headers=headers, data=b"x" if method == "PUT" else None)  # noqa: S310 - of a test
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - of a test
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.fixture
def store(blob_service: BlobServiceClient, azurite: Azurite, container: ContainerClient) -> AzureBlobs:
    """The storage account, with two blobs."""
    container.upload_blob("out/a.txt", b"a")
    container.upload_blob("b.txt", b"b")
    return AzureBlobs(blob_service, account_key=azurite.key)


def test_a_blob_can_be_read_for_some_time_and_not_written(store: AzureBlobs, container: ContainerClient) -> None:
    name, now = container.container_name, datetime.now(UTC)
    shared = share(store, name, "out/a.txt", ["read"], 2 * HOUR, now)
    url = shared.url.reveal()
    assert (asked(url), asked(url, "PUT")) == (200, 403)
    assert asked(url.replace("out/a.txt", "b.txt")) == 403
    assert (shared.expires, "sig=" in repr(shared)) == (now + 2 * HOUR, False)
    assert shared.what == f"blob out/a.txt of container {name}: read"
    ended = share(store, name, "out/a.txt", ["read"], HOUR, now - 2 * HOUR)
    assert asked(ended.url.reveal()) == 403


def test_a_blob_that_may_be_written_need_not_be_there(store: AzureBlobs, container: ContainerClient) -> None:
    name, now = container.container_name, datetime.now(UTC)
    assert asked(share(store, name, "new.txt", ["write"], HOUR, now).url.reveal(), "PUT") == 201
    with pytest.raises(UsageError, match=r"no blob b\.tx in container"):
        share(store, name, "b.tx", ["read"], HOUR, now)
    with pytest.raises(UsageError, match="there is no container none-such"):
        share(store, "none-such", "", ["read"], HOUR, now)


def test_a_container_that_may_be_read_is_listed_too_and_that_of_the_records_is_not_shared(
    store: AzureBlobs, container: ContainerClient
) -> None:
    shared = share(store, container.container_name, "", ["read"], HOUR, datetime.now(UTC))
    assert shared.what == f"container {container.container_name}: read and list"
    with pytest.raises(UsageError, match="holds the records of all runs"):
        share(store, "recipebatch", "", ["read"], HOUR, datetime.now(UTC))


def test_a_container_is_read_and_listed_and_a_folder_says_that_it_opens_all(
    store: AzureBlobs, container: ContainerClient
) -> None:
    name, now = container.container_name, datetime.now(UTC)
    shared = share(store, name, "out/", ["read"], HOUR, now)
    url = shared.url.reveal()
    assert asked(f"{url}&restype=container&comp=list&prefix=out%2F") == 200
    assert asked(url.replace(f"/{name}?", f"/{name}/b.txt?")) == 200
    assert shared.notes[0] == f"a SAS cannot be limited to the folder out/: this one opens the whole container {name}"
    assert "list: curl URL'&restype=container&comp=list&prefix=out%2F'" in shared.notes
    assert not any("sig=" in note for note in shared.notes)


def test_how_long_it_may_last() -> None:
    assert check_lifetime(HOUR, signed_in=True) == ()
    assert "for 7 days" in check_lifetime(timedelta(days=7), signed_in=True)[0]
    assert "only a new account key" in check_lifetime(timedelta(days=30), signed_in=False)[0]
    for lifetime, signed_in in ((timedelta(days=8), True), (timedelta(days=366), False)):
        with pytest.raises(UsageError, match="is too long"):
            check_lifetime(lifetime, signed_in=signed_in)
    with pytest.raises(UsageError, match="longer than 0"):
        check_lifetime(timedelta(), signed_in=False)


def test_the_letters_are_in_the_order_of_the_service() -> None:
    assert letters_of(["write", "list", "read"]) == "rcwl"


def test_a_delegation_key_is_used_without_the_accounts_key() -> None:
    given: list[Any] = []

    def sign(*_: Any, **values: Any) -> str:
        given.append(values)
        return "token"

    fake: Any = SimpleNamespace(
        signs_with_entra_id=True,
        account_name="one",
        container_metadata=lambda _: {},
        container_sas=sign,
        container_url=lambda name: f"https://one.test/{name}",
    )
    shared = share(fake, "c", "", ["write"], HOUR, datetime(2026, 1, 2, tzinfo=UTC))
    assert (shared.url.reveal(), given[0]["permissions"]) == ("https://one.test/c?token", "cw")
