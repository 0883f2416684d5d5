"""The parts of a pool that a plan holds as they are sent, by the REST names of "Pool - Add Pool"."""

from __future__ import annotations

from recipebatch.properties.table import (
    SAME,
    Shape,
    Value,
    azure_id,
    choice,
    flag,
    integer,
    section,
    text,
)
from recipebatch.properties.value_types import relative_path, rest_duration

_CACHING = choice("caching", "none", "read_only", "read_write")
_DISK_SIZE = integer("diskSizeGB", 1)
_MANAGED_DISK = section(
    "managedDisk",
    storage_account_type=choice(
        "storageAccountType",
        names={"standard_lrs": "standard_lrs", "premium_lrs": "premium_lrs", "standard_ssd_lrs": "standardssd_lrs"},
    ),
    disk_encryption_set=section("diskEncryptionSet", id=azure_id("id")),
    security_profile=section(
        "securityProfile",
        security_encryption_type=choice(
            "securityEncryptionType",
            names={
                "disk_with_vm_guest_state": "DiskWithVMGuestState",
                "vm_guest_state_only": "VMGuestStateOnly",
                "non_persisted_tpm": "NonPersistedTPM",
            },
        ),
    ),
)
MACHINE = section(
    "virtualMachineConfiguration",
    license_type=text("licenseType"),
    windows_configuration=section("windowsConfiguration", enable_automatic_updates=flag("enableAutomaticUpdates")),
    data_disks=section(
        "dataDisks",
        many=True,
        logical_unit_number=integer("lun", 0, 63),
        disk_size_gb=_DISK_SIZE,
        caching=_CACHING,
        managed_disk=_MANAGED_DISK,
    ),
    os_disk=section(
        "osDisk",
        ephemeral_os_disk_settings=section("ephemeralOSDiskSettings", placement=choice("placement", "cache_disk")),
        caching=_CACHING,
        disk_size_gb=_DISK_SIZE,
        write_accelerator_enabled=flag("writeAcceleratorEnabled"),
        managed_disk=_MANAGED_DISK,
    ),
    disk_encryption_configuration=section(
        "diskEncryptionConfiguration",
        targets=choice("targets", "os_disk", "temporary_disk", many=True),
        customer_managed_key=section(
            "customerManagedKey",
            key_url=text("keyUrl"),
            rotation_to_latest_key_version_enabled=flag("rotationToLatestKeyVersionEnabled"),
            identity_reference=section("identityReference", resource_id=azure_id("resourceId")),
        ),
    ),
    security_profile=section(
        "securityProfile",
        security_type=choice(
            "securityType", names={"trusted_launch": "trustedLaunch", "confidential_vm": "confidentialvm"}
        ),
        encryption_at_host=flag("encryptionAtHost"),
        uefi_settings=section(
            "uefiSettings", secure_boot_enabled=flag("secureBootEnabled"), v_tpm_enabled=flag("vTpmEnabled")
        ),
    ),
    node_placement_configuration=section("nodePlacementConfiguration", policy=choice("policy", "regional", "zonal")),
)
"""In a recipe these are keys of the pool itself."""

NETWORK = section(
    "networkConfiguration",
    subnet_id=azure_id("subnetId"),
    dynamic_vnet_assignment_scope=choice("dynamicVNetAssignmentScope", "none", "job"),
    enable_accelerated_networking=flag("enableAcceleratedNetworking"),
    public_ip_address_configuration=section(
        "publicIPAddressConfiguration",
        provision=choice("provision", "batch_managed", "user_managed", "no_public_ip_addresses"),
        ip_address_ids=azure_id("ipAddressIds", many=True),
        ip_families=choice("ipFamilies", "ipv4", "ipv6", many=True),
        ip_tags=section("ipTags", many=True, ip_tag_type=text("ipTagType"), tag=text("tag")),
    ),
    endpoint_configuration=section(
        "endpointConfiguration",
        inbound_nat_pools=section(
            "inboundNATPools",
            many=True,
            name=text("name"),
            protocol=choice("protocol", "tcp", "udp"),
            backend_port=integer("backendPort", 1, 65_535),
            frontend_port_range_start=integer("frontendPortRangeStart", 1, 65_535),
            frontend_port_range_end=integer("frontendPortRangeEnd", 1, 65_535),
            network_security_group_rules=section(
                "networkSecurityGroupRules",
                many=True,
                priority=integer("priority", 150, 4096),
                access=choice("access", "allow", "deny"),
                source_address_prefix=text("sourceAddressPrefix"),
                source_port_ranges=text("sourcePortRanges", many=True),
            ),
        ),
    ),
)
USERS = section(
    "userAccounts",
    many=True,
    name=text("name"),
    password=text("password", secret=True, deferred=True),
    elevation_level=choice("elevationLevel", "nonadmin", "admin"),
    linux_user_configuration=section(
        "linuxUserConfiguration",
        uid=integer("uid", 0),
        gid=integer("gid", 0),
        ssh_private_key=text("sshPrivateKey", secret=True, deferred=True),
    ),
    windows_user_configuration=section(
        "windowsUserConfiguration", login_mode=choice("loginMode", "batch", "interactive")
    ),
)
UPGRADES = section(
    "upgradePolicy",
    mode=choice("mode", "automatic", "manual", "rolling"),
    automatic_os_upgrade_policy=section(
        "automaticOSUpgradePolicy",
        disable_automatic_rollback=flag("disableAutomaticRollback"),
        enable_automatic_os_upgrade=flag("enableAutomaticOSUpgrade"),
        use_rolling_upgrade_policy=flag("useRollingUpgradePolicy"),
        os_rolling_upgrade_deferral=flag("osRollingUpgradeDeferral"),
    ),
    rolling_upgrade_policy=section(
        "rollingUpgradePolicy",
        enable_cross_zone_upgrade=flag("enableCrossZoneUpgrade"),
        max_batch_instance_percent=integer("maxBatchInstancePercent", 5, 100),
        max_unhealthy_instance_percent=integer("maxUnhealthyInstancePercent", 5, 100),
        max_unhealthy_upgraded_instance_percent=integer("maxUnhealthyUpgradedInstancePercent", 0, 100),
        pause_time_between_batches=Value(wire="pauseTimeBetweenBatches", convert=rest_duration),
        prioritize_unhealthy_instances=flag("prioritizeUnhealthyInstances"),
        rollback_failed_instances_on_policy_breach=flag("rollbackFailedInstancesOnPolicyBreach"),
    ),
)
SETTINGS = Shape(
    wire=SAME,
    key=SAME,
    rows={
        "upgrade_policy": UPGRADES,
        "network_configuration": NETWORK,
        "user_accounts": USERS,
        "machine": Shape(wire=MACHINE.wire, key=SAME, rows=MACHINE.rows),
    },
)
"""All of these, as keys of a pool."""

_PATH = Value(wire="relativeMountPath", convert=relative_path)
_OPTIONS = text("mountOptions")
MOUNTS = Shape(
    wire=SAME,
    key=SAME,
    rows={
        "azure_file_share_configuration": section(
            "azureFileShareConfiguration",
            account_name=text("accountName"),
            azure_file_url=text("azureFileUrl"),
            account_key=text("accountKey", secret=True, deferred=True),
            relative_mount_path=_PATH,
            mount_options=_OPTIONS,
        ),
        "nfs_mount_configuration": section(
            "nfsMountConfiguration", source=text("source"), relative_mount_path=_PATH, mount_options=_OPTIONS
        ),
        "cifs_mount_configuration": section(
            "cifsMountConfiguration",
            source=text("source"),
            user_name=text("username"),
            password=text("password", secret=True, deferred=True),
            relative_mount_path=_PATH,
            mount_options=_OPTIONS,
        ),
    },
)
"""Mounts that need nothing of `storage:`."""
