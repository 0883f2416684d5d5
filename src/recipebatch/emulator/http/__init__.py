"""HTTP: a request → its account → its operation → a handler's reply → the bytes the service would send.

`connection` limits what a client may send, `application` is the ASGI application, `request` reads headers, query and
body, `auth` finds the account whose key signed a request, `operations` maps every
operation of Azure Batch to its handler. `protocol` defines request bodies, `handlers` implement operations.

Unsupported features are refused: a property with 400 `UnsupportedProperty` and the values PropertyName and
Reason, an operation with 400 `OperationNotImplementedByEmulator` (the only code that Azure does not have) and a Reason.
"""

from recipebatch.emulator.http.application import Application
from recipebatch.emulator.http.connection import Connection, ConnectionLimits, Connections

__all__ = [
    "Application",
    "Connection",
    "ConnectionLimits",
    "Connections",
]
