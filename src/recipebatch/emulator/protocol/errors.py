"""Errors as JSON: the body of a refused request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recipebatch.emulator.state import format_instant

if TYPE_CHECKING:
    from recipebatch.emulator.state import BatchError

_METADATA = "$metadata#Microsoft.Azure.Batch.Protocol.Entities.Container.errors/@Element"


def error_document(error: BatchError, now: int, *, request_id: str) -> dict[str, Any]:
    """The error of a body, or of one task of a collection.

    Args:
        error: the error.
        now: ticks; part of the message.
        request_id: of the reply.
    """
    whole, _, fraction = format_instant(now).rstrip("Z").partition(".")
    # All seven digits, also where the last is a zero: unlike times elsewhere (recorded answers).
    text = f"{error.kind.message}\nRequestId:{request_id}\nTime:{whole}.{fraction:0<7}Z"
    document: dict[str, Any] = {"code": error.code, "message": {"lang": "en-US", "value": text}}
    if error.values:
        document["values"] = [{"key": key, "value": value} for key, value in error.values]
    return document


def error_body(error: BatchError, now: int, *, request_id: str, base: str) -> dict[str, Any]:
    """The whole body of an error reply."""
    return {"odata.metadata": f"{base}/{_METADATA}", **error_document(error, now, request_id=request_id)}
