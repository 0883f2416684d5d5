"""Call and Reply: the argument and the result of a handler, independent of the HTTP server."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from recipebatch.emulator.protocol.json_text import read_json
from recipebatch.emulator.protocol.references import check_body
from recipebatch.emulator.state import BatchError, etag, http_date, parse_instant

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from recipebatch.emulator.protocol.validation import ObjectSchema
    from recipebatch.emulator.state import Account, AccountRegistry

Json = dict[str, Any]
_MAX_SELECT = 4096
_CONDITIONS = ("if-match", "if-none-match", "if-modified-since", "if-unmodified-since")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One authenticated request.

    Attributes:
        base: `http://host:port`, as sent by the client.
        parts: the variable parts of the path, decoded.
        query: parameter names in lower case.
        raw_query: as received.
        headers: names in lower case.
        body: the bytes of the body.
    """

    registry: AccountRegistry
    account: Account
    request_id: str
    version: str
    method: str
    base: str
    raw_path: str
    raw_query: str
    parts: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def url(self) -> str:
        """The request's URL without its query: `DataServiceId`."""
        return self.base + self.raw_path

    def json(self, schema: ObjectSchema) -> Json:
        """The validated body. Raises: BatchError."""
        document = schema("body", self.parsed(), self.version)
        check_body(self.account, self.body, document)
        return document

    def optional_json(self, schema: ObjectSchema) -> Json:
        """The body, checked; an empty one is an empty object. Raises: BatchError."""
        return self.json(schema) if self.body.strip() else {}

    def parsed(self) -> Any:
        """The body as JSON. Raises: BatchError InvalidRequestBody."""
        return read_json(self.body)

    def flag(self, name: str) -> bool:
        """A query parameter that is true or false; absent is false. Raises: BatchError."""
        value = self.query.get(name, "false").lower()
        if value not in {"true", "false"}:
            raise invalid_query(name, self.query[name], "The value must be true or false")
        return value == "true"

    def check_conditions(self, modified: int) -> bool:
        """Whether a read replies "not modified"; any other failed condition is refused.

        ETags are compared with and without quotes: SDK 14 and SDK 15 differ in this.

        Raises:
            BatchError: ConditionNotMet, MultipleConditionHeadersNotSupported or InvalidHeaderValue.
        """
        given = [(name, self.headers[name]) for name in _CONDITIONS if self.headers.get(name)]
        if not given:
            return False
        if len(given) > 1:
            raise BatchError("MultipleConditionHeadersNotSupported")
        name, value = given[0]
        if _holds(name, value, modified):
            return False
        if self.method in {"GET", "HEAD"} and name in {"if-none-match", "if-modified-since"}:
            return True
        raise BatchError("ConditionNotMet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a handler returns.

    Attributes:
        document: JSON of the body; None means no body.
        encoded: the JSON of the body as bytes, instead of `document`.
        content: the body as a stream of bytes, instead of `document`.
        release: called once, after the reply was sent or given up.
    """

    status: int
    document: Json | None = None
    encoded: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content: AsyncIterator[bytes] | None = None
    release: Callable[[], None] | None = None


def modified_headers(modified: int) -> dict[str, str]:
    """ETag and Last-Modified."""
    return {"ETag": etag(modified), "Last-Modified": http_date(modified)}


def changed(call: Call, status: int, modified: int) -> Reply:
    """The reply to a change: no body, ETag, Last-Modified and DataServiceId."""
    return Reply(status=status, headers={**modified_headers(modified), "DataServiceId": call.url})


def created(modified: int, location: str) -> Reply:
    """The reply to a creation."""
    return Reply(status=201, headers={**modified_headers(modified), "Location": location, "DataServiceId": location})


def resource_reply(call: Call, metadata: str, document: Json, *, modified: int | None = None) -> Reply:
    """The reply with one resource, reduced to `$select`."""
    headers = {} if modified is None else modified_headers(modified)
    body = {"odata.metadata": f"{call.base}/$metadata#{metadata}/@Element", **selected(call, document)}
    return Reply(status=200, document=body, headers=headers)


def selected(call: Call, document: Json) -> Json:
    """The properties named in `$select`, case-sensitive; blanks around names are ignored.

    Raises:
        BatchError: InvalidQueryParameterValue if it is longer than any list of properties.
    """
    text = call.query.get("$select")
    if not text or not text.strip():
        return document
    if len(text) > _MAX_SELECT:
        raise invalid_query("$select", text, f"The value must not have more than {_MAX_SELECT} characters")
    names = _names(text)
    return {name: value for name, value in document.items() if name in names}


@lru_cache(maxsize=64)
def _names(text: str) -> frozenset[str]:
    # Needed for every item of a list.
    return frozenset(name.strip() for name in text.split(","))


def selects(call: Call, *names: str) -> bool:
    """Whether `$select` includes one of these properties."""
    return bool(selected(call, dict.fromkeys(names)))


def invalid_query(name: str, value: str, reason: str) -> BatchError:
    """`InvalidQueryParameterValue`."""
    return BatchError(
        "InvalidQueryParameterValue",
        ("QueryParameterName", name),
        ("QueryParameterValue", value[:_MAX_SELECT]),
        ("Reason", reason),
    )


def _holds(name: str, value: str, modified: int) -> bool:
    if name in {"if-match", "if-none-match"}:
        tags = {tag.strip().removeprefix("W/").strip('"') for tag in value.split(",")}
        same = "*" in tags or etag(modified) in tags
        return same if name == "if-match" else not same
    try:
        moment = parse_instant(value)
    except ValueError:
        raise BatchError("InvalidHeaderValue", ("HeaderName", name), ("HeaderValue", value)) from None
    # Headers have whole seconds, so the fraction of the modification time is ignored.
    later = modified // 10_000_000 > moment // 10_000_000
    return later if name == "if-modified-since" else not later
