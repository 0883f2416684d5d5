"""Small text blobs that several commands write: read with their ETag, written conditionally, locked by a lease."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from recipebatch.errors import ServiceError

MAX_DOCUMENT_BYTES = 128 * 1024 * 1024
"""What is read and written at once; the tables of a recipe, which are recorded with a run, have half of it at most."""


class DocumentChangedError(ServiceError):
    """Another command wrote a document between our reading and our writing."""

    code = "changed-meanwhile"


def too_large(blob: str, size: int) -> ServiceError:
    """The error of a document that has more bytes than are read at once."""
    return ServiceError(f"{blob} has {size:,} bytes; at most {MAX_DOCUMENT_BYTES:,} are read and written")


class LeaseLostError(ServiceError):
    """A lease ended, and another command may hold it."""


@dataclass(frozen=True, slots=True)
class Document:
    """A text and what goes with it.

    Attributes:
        metadata: names and values in ASCII, listed without reading the text.
        etag: of the text that was read; None for a document that is to be new.
    """

    text: str
    metadata: dict[str, str] = field(default_factory=dict)
    etag: str | None = None


class Lease(Protocol):
    """A lock that ends by itself when it is not renewed."""

    def renew(self) -> None:
        """Hold it for its full time again.

        Raises:
            LeaseLostError: another command holds it now; any other ServiceError leaves that open.
        """

    def release(self) -> None:
        """Give it back; no error if it is lost already."""
