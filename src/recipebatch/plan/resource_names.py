"""Pool, job and task ids and blob container names of one run."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime

from recipebatch.vocabulary.ids import ContainerName, container_name
from recipebatch.vocabulary.limits import MAX_ID_LENGTH

_MAX_CONTAINER_NAME = 63
_LEAST_RECIPE_PART = 12


def begun(run_id: str) -> datetime | None:
    """When a run began, taken from its id; None if the id contains no time."""
    try:
        return datetime.strptime(run_id[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def batch_id(recipe: str, run_id: str, suffix: str = "") -> str:
    """`<recipe>-<run id>[-<suffix>]`, the recipe's part shortened until the whole fits a Batch id."""
    end = f"-{run_id}-{suffix}" if suffix else f"-{run_id}"
    return shortened(recipe, MAX_ID_LENGTH - len(end)) + end


def container(recipe: str, run_id: str, logical: str) -> ContainerName:
    """`<recipe>-<run id>-<logical>` as a legal container name; equal arguments give equal names.

    Different logical names give different names: whatever is shortened or replaced leaves a mark of the whole.
    """
    available = _MAX_CONTAINER_NAME - len(run_id) - 2
    first, last = _legal(recipe), _legal(logical)
    if len(first) + len(last) > available:
        last = shortened(last, max(available - len(first), available - _LEAST_RECIPE_PART))
        first = shortened(first, available - len(last))
    return container_name(f"{first}-{run_id.lower()}-{last}")


def task_id(template: str, index: int, count: int) -> str:
    """`<template>-<index>`, with as many digits as the last index needs, so that ids sort as tasks do."""
    return f"{template}-{index:0{len(str(max(count - 1, 0)))}d}"


def shortened(text: str, length: int) -> str:
    """The text, or its beginning and four hexadecimal digits of the whole when it is too long."""
    if len(text) <= length:
        return text
    digits = hashlib.sha256(text.encode()).hexdigest()[:4]
    return f"{text[: length - 5].rstrip('-_')}-{digits}"


def _legal(text: str) -> str:
    """Lower-case letters, digits and single hyphens; marked when that changed more than the case."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "x"
    if plain == text.lower():
        return plain
    return f"{plain}-{hashlib.sha256(text.encode()).hexdigest()[:4]}"
