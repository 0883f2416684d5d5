from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from recipebatch.config import accounts
from recipebatch.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

KEY = "a2V5a2V5a2V5"


@pytest.fixture
def accounts_file(tmp_path: Path) -> Path:
    return tmp_path / "accounts.yaml"


def write(path: Path, text: str, mode: int = 0o600) -> None:
    path.write_text(text)
    path.chmod(mode)


def azure(account: accounts.Account) -> accounts.AzureAccount:
    assert isinstance(account, accounts.AzureAccount)
    return account


def test_without_any_configuration_the_account_is_local(accounts_file: Path) -> None:
    found = accounts.account(None, {}, accounts_file)
    assert isinstance(found, accounts.LocalChoice)
    assert found.idle_minutes == 30


def test_a_storage_variable_alone_does_not_leave_the_local_account(accounts_file: Path) -> None:
    found = accounts.account(None, {"AZURE_STORAGE_ACCOUNT": "a"}, accounts_file)
    assert isinstance(found, accounts.LocalChoice)


def test_the_variables_of_the_azure_cli_name_an_account(accounts_file: Path) -> None:
    environ = {
        "AZURE_BATCH_ACCOUNT": "mybatch",
        "AZURE_BATCH_ENDPOINT": "mybatch.westeurope.batch.azure.com",
        "AZURE_BATCH_ACCESS_KEY": KEY,
        "AZURE_STORAGE_ACCOUNT": "mystore",
        "AZURE_STORAGE_KEY": KEY,
    }
    found = azure(accounts.account(None, environ, accounts_file))
    assert found.batch_endpoint == "https://mybatch.westeurope.batch.azure.com"
    assert found.region == "westeurope"
    assert found.blob_endpoint == "https://mystore.blob.core.windows.net"
    assert KEY not in repr(found)
    assert KEY not in str(found)


def test_without_keys_the_account_signs_in_with_entra_id(accounts_file: Path) -> None:
    environ = {"AZURE_BATCH_ACCOUNT": "b", "AZURE_BATCH_ENDPOINT": "https://b", "AZURE_STORAGE_ACCOUNT": "s"}
    found = azure(accounts.account(None, environ, accounts_file))
    assert found.batch_key is None
    assert found.storage_key is None
    assert "Entra ID" in str(found)


def test_a_connection_string_names_the_storage_account_and_its_endpoint(accounts_file: Path) -> None:
    environ = {
        "AZURE_BATCH_ACCOUNT": "b",
        "AZURE_BATCH_ENDPOINT": "http://127.0.0.1:1",
        "AZURE_STORAGE_CONNECTION_STRING": f"AccountName=s;AccountKey={KEY}==;BlobEndpoint=http://127.0.0.1:2/s;",
    }
    found = azure(accounts.account(None, environ, accounts_file))
    assert found.blob_endpoint == "http://127.0.0.1:2/s"
    assert found.storage_key is not None
    assert found.storage_key.reveal() == KEY + "=="


@pytest.mark.parametrize("missing", ["AZURE_BATCH_ACCOUNT", "AZURE_BATCH_ENDPOINT"])
def test_half_an_account_in_the_environment_is_said(missing: str, accounts_file: Path) -> None:
    environ = {"AZURE_BATCH_ACCOUNT": "b", "AZURE_BATCH_ENDPOINT": "e"}
    del environ[missing]
    with pytest.raises(UsageError, match=f"{missing} is not set"):
        accounts.account(None, environ, accounts_file)


def test_no_storage_account_is_said(accounts_file: Path) -> None:
    environ = {"AZURE_BATCH_ACCOUNT": "b", "AZURE_BATCH_ENDPOINT": "e"}
    with pytest.raises(UsageError, match="names no storage account"):
        accounts.account(None, environ, accounts_file)


def test_the_flag_outranks_the_environment(accounts_file: Path) -> None:
    environ = {"AZURE_BATCH_ACCOUNT": "b", "AZURE_BATCH_ENDPOINT": "e", "AZURE_STORAGE_ACCOUNT": "s"}
    assert isinstance(accounts.account("local", environ, accounts_file), accounts.LocalChoice)


ACCOUNTS = """
default: prod
accounts:
  prod:
    batch_account: b
    batch_endpoint: https://b.example
    batch_key: {environment_variable: PROD_KEY}
    storage_account: s
    storage_key: {file: %s}
"""


def test_an_account_of_the_file_takes_its_keys_from_their_sources(accounts_file: Path, tmp_path: Path) -> None:
    key_file = tmp_path / "key"
    key_file.write_text(KEY + "\n")
    write(accounts_file, ACCOUNTS % key_file, mode=0o644)
    found = azure(accounts.account(None, {"PROD_KEY": KEY}, accounts_file))
    assert found.name == "prod"
    assert found.batch_key is not None
    assert found.batch_key.reveal() == KEY
    assert found.storage_key is not None
    assert found.storage_key.reveal() == KEY


def test_a_variable_that_is_not_set_is_said_with_the_position(accounts_file: Path) -> None:
    write(accounts_file, ACCOUNTS % "/nowhere")
    with pytest.raises(UsageError, match="PROD_KEY is not set") as raised:
        accounts.account("prod", {}, accounts_file)
    assert str(raised.value.at) == f"{accounts_file}:4:3"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no mode bits")
def test_a_key_in_a_file_that_others_can_read_is_refused(accounts_file: Path) -> None:
    text = f"accounts: {{p: {{batch_account: b, batch_endpoint: e, batch_key: {KEY}}}}}"
    write(accounts_file, text, mode=0o644)
    with pytest.raises(UsageError, match="can be read by others") as raised:
        accounts.account("p", {}, accounts_file)
    assert KEY not in str(raised.value)


def test_an_unknown_account_lists_the_known_ones(accounts_file: Path) -> None:
    write(accounts_file, "accounts: {p: {batch_account: b}}")
    with pytest.raises(UsageError) as raised:
        accounts.account("q", {}, accounts_file)
    assert raised.value.hint == "it knows: p; and local"


def test_an_unknown_key_of_an_account_is_refused(accounts_file: Path) -> None:
    write(accounts_file, "accounts: {p: {batch_acount: b}}")
    with pytest.raises(UsageError, match="unknown key 'batch_acount'"):
        accounts.account("p", {}, accounts_file)


@pytest.mark.parametrize(("text", "minutes"), [("5", 5.0), ("0", None), ("0.5", 0.5)])
def test_the_idle_minutes_are_a_setting(text: str, minutes: float | None, accounts_file: Path) -> None:
    found = accounts.account(None, {"RECIPEBATCH_IDLE_MINUTES": text}, accounts_file)
    assert isinstance(found, accounts.LocalChoice)
    assert found.idle_minutes == minutes


@pytest.mark.parametrize("text", ["soon", "-1", "inf", "nan"])
def test_idle_minutes_that_are_no_number_are_refused(text: str, accounts_file: Path) -> None:
    with pytest.raises(UsageError, match="not a number of minutes"):
        accounts.account(None, {"RECIPEBATCH_IDLE_MINUTES": text}, accounts_file)


def test_a_file_that_is_not_yaml_is_said_with_its_position(accounts_file: Path) -> None:
    write(accounts_file, "accounts: [")
    with pytest.raises(UsageError) as raised:
        accounts.account("p", {}, accounts_file)
    assert raised.value.at is not None


def test_accounts_that_are_no_mapping_are_said(accounts_file: Path) -> None:
    write(accounts_file, "accounts: [p]")
    with pytest.raises(UsageError, match="one entry per account"):
        accounts.account("p", {}, accounts_file)


def test_an_account_with_a_number_for_a_name_is_listed(accounts_file: Path) -> None:
    write(accounts_file, "accounts: {1: {batch_account: b}, q: {batch_account: b}}")
    with pytest.raises(UsageError) as raised:
        accounts.account("p", {}, accounts_file)
    assert raised.value.hint == "it knows: 1, q; and local"


def test_a_key_file_that_is_no_text_is_said(accounts_file: Path, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"\xff")
    write(accounts_file, ACCOUNTS % (tmp_path / "key"))
    with pytest.raises(UsageError, match="UnicodeDecodeError"):
        accounts.account("prod", {"PROD_KEY": KEY}, accounts_file)


def test_two_names_for_one_storage_account_are_refused(accounts_file: Path) -> None:
    environ = {
        "AZURE_BATCH_ACCOUNT": "b",
        "AZURE_BATCH_ENDPOINT": "e",
        "AZURE_STORAGE_ACCOUNT": "one",
        "AZURE_STORAGE_CONNECTION_STRING": f"AccountName=two;AccountKey={KEY}",
    }
    with pytest.raises(UsageError, match="is of two, not of one"):
        accounts.account(None, environ, accounts_file)


def test_the_patience_with_a_silent_service_is_a_number_of_seconds() -> None:
    assert accounts.request_timeout({}) == 60
    assert accounts.request_timeout({"RECIPEBATCH_REQUEST_TIMEOUT": "2.5"}) == 2.5
    for wrong in ("soon", "0", "-1", "nan", "inf"):
        with pytest.raises(UsageError, match="not a number of seconds"):
            accounts.request_timeout({"RECIPEBATCH_REQUEST_TIMEOUT": wrong})


def test_the_owner_of_a_run_is_one_line_that_can_be_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert accounts.owner({"RECIPEBATCH_OWNER": " Zo\xeb\n A\x1b[2K\udce9 "}) == "Zo\xeb A\\x1b[2K\\xe9"
    monkeypatch.setattr("getpass.getuser", lambda: "a\udce9")
    assert accounts.owner({}) == "a\\xe9"
