"""Errors as JSON: the body of a refused request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recipebatch.emulator.state import format_instant

if TYPE_CHECKING:
    from recipebatch.emulator.state import BatchError

_METADATA = "$metadata#Microsoft.Azure.Batch.Protocol.Entities.Container.errors/@Element"


def error_document(error: BatchError, now: int, *, request_id: str) -> dict[str, Any]:
    """The error as it stands in a body, or in the result of one task of many.

    Args:
        error: what is wrong.
        now: ticks, shown in the message.
        request_id: of the answer.
    """
    whole, _, fraction = format_instant(now).rstrip("Z").partition(".")
    # All seven digits, also where the last is a zero: unlike times elsewhere (recorded answers).
    text = f"{error.kind.message}\nRequestId:{request_id}\nTime:{whole}.{fraction:0<7}Z"
    document: dict[str, Any] = {"code": error.code, "message": {"lang": "en-US", "value": text}}
    if error.values:
        document["values"] = [{"key": key, "value": value} for key, value in error.values]
    return document


def error_body(error: BatchError, now: int, *, request_id: str, base: str) -> dict[str, Any]:
    """The whole body of an answer that refuses."""
    return {"odata.metadata": f"{base}/{_METADATA}", **error_document(error, now, request_id=request_id)}
