"""The body of "Pool - Add Pool" for a recipe that says all a pool can, as the service gets it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import pytest
from azure.batch import models
from azure.batch.models import BatchPoolCreateOptions

from recipebatch.inputs import LocalInputs
from recipebatch.plan import bind_parameters, resolve
from recipebatch.recipe import parse_recipe
from recipebatch.service import SignedAccess
from recipebatch.service.azure.pool_requests import auto_pool_specification, pool_create_options
from recipebatch.text.secret import Secret

if TYPE_CHECKING:
    from recipebatch.plan.model import Plan
    from recipebatch.service.azure.blob_client import AzureBlobs

GROUP = "/subscriptions/s/resourceGroups/g/providers"
SUBNET = f"{GROUP}/Microsoft.Network/virtualNetworks/v/subnets/n"
IDENTITY = f"{GROUP}/Microsoft.ManagedIdentity/userAssignedIdentities/i"
IMAGE = f"{GROUP}/Microsoft.Compute/galleries/y/images/z/versions/1.0.0"
RECIPE = f"""\
schema_version: 1
name: demo
parameters:
  secret: {{type: secret, source: {{environment_variable: S}}}}
storage: {{data: {{}}}}
pool:
  image: {{virtual_machine_image_id: {IMAGE}, node_agent_sku_id: batch.node.ubuntu 24.04}}
  vm_size: [standard_d4s_v5, standard_d4as_v5]
  task_slots_per_node: 2
  task_scheduling_policy: {{job_default_order: creation_time}}
  auto_scale: {{scenario: pending_tasks, max_nodes: 4, spot: true}}
  network_configuration:
    subnet_id: {SUBNET}
    dynamic_vnet_assignment_scope: job
    enable_accelerated_networking: true
    public_ip_address_configuration: {{provision: no_public_ip_addresses}}
    endpoint_configuration:
      inbound_nat_pools:
        - name: ssh
          protocol: tcp
          backend_port: 22
          frontend_port_range_start: 15000
          frontend_port_range_end: 15100
          network_security_group_rules: [{{priority: 200, access: deny, source_address_prefix: '*'}}]
  upgrade_policy:
    mode: rolling
    automatic_os_upgrade_policy: {{enable_automatic_os_upgrade: true, os_rolling_upgrade_deferral: true}}
    rolling_upgrade_policy: {{max_batch_instance_percent: 25, pause_time_between_batches: 90s}}
  user_accounts:
    - name: worker
      password: ${{{{ secrets.secret }}}}
      elevation_level: admin
      linux_user_configuration: {{uid: 1001, gid: 1001, ssh_private_key: '${{{{ secrets.secret }}}}'}}
  license_type: Windows_Server
  windows_configuration: {{enable_automatic_updates: false}}
  os_disk:
    ephemeral_os_disk_settings: {{placement: cache_disk}}
    caching: read_only
    disk_size_gb: 64
    write_accelerator_enabled: true
    managed_disk: {{storage_account_type: premium_lrs}}
  data_disks:
    - {{logical_unit_number: 0, disk_size_gb: 100, caching: none, managed_disk: {{storage_account_type: standard_lrs}}}}
  disk_encryption_configuration: {{targets: [os_disk, temporary_disk]}}
  security_profile:
    security_type: trusted_launch
    encryption_at_host: true
    uefi_settings: {{secure_boot_enabled: true, v_tpm_enabled: true}}
  node_placement_configuration: {{policy: zonal}}
  application_package_references: [{{application_id: tool, version: '2'}}]
  mount_configuration:
    - azure_blob_file_system_configuration: {{container: data, relative_mount_path: d, blobfuse_options: -o ro}}
    - azure_blob_file_system_configuration: {{container: data, relative_mount_path: i, identity: {IDENTITY}}}
    - azure_file_share_configuration:
        account_name: a
        azure_file_url: https://a.file.core.windows.net/s
        account_key: ${{{{ secrets.secret }}}}
        relative_mount_path: f
    - nfs_mount_configuration: {{source: 'a:/b', relative_mount_path: n, mount_options: -o x}}
    - cifs_mount_configuration:
        {{source: //a/b, user_name: u, password: '${{{{ secrets.secret }}}}', relative_mount_path: c}}
  container_configuration: {{}}
  start_task:
    commands: [a]
    resource_files: [{{container: data, blob: a}}, {{http_url: 'https://a.example/b', file_path: c/b}}]
    container_settings:
      image_name: tool:1
      container_run_options: --rm
      working_directory: container_image_default
      registry: {{registry_server: r, user_name: u, password: '${{{{ secrets.secret }}}}'}}
  raw: {{resourceTags: {{team: blue}}}}
tasks: [{{command_line: a}}]
"""


@pytest.fixture
def plan() -> Plan:
    recipe = parse_recipe(RECIPE, file="r.yaml", folder=Path())
    return resolve(
        recipe,
        run_id="20260101-120000-ab12",
        owner="me",
        parameters=bind_parameters(recipe, {}),
        inputs=LocalInputs(files={}, tables={}),
        environ={},
        listings=None,
    )


@pytest.fixture
def access(plan: Plan, blobs: AzureBlobs) -> SignedAccess:
    expiry = datetime.now(UTC) + timedelta(hours=1)
    return SignedAccess(plan, blobs, expiry=expiry, secret_value=lambda name: Secret(f"value of {name}"))


@pytest.fixture
def body(plan: Plan, access: SignedAccess) -> dict[str, Any]:
    agent = plan.pools[0].node_agent_sku_id or ""
    return pool_create_options(plan.pools[0], node_agent_sku_id=agent, access=access).as_dict()


def test_everything_is_said_in_the_words_of_the_rest_api(body: dict[str, Any]) -> None:
    machine = body["virtualMachineConfiguration"]
    assert machine["imageReference"] == {"virtualMachineImageId": IMAGE}
    assert machine["nodeAgentSKUId"] == "batch.node.ubuntu 24.04"
    assert machine["osDisk"] == {
        "ephemeralOSDiskSettings": {"placement": "cachedisk"},
        "caching": "readonly",
        "diskSizeGB": 64,
        "writeAcceleratorEnabled": True,
        "managedDisk": {"storageAccountType": "premium_lrs"},
    }
    assert machine["dataDisks"] == [
        {"lun": 0, "diskSizeGB": 100, "caching": "none", "managedDisk": {"storageAccountType": "standard_lrs"}}
    ]
    assert machine["diskEncryptionConfiguration"] == {"targets": ["osdisk", "temporarydisk"]}
    assert machine["securityProfile"] == {
        "securityType": "trustedLaunch",
        "encryptionAtHost": True,
        "uefiSettings": {"secureBootEnabled": True, "vTpmEnabled": True},
    }
    assert machine["nodePlacementConfiguration"] == {"policy": "zonal"}
    assert machine["licenseType"] == "Windows_Server"
    assert machine["windowsConfiguration"] == {"enableAutomaticUpdates": False}
    assert body["vmSize"] == "standard_d4s_v5"
    assert body["taskSchedulingPolicy"] == {"nodeFillType": "spread", "jobDefaultOrder": "creationtime"}
    assert "$TargetLowPriorityNodes" in body["autoScaleFormula"]
    network = body["networkConfiguration"]
    assert (network["subnetId"], network["dynamicVNetAssignmentScope"]) == (SUBNET, "job")
    assert network["enableAcceleratedNetworking"] is True
    assert network["publicIPAddressConfiguration"] == {"provision": "nopublicipaddresses"}
    nat = network["endpointConfiguration"]["inboundNATPools"][0]
    assert nat["networkSecurityGroupRules"] == [{"priority": 200, "access": "deny", "sourceAddressPrefix": "*"}]
    assert (nat["backendPort"], nat["frontendPortRangeStart"], nat["frontendPortRangeEnd"]) == (22, 15000, 15100)
    assert body["applicationPackageReferences"] == [{"applicationId": "tool", "version": "2"}]
    assert body["resourceTags"] == {"team": "blue"}


def test_upgrades_are_said_in_the_words_of_the_rest_api(body: dict[str, Any]) -> None:
    assert body["upgradePolicy"] == {
        "mode": "rolling",
        "automaticOSUpgradePolicy": {"enableAutomaticOSUpgrade": True, "osRollingUpgradeDeferral": True},
        "rollingUpgradePolicy": {"maxBatchInstancePercent": 25, "pauseTimeBetweenBatches": "PT1M30S"},
    }


def test_a_start_task_has_several_files_and_a_container(body: dict[str, Any]) -> None:
    start = body["startTask"]
    assert start["containerSettings"] == {
        "imageName": "tool:1",
        "containerRunOptions": "--rm",
        "workingDirectory": "containerImageDefault",
        "registry": {"registryServer": "r", "username": "u", "password": "value of secret"},
    }
    assert [found.get("filePath") for found in start["resourceFiles"]] == ["a", "c/b"]


def test_secrets_are_in_the_request_and_not_in_the_plan(body: dict[str, Any], plan: Plan) -> None:
    account = body["userAccounts"][0]
    assert account["password"] == "value of secret"
    assert account["linuxUserConfiguration"] == {"uid": 1001, "gid": 1001, "sshPrivateKey": "value of secret"}
    assert "value of secret" not in repr(plan)


def test_mounts_have_least_access_and_none_where_an_identity_opens_them(
    body: dict[str, Any], plan: Plan, blobs: AzureBlobs
) -> None:
    by_sas, by_identity, share, nfs, cifs = body["mountConfiguration"]
    name = plan.container("data").name
    opened = by_sas["azureBlobFileSystemConfiguration"]
    assert "sp=rl&" in opened.pop("sasKey")
    assert opened == {
        "accountName": blobs.account_name,
        "containerName": name,
        "relativeMountPath": "d",
        "blobfuseOptions": "-o ro",
    }
    assert by_identity["azureBlobFileSystemConfiguration"] == {
        "accountName": blobs.account_name,
        "containerName": name,
        "relativeMountPath": "i",
        "identityReference": {"resourceId": IDENTITY},
    }
    assert share["azureFileShareConfiguration"]["accountKey"] == "value of secret"
    assert nfs == {"nfsMountConfiguration": {"source": "a:/b", "relativeMountPath": "n", "mountOptions": "-o x"}}
    assert cifs["cifsMountConfiguration"]["username"] == "u"


def known(model: type, value: Any, path: str = "") -> list[str]:
    """The properties of a body that the SDK's models do not have."""
    made: Any = model
    made.__new__(made)  # only then it knows its fields
    fields: dict[str, Any] = getattr(model, "_attr_to_rest_field", {})
    names = {getattr(field, "_rest_name_input", None) or name: name for name, field in fields.items()}
    unknown = []
    for key, inner in value.items():
        if key not in names:
            unknown.append(f"{path}.{key}")
            continue
        below = next(iter(models_in(get_type_hints(model, {**vars(models), "_models": models}).get(names[key]))), None)
        for item in inner if isinstance(inner, list) else [inner]:
            if below is not None and isinstance(item, dict):
                unknown += known(below, item, f"{path}.{key}")
    return unknown


def models_in(hint: Any) -> list[type]:
    """The models that an annotation holds."""
    if isinstance(hint, type) and hint.__module__.startswith("azure.batch"):
        return [hint] if hasattr(hint, "as_dict") else []
    return [found for inner in get_args(hint) for found in models_in(inner)]


def test_every_property_is_one_of_the_sdks_models(body: dict[str, Any]) -> None:
    tags = body.pop("resourceTags")
    assert tags
    assert known(BatchPoolCreateOptions, body) == []
    assert known(BatchPoolCreateOptions, {**body, "nope": 1}) == [".nope"]
    wrong = {"virtualMachineConfiguration": {"osDisk": {"size": 1}}}
    assert known(BatchPoolCreateOptions, wrong) == [".virtualMachineConfiguration.osDisk.size"]


def test_an_auto_pool_is_the_same_pool_without_an_id(plan: Plan, access: SignedAccess, body: dict[str, Any]) -> None:
    from recipebatch.properties.job import AutoPool

    wanted = AutoPool(auto_pool_id_prefix="mine", pool_lifetime_option="job", keep_alive=False)
    agent = plan.pools[0].node_agent_sku_id or ""
    info = auto_pool_specification(plan.pools[0], wanted, node_agent_sku_id=agent, access=access).as_dict()
    specification = info["autoPoolSpecification"]
    pool = specification.pop("pool")
    assert specification == {"autoPoolIdPrefix": "mine", "poolLifetimeOption": "job", "keepAlive": False}
    for key in ("mountConfiguration", "id"):
        body.pop(key)
        pool.pop(key, None)
    assert pool == body
