"""Marketplace images: short names for some, what is known of them, and when their support ends.

The facts are in `images.json` beside this file, each with its source. Images that are not in it are not known: nothing
is said of them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from fnmatch import fnmatchcase
from functools import lru_cache
from importlib.resources import files
from typing import Any

NOTICE = timedelta(days=180)
"""How long before its end of support an image is warned of, where Azure Batch has not announced the end itself."""

X64, ARM64 = "x64", "Arm64"
"""Architectures, in the words of the service."""


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
    """Until when something is supported.

    Attributes:
        ends: the last day; None is not known.
        announced: Azure Batch itself has announced the end.
        confirmed: the end is certain; one that is not is warned of only.
        source: where it is written.
    """

    ends: date | None
    announced: bool
    source: str
    confirmed: bool = True

    def has_ended(self, today: date) -> bool:
        """Whether the last day is certain and past."""
        return self.ends is not None and self.confirmed and self.ends < today

    def ends_soon(self, today: date) -> bool:
        """Whether the last day is announced, near or not certain, and has not ended for certain."""
        if self.ends is None or self.has_ended(today):
            return False
        return self.announced or not self.confirmed or self.ends - today <= NOTICE


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownImage:
    """What is known of an image; None is not known.

    Attributes:
        image: publisher, offer and SKU; `*` in them stands for whatever fits.
        alias: its short name in recipes.
        generation: of the VMs that it boots: 1 or 2.
        architecture: `X64` or `ARM64`.
        containers: it has a container runtime, so that a pool of it can have a container configuration.
        gpu_driver: it has the driver of NVIDIA's GPUs.
        successor: the alias of the release that takes its place.
    """

    image: Image
    alias: str | None
    generation: int | None
    architecture: str | None
    node_agent_sku: str | None
    containers: bool | None
    gpu_driver: bool | None
    support: Support
    successor: str | None

    @property
    def is_pattern(self) -> bool:
        """It stands for several images."""
        return any("*" in part for part in self.image.key)

    def fits(self, key: tuple[str, str, str]) -> bool:
        """Whether it is about an image, given in lower case."""
        return all(fnmatchcase(part, pattern) for part, pattern in zip(key, self.image.key, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedRelease:
    """A release that has no alias because its support has ended; `successor` is the alias that takes its place."""

    names: tuple[str, ...]
    support: Support
    successor: str | None


def os_of(publisher: str) -> str:
    """The operating system of a publisher's images: `windows` for Microsoft's own servers and desktops."""
    return "windows" if publisher.lower().startswith("microsoftwindows") else "linux"


def _support(entry: dict[str, Any]) -> Support:
    ends = entry.get("end_of_support")
    return Support(
        ends=date.fromisoformat(ends) if ends is not None else None,
        announced=entry.get("announced", False),
        source=entry["source"],
        confirmed=entry.get("confirmed", True),
    )


_BODY = json.loads((files("recipebatch.vocabulary.machines") / "images.json").read_text(encoding="utf-8"))
NODE_AGENTS = {entry["id"]: _support(entry) for entry in _BODY["node_agents"]}
"""Node agent SKU → until when the service has it."""

AGENT_SUCCESSORS = {entry["id"]: entry["successor"] for entry in _BODY["node_agents"] if "successor" in entry}
"""Node agent SKU → the alias of the release that takes the place of its own."""


def _known(entry: dict[str, Any]) -> KnownImage:
    agent, own = entry.get("node_agent_sku"), _support(entry)
    return KnownImage(
        image=Image(entry["publisher"], entry["offer"], entry["sku"], os=os_of(entry["publisher"])),
        alias=entry.get("alias"),
        generation=entry.get("generation"),
        architecture=entry.get("architecture"),
        node_agent_sku=agent,
        containers=entry.get("containers"),
        gpu_driver=entry.get("gpu_driver"),
        support=own if own.ends is not None or agent is None else NODE_AGENTS[agent],
        successor=entry.get("successor", AGENT_SUCCESSORS.get(agent)),
    )


def _ended(entry: dict[str, Any]) -> EndedRelease:
    agent = entry.get("node_agent_sku")
    return EndedRelease(
        names=tuple(entry["names"]),
        support=NODE_AGENTS[agent] if agent is not None else _support(entry),
        successor=entry.get("successor", AGENT_SUCCESSORS.get(agent)),
    )


IMAGES = tuple(_known(entry) for entry in _BODY["images"])
"""All that is known, those with an alias first."""

ENDED = tuple(_ended(entry) for entry in _BODY["ended"])
"""Releases whose names are no aliases any more."""

ALIASES = {known.alias: known.image for known in IMAGES if known.alias is not None}


@lru_cache(maxsize=256)
def _found(key: tuple[str, str, str]) -> KnownImage | None:
    return next((known for known in IMAGES if known.fits(key)), None)


def known_image(image: Image) -> KnownImage | None:
    """What is known of an image; None if nothing is."""
    return _found(image.key)


def generation_of(image: Image) -> int | None:
    """The generation of the VMs that an image boots; the SKUs of many say that it is the second one.

    Source: Batch documentation, "Choose VM sizes and images", "Using Generation 2 VM images".
    """
    sku, known = image.sku.lower(), known_image(image)
    if any(word in sku for word in ("gen2", "-g2", "gensecond")):
        return 2
    # `-gs` is short for `gensecond`, but the service does not list these images as such.
    return known.generation if known is not None and not sku.endswith("-gs") else None


def architecture_of(image: Image) -> str | None:
    """The architecture of an image; those for Arm64 say so in their SKU or offer."""
    if any("arm64" in part for part in image.key):
        return ARM64
    known = known_image(image)
    return known.architecture if known is not None else None


def support_of(image: Image) -> Support | None:
    """Until when an image is supported; None if nothing is known of it."""
    known = known_image(image)
    return known.support if known is not None else None


def agent_support(node_agent_sku: str) -> Support | None:
    """Until when the service has a node agent; None if it is not known."""
    return NODE_AGENTS.get(node_agent_sku.lower())


def name_of(image: Image) -> str:
    """The alias of an image, or its publisher, offer and SKU."""
    known = known_image(image)
    if known is not None and known.alias is not None:
        return known.alias
    return f"{image.publisher}/{image.offer}/{image.sku}"


def support_warning(image: Image, today: date) -> str | None:
    """What to say of an image whose support ends soon or has ended; None while there is nothing to say."""
    support = support_of(image)
    if support is None:
        return None
    if support.has_ended(today):
        return f"the image {name_of(image)} {ended_text(support)}: choose a newer one"
    if support.ends_soon(today):
        return f"the image {name_of(image)} {until_text(support)}: choose a newer one soon"
    return None


def ended_text(support: Support) -> str:
    """Since when something is supported no more."""
    return f"has had no support since {support.ends}"


def until_text(support: Support) -> str:
    """Until when something is supported that ends soon."""
    if not support.confirmed:
        return f"may have no support since {support.ends}"
    return f"is supported until {support.ends} only"
