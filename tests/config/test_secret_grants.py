from __future__ import annotations

from pathlib import Path

import pytest

from recipebatch.config.secret_grants import (
    SecretGrant,
    granted_vault_hosts,
    is_granted,
    secret_grant,
)
from recipebatch.errors import UsageError
from recipebatch.text.secret import Secret

NO_SETTINGS = Path("nowhere")


def no_stdin() -> str:
    raise AssertionError


def test_the_forms_of_the_option() -> None:
    assert secret_grant("MY_TOKEN", no_stdin) == SecretGrant(variable="MY_TOKEN")
    assert secret_grant("tok=env:MY_TOKEN", no_stdin) == SecretGrant(parameter="tok", variable="MY_TOKEN")
    assert secret_grant("tok=file:a/b=c", no_stdin) == SecretGrant(parameter="tok", file=Path("a/b=c"))
    given = secret_grant("tok=-", lambda: "from stdin\n")
    assert given.value is not None
    assert given.value.reveal() == "from stdin"
    assert [str(secret_grant(text, lambda: "x")) for text in ("A", "t=env:A", "t=file:p", "t=-")] == [
        "A",
        "t=env:A",
        "t=file:p",
        "t=-",
    ]


@pytest.mark.parametrize("text", ["tok=hunter2", "tok=", "tok=env:", "tok=env:a b", "tok=file:", "tok=vault:x"])
def test_a_value_on_the_command_line_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(UsageError, match="a value is not accepted on the command line") as raised:
        secret_grant(text, no_stdin)
    assert raised.value.hint == "write --secret tok=env:VARIABLE, tok=file:PATH, or tok=- to read it from stdin"
    assert "hunter2" not in str(raised.value) + str(raised.value.hint)


@pytest.mark.parametrize("text", ["", "=x", "a b", "1a", "a-b=env:X", "a\n"])
def test_a_grant_begins_with_a_name(text: str) -> None:
    with pytest.raises(UsageError, match="--secret does not begin with a name"):
        secret_grant(text, no_stdin)


def test_a_grant_says_one_thing() -> None:
    for wrong in (
        {},
        {"parameter": "p"},
        {"value": Secret("x")},
        {"parameter": "p", "variable": "V", "file": Path("f")},
    ):
        with pytest.raises(UsageError, match="a SecretGrant has a variable"):
            SecretGrant(**wrong)


def test_variables_are_given_one_by_one(tmp_path: Path) -> None:
    settings = tmp_path / "accounts.yaml"
    settings.write_text("secrets: {variables: [LISTED], key_vaults: [v.vault.example]}\n")
    assert is_granted("RECIPEBATCH_SECRET_X", (), NO_SETTINGS)
    assert is_granted("MY_TOKEN", (SecretGrant(variable="MY_TOKEN"),), NO_SETTINGS)
    assert is_granted("LISTED", (), settings)
    for_a_parameter = SecretGrant(parameter="t", variable="MY_TOKEN")
    for name in ("AWS_SECRET_ACCESS_KEY", "RECIPEBATCH_PARAM_X", "listed", "MY_TOKEN"):
        assert not is_granted(name, (for_a_parameter,), settings)
    assert granted_vault_hosts(settings) == {"v.vault.example"}
    assert granted_vault_hosts(NO_SETTINGS) == set()


@pytest.mark.parametrize("text", ["secrets: [A]", "secrets: {variable: [A]}", "secrets: {variables: A}"])
def test_settings_of_another_form_are_refused(text: str, tmp_path: Path) -> None:
    settings = tmp_path / "accounts.yaml"
    settings.write_text(text)
    with pytest.raises(UsageError, match="secrets"):
        is_granted("A", (), settings)
