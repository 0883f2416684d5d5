"""The marketplace images for pools, as in the service's list.

Source: recorded answers of `supportedimages` (2024), completed with images that the service has got since; the names of
their node agents follow those of the others.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Image(NamedTuple):
    """One entry of the list; names are compared case-insensitively."""

    publisher: str
    offer: str
    sku: str
    node_agent_sku_id: str
    verified: bool = True
    capabilities: tuple[str, ...] = ()
    end_of_life: str | None = None

    @property
    def os_type(self) -> str:
        """`windows` or `linux`."""
        return "windows" if self.node_agent_sku_id.startswith("batch.node.windows") else "linux"

    def to_json(self) -> dict[str, Any]:
        """The REST form."""
        document: dict[str, Any] = {
            "imageReference": {
                "publisher": self.publisher,
                "offer": self.offer,
                "sku": self.sku,
                "version": "latest",
            },
            "verificationType": "verified" if self.verified else "unverified",
            "nodeAgentSKUId": self.node_agent_sku_id,
        }
        if self.capabilities:
            document["capabilities"] = list(self.capabilities)
        if self.end_of_life:
            document["batchSupportEndOfLife"] = self.end_of_life
        document["osType"] = self.os_type
        return document


_GEN2 = ("Generation2VMImage",)
_CONFIDENTIAL = ("ConfidentialVMCompatible", "Generation2VMImage")
_DOCKER = ("DockerCompatible", "NvidiaTeslaDriverInstalled", "NvidiaGridDriverInstalled")
_HPC = ("DockerCompatible", "SupportsRDMAOnly", "Generation2VMImage", "IntelMPIRuntimeInstalled")
_WINDOWS = "batch.node.windows amd64"
_FOCAL_END = "2025-04-23T00:00:00Z"

IMAGES: tuple[Image, ...] = (
    Image("almalinux", "almalinux-hpc", "8-hpc-gen1", "batch.node.el 8", verified=False, capabilities=_HPC[:2]),
    Image("almalinux", "almalinux-hpc", "8-hpc-gen2", "batch.node.el 8", verified=False, capabilities=_HPC),
    Image("almalinux", "almalinux-x86_64", "8-gen1", "batch.node.el 8"),
    Image("almalinux", "almalinux-x86_64", "8-gen2", "batch.node.el 8", capabilities=_GEN2),
    Image("almalinux", "almalinux-x86_64", "9-gen1", "batch.node.el 9"),
    Image("almalinux", "almalinux-x86_64", "9-gen2", "batch.node.el 9", capabilities=_GEN2),
    Image(
        "canonical",
        "0001-com-ubuntu-confidential-vm-jammy",
        "22_04-lts-cvm",
        "batch.node.ubuntu 22.04",
        verified=False,
        capabilities=_CONFIDENTIAL,
    ),
    Image("canonical", "0001-com-ubuntu-server-focal", "20_04-lts", "batch.node.ubuntu 20.04", end_of_life=_FOCAL_END),
    Image(
        "canonical",
        "0001-com-ubuntu-server-focal",
        "20_04-lts-gen2",
        "batch.node.ubuntu 20.04",
        capabilities=_GEN2,
        end_of_life=_FOCAL_END,
    ),
    Image("canonical", "0001-com-ubuntu-server-jammy", "22_04-lts", "batch.node.ubuntu 22.04"),
    Image("canonical", "0001-com-ubuntu-server-jammy", "22_04-lts-gen2", "batch.node.ubuntu 22.04", capabilities=_GEN2),
    Image(
        "canonical", "ubuntu-24_04-lts", "cvm", "batch.node.ubuntu 24.04", verified=False, capabilities=_CONFIDENTIAL
    ),
    Image("canonical", "ubuntu-24_04-lts", "server", "batch.node.ubuntu 24.04", capabilities=_GEN2),
    Image("canonical", "ubuntu-24_04-lts", "server-arm64", "batch.node.ubuntu 24.04", capabilities=_GEN2),
    Image("canonical", "ubuntu-24_04-lts", "server-gen1", "batch.node.ubuntu 24.04"),
    Image("debian", "debian-11", "11", "batch.node.debian 11"),
    Image("debian", "debian-11", "11-gen2", "batch.node.debian 11", capabilities=_GEN2),
    Image("debian", "debian-12", "12", "batch.node.debian 12"),
    Image("debian", "debian-12", "12-gen2", "batch.node.debian 12", capabilities=_GEN2),
    Image("debian", "debian-13", "13", "batch.node.debian 13"),
    Image("debian", "debian-13", "13-gen2", "batch.node.debian 13", capabilities=_GEN2),
    Image(
        "microsoft-azure-batch",
        "ubuntu-server-container",
        "20-04-lts",
        "batch.node.ubuntu 20.04",
        capabilities=_DOCKER,
        end_of_life=_FOCAL_END,
    ),
    Image("microsoft-dsvm", "ubuntu-hpc", "2004", "batch.node.ubuntu 20.04", capabilities=_HPC, end_of_life=_FOCAL_END),
    Image("microsoft-dsvm", "ubuntu-hpc", "2204", "batch.node.ubuntu 22.04", capabilities=_HPC),
    Image("microsoft-dsvm", "ubuntu-hpc", "2404", "batch.node.ubuntu 24.04", capabilities=_HPC),
    Image("microsoftcblmariner", "azure-linux-3", "azure-linux-3", "batch.node.azurelinux 3.0"),
    Image(
        "microsoftcblmariner", "azure-linux-3", "azure-linux-3-gen2", "batch.node.azurelinux 3.0", capabilities=_GEN2
    ),
    Image("microsoftcblmariner", "cbl-mariner", "cbl-mariner-2", "batch.node.mariner 2.0"),
    Image("microsoftcblmariner", "cbl-mariner", "cbl-mariner-2-gen2", "batch.node.mariner 2.0", capabilities=_GEN2),
    *(
        Image("microsoftwindowsserver", "windowsserver", sku, _WINDOWS, capabilities=_CONFIDENTIAL if gen2 else ())
        for sku, gen2 in (
            ("2016-datacenter", False),
            ("2016-datacenter-gensecond", True),
            ("2016-datacenter-smalldisk", False),
            ("2019-datacenter", False),
            ("2019-datacenter-core", False),
            ("2019-datacenter-core-g2", True),
            ("2019-datacenter-core-smalldisk", False),
            ("2019-datacenter-gensecond", True),
            ("2019-datacenter-smalldisk", False),
            ("2019-datacenter-smalldisk-g2", True),
            ("2022-datacenter", False),
            ("2022-datacenter-azure-edition", True),
            ("2022-datacenter-core", False),
            ("2022-datacenter-core-g2", True),
            ("2022-datacenter-g2", True),
            ("2022-datacenter-smalldisk", False),
            ("2022-datacenter-smalldisk-g2", True),
            ("2025-datacenter-g2", True),
        )
    ),
    Image("resf", "rockylinux-x86_64", "8-base", "batch.node.el 8"),
    Image("resf", "rockylinux-x86_64", "9-base", "batch.node.el 9", capabilities=_GEN2),
)


def find_image(publisher: str, offer: str, sku: str) -> Image | None:
    """The image of that name, case-insensitive."""
    name = (publisher.lower(), offer.lower(), sku.lower())
    return next((i for i in IMAGES if (i.publisher.lower(), i.offer.lower(), i.sku.lower()) == name), None)
