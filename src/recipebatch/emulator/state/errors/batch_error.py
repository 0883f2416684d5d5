"""The refusal of a request: an error code, its HTTP status and name-value pairs."""

from __future__ import annotations

from recipebatch.emulator.state.errors.error_codes import ERROR_CODES

_LONGEST_VALUE = 1024
"""Characters of a wrong value that an error repeats."""


class BatchError(Exception):
    """The refusal of a request.

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
    """`InvalidPropertyValue` for one property of the body; without the value if `value` is None."""
    given = [] if value is None else [("PropertyValue", _as_text(value))]
    text = reason or ERROR_CODES["InvalidPropertyValue"].message
    return BatchError("InvalidPropertyValue", ("PropertyName", name), *given, ("Reason", text))


def not_implemented(name: str, reason: str | None = None) -> BatchError:
    """`UnsupportedProperty` for a property of Azure Batch that the emulator does not support."""
    return BatchError(
        "UnsupportedProperty",
        ("PropertyName", name),
        ("Reason", reason or f"Property {name} is not implemented by this emulator"),
    )


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."
