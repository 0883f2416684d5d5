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
    evaluate_values,
)
from recipebatch.plan.expressions.budget import (
    FREE_TASK_BYTES,
    budget_is_spent,
    count_matches,
    keep_task_bytes,
    separate_task_bytes,
    texts_in,
    weight,
    within_budget,
)
from recipebatch.plan.expressions.namespaces import File, Namespace, OpaqueText, env, storage
from recipebatch.plan.expressions.shell_quoting import UnfitCommandError, command_line_of
from recipebatch.plan.expressions.unknown import UNKNOWN, holds_unknown, if_known, is_unknown, known, while_known
from recipebatch.plan.expressions.values import EvaluationError, check_texts

__all__ = [
    "FREE_TASK_BYTES",
    "UNKNOWN",
    "Constant",
    "EvaluationError",
    "File",
    "Namespace",
    "OpaqueText",
    "UnfitCommandError",
    "budget_is_spent",
    "check_texts",
    "combine",
    "command_line_of",
    "compile_command",
    "compile_condition",
    "compile_node",
    "compile_setting",
    "count_matches",
    "env",
    "evaluate",
    "evaluate_data",
    "evaluate_node",
    "evaluate_values",
    "holds_unknown",
    "if_known",
    "is_unknown",
    "keep_task_bytes",
    "known",
    "separate_task_bytes",
    "storage",
    "texts_in",
    "weight",
    "while_known",
    "within_budget",
]
