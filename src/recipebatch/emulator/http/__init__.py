"""HTTP: a request → its account → its operation → a handler's reply → the bytes the service would send.

`application` is the ASGI application, `auth` finds the account whose key signed a request, `operations` lists every
operation of Azure Batch with its handler. `protocol` says what a body may contain, `handlers` what an operation does.

What this emulator does not serve is refused: a property with 400 `UnsupportedProperty` and the values PropertyName and
Reason, an operation with 400 `OperationNotImplementedByEmulator` (the one code Azure does not have) and a Reason.
"""

from recipebatch.emulator.http.application import ABORT, Application

__all__ = [
    "ABORT",
    "Application",
]
