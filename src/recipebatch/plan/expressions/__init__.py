"""Values of expressions: evaluated in a sandbox, quoted for the shell of the nodes."""

from recipebatch.plan.expressions.bind import condition, data, evaluated, failure, now, ready, ready_command, ready_file
from recipebatch.plan.expressions.deferred import CLOSE, OPEN, ContainerUrl, Deferred, SasToken, SecretParameter, fill
from recipebatch.plan.expressions.namespaces import File, Later, Members, env, storage
from recipebatch.plan.expressions.shell_quoting import command_line_of

__all__ = [
    "CLOSE",
    "OPEN",
    "ContainerUrl",
    "Deferred",
    "File",
    "Later",
    "Members",
    "SasToken",
    "SecretParameter",
    "command_line_of",
    "condition",
    "data",
    "env",
    "evaluated",
    "failure",
    "fill",
    "now",
    "ready",
    "ready_command",
    "ready_file",
    "storage",
]
