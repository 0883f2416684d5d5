"""Refusals of the service, with their code, status and text."""

from recipebatch.emulator.state.errors.batch_error import BatchError, invalid_value, not_implemented
from recipebatch.emulator.state.errors.error_codes import ERROR_CODES, NOT_IMPLEMENTED

__all__ = [
    "ERROR_CODES",
    "NOT_IMPLEMENTED",
    "BatchError",
    "invalid_value",
    "not_implemented",
]
