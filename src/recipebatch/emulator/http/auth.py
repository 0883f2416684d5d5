"""Shared key authentication: finds the account that signed a request and verifies the signature.

The string to sign is built from the raw path and query as received. The documentation and the SDKs differ in two
points, and both forms are accepted: query names as sent or in lower case, and a content length of 0 written as `0` or
left empty.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from itertools import product
from typing import TYPE_CHECKING

from recipebatch.emulator.state import BatchError, parse_instant
from recipebatch.vocabulary.durations import TICKS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipebatch.emulator.state import Account

_SCHEME = "sharedkey "
_TOLERANCE = 15 * 60 * TICKS_PER_SECOND
SIGNED_HEADERS = (
    "content-encoding",
    "content-language",
    "content-length",
    "content-md5",
    "content-type",
    "date",
    "if-modified-since",
    "if-match",
    "if-none-match",
    "if-unmodified-since",
    "range",
)
"""The headers that a signature covers, besides those whose name begins with `ocp-`."""
_NO_KEY = b"no such account"


def authenticate(
    accounts: Mapping[str, Account],
    *,
    method: str,
    raw_path: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    now: int,
) -> Account:
    """The account whose key signed this request.

    Args:
        accounts: all accounts by name.
        method: in upper case.
        raw_path: percent-encoded as sent.
        query: names as sent and values, decoded.
        headers: names in lower case.
        now: ticks of the machine's clock, which may have stepped back.

    Raises:
        BatchError: MissingRequiredHeader, InvalidAuthenticationInfo or AuthenticationFailed.
    """
    authorization = headers.get("authorization")
    if authorization is None:
        raise BatchError("MissingRequiredHeader", ("HeaderName", "Authorization"))
    if not authorization.lower().startswith(_SCHEME) or ":" not in authorization:
        raise BatchError("InvalidAuthenticationInfo")
    name, _, signature = authorization[len(_SCHEME) :].strip().rpartition(":")
    try:
        given = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        raise BatchError("InvalidAuthenticationInfo") from None
    account = accounts.get(name)
    key = account.key if account is not None else _NO_KEY
    texts = strings_to_sign(name, method=method, raw_path=raw_path, query=query, headers=headers)
    # All forms are compared, even after a match, so that timing reveals nothing.
    matches = [hmac.compare_digest(hmac.digest(key, text.encode(), hashlib.sha256), given) for text in texts]
    if account is None or not any(matches):
        raise _failed("The MAC signature found in the HTTP request is not the same as any computed signature")
    _check_date(headers, now)
    return account


def strings_to_sign(
    account: str, *, method: str, raw_path: str, query: Mapping[str, str], headers: Mapping[str, str]
) -> list[str]:
    """Every string a client may have signed for this request."""
    length = headers.get("content-length", "")
    lengths: tuple[str, ...] = ("", "0") if length in {"", "0"} else (length,)
    if method in {"GET", "HEAD"}:
        lengths = ("",)
    own = "".join(f"{name}:{value}\n" for name, value in sorted(headers.items()) if "ocp-" in name and value)
    parameters = {name: value for name, value in query.items() if value}
    lowered: dict[str, str] = {}
    for name, value in sorted(parameters.items()):
        lowered.setdefault(name.lower(), value)
    queries = [parameters] if lowered == parameters else [parameters, lowered]
    texts = []
    for content_length, names in product(lengths, queries):
        signed = {**headers, "content-length": content_length}
        lines = "\n".join(signed.get(name, "") for name in SIGNED_HEADERS)
        tail = "".join(f"\n{name}:{value}" for name, value in sorted(names.items()))
        texts.append(f"{method}\n{lines}\n{own}/{account}{raw_path}{tail}")
    return texts


def _check_date(headers: Mapping[str, str], now: int) -> None:
    """A request is valid for 15 minutes, which limits replays. Raises: BatchError."""
    text = headers.get("ocp-date") or headers.get("date")
    if text is None:
        raise BatchError("MissingRequiredHeader", ("HeaderName", "Date"))
    try:
        sent = parse_instant(text)
    except ValueError:
        raise BatchError("InvalidHeaderValue", ("HeaderName", "Date"), ("HeaderValue", text)) from None
    if abs(now - sent) > _TOLERANCE:
        raise _failed("The date of the request is more than 15 minutes away from the time of the service")


def _failed(detail: str) -> BatchError:
    return BatchError("AuthenticationFailed", ("AuthenticationErrorDetail", detail))
