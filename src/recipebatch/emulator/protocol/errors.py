"""A refusal as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recipebatch.emulator.state import format_instant

if TYPE_CHECKING:
    from recipebatch.emulator.state import Refusal

_METADATA = "$metadata#Microsoft.Azure.Batch.Protocol.Entities.Container.errors/@Element"


def error_document(refusal: Refusal, now: int, *, request_id: str) -> dict[str, Any]:
    """The error as it stands in a body, or in the result of one task of many.

    Args:
        refusal: what is wrong.
        now: ticks, shown in the message.
        request_id: of the answer.
    """
    whole, _, fraction = format_instant(now).rstrip("Z").partition(".")
    # All seven digits, also where the last is a zero: unlike times elsewhere (recorded answers).
    text = f"{refusal.kind.message}\nRequestId:{request_id}\nTime:{whole}.{fraction:0<7}Z"
    document: dict[str, Any] = {"code": refusal.code, "message": {"lang": "en-US", "value": text}}
    if refusal.values:
        document["values"] = [{"key": key, "value": value} for key, value in refusal.values]
    return document


def error_body(refusal: Refusal, now: int, *, request_id: str, base: str) -> dict[str, Any]:
    """The whole body of an answer that refuses."""
    return {"odata.metadata": f"{base}/{_METADATA}", **error_document(refusal, now, request_id=request_id)}
