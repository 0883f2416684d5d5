"""What the body of a pool may say of its machines, network, disks, users, mounts and containers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recipebatch.emulator.protocol.validation import (
    ObjectSchema,
    Property,
    boolean,
    duration,
    integer,
    list_of,
    one_of,
    refused,
    text,
)
from recipebatch.emulator.state import invalid_value

if TYPE_CHECKING:
    from collections.abc import Callable

_NEWEST = ("2025-06-01",)
_LATER = ("2024-07-01.20.0", "2025-06-01")
_OLD = ("2024-02-01.19.0", "2024-07-01.20.0")

_ONE_NETWORK = "nodes are directories of one machine, so its network is theirs; ports of a node are ports of it"
_ONE_DISK = "the files of all nodes are on this machine's own disk"
_NO_MACHINE = "a node is a directory of this machine, which is secured, placed and upgraded as its owner does"
_NO_LOGIN = "all tasks run as the user who started the emulator, and nobody logs in to a node"
_NO_SECRET = "checked and forgotten: nobody logs in to a node"  # noqa: S105  it is a reason
NO_IDENTITY = "A node of this emulator has no managed identity; use a SAS or a key"
_PORT = integer(1, 65535)
_PERCENT = integer(0, 100)
_MAX_MOUNTS = 10


def _as_sent(rule: Callable[[str, Any, str], Any]) -> Callable[[str, Any, str], Any]:
    """The rule's check, but the client's own spelling."""

    def check(name: str, value: Any, version: str) -> Any:
        rule(name, value, version)
        return value

    return check


def _echoed(why: str, **rules: Any) -> dict[str, Property]:
    return {name: Property(rule, echo=why) for name, rule in rules.items()}


_SECURITY_RULE = ObjectSchema(
    "NetworkSecurityGroupRule",
    {
        "priority": Property(integer(150, 4096), required=True, echo=_ONE_NETWORK),
        "access": Property(one_of("allow", "deny"), required=True, echo=_ONE_NETWORK),
        "sourceAddressPrefix": Property(text(least=1), required=True, echo=_ONE_NETWORK),
        "sourcePortRanges": Property(list_of(text()), echo=_ONE_NETWORK),
    },
)
_NAT_POOL = ObjectSchema(
    "InboundNATPool",
    {
        "name": Property(text(least=1, longest=77), required=True),
        "protocol": Property(one_of("tcp", "udp"), required=True),
        "backendPort": Property(_PORT, required=True),
        "frontendPortRangeStart": Property(_PORT, required=True, echo=_ONE_NETWORK),
        "frontendPortRangeEnd": Property(_PORT, required=True, echo=_ONE_NETWORK),
        "networkSecurityGroupRules": Property(list_of(_SECURITY_RULE), echo=_ONE_NETWORK),
    },
)
_PUBLIC_ADDRESSES = ObjectSchema(
    "PublicIPAddressConfiguration",
    {
        **_echoed(
            _ONE_NETWORK,
            provision=one_of("batchmanaged", "usermanaged", "nopublicipaddresses"),
            ipAddressIds=list_of(text()),
        ),
        "ipFamilies": Property(list_of(one_of("IPv4", "IPv6")), versions=_NEWEST, echo=_ONE_NETWORK),
        "ipTags": Property(
            list_of(ObjectSchema("IPTag", _echoed(_ONE_NETWORK, ipTagType=text(), tag=text()))),
            versions=_NEWEST,
            echo=_ONE_NETWORK,
        ),
    },
)
NETWORK = ObjectSchema(
    "NetworkConfiguration",
    {
        **_echoed(
            _ONE_NETWORK,
            subnetId=text(),
            dynamicVNetAssignmentScope=one_of("none", "job"),
            publicIPAddressConfiguration=_PUBLIC_ADDRESSES,
            enableAcceleratedNetworking=boolean,
        ),
        "endpointConfiguration": Property(
            ObjectSchema("PoolEndpointConfiguration", {"inboundNATPools": Property(list_of(_NAT_POOL), required=True)})
        ),
    },
)
JOB_NETWORK = ObjectSchema(
    "JobNetworkConfiguration",
    {
        "subnetId": Property(text(least=1), required=True, echo=_ONE_NETWORK),
        "skipWithdrawFromVNet": Property(boolean, versions=_LATER, echo=_ONE_NETWORK),
    },
)
USER_ACCOUNT = ObjectSchema(
    "UserAccount",
    {
        "name": Property(text(least=1, longest=20), required=True),
        "password": Property(text(least=1, longest=256), required=True, echo=_NO_SECRET),
        "elevationLevel": Property(one_of("nonadmin", "admin"), echo=_NO_LOGIN),
        "linuxUserConfiguration": Property(
            ObjectSchema(
                "LinuxUserConfiguration",
                _echoed(_NO_LOGIN, uid=integer(0), gid=integer(0)) | _echoed(_NO_SECRET, sshPrivateKey=text()),
            ),
            echo=_NO_LOGIN,
        ),
        "windowsUserConfiguration": Property(
            ObjectSchema("WindowsUserConfiguration", _echoed(_NO_LOGIN, loginMode=one_of("batch", "interactive"))),
            echo=_NO_LOGIN,
        ),
    },
)


def user_accounts(name: str, value: Any, version: str) -> list[Any]:
    """The accounts without their passwords and keys, which nothing here needs. Raises: BatchError."""
    accounts: list[Any] = list_of(USER_ACCOUNT)(name, value, version)
    for account in accounts:
        del account["password"]
        account.get("linuxUserConfiguration", {}).pop("sshPrivateKey", None)
        account.setdefault("elevationLevel", "nonadmin")
    if len({account["name"] for account in accounts}) < len(accounts):
        raise invalid_value(name, None, "The names of user accounts must differ")
    return accounts


_NOT_MOUNTED = "This emulator mounts blob containers alone, as copies that are made when a node starts"
_BLOB_MOUNT = ObjectSchema(
    "AzureBlobFileSystemConfiguration",
    {
        "accountName": Property(text(least=1), required=True),
        "containerName": Property(text(least=1), required=True),
        "accountKey": Property(text(least=1)),
        "sasKey": Property(text(least=1)),
        "blobfuseOptions": Property(text(), echo="a container is copied; no blobfuse is there to take options"),
        "relativeMountPath": Property(text(least=1), required=True),
        "identityReference": Property(refused(NO_IDENTITY)),
    },
)
_MOUNT = ObjectSchema(
    "MountConfiguration",
    {
        "azureBlobFileSystemConfiguration": Property(_BLOB_MOUNT),
        "nfsMountConfiguration": Property(refused(_NOT_MOUNTED)),
        "cifsMountConfiguration": Property(refused(_NOT_MOUNTED)),
        "azureFileShareConfiguration": Property(refused(_NOT_MOUNTED)),
    },
)


def mounts(name: str, value: Any, version: str) -> list[Any]:
    """What is mounted: one kind of file system each, one credential, a place below `fsmounts`. Raises: BatchError."""
    found: list[Any] = list_of(_MOUNT, longest=_MAX_MOUNTS)(name, value, version)
    for mount in found:
        blob = mount.get("azureBlobFileSystemConfiguration")
        if blob is None:
            raise invalid_value(name, None, "Exactly one file system must be specified")
        if ("accountKey" in blob) == ("sasKey" in blob):
            raise invalid_value(name, None, "Exactly one of accountKey and sasKey must be specified")
        path = blob["relativeMountPath"]
        if path.startswith("/") or ".." in path.split("/") or not path.strip("./"):
            raise invalid_value("relativeMountPath", path, "The path must stay below the node's mount directory")
    return found


REGISTRY = ObjectSchema(
    "ContainerRegistry",
    {
        "username": Property(text()),
        "password": Property(text()),
        "registryServer": Property(text()),
        "identityReference": Property(refused(NO_IDENTITY)),
    },
)
CONTAINER_CONFIGURATION = ObjectSchema(
    "ContainerConfiguration",
    {
        "type": Property(
            one_of("dockerCompatible", "criCompatible"), required=True, echo="the engine of this machine is used"
        ),
        "containerImageNames": Property(list_of(text(least=1))),
        "containerRegistries": Property(list_of(REGISTRY)),
    },
)
TASK_CONTAINER = ObjectSchema(
    "TaskContainerSettings",
    {
        "imageName": Property(text(least=1), required=True),
        "containerRunOptions": Property(text()),
        "registry": Property(REGISTRY),
        "workingDirectory": Property(one_of("taskWorkingDirectory", "containerImageDefault")),
        "containerHostBatchBindMounts": Property(
            list_of(
                ObjectSchema(
                    "ContainerHostBatchBindMountEntry",
                    {
                        "source": Property(
                            one_of("Shared", "Startup", "VfsMounts", "Task", "JobPrep", "Applications"), required=True
                        ),
                        "isReadOnly": Property(boolean),
                    },
                )
            ),
            versions=_LATER,
        ),
    },
)
_STORAGE_TYPE = one_of("standard_lrs", "premium_lrs", "standardssd_lrs")
_MANAGED_DISK = ObjectSchema(
    "ManagedDisk",
    {
        "storageAccountType": Property(_STORAGE_TYPE, echo=_ONE_DISK),
        "securityProfile": Property(
            ObjectSchema(
                "VMDiskSecurityProfile",
                _echoed(
                    _ONE_DISK,
                    securityEncryptionType=one_of("NonPersistedTPM", "VMGuestStateOnly", "DiskWithVMGuestState"),
                ),
            ),
            versions=_LATER,
            echo=_ONE_DISK,
        ),
        "diskEncryptionSet": Property(refused(_ONE_DISK), versions=_NEWEST),
    },
)
OS_DISK = ObjectSchema(
    "OSDisk",
    _echoed(
        _ONE_DISK,
        ephemeralOSDiskSettings=ObjectSchema("DiffDiskSettings", _echoed(_ONE_DISK, placement=one_of("CacheDisk"))),
        caching=one_of("None", "ReadOnly", "ReadWrite"),
        managedDisk=_MANAGED_DISK,
        diskSizeGB=integer(1),
        writeAcceleratorEnabled=boolean,
    ),
)
_PROXY = ObjectSchema(
    "ProxyAgentSettings",
    {
        "enabled": Property(boolean, echo=_NO_MACHINE),
        "imds": Property(refused(_NO_MACHINE)),
        "wireServer": Property(refused(_NO_MACHINE)),
    },
)
SECURITY_PROFILE = ObjectSchema(
    "SecurityProfile",
    {
        **_echoed(
            _NO_MACHINE,
            encryptionAtHost=boolean,
            securityType=one_of("trustedlaunch", "confidentialvm"),
            uefiSettings=ObjectSchema(
                "UefiSettings", _echoed(_NO_MACHINE, secureBootEnabled=boolean, vTpmEnabled=boolean)
            ),
        ),
        "proxyAgentSettings": Property(_PROXY, versions=_NEWEST, echo=_NO_MACHINE),
    },
)
MACHINE_PROPERTIES = {
    "windowsConfiguration": Property(
        ObjectSchema("WindowsConfiguration", _echoed(_NO_MACHINE, enableAutomaticUpdates=boolean)),
        echo="a pool of a Windows image gets no nodes here",
    ),
    # A start task that formats such a disk would find one of this machine's in its place.
    "dataDisks": Property(refused("A node of this emulator is a directory; it has no disks of its own")),
    "containerConfiguration": Property(CONTAINER_CONFIGURATION),
    "diskEncryptionConfiguration": Property(
        ObjectSchema(
            "DiskEncryptionConfiguration",
            {
                # Shown in the case it came in (recorded answers).
                "targets": Property(list_of(_as_sent(one_of("osdisk", "temporarydisk"))), echo=_ONE_DISK),
                "customerManagedKey": Property(refused(_ONE_DISK), versions=_NEWEST),
            },
        ),
        echo=_ONE_DISK,
    ),
    "nodePlacementConfiguration": Property(
        ObjectSchema("NodePlacementConfiguration", _echoed(_NO_MACHINE, policy=one_of("Regional", "Zonal"))),
        echo=_NO_MACHINE,
    ),
    "extensions": Property(refused("A node of this emulator is a directory; no VM extension can run on it")),
    "osDisk": Property(OS_DISK, echo=_ONE_DISK),
    "securityProfile": Property(SECURITY_PROFILE, echo=_NO_MACHINE),
    "serviceArtifactReference": Property(refused("A node of this emulator has this machine's image, whatever it is")),
}
UPGRADE_POLICY = ObjectSchema(
    "UpgradePolicy",
    {
        "mode": Property(one_of("automatic", "manual", "rolling"), required=True, echo=_NO_MACHINE),
        **_echoed(
            _NO_MACHINE,
            automaticOSUpgradePolicy=ObjectSchema(
                "AutomaticOSUpgradePolicy",
                _echoed(
                    _NO_MACHINE,
                    disableAutomaticRollback=boolean,
                    enableAutomaticOSUpgrade=boolean,
                    useRollingUpgradePolicy=boolean,
                    osRollingUpgradeDeferral=boolean,
                ),
            ),
            rollingUpgradePolicy=ObjectSchema(
                "RollingUpgradePolicy",
                _echoed(
                    _NO_MACHINE,
                    enableCrossZoneUpgrade=boolean,
                    maxBatchInstancePercent=integer(5, 100),
                    maxUnhealthyInstancePercent=integer(5, 100),
                    maxUnhealthyUpgradedInstancePercent=_PERCENT,
                    pauseTimeBetweenBatches=duration(),
                    prioritizeUnhealthyInstances=boolean,
                    rollbackFailedInstancesOnPolicyBreach=boolean,
                ),
            ),
        ),
    },
)
