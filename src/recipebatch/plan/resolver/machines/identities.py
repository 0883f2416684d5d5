"""Managed identities of nodes, which no pool has that the recipe itself makes.

The Batch service (its data plane) makes pools without an identity: only Azure Resource Manager can give one to a pool.
Source: Batch documentation, "Configure managed identities in Batch pools"; Batch REST API, "Pool - Add Pool".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.errors import InvalidRecipeError, Problem
from recipebatch.recipe import Node, walk
from recipebatch.recipe.model import (
    ForFiles,
    JobSpec,
    OutputFileSpec,
    PoolSpec,
    ResourceFileSpec,
    Section,
    Setting,
    TaskSpec,
    parts,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from recipebatch.errors import SourcePosition
    from recipebatch.recipe.model import Recipe

_FIELDS = frozenset(("identity", "identity_reference"))
_RAW = frozenset(("identity", "identityReference"))
_HINT = "make the pool with the identity outside of recipebatch, and use it: `pool: {existing: POOL_ID}`"


def check_identities(recipe: Recipe, own: Collection[str]) -> None:
    """Refuse a managed identity that the nodes of a pool of the recipe would need.

    Args:
        recipe: the recipe.
        own: the names of the pools that the recipe makes.

    Raises:
        InvalidRecipeError: at each identity.
    """
    of_own: list[PoolSpec | JobSpec] = [spec for spec in recipe.pools if spec.logical in own]
    of_own += [spec for spec in recipe.jobs if spec.pool in own]
    needed = {name for spec in of_own for name in _containers(spec)}
    places = [at for spec in of_own for at in _identities(spec)]
    for container in recipe.containers:
        node = container.settings["identity"].node
        if node is not None and container.name in needed:
            places.append(node.at)
    if places:
        message = "a pool that the recipe makes has no managed identity: the Batch service cannot give it one"
        problems = (Problem(at, message, "identity-needs-existing-pool", _HINT) for at in dict.fromkeys(places))
        raise InvalidRecipeError(tuple(problems))


def _containers(spec: PoolSpec | JobSpec) -> Iterator[str]:
    """The containers that nodes read or write."""
    yield from (file.container for file in parts(spec, ResourceFileSpec) if file.container is not None)
    yield from (file.container for file in parts(spec, OutputFileSpec))
    if any(file.this_file or file.file is not None for file in parts(spec, ResourceFileSpec)):
        yield from (loop.container for loop in parts(spec, ForFiles))
    for task in parts(spec, TaskSpec):
        if task.keep_logs is not None:
            yield task.keep_logs
        if task.reduce is not None:
            yield task.reduce.parts_container
    for section in parts(spec, Section):
        container = section.values.get("container")
        if isinstance(container, str):
            yield container


def _identities(spec: PoolSpec | JobSpec) -> Iterator[SourcePosition]:
    """Where identities are named, by keys of the recipe or in `raw:`."""
    for section in parts(spec, Section):
        for name in _FIELDS & section.values.keys():
            value = section.values[name]
            if isinstance(value, Section):
                yield value.at
            elif isinstance(value, Setting) and value.node is not None:
                yield value.node.at
        if isinstance(section.raw, Node):
            yield from (entry.key_at for key, entry in walk(section.raw) if key in _RAW)
