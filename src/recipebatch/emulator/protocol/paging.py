"""Pages of a list: `$filter`, `$select`, `maxresults`, and next links that SDK 14 and SDK 15 can follow."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import quote

from recipebatch.emulator.protocol.calls import Call, Reply, invalid_query, selected
from recipebatch.emulator.protocol.json_text import write_json
from recipebatch.emulator.protocol.odata_filter import Filter, FilterError, parse_filter
from recipebatch.vocabulary.limits import MAX_PAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from recipebatch.emulator.protocol.calls import Json

_T = TypeVar("_T")
_INTEGER = re.compile(r"-?[0-9]{1,18}\Z")
_TOKEN_PREFIX = "WATV2:"  # noqa: S105  the service's prefix of continuation tokens, not a secret
_TOKEN_SUFFIX = ":1$1"  # noqa: S105  the same
_PAGE_COMPARISONS = 500_000
"""Comparisons after which a page ends, with fewer items than asked for, so that no list holds up other requests."""
_PAGE_BYTES = 16 * 1024 * 1024
"""Bytes after which a page ends: a thousand pools may have a mebibyte each."""
_PAUSE: Any = object()
"""Stands for an item where a page ends early."""


@dataclass(frozen=True, slots=True)
class Field(Generic[_T]):
    """A property by which a list can be filtered.

    Attributes:
        operators: the allowed comparison operators.
        get: returns its value: text, ticks, a number, a boolean, or None.
    """

    operators: frozenset[str]
    get: Callable[[_T], Any]


def filtered(call: Call, fields: Mapping[str, Field[_T]], items: Iterable[tuple[str, _T]]) -> Iterator[tuple[str, _T]]:
    """The items that match `$filter`, from the end of the previous page on.

    Args:
        call: the request.
        fields: properties that can be used in the filter.
        items: key and item, in the order of the keys.

    Raises:
        BatchError: InvalidQueryParameterValue.
    """
    test = list_filter(call, fields)
    after = start_after(call)
    return examined(test, fields, ((key, item) for key, item in items if key > after))


def examined(
    test: Filter | None, fields: Mapping[str, Field[_T]], items: Iterable[tuple[str, _T]]
) -> Iterator[tuple[str, _T]]:
    """The items that match a filter; after much work the place where `page` continues with a next link."""
    if test is None:
        yield from items
        return
    left = _PAGE_COMPARISONS // max(1, len(test.uses))
    for key, item in items:
        if matches(test, fields, item):
            yield key, item
        left -= 1
        if left <= 0:
            yield key, _PAUSE
            return


def matches(test: Filter, fields: Mapping[str, Field[_T]], item: _T) -> bool:
    """Whether an item matches a filter."""
    return test(lambda name: fields[name].get(item))


def list_filter(call: Call, fields: Mapping[str, Field[Any]]) -> Filter | None:
    """The `$filter` of the call, or None. Raises: BatchError InvalidQueryParameterValue."""
    text = call.query.get("$filter", "")
    if not text.strip():
        return None
    try:
        return parse_filter(text, {name: field.operators for name, field in fields.items()})
    except FilterError as error:
        raise invalid_query("$filter", text, str(error)) from None


def page(call: Call, metadata: str, found: Iterable[tuple[str, Any]], view: Callable[[Any], Json]) -> Reply:
    """One page of the items found.

    Args:
        call: the request; it may set the page size.
        metadata: name of the set, such as `pools`.
        found: key and item in the order of the keys, from the first key after `start_after`.
        view: returns an item's JSON.
    """
    size = page_size(call)
    selected(call, {})  # refuses an absurd `$select` of an empty list too
    items = list(islice(found, size + 1))
    paused = next((key for key, item in items if item is _PAUSE), None)
    items = [entry for entry in items if entry[1] is not _PAUSE]
    entries: list[bytes] = []
    left = _PAGE_BYTES
    after = items[size - 1][0] if len(items) > size else paused
    for key, item in items[:size]:
        entries.append(write_json(selected(call, view(item))))
        left -= len(entries[-1])
        if left <= 0 and len(entries) < len(items):
            after = key
            break
    head = write_json({"odata.metadata": f"{call.base}/$metadata#{metadata}"})[:-1]
    tail = b"" if after is None else b"," + write_json({"odata.nextLink": _next_link(call, after)})[1:-1]
    return Reply(status=200, encoded=b'%s,"value":[%s]%s}' % (head, b",".join(entries), tail))


def page_size(call: Call) -> int:
    """`maxresults`, by default the maximum page size. Raises: BatchError InvalidQueryParameterValue."""
    text = call.query.get("maxresults")
    if text is None:
        return MAX_PAGE_SIZE
    if not _INTEGER.match(text):
        raise invalid_query("maxresults", text, "MaxResults must be an integer")
    size = int(text)
    if size < 1:
        raise invalid_query("maxresults", text, "MaxResults cannot be less than 1")
    if size > MAX_PAGE_SIZE:
        raise invalid_query("maxresults", text, f"MaxResults cannot be greater than {MAX_PAGE_SIZE}")
    return size


def start_after(call: Call) -> str:
    """The key of the last item of the previous page; empty for the first page. Raises: BatchError."""
    token = call.query.get("$skiptoken")
    if not token:
        return ""
    middle = token.removeprefix(_TOKEN_PREFIX).removesuffix(_TOKEN_SUFFIX)
    try:
        return base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)).decode()
    except (binascii.Error, ValueError):
        raise invalid_query("$skiptoken", token, "The continuation token is not valid") from None


def _next_link(call: Call, last: str) -> str:
    kept = [part for part in call.raw_query.split("&") if not part.lower().startswith(("$skiptoken=", "%24skiptoken="))]
    middle = base64.urlsafe_b64encode(last.encode()).decode().rstrip("=")
    token = quote(f"{_TOKEN_PREFIX}{middle}{_TOKEN_SUFFIX}", safe=":$")
    return f"{call.url}?{'&'.join([*kept, f'$skiptoken={token}'])}"
