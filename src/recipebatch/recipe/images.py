"""Short names for marketplace images that Azure Batch supports; the node agent SKU is looked up from the service.

Source: "Account - List Supported Images" (publisher, offer and SKU of verified images).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Image:
    """A marketplace image and the operating system it holds."""

    publisher: str
    offer: str
    sku: str
    version: str = "latest"
    os: str = "linux"


ALIASES = {
    "ubuntu-22.04": Image("canonical", "0001-com-ubuntu-server-jammy", "22_04-lts"),
    "ubuntu-24.04": Image("canonical", "ubuntu-24_04-lts", "server"),
    "ubuntu-24.04-containers": Image("microsoft-dsvm", "ubuntu-hpc", "2404"),
    "debian-12": Image("debian", "debian-12", "12-gen2"),
    "almalinux-8": Image("almalinux", "almalinux-x86_64", "8-gen2"),
    "almalinux-9": Image("almalinux", "almalinux-x86_64", "9-gen2"),
    "rocky-9": Image("resf", "rockylinux-x86_64", "9-base"),
    "windows-2019": Image("microsoftwindowsserver", "windowsserver", "2019-datacenter", os="windows"),
    "windows-2022": Image("microsoftwindowsserver", "windowsserver", "2022-datacenter", os="windows"),
}


def os_of(publisher: str) -> str:
    """The operating system of a publisher's images: `windows` for Microsoft's own servers and desktops."""
    return "windows" if publisher.lower().startswith("microsoftwindows") else "linux"
