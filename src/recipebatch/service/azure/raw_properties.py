"""`raw:` merged into a request's body: properties of the REST API that the recipe language does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from recipebatch.errors import RecipeBatchError

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping
    from typing import Any

Body = TypeVar("Body", bound="MutableMapping[str, Any]")


class RawConflictError(RecipeBatchError):
    """A `raw:` block would overwrite what the recipe says elsewhere."""

    code = "raw-modelled"
    exit_code = 3


def merged(body: Body, raw: Mapping[str, object] | None, *, what: str) -> Body:
    """The body with the properties of `raw:`; mappings are merged, everything else is put in.

    The models of azure-batch are mappings with the names of the REST API.

    Raises:
        RawConflictError: a property is there already.
    """
    for name, value in (raw or {}).items():
        there = body.get(name)
        if there is None:
            body[name] = value
        elif isinstance(value, dict) and hasattr(there, "keys"):
            merged(there, value, what=f"{what}.{name}")
        else:
            raise RawConflictError(
                f"raw of {what}: {name} is set by the recipe already", hint="remove it from raw, or from the recipe"
            )
    return body
