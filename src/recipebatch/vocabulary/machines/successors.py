"""What to use in place of an image or a VM size that ends, and names of images that are no aliases any more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from recipebatch.vocabulary.machines.images import (
    AGENT_SUCCESSORS,
    ALIASES,
    ENDED,
    IMAGES,
    Image,
    architecture_of,
    ended_text,
    known_image,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recipebatch.vocabulary.machines.vm_series import Series

_IMAGES = "recipebatch images lists those that are known"
_SIZES = "recipebatch sizes lists the series that are known"
_DETAIL = re.compile(r"(?:gen[12]|g2|lts|server|minimal|arm64|containers?|hpc|gpu|x64|amd64|datacenter|latest|\d)*")
"""What may follow the name of a release; `-`, `_`, `.`, `:` and blanks do not count."""


def newer_image(image: Image) -> str:
    """A hint: the image of the next release that has what this one has, else where those that are known are listed."""
    known = known_image(image)
    if known is None or known.successor is None:
        return _use_image(None)
    containers, gpu_driver = known.containers is True, known.gpu_driver is True
    alias = _variant(known.successor, architecture_of(image), containers=containers, gpu_driver=gpu_driver)
    return _use_image(alias)


def newer_agent(node_agent_sku: str) -> str:
    """A hint for a custom image: the node agent of the next release, if there is one."""
    alias = AGENT_SUCCESSORS.get(node_agent_sku.lower())
    known = known_image(ALIASES[alias]) if alias is not None else None
    if known is None or known.node_agent_sku is None:
        return "build the image from a newer release, and write its node_agent_sku_id"
    return (
        f"build the image from a newer release, such as one of {known.node_agent_sku}, and write its node_agent_sku_id"
    )


def newer_size(sizes: Series) -> str:
    """A hint: a current size that takes the place of those of a series, else where the series are listed."""
    return (
        f"use a current size such as {sizes.successor}: {_SIZES}" if sizes.successor else f"use another size: {_SIZES}"
    )


def ended_alias(alias: str) -> tuple[str, str] | None:
    """Of a name that is no alias because the support of its release has ended: since when, and a hint what to use."""
    plain = _plain(alias)
    ended = [(len(_plain(name)), release) for release in ENDED for name in release.names if _is_of(plain, _plain(name))]
    if not ended:
        return None
    _, release = max(ended, key=lambda found: found[0])
    containers = "container" in plain or "hpc" in plain
    architecture = "Arm64" if "arm64" in plain else "x64"
    best = None
    if release.successor is not None:
        best = _variant(release.successor, architecture, containers=containers, gpu_driver=containers)
    return f"the image {alias} {ended_text(release.support)}", _use_image(best)


def _use_image(alias: str | None) -> str:
    return f"use {alias}: {_IMAGES}" if alias is not None else f"use a newer image: {_IMAGES}"


def _variant(release: str, architecture: str | None, *, containers: bool, gpu_driver: bool) -> str | None:
    """The first alias of a release that has what is needed."""
    fitting: Iterable[str] = (
        known.alias
        for known in IMAGES
        if known.alias is not None
        and (known.alias == release or known.alias.startswith(f"{release}-"))
        and known.architecture == (architecture or "x64")
        and (known.containers or not containers)
        and (known.gpu_driver or not gpu_driver)
    )
    return next(iter(fitting), None)


def _plain(name: str) -> str:
    return re.sub(r"[-_.: ]", "", name.casefold())


def _is_of(plain: str, release: str) -> bool:
    """Whether a name is that of a release, or of a variant of it."""
    return plain.startswith(release) and _DETAIL.fullmatch(plain[len(release) :]) is not None
