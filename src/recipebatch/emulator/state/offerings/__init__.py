"""Resources of an account: images, application packages and the auto-storage account."""

from recipebatch.emulator.state.offerings.auto_storage import AutoStorage, container_sas
from recipebatch.emulator.state.offerings.images import IMAGES, Image, find_image

__all__ = [
    "IMAGES",
    "AutoStorage",
    "Image",
    "container_sas",
    "find_image",
]
