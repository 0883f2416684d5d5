"""The words for outputs that are missing, and the error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.errors import ExitCode, RecipeBatchError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipebatch.phases.outputs.promises import PromisedOutput

_SHOWN = 5


class OutputsMissingError(RecipeBatchError):
    """Outputs of finished tasks, which uploaded or promised them, are not there and were not collected.

    Attributes:
        text: the first few of them, each with its task.
        outputs: all of them.
        on_nodes: a task wrote one of them, so that its node may still have it.
    """

    code = "output-missing"
    exit_code = ExitCode.FAILED
    text: str = ""
    outputs: tuple[str, ...] = ()
    on_nodes: bool = False


def outputs_text(missing: Sequence[PromisedOutput], unnamed: int = 0) -> str:
    """The first few of the missing outputs, each with its task, and how many more there are."""
    count = len(missing) + unnamed
    shown = "; ".join(map(str, missing[:_SHOWN]))
    more = f"; and {count - min(len(missing), _SHOWN):,} more" if count > min(len(missing), _SHOWN) and shown else ""
    return shown + more


def missing_error(run_id: str, option: str, missing: Sequence[PromisedOutput], unnamed: int = 0) -> OutputsMissingError:
    """The error that names what is missing; `option` is what commands need to find the run, such as `--run ID`."""
    count = len(missing) + unnamed
    shown = outputs_text(missing, unnamed)
    outputs = "1 output of finished tasks is" if count == 1 else f"{count:,} outputs of finished tasks are"
    error = OutputsMissingError(
        f"run {run_id}: {outputs} missing in storage" + (f": {shown}" if shown else ""),
        hint=f"run the tasks again: recipebatch retry {option} --cause output_missing; nothing is deleted"
        f" until they are there, or without them: recipebatch purge {option} --force; an output file that a"
        " task need not write says `required: false`",
    )
    more = (f"{unnamed:,} more",) if unnamed else ()
    error.text, error.outputs = shown or outputs.removesuffix(" is").removesuffix(" are"), (*map(str, missing), *more)
    error.on_nodes = any(output.wrote for output in missing)
    return error
