"""HTTP: a request → one call on the state → an answer as the service gives it.

The door: `Application`. `auth.py` says who asks, `table.py` which operation it is, `entities.py` and
`validation.py` what a body may contain, `checks.py` what the service adds; `pools.py`, `nodes.py`, `jobs.py`,
`tasks.py` and `files.py` are the operations; `odata.py` and `lists.py` are lists; `views.py`, `machine_views.py` and
`errors.py` say how things and refusals are shown.

What this emulator does not serve is refused, never accepted and forgotten: a property with 400
`UnsupportedProperty` and the values PropertyName and Reason, an operation with 400
`OperationNotImplementedByEmulator` (the one code Azure does not have) and the value Reason. `entities.py` is the
list of both, and of the few properties that are only shown again. `faults.py` is the control endpoint of tests.
"""

from recipebatch.emulator.http.application import ABORT, Application

__all__ = [
    "ABORT",
    "Application",
]
