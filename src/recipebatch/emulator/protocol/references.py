"""Checks that objects referred to in a body exist: application packages, the auto-storage account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recipebatch.emulator.state import BatchError, invalid_value
from recipebatch.emulator.state.offerings import applications

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.emulator.state import Account

_PACKAGES = "applicationPackageReferences"
_CONTAINER = "autoStorageContainerName"
_NAMES = (_PACKAGES.encode(), _CONTAINER.encode())


def check_body(account: Account, body: bytes, document: Any) -> None:
    """Check the references in a document; a search of the raw body skips documents without references.

    Raises:
        BatchError: as `check_references`.
    """
    if any(mark in body for mark in _NAMES):
        check_references(account, document)


def check_references(account: Account, document: Any) -> None:
    """Check the references in a validated document.

    Raises:
        BatchError: InvalidApplicationPackageReferences (recorded), or InvalidPropertyValue of autoStorageContainerName.
    """
    missing = []
    for name, value in _properties(document):
        if name == _CONTAINER and account.settings.auto_storage is None:
            raise invalid_value(name, value, "The specified Batch account has no auto-storage account")
        if name == _PACKAGES:
            folder = account.settings.applications
            missing += [
                (entry["applicationId"], "The specified application package does not exist.")
                for entry in value
                if applications.package(folder, entry["applicationId"], entry.get("version")) is None
            ]
    if missing:
        raise BatchError("InvalidApplicationPackageReferences", *missing)


def _properties(document: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(document, dict):
        for name, value in document.items():
            yield name, value
            yield from _properties(value)
    elif isinstance(document, list):
        for value in document:
            yield from _properties(value)
