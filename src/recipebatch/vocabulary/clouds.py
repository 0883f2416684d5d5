"""The clouds of Azure: which one an endpoint belongs to, and where its users sign in.

Source: "Azure Government developer guide" and "Azure China developer guide", lists of endpoints.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cloud:
    """One cloud.

    Attributes:
        authority: the host that signs users in.
        batch_suffix, storage_suffix: what the hosts of its Batch and storage accounts end with.
        batch_scope: what a token for Batch is asked for.
        vault_suffix: the domain of its key vaults.
        management: the host of Azure Resource Manager.
    """

    authority: str
    batch_suffix: str
    storage_suffix: str
    batch_scope: str
    vault_suffix: str
    management: str


PUBLIC = Cloud(
    authority="login.microsoftonline.com",
    batch_suffix="batch.azure.com",
    storage_suffix="core.windows.net",
    batch_scope="https://batch.core.windows.net//.default",
    vault_suffix="vault.azure.net",
    management="management.azure.com",
)
CLOUDS = (
    PUBLIC,
    Cloud(
        authority="login.chinacloudapi.cn",
        batch_suffix="batch.chinacloudapi.cn",
        storage_suffix="core.chinacloudapi.cn",
        batch_scope="https://batch.chinacloudapi.cn//.default",
        vault_suffix="vault.azure.cn",
        management="management.chinacloudapi.cn",
    ),
    Cloud(
        authority="login.microsoftonline.us",
        batch_suffix="batch.usgovcloudapi.net",
        storage_suffix="core.usgovcloudapi.net",
        batch_scope="https://batch.core.usgovcloudapi.net//.default",
        vault_suffix="vault.usgovcloudapi.net",
        management="management.usgovcloudapi.net",
    ),
)
_END_OF_AUTHORITY = re.compile(r"[/?#\\]")


def cloud_of(endpoint: str) -> Cloud:
    """The cloud that an endpoint or a host belongs to; Azure's public cloud for any other host."""
    host = _host(endpoint)
    for cloud in CLOUDS:
        for suffix in (cloud.batch_suffix, cloud.storage_suffix, cloud.vault_suffix):
            if host == suffix or host.endswith(f".{suffix}"):
                return cloud
    return PUBLIC


def region_of(endpoint: str) -> str:
    """The region of a Batch account by its address, `ACCOUNT.REGION.batch.azure.com`; empty if it does not say."""
    host = _host(endpoint)
    for cloud in CLOUDS:
        account, dot, region = host.removesuffix(f".{cloud.batch_suffix}").partition(".")
        if host.endswith(f".{cloud.batch_suffix}") and account and dot:
            return region if region.isalnum() else ""
    return ""


def _host(endpoint: str) -> str:
    authority = _END_OF_AUTHORITY.split(endpoint.partition("://")[2] if "://" in endpoint else endpoint)[0]
    return authority.rpartition("@")[2].partition(":")[0].lower()
