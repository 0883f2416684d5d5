"""A request the service refuses: an error code, its HTTP status and the name-value pairs that go with it."""

from __future__ import annotations

from recipebatch.emulator.state.errors.error_codes import ERROR_CODES


class BatchError(Exception):
    """The service's reply to a request it refuses.

    Attributes:
        code: one of `ERROR_CODES`.
        values: the pairs of the error body's `values`, in order.
        retry_after: seconds for the header `Retry-After`; None leaves it out.
    """

    def __init__(self, code: str, *values: tuple[str, str], retry_after: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.values = values
        self.retry_after = retry_after
        self.kind = ERROR_CODES[code]


def invalid_value(name: str, value: object, reason: str | None = None) -> BatchError:
    """`InvalidPropertyValue` for one property of the body; `value` None leaves the value out, as the service may."""
    given = [] if value is None else [("PropertyValue", _as_text(value))]
    text = reason or ERROR_CODES["InvalidPropertyValue"].message
    return BatchError("InvalidPropertyValue", ("PropertyName", name), *given, ("Reason", text))


def not_implemented(name: str, reason: str | None = None) -> BatchError:
    """`UnsupportedProperty` for a property that Azure Batch has and this emulator does not serve."""
    return BatchError(
        "UnsupportedProperty",
        ("PropertyName", name),
        ("Reason", reason or f"Property {name} is not implemented by this emulator"),
    )


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
