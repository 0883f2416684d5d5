from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from plans import a_container, a_plan

from recipebatch.properties.files import ResourceFile
from recipebatch.service import SignedAccess
from recipebatch.text.secret import Secret

EXPIRY = datetime(2026, 5, 1, tzinfo=UTC)


class Store:
    """A storage account that counts what it signs."""

    def __init__(self, account_name: str) -> None:
        self.account_name = account_name
        self.signed: list[tuple[str, str, datetime]] = []

    def container_url(self, container: str) -> str:
        return f"https://{self.account_name}/{container}"

    def blob_url(self, container: str, blob: str) -> str:
        return f"https://{self.account_name}/{container}/{blob}"

    def container_sas(self, container: str, *, permissions: str, expiry: datetime) -> str:
        self.signed.append((container, permissions, expiry))
        return f"c={container}&sp={permissions}&n={len(self.signed)}"

    def blob_sas(self, container: str, blob: str, *, permissions: str, expiry: datetime) -> str:
        self.signed.append((f"{container}/{blob}", permissions, expiry))
        return f"b={blob}&sp={permissions}"


@pytest.fixture
def store() -> Store:
    return Store("own")


@pytest.fixture
def access(store: Store) -> SignedAccess:
    stores: Any = {"second": Store("second")}
    own: Any = store
    plan = a_plan(
        containers=(
            a_container("input", "in-1"),
            replace(a_container("shared", "shared-1"), identity="/id"),
            replace(a_container("far", "far-1"), account="second"),
        )
    )
    return SignedAccess(plan, own, expiry=EXPIRY, secret_value=lambda name: Secret(f"value of {name}"), accounts=stores)


def test_a_resource_file_of_one_blob_can_be_read_and_nothing_else(access: SignedAccess, store: Store) -> None:
    assert access.resource_url(ResourceFile(container="input", blob="a.txt")) == "https://own/in-1/a.txt?b=a.txt&sp=r"
    assert store.signed == [("in-1/a.txt", "r", EXPIRY)]


def test_a_resource_file_of_a_whole_container_can_be_listed_and_read(access: SignedAccess) -> None:
    assert access.resource_url(ResourceFile(container="input")) == "https://own/in-1?c=in-1&sp=rl&n=1"


def test_output_files_can_be_created_and_written_but_not_read(access: SignedAccess) -> None:
    assert access.upload_url("input") == "https://own/in-1?c=in-1&sp=cw&n=1"


def test_a_container_is_signed_once_for_each_set_of_permissions_until_it_is_renewed(
    access: SignedAccess, store: Store
) -> None:
    assert access.upload_url("input") == access.upload_url("input")
    access.mount_token("input", read_only=False)
    assert [permissions for _name, permissions, _expiry in store.signed] == ["cw", "racwdl"]
    later = EXPIRY + timedelta(days=1)
    access.renew(later)
    access.upload_url("input")
    assert store.signed[-1] == ("in-1", "cw", later)


def test_a_managed_identity_takes_the_place_of_a_signature(access: SignedAccess, store: Store) -> None:
    assert access.identity_of("shared") == "/id"
    assert access.identity_of("input") is None
    assert access.identity_of(None) is None
    assert access.upload_url("shared") == "https://own/shared-1"
    assert access.resource_url(ResourceFile(container="shared", blob="a")) == "https://own/shared-1/a"
    assert store.signed == []


def test_a_container_of_another_account_is_reached_in_that_account(access: SignedAccess, store: Store) -> None:
    assert access.address("far") == ("second", "far-1")
    assert access.upload_url("far") == "https://second/far-1?c=far-1&sp=cw&n=1"
    assert store.signed == []


def test_a_store_without_sas_gives_plain_urls(
    access: SignedAccess, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "container_sas", lambda *_, **__: "")
    monkeypatch.setattr(store, "blob_sas", lambda *_, **__: "")
    assert access.resource_url(ResourceFile(container="input", blob="a.txt")) == "https://own/in-1/a.txt"
    assert access.resource_url(ResourceFile(container="input")) == "https://own/in-1"
    assert access.upload_url("input") == "https://own/in-1"
