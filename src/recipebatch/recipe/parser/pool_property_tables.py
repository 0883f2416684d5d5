"""The parts of a pool that reach the request as they are written, by the REST names of "Pool - Add Pool"."""

from __future__ import annotations

import re

from recipebatch.recipe.model import value_types
from recipebatch.recipe.parser.property_tables import Shape, Value, word
from recipebatch.recipe.parser.task_files import relative_path
from recipebatch.vocabulary.durations import TICKS_PER_SECOND, format_duration

_ID = re.compile(r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/.+", re.IGNORECASE)
_CACHING = word("none", "read_only", "read_write")
_PORT = value_types.integer(1, 65_535)


def resource_id(value: object) -> str:
    """The id of an Azure resource."""
    text = value_types.some_text(value)
    if not _ID.fullmatch(text):
        message = f"must be the id of an Azure resource, not {value_types.shown(text)}"
        hint = "/subscriptions/ID/resourceGroups/GROUP/providers/…, as `az … show --query id` prints it"
        raise value_types.WrongValueError(message, code="invalid-id", hint=hint)
    return text


def _wire_duration(value: object) -> str:
    """A duration, as the wire spells it."""
    return format_duration(round(value_types.duration()(value).total_seconds() * TICKS_PER_SECOND))


def _text(wire: str, *, secret: bool = False, many: bool = False) -> Value:
    return Value(wire=wire, kind=value_types.some_text, secret=secret, many=many)


def _flag(wire: str) -> Value:
    return Value(wire=wire, kind=value_types.boolean)


def _id(wire: str, *, many: bool = False) -> Value:
    return Value(wire=wire, kind=resource_id, many=many)


_IDENTITY = Shape(wire="identityReference", keys={"resource_id": _id("resourceId")})
_ACCOUNT_TYPE = Value(
    wire="storageAccountType",
    kind=word(standard_lrs="standard_lrs", premium_lrs="premium_lrs", standard_ssd_lrs="standardssd_lrs"),
)
_MANAGED_DISK = Shape(
    wire="managedDisk",
    keys={
        "storage_account_type": _ACCOUNT_TYPE,
        "disk_encryption_set": Shape(wire="diskEncryptionSet", keys={"id": _id("id")}),
        "security_profile": Shape(
            wire="securityProfile",
            keys={
                "security_encryption_type": Value(
                    wire="securityEncryptionType",
                    kind=word(
                        disk_with_vm_guest_state="DiskWithVMGuestState",
                        vm_guest_state_only="VMGuestStateOnly",
                        non_persisted_tpm="NonPersistedTPM",
                    ),
                )
            },
        ),
    },
)
_RULE = Shape(
    wire="networkSecurityGroupRules",
    many=True,
    keys={
        "priority": Value(wire="priority", kind=value_types.integer(150, 4096)),
        "access": Value(wire="access", kind=word("allow", "deny")),
        "source_address_prefix": _text("sourceAddressPrefix"),
        "source_port_ranges": _text("sourcePortRanges", many=True),
    },
)
_NAT_POOL = Shape(
    wire="inboundNATPools",
    many=True,
    keys={
        "name": _text("name"),
        "protocol": Value(wire="protocol", kind=word("tcp", "udp")),
        "backend_port": Value(wire="backendPort", kind=_PORT),
        "frontend_port_range_start": Value(wire="frontendPortRangeStart", kind=_PORT),
        "frontend_port_range_end": Value(wire="frontendPortRangeEnd", kind=_PORT),
        "network_security_group_rules": _RULE,
    },
)
NETWORK = Shape(
    wire="networkConfiguration",
    keys={
        "subnet_id": _id("subnetId"),
        "dynamic_vnet_assignment_scope": Value(wire="dynamicVNetAssignmentScope", kind=word("none", "job")),
        "enable_accelerated_networking": _flag("enableAcceleratedNetworking"),
        "public_ip_address_configuration": Shape(
            wire="publicIPAddressConfiguration",
            keys={
                "provision": Value(
                    wire="provision", kind=word("batch_managed", "user_managed", "no_public_ip_addresses")
                ),
                "ip_address_ids": _id("ipAddressIds", many=True),
                "ip_families": Value(wire="ipFamilies", kind=word(ipv4="ipv4", ipv6="ipv6"), many=True),
                "ip_tags": Shape(
                    wire="ipTags", many=True, keys={"ip_tag_type": _text("ipTagType"), "tag": _text("tag")}
                ),
            },
        ),
        "endpoint_configuration": Shape(wire="endpointConfiguration", keys={"inbound_nat_pools": _NAT_POOL}),
    },
)
USERS = Shape(
    wire="userAccounts",
    many=True,
    keys={
        "name": _text("name"),
        "password": _text("password", secret=True),
        "elevation_level": Value(wire="elevationLevel", kind=word("nonadmin", "admin")),
        "linux_user_configuration": Shape(
            wire="linuxUserConfiguration",
            keys={
                "uid": Value(wire="uid", kind=value_types.integer(0)),
                "gid": Value(wire="gid", kind=value_types.integer(0)),
                "ssh_private_key": _text("sshPrivateKey", secret=True),
            },
        ),
        "windows_user_configuration": Shape(
            wire="windowsUserConfiguration",
            keys={"login_mode": Value(wire="loginMode", kind=word("batch", "interactive"))},
        ),
    },
)
MACHINE: dict[str, Shape | Value] = {
    "license_type": Value(wire="licenseType", kind=value_types.some_text),
    "windows_configuration": Shape(
        wire="windowsConfiguration", keys={"enable_automatic_updates": _flag("enableAutomaticUpdates")}
    ),
    "data_disks": Shape(
        wire="dataDisks",
        many=True,
        keys={
            "logical_unit_number": Value(wire="lun", kind=value_types.integer(0, 63)),
            "disk_size_gb": Value(wire="diskSizeGB", kind=value_types.integer(1)),
            "caching": Value(wire="caching", kind=_CACHING),
            "managed_disk": _MANAGED_DISK,
        },
    ),
    "os_disk": Shape(
        wire="osDisk",
        keys={
            "ephemeral_os_disk_settings": Shape(
                wire="ephemeralOSDiskSettings",
                keys={"placement": Value(wire="placement", kind=word("cache_disk"))},
            ),
            "caching": Value(wire="caching", kind=_CACHING),
            "disk_size_gb": Value(wire="diskSizeGB", kind=value_types.integer(1)),
            "write_accelerator_enabled": _flag("writeAcceleratorEnabled"),
            "managed_disk": _MANAGED_DISK,
        },
    ),
    "disk_encryption_configuration": Shape(
        wire="diskEncryptionConfiguration",
        keys={
            "targets": Value(wire="targets", kind=word("os_disk", "temporary_disk"), many=True),
            "customer_managed_key": Shape(
                wire="customerManagedKey",
                keys={
                    "key_url": _text("keyUrl"),
                    "rotation_to_latest_key_version_enabled": _flag("rotationToLatestKeyVersionEnabled"),
                    "identity_reference": _IDENTITY,
                },
            ),
        },
    ),
    "security_profile": Shape(
        wire="securityProfile",
        keys={
            "security_type": Value(
                wire="securityType", kind=word(trusted_launch="trustedLaunch", confidential_vm="confidentialvm")
            ),
            "encryption_at_host": _flag("encryptionAtHost"),
            "uefi_settings": Shape(
                wire="uefiSettings",
                keys={"secure_boot_enabled": _flag("secureBootEnabled"), "v_tpm_enabled": _flag("vTpmEnabled")},
            ),
        },
    ),
    "node_placement_configuration": Shape(
        wire="nodePlacementConfiguration", keys={"policy": Value(wire="policy", kind=word("regional", "zonal"))}
    ),
}
"""What belongs to `virtualMachineConfiguration` on the wire stands in the pool itself in a recipe."""

_PERCENT = value_types.integer(5, 100)
UPGRADES = Shape(
    wire="upgradePolicy",
    keys={
        "mode": Value(wire="mode", kind=word("automatic", "manual", "rolling")),
        "automatic_os_upgrade_policy": Shape(
            wire="automaticOSUpgradePolicy",
            keys={
                "disable_automatic_rollback": _flag("disableAutomaticRollback"),
                "enable_automatic_os_upgrade": _flag("enableAutomaticOSUpgrade"),
                "use_rolling_upgrade_policy": _flag("useRollingUpgradePolicy"),
                "os_rolling_upgrade_deferral": _flag("osRollingUpgradeDeferral"),
            },
        ),
        "rolling_upgrade_policy": Shape(
            wire="rollingUpgradePolicy",
            keys={
                "enable_cross_zone_upgrade": _flag("enableCrossZoneUpgrade"),
                "max_batch_instance_percent": Value(wire="maxBatchInstancePercent", kind=_PERCENT),
                "max_unhealthy_instance_percent": Value(wire="maxUnhealthyInstancePercent", kind=_PERCENT),
                "max_unhealthy_upgraded_instance_percent": Value(
                    wire="maxUnhealthyUpgradedInstancePercent", kind=value_types.integer(0, 100)
                ),
                "pause_time_between_batches": Value(wire="pauseTimeBetweenBatches", kind=_wire_duration),
                "prioritize_unhealthy_instances": _flag("prioritizeUnhealthyInstances"),
                "rollback_failed_instances_on_policy_breach": _flag("rollbackFailedInstancesOnPolicyBreach"),
            },
        ),
    },
)

POOL: dict[str, Shape] = {
    "upgrade_policy": UPGRADES,
    "network_configuration": NETWORK,
    "user_accounts": USERS,
}

_PATH = Value(wire="relativeMountPath", kind=relative_path)
_OPTIONS = _text("mountOptions")
MOUNTS: dict[str, Shape] = {
    "azure_file_share_configuration": Shape(
        wire="azureFileShareConfiguration",
        keys={
            "account_name": _text("accountName"),
            "azure_file_url": _text("azureFileUrl"),
            "account_key": _text("accountKey", secret=True),
            "relative_mount_path": _PATH,
            "mount_options": _OPTIONS,
        },
    ),
    "nfs_mount_configuration": Shape(
        wire="nfsMountConfiguration",
        keys={"source": _text("source"), "relative_mount_path": _PATH, "mount_options": _OPTIONS},
    ),
    "cifs_mount_configuration": Shape(
        wire="cifsMountConfiguration",
        keys={
            "source": _text("source"),
            "user_name": _text("username"),
            "password": _text("password", secret=True),
            "relative_mount_path": _PATH,
            "mount_options": _OPTIONS,
        },
    ),
}
"""Mounts that need nothing of `storage:`."""
