"""Accounts in Azure, opened: clients are built, and no request is sent."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from in_memory_pools import Notes

from recipebatch.errors import UsageError
from recipebatch.execution import account_services
from recipebatch.execution.open_account import accounts_file

if TYPE_CHECKING:
    from pathlib import Path

KEY = "a2V5a2V5a2V5"
ACCOUNTS = f"""\
accounts:
  keys: {{batch_account: b, batch_endpoint: b.example, batch_key: {KEY}, storage_account: s, storage_key: {KEY}}}
  entra: {{batch_account: b, batch_endpoint: b.example, storage_account: s}}
  copied: {{batch_account: b, batch_endpoint: b.example, batch_key: 'key*', storage_account: s}}
  stored: {{batch_account: b, batch_endpoint: b.example, batch_key: {KEY}, storage_account: s, storage_key: 'key*'}}
  other: {{storage_account: second, storage_key: {KEY}}}
  wrong: {{storage_account: third, storage_key: 'key*'}}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RECIPEBATCH_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("RECIPEBATCH_OWNER", "me")
    (tmp_path / "accounts.yaml").write_text(ACCOUNTS, encoding="utf-8")
    (tmp_path / "accounts.yaml").chmod(0o600)
    return tmp_path


def test_accounts_are_configured_in_the_users_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert accounts_file() == folder / "accounts.yaml"
    monkeypatch.delenv("RECIPEBATCH_CONFIG_DIR")
    assert accounts_file().parts[-2:] == ("recipebatch", "accounts.yaml")


def test_an_account_with_keys_is_opened_without_entra_id(folder: Path) -> None:
    notes = Notes()
    with account_services("keys", notes) as services:
        assert (services.label, services.uses_batch_key, services.store.owner) == ("keys", True, "me")
        assert services.blobs.account_name == "s"
        assert not services.blobs.signs_with_entra_id
        assert services.polls == (timedelta(seconds=1), timedelta(seconds=10))
    assert notes.lines == [
        f"account: keys (Batch https://b.example, storage s, shared key; from {folder / 'accounts.yaml'})"
    ]


def test_an_account_without_keys_signs_with_entra_id() -> None:
    with account_services("entra", Notes()) as services:
        assert not services.uses_batch_key
        assert services.blobs.signs_with_entra_id


def test_another_storage_account_is_opened_once() -> None:
    with account_services("keys", Notes()) as services:
        other = services.storage("other")
        assert other.account_name == "second"
        assert services.storage("other") is other


@pytest.mark.parametrize(
    ("name", "what"), [("copied", "the Batch account's key"), ("stored", "the storage account's key")]
)
def test_a_key_that_is_not_base64_is_refused_before_the_sdk_fails(name: str, what: str) -> None:
    with pytest.raises(UsageError) as raised, account_services(name, Notes()):
        pass
    assert raised.value.message == f"{what} is not valid base64"
    assert raised.value.hint == "copy it again from the portal; keys end in =="


def test_the_key_of_another_storage_account_is_checked_too() -> None:
    with (
        account_services("keys", Notes()) as services,
        pytest.raises(UsageError, match="the key of the storage account wrong is not valid base64"),
    ):
        services.storage("wrong")
