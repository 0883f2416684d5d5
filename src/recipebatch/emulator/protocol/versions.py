"""The differences between api-versions; no other module of the emulator depends on them.

Properties come from `properties.json`, which `tests/emulator/properties/generate.py` makes from the service's OpenAPI
files and its newest client; operations and deviations from the specification are listed here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

VERSIONS = ("2024-02-01.19.0", "2024-07-01.20.0", "2025-06-01")
NEWEST = VERSIONS[-1]

OPERATIONS = {
    "/pools/{}/nodes/{}/start": "since 2024-07-01.20.0",
    "/pools/{}/nodes/{}/deallocate": "since 2024-07-01.20.0",
}
"""The operations that not all api-versions have, by their path."""

ACCEPTED: dict[str, dict[str, str]] = {
    # On Azure, PATCH exists for these since 2024-07-01.20.0; the emulator accepts it in all api-versions.
    "PoolPatchParameter": {
        **dict.fromkeys(
            (
                *("displayName", "vmSize", "taskSlotsPerNode", "taskSchedulingPolicy", "enableInterNodeCommunication"),
                *("virtualMachineConfiguration", "networkConfiguration", "userAccounts", "mountConfiguration"),
                "upgradePolicy",
            ),
            "",
        ),
        "resourceTags": "until 2024-07-01.20.0",
    },
    "JobPatchParameter": {"networkConfiguration": ""},
    # Refused with a reason, which is more helpful than an error about an unknown property.
    "ImageReference": {"sharedGalleryImageId": "", "communityGalleryImageId": ""},
}
"""Request properties that this emulator accepts in more api-versions than the specification has."""

TAKEN_BY_PUT = {"JobUpdateParameter": {"networkConfiguration": "JobNetworkConfiguration"}}
"""Properties that the newest api-version takes, whose PUT has the type of the answer; here every api-version does."""

_TABLE: dict[str, Any] = json.loads(Path(__file__).with_name("properties.json").read_text(encoding="utf-8"))
ENUMS: Mapping[str, list[str]] = _TABLE["enums"]


def versions_of(span: str) -> frozenset[str] | None:
    """The api-versions of a span: `since`, `until` or `only` and a version; an empty span is all of them, None."""
    word, _, version = span.partition(" ")
    if not word:
        return None
    known = {"since": VERSIONS[VERSIONS.index(version) :], "until": VERSIONS[: VERSIONS.index(version) + 1]}
    return frozenset(known.get(word, (version,)))


def _bodies() -> Iterator[tuple[str, dict[str, tuple[str, frozenset[str] | None]]]]:
    for type_name, properties in _TABLE["bodies"].items():
        entries = {**properties, **TAKEN_BY_PUT.get(type_name, {})}
        spans = ACCEPTED.get(type_name, {})
        parts = {name: entry.partition(" ") for name, entry in entries.items()}
        yield type_name, {name: (kind, versions_of(spans.get(name, span))) for name, (kind, _, span) in parts.items()}


BODIES: Mapping[str, Mapping[str, tuple[str, frozenset[str] | None]]] = dict(_bodies())
"""Type of a request → property → its type, with `!` if required, and the api-versions that have it; None is all."""

_UNKNOWN = {
    version: {
        type_name: tuple(name for name, span in spans.items() if version not in (versions_of(span) or VERSIONS))
        for type_name, spans in _TABLE["answers"].items()
    }
    for version in VERSIONS
}
"""Api-version → type of an answer → the properties it does not have."""


def without_unknown(type_name: str, document: dict[str, Any], version: str) -> dict[str, Any]:
    """Remove from the document, in place, the properties that the api-version does not have."""
    for name in _UNKNOWN[version][type_name]:
        document.pop(name, None)
    return document


def operation_versions(path: str) -> frozenset[str] | None:
    """The api-versions that have the operations of a path; None is all."""
    return versions_of(OPERATIONS.get(path, ""))
