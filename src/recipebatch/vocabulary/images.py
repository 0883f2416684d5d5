"""Marketplace images: short names for those that Azure Batch supports, and when their vendors end support.

The facts are in `images.json` beside this file; the node agent SKU is looked up from the service. Source of the
references: "Account - List Supported Images" (publisher, offer and SKU of verified images).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files

NOTICE = timedelta(days=180)
"""How long before its end of support an image is warned of."""


@dataclass(frozen=True, slots=True)
class Image:
    """A marketplace image and the operating system it holds."""

    publisher: str
    offer: str
    sku: str
    version: str = "latest"
    os: str = "linux"

    @property
    def key(self) -> tuple[str, str, str]:
        """Identifies an image, whatever its version; case-insensitive, as in the service."""
        return (self.publisher.lower(), self.offer.lower(), self.sku.lower())


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """How long an image gets security updates.

    Attributes:
        ends: the last day of free security updates.
        known_past: its end may be near or past; it is kept so that recipes that use it get a warning.
    """

    image: Image
    alias: str | None
    ends: date
    source: str
    known_past: bool


def _read() -> tuple[Support, ...]:
    body = json.loads((files("recipebatch.vocabulary") / "images.json").read_text(encoding="utf-8"))
    return tuple(
        Support(
            image=Image(entry["publisher"], entry["offer"], entry["sku"], os=entry.get("os", "linux")),
            alias=entry.get("alias"),
            ends=date.fromisoformat(entry["end_of_support"]),
            source=entry["source"],
            known_past=entry.get("known_past", False),
        )
        for entry in body["images"]
    )


SUPPORT = _read()
ALIASES = {entry.alias: entry.image for entry in SUPPORT if entry.alias is not None}
_ENDS = {entry.image.key: entry.ends for entry in SUPPORT}


def os_of(publisher: str) -> str:
    """The operating system of a publisher's images: `windows` for Microsoft's own servers and desktops."""
    return "windows" if publisher.lower().startswith("microsoftwindows") else "linux"


def end_of_support(publisher: str, offer: str, sku: str) -> date | None:
    """The last day of free security updates of a marketplace image, as far as it is known."""
    return _ENDS.get(Image(publisher, offer, sku).key)


def support_warning(image: Image, today: date) -> str | None:
    """What to say of an image whose support ends soon or has ended; None while there is nothing to say."""
    ends = _ENDS.get(image.key)
    if ends is None or ends - today > NOTICE:
        return None
    name = next((entry.alias for entry in SUPPORT if entry.alias and entry.image.key == image.key), None)
    display_name = name or f"{image.publisher}/{image.offer}/{image.sku}"
    if ends < today:
        return f"the image {display_name} has had no security updates since {ends}: choose a newer one"
    return f"the image {display_name} gets security updates until {ends} only: choose a newer one soon"
