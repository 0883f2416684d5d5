"""A plan as JSON values."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipebatch.properties.deferred import DeferredText

if TYPE_CHECKING:
    from recipebatch.plan.model import Plan


def plan_as_json(plan: Plan) -> dict[str, Any]:
    """A plan as JSON values; durations are seconds, and a text with secrets or SAS in it is `{"pieces": […]}`."""
    return {key: _value(item) for key, item in asdict(plan).items()} | {"purge": plan.purge.to_json()}


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _value(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, frozenset)):
        return [_value(item) for item in (sorted(value) if isinstance(value, frozenset) else value)]
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, (Path, datetime)):
        return str(value)
    return value.to_json() if isinstance(value, DeferredText) else value
