"""Values of expressions: evaluated in a sandbox, quoted for the shell of the nodes."""

from recipebatch.plan.expressions.bind import (
    Constant,
    combine,
    compile_command,
    compile_condition,
    compile_node,
    compile_setting,
    evaluate,
    evaluate_data,
    evaluate_node,
)
from recipebatch.plan.expressions.deferred import (
    CLOSE,
    OPEN,
    ContainerUrl,
    Deferred,
    SasToken,
    SecretParameter,
    deferred_values,
    fill,
    redact,
)
from recipebatch.plan.expressions.namespaces import DeferredText, File, Namespace, env, storage
from recipebatch.plan.expressions.shell_quoting import command_line_of

__all__ = [
    "CLOSE",
    "OPEN",
    "Constant",
    "ContainerUrl",
    "Deferred",
    "DeferredText",
    "File",
    "Namespace",
    "SasToken",
    "SecretParameter",
    "combine",
    "command_line_of",
    "compile_command",
    "compile_condition",
    "compile_node",
    "compile_setting",
    "deferred_values",
    "env",
    "evaluate",
    "evaluate_data",
    "evaluate_node",
    "fill",
    "redact",
    "storage",
]
