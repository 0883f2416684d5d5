"""Hosts of Azure Key Vault: where a token for a vault may be sent. Source: "About keys, secrets, and certificates"."""

from __future__ import annotations

import re

from recipebatch.vocabulary.clouds import CLOUDS

VAULT_DOMAINS = tuple(cloud.vault_suffix for cloud in CLOUDS)
"""The domains of the vaults of each cloud."""

_URL = re.compile(
    r"https://([a-z](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+)/?\Z", re.ASCII
)
_SECRET_NAME = re.compile(r"[0-9A-Za-z-]{1,127}\Z")


def vault_host(url: str) -> str:
    """The host of a vault's URL, which is `https://HOST` and nothing else.

    Raises:
        ValueError: the URL has another form, such as a port, a user or a path.
    """
    found = _URL.match(url)
    if found is None:
        raise ValueError("must be https:// and the vault's host name in lower case, without user, port and path")
    return found[1]


def is_azure_vault(host: str) -> bool:
    """Whether a host is a vault of one of the clouds: one name before the domain of a cloud."""
    return host.partition(".")[2] in VAULT_DOMAINS


def vault_scope(host: str) -> str:
    """What a token for a vault is asked for: each cloud has its own resource, the domain of its vaults."""
    return f"https://{host.partition('.')[2]}/.default"


def is_secret_name(name: str) -> bool:
    """Whether a vault can have a secret of this name. Source: Key Vault REST API, "Set Secret", `secret-name`."""
    return _SECRET_NAME.match(name) is not None
