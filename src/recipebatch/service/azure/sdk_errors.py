"""azure-core exceptions → `ServiceError`: the service's own code and sentence, never a URL's query or a body."""

from __future__ import annotations

import re
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
)

from recipebatch.errors import JobQuotaError, ServiceError, UnreachableError
from recipebatch.text.secret import redacted
from recipebatch.vocabulary import error_codes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NOT_PERMITTED = frozenset({"AuthorizationPermissionMismatch", "InsufficientAccountPermissions"})
_NOT_AUTHENTIC = frozenset(
    {error_codes.AUTHENTICATION_FAILED, "AuthorizationFailure", error_codes.INVALID_AUTHENTICATION_INFO}
)

_MOST_CHARACTERS = 1000
"""Of one message or value of a service that are shown."""

_CLOCK_TOLERANCE_SECONDS = 240
"""Less than the 15 minutes after which the services refuse a request, more than a request takes."""


def error_code(error: HttpResponseError) -> str:
    """The service's code such as `PoolExists`; the HTTP status as text where the answer has none."""
    model = getattr(error, "model", None)
    code = getattr(model, "code", None) or getattr(error, "error_code", None)
    if not code:
        code = getattr(getattr(error, "error", None), "code", None)
    value = getattr(code, "value", code)
    return str(value or error.status_code or "unknown")


def error_values(error: HttpResponseError) -> tuple[tuple[str, str], ...]:
    """The pairs of a Batch error such as (`PropertyName`, `vmSize`)."""
    values = getattr(getattr(error, "model", None), "error_values", None) or ()
    return tuple((str(item.key), str(item.value)) for item in values if item.key)


def sentence(text: str) -> str:
    """A service's message in one line, without request ids, and without anything that could be a secret."""
    first = text.partition("RequestId:")[0].strip().splitlines()
    return excerpt(first[0] if first else "no message")


def excerpt(text: str) -> str:
    """A text of a service as it is shown: without anything that could be a secret, and of a length that one can read.

    A service quotes what it refuses, such as a whole command line.
    """
    shown = redacted(text)
    if len(shown) <= _MOST_CHARACTERS:
        return shown
    return f"{shown[:_MOST_CHARACTERS]}… (and {len(shown) - _MOST_CHARACTERS:,} more characters)"


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Run SDK calls; what they raise becomes a `ServiceError` that says what was being done.

    Raises:
        ServiceError: with the service's code and a hint for the causes users meet most.
    """
    try:
        yield
    except HttpResponseError as error:
        raise _refused(doing, error) from None
    except (ServiceRequestError, ServiceResponseError) as error:
        raise UnreachableError(
            f"{doing}: the service cannot be reached: {excerpt(_innermost(error))}",
            hint="check the endpoint, the network and the proxy settings (local account: recipebatch emulator status)",
        ) from None
    except AzureError as error:
        raise ServiceError(f"{doing}: {excerpt(str(error.message or error))}") from None


def _refused(doing: str, error: HttpResponseError) -> ServiceError:
    code = error_code(error)
    message = getattr(getattr(error, "model", None), "message", None)
    text = sentence(getattr(message, "value", None) or error.message or error.reason or "")
    pairs = "".join(f"; {key}: {excerpt(value)}" for key, value in error_values(error))
    said = f"{doing}: {text} ({code}{pairs})"
    if code in _NOT_PERMITTED:
        hint = "the identity needs the roles Azure Batch Data Contributor and Storage Blob Data Contributor"
        return ServiceError(said, hint=hint)
    if code in _NOT_AUTHENTIC or isinstance(error, ClientAuthenticationError):
        cause, hint = _why_not_authentic(error)
        return ServiceError(f"{cause}: {said}", hint=hint)
    if code == error_codes.ACTIVE_JOB_AND_SCHEDULE_QUOTA_REACHED:
        return JobQuotaError(said)
    return ServiceError(said)


def _why_not_authentic(error: HttpResponseError) -> tuple[str, str]:
    """What does not fit the account, and what to do: the clock if the service's own differs, else key or sign-in."""
    response: Any = error.response
    request = getattr(response, "request", None)
    headers = {str(key).lower(): str(value) for key, value in (getattr(request, "headers", None) or {}).items()}
    host = urlsplit(str(getattr(request, "url", ""))).hostname or "the account"
    ahead = _seconds_ahead(headers, getattr(response, "headers", None) or {})
    if ahead is not None and abs(ahead) >= _CLOCK_TOLERANCE_SECONDS:
        minutes = round(abs(ahead) / 60)
        direction = "ahead of" if ahead > 0 else "behind"
        return f"this machine's clock is {minutes:,} minutes {direction} the service's", "set the clock of this machine"
    if headers.get("authorization", "").startswith("Bearer"):
        return f"the sign-in does not fit {host}", "check the subscription, the tenant and the roles of who signed in"
    return f"the key does not fit {host}", "check the account's name and its key: it may have been regenerated"


def _seconds_ahead(sent: dict[str, str], answered: Mapping[str, str]) -> float | None:
    """How far the request's date is ahead of the answer's; None if one of them has none."""
    own = sent.get("ocp-date") or sent.get("x-ms-date") or sent.get("date")
    try:
        return (parsedate_to_datetime(own or "") - parsedate_to_datetime(answered.get("Date", ""))).total_seconds()
    except (TypeError, ValueError):
        return None


def _innermost(error: BaseException) -> str:
    """The sentence of the cause that a person can act on: "Connection refused", not six layers around it."""
    text = str(error)
    match = re.search(r"\[Errno [^\]]*\] [^'\")]*", text)
    return match[0] if match else text
