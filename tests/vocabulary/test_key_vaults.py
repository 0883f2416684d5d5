from __future__ import annotations

import pytest

from recipebatch.vocabulary.key_vaults import is_azure_vault, is_secret_name, vault_host, vault_scope


@pytest.mark.parametrize(
    ("url", "scope"),
    [
        ("https://my-vault.vault.azure.net", "https://vault.azure.net/.default"),
        ("https://my-vault.vault.azure.net/", "https://vault.azure.net/.default"),
        ("https://v12.vault.azure.cn", "https://vault.azure.cn/.default"),
        ("https://v12.vault.usgovcloudapi.net", "https://vault.usgovcloudapi.net/.default"),
    ],
)
def test_a_vault_of_each_cloud_has_the_scope_of_its_cloud(url: str, scope: str) -> None:
    host = vault_host(url)
    assert is_azure_vault(host)
    assert vault_scope(host) == scope


@pytest.mark.parametrize(
    "host",
    [
        "vault.azure.net",
        "a.b.vault.azure.net",
        "vault.example.com",
        "my-vault.vault.azure.net.example.com",
        "my-vault-vault.azure.net",
        "my-vault.xvault.azure.net",
        "my-vault.managedhsm.azure.net",
    ],
)
def test_another_host_is_no_vault_of_azure(host: str) -> None:
    assert not is_azure_vault(host)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "my-vault.vault.azure.net",
        "http://my-vault.vault.azure.net",
        "https://my-vault.vault.azure.net:443",
        "https://my-vault.vault.azure.net.",
        "https://my-vault.vault.azure.net/secrets",
        "https://my-vault.vault.azure.net?x",
        "https://my-vault.vault.azure.net#x",
        "https://my-vault.vault.azure.net\n",
        "https://my-vault.vault.azure.net//",
        "https://me@my-vault.vault.azure.net",
        "https://me:x@my-vault.vault.azure.net",
        "https://example.com\\@my-vault.vault.azure.net",
        "https://example.com/.vault.azure.net",
        "https://example.com%2f.vault.azure.net",
        "https://MY-VAULT.vault.azure.net",
        "https://my-vault.VAULT.azure.net",
        "https://my\uff0evault.azure.net",
        "https://m\u0443-vault.vault.azure.net",
        "https://-vault.vault.azure.net",
        "https://1.2.3.4",
        "https://[::1].vault.azure.net",
        "https://my vault.vault.azure.net",
        " https://my-vault.vault.azure.net",
    ],
)
def test_a_url_of_another_form_names_no_vault(url: str) -> None:
    with pytest.raises(ValueError, match="must be https:// and the vault's host name"):
        vault_host(url)


def test_names_of_secrets_hold_letters_digits_and_hyphens() -> None:
    assert is_secret_name("api-token-2")
    for name in ("", "a/b", "a?b", "../keys", "a.b", "a b", "é", "a" * 128, "a\n"):
        assert not is_secret_name(name)
