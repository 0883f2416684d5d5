"""Refines the specification of a pool's machines, disks and containers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from recipebatch.emulator.protocol.schemas.builder import Refinement, TypeRules, echoed
from recipebatch.emulator.protocol.validation import duration, integer, list_of, one_of, refused, text
from recipebatch.emulator.state import invalid_value

if TYPE_CHECKING:
    from recipebatch.emulator.protocol.validation import Rule

NO_IDENTITY = "A node of this emulator has no managed identity; use a SAS or a key"
_ONE_DISK = "the files of all nodes are on this machine's own disk"
_NO_MACHINE = "a node is a directory of this machine, whose owner secures, places and upgrades it"
_NO_LICENCE = "nodes are directories of this machine and need no licence"
_MARKETPLACE = refused("Only marketplace images are implemented by this emulator")
_PERCENT = integer(0, 100)
_GALLERY = (
    "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Compute"
    "/galleries/{galleryName}/images/{galleryImageName}"
)
_GALLERY_IMAGE = re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(_GALLERY)) + r"(/versions/[^/]+)?", re.IGNORECASE)


def gallery_image(name: str, value: Any, version: str) -> None:
    """Refuse custom images; a malformed image id gets the service's error. Raises: BatchError."""
    if isinstance(value, str) and not _GALLERY_IMAGE.fullmatch(value):
        formats = f"{_GALLERY}/versions/{{galleryImageVersionName}} or {_GALLERY}"
        raise invalid_value(name, value, f"The specified resource id must be of the format {formats}")
    _MARKETPLACE(name, value, version)


def _as_sent(rule: Rule) -> Rule:
    """The rule's check, but the value is kept in the client's spelling."""

    def check(name: str, value: Any, version: str) -> Any:
        rule(name, value, version)
        return value

    return check


RULES: dict[str, TypeRules] = {
    "ImageReference": TypeRules(
        properties={
            "virtualMachineImageId": gallery_image,
            "sharedGalleryImageId": _MARKETPLACE,
            "communityGalleryImageId": _MARKETPLACE,
        }
    ),
    "VirtualMachineConfiguration": TypeRules(
        properties={
            **echoed(_NO_LICENCE, "licenseType"),
            **echoed("a pool of a Windows image gets no nodes here", "windowsConfiguration"),
            **echoed(_ONE_DISK, "diskEncryptionConfiguration", "osDisk"),
            **echoed(_NO_MACHINE, "nodePlacementConfiguration", "securityProfile"),
            # A start task that formats such a disk would format a disk of this machine.
            "dataDisks": refused("A node of this emulator is a directory; it has no disks of its own"),
            "extensions": refused("A node of this emulator is a directory; no VM extension can run on it"),
            "serviceArtifactReference": refused("A node of this emulator runs on this machine's own operating system"),
        }
    ),
    "WindowsConfiguration": TypeRules(echo=_NO_MACHINE),
    "NodePlacementConfiguration": TypeRules(
        echo=_NO_MACHINE,
        # Capitals on the wire here and below, where the specification has none (recorded answers).
        properties={"policy": one_of("Regional", "Zonal")},
    ),
    "DiskEncryptionConfiguration": TypeRules(
        properties={
            # Returned with the client's spelling (recorded answers).
            **echoed(_ONE_DISK, targets=list_of(_as_sent(one_of("osdisk", "temporarydisk")))),
            "customerManagedKey": refused(_ONE_DISK),
        }
    ),
    "OSDisk": TypeRules(
        echo=_ONE_DISK,
        properties={"caching": one_of("None", "ReadOnly", "ReadWrite"), "diskSizeGB": integer(1)},
    ),
    "DiffDiskSettings": TypeRules(echo=_ONE_DISK),
    "ManagedDisk": TypeRules(
        properties={
            **echoed(_ONE_DISK, "storageAccountType", "securityProfile"),
            "diskEncryptionSet": refused(_ONE_DISK),
        }
    ),
    "VMDiskSecurityProfile": TypeRules(echo=_ONE_DISK),
    "SecurityProfile": TypeRules(
        echo=_NO_MACHINE, properties={"securityType": one_of("trustedlaunch", "confidentialvm")}
    ),
    "UefiSettings": TypeRules(echo=_NO_MACHINE),
    "ProxyAgentSettings": TypeRules(
        properties={
            **echoed(_NO_MACHINE, "enabled"),
            "imds": refused(_NO_MACHINE),
            "wireServer": refused(_NO_MACHINE),
        }
    ),
    "UpgradePolicy": TypeRules(echo=_NO_MACHINE),
    "AutomaticOSUpgradePolicy": TypeRules(echo=_NO_MACHINE),
    "RollingUpgradePolicy": TypeRules(
        echo=_NO_MACHINE,
        properties={
            "maxBatchInstancePercent": integer(5, 100),
            "maxUnhealthyInstancePercent": integer(5, 100),
            "maxUnhealthyUpgradedInstancePercent": _PERCENT,
            "pauseTimeBetweenBatches": duration(),
        },
    ),
    "ContainerConfiguration": TypeRules(
        properties={
            **echoed("the engine of this machine is used", "type"),
            "containerImageNames": list_of(text(least=1)),
        }
    ),
    "ContainerRegistry": TypeRules(properties={"identityReference": refused(NO_IDENTITY)}),
    "ContainerHostBatchBindMountEntry": TypeRules(properties={"source": Refinement(required=True)}),
}
