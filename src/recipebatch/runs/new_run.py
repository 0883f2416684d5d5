"""The command that starts another run like one that was purged, with its parameters; and which tasks of it failed."""

from __future__ import annotations

import json
import os
import shlex
from typing import TYPE_CHECKING

from recipebatch.config import accounts
from recipebatch.report import TASK

if TYPE_CHECKING:
    from recipebatch.runs.kept import RunFailures
    from recipebatch.runs.record import RunRecord

_PARAMETERS = 12
_LONGEST = 200
_TASKS = 5


def run_option(run_id: str, account: str | None) -> str:
    """`--run ID`, with the account where it is not the local one: what a command needs to find a run. Pure."""
    return f"--run {run_id}" + (f" --account {shlex.quote(account)}" if account not in {None, accounts.LOCAL} else "")


def new_run_command(record: RunRecord) -> str:
    """`recipebatch apply r.yaml --new -p n=2`, with the parameters of a run that are no secrets. Pure."""
    file = record.recipe_file
    if not file.startswith("builtin:"):
        file = os.path.join(record.recipe_folder, os.path.basename(file))  # noqa: PTH118, PTH119 - as it was recorded
    account = "" if record.account == accounts.LOCAL else f" --account {shlex.quote(record.account)}"
    given = [f"{name}={_text(value)}" for name, value in record.parameters.items() if not _is_secret(value)]
    if len(given) > _PARAMETERS or any(len(each) > _LONGEST for each in given):
        return (
            f"recipebatch apply {shlex.quote(file)} --new{account}, with -p as `runs show {record.run_id}` lists them"
        )
    parameters = "".join(f" -p {shlex.quote(each)}" for each in given)
    return f"recipebatch apply {shlex.quote(file)} --new{parameters}{account}"


def new_run_hint(record: RunRecord, failures: RunFailures | None = None) -> str:
    """What to do where a run cannot go on because it was purged; its failed tasks, where they are known. Pure."""
    failed = [each for each in (failures.kept if failures is not None else ()) if each.kind == TASK]
    failed = [each for each in failed if not each.tried_again]
    names = [f"{each.task_id} ({each.item})" if each.item else each.task_id for each in failed[:_TASKS]]
    more = f" and {len(failed) - _TASKS:,} more" if len(failed) > _TASKS else ""
    of = f"; failed in it: {', '.join(names)}{more}, see recipebatch runs show {record.run_id}" if names else ""
    return f"start a new run: {new_run_command(record)}{of}"


def _is_secret(value: object) -> bool:
    return isinstance(value, dict) and "pieces" in value


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
