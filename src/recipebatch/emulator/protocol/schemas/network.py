"""Refines the specification of networks, user accounts and mounted file systems."""

from __future__ import annotations

from typing import Any

from recipebatch.emulator.protocol.schemas.builder import TypeRules, echoed
from recipebatch.emulator.protocol.schemas.machine import NO_IDENTITY
from recipebatch.emulator.protocol.validation import integer, refused, text
from recipebatch.emulator.state import invalid_value

ONE_NETWORK = "nodes share the network of this machine; a port of a node is a port of the machine"
_NO_LOGIN = "all tasks run as the user who started the emulator, and nodes have no logins"
_NO_SECRET = "validated, then discarded: nodes have no logins"  # noqa: S105  a reason text
_NOT_MOUNTED = "This emulator mounts blob containers alone: there is no local service for other file systems"
_PORT = integer(1, 65535)
MAX_MOUNTS = 10


def check_user_accounts(name: str, accounts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The accounts without their passwords and keys, which the emulator does not need. Raises: BatchError."""
    for account in accounts:
        del account["password"]
        account.get("linuxUserConfiguration", {}).pop("sshPrivateKey", None)
        account.setdefault("elevationLevel", "nonadmin")
    if len({account["name"] for account in accounts}) < len(accounts):
        raise invalid_value(name, None, "The names of user accounts must differ")
    return accounts


def check_mounts(name: str, mounts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Check that each has one kind of file system, one credential, its own path in `fsmounts`. Raises: BatchError."""
    places: list[str] = []
    for mount in mounts:
        blob = mount.get("azureBlobFileSystemConfiguration")
        if blob is None:
            raise invalid_value(name, None, "Exactly one file system must be specified")
        if ("accountKey" in blob) == ("sasKey" in blob):
            raise invalid_value(name, None, "Exactly one of accountKey and sasKey must be specified")
        path = blob["relativeMountPath"]
        if path.startswith("/") or ".." in path.split("/") or not path.strip("./"):
            raise invalid_value("relativeMountPath", path, "The path must stay below the node's mount directory")
        place = "/".join(part for part in path.split("/") if part not in {"", "."}) + "/"
        if any(place.startswith(other) or other.startswith(place) for other in places):
            raise invalid_value("relativeMountPath", path, "A mount must not be inside another one")
        places.append(place)
    return mounts


RULES: dict[str, TypeRules] = {
    "NetworkConfiguration": TypeRules(
        properties=echoed(
            ONE_NETWORK,
            *("subnetId", "dynamicVNetAssignmentScope", "publicIPAddressConfiguration", "enableAcceleratedNetworking"),
        )
    ),
    "JobNetworkConfiguration": TypeRules(echo=ONE_NETWORK),
    "PublicIPAddressConfiguration": TypeRules(echo=ONE_NETWORK),
    "IPTag": TypeRules(echo=ONE_NETWORK),
    "NetworkSecurityGroupRule": TypeRules(echo=ONE_NETWORK, properties={"priority": integer(150, 4096)}),
    "InboundNATPool": TypeRules(
        properties={
            "name": text(least=1, longest=77),
            "backendPort": _PORT,
            **echoed(ONE_NETWORK, frontendPortRangeStart=_PORT, frontendPortRangeEnd=_PORT),
            **echoed(ONE_NETWORK, "networkSecurityGroupRules"),
        }
    ),
    "UserAccount": TypeRules(
        properties={
            "name": text(least=1, longest=20),
            **echoed(_NO_SECRET, password=text(least=1, longest=256)),
            **echoed(_NO_LOGIN, "elevationLevel", "linuxUserConfiguration", "windowsUserConfiguration"),
        }
    ),
    "LinuxUserConfiguration": TypeRules(
        properties=echoed(_NO_LOGIN, uid=integer(0), gid=integer(0)) | echoed(_NO_SECRET, "sshPrivateKey")
    ),
    "WindowsUserConfiguration": TypeRules(echo=_NO_LOGIN),
    "MountConfiguration": TypeRules(
        properties=dict.fromkeys(
            ("nfsMountConfiguration", "cifsMountConfiguration", "azureFileShareConfiguration"), refused(_NOT_MOUNTED)
        )
    ),
    "AzureBlobFileSystemConfiguration": TypeRules(
        properties={
            "accountKey": text(least=1),
            "sasKey": text(least=1),
            **echoed(
                "the container is copied; only `-o ro` and `--read-only` have an effect",
                "blobfuseOptions",
            ),
            "identityReference": refused(NO_IDENTITY),
        }
    ),
}
