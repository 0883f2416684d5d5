"""Runs that commands on this machine have worked on lately, kept so that a shell can complete their names."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypedDict

from recipebatch.cli.completion.command_tree import cache_folder

if TYPE_CHECKING:
    from collections.abc import Iterable

KEPT_RUNS = 50
KEPT_NAMES = 1000


class KnownRun(TypedDict):
    """What is kept of a run."""

    run: str
    recipe: str
    account: str
    templates: list[str]
    tasks: list[str]
    pools: list[str]
    containers: list[str]


def known_runs() -> list[KnownRun]:
    """Those that are kept, the newest first; none where nothing can be read."""
    with suppress(OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        found = json.loads((cache_folder() / "runs.json").read_text(encoding="utf-8"))["runs"]
        return [_known(each) for each in found]
    return []


def remember_run(run: str, recipe: str, account: str, **names: Iterable[str]) -> None:
    """Keep a run; what cannot be kept is no loss.

    Args:
        run: its id.
        recipe: its name.
        account: of the run.
        names: of its `templates`, `tasks`, `pools` and `containers`; without those, what was kept stays.
    """
    kept = known_runs()
    before = next((each for each in kept if each["run"] == run), None)
    new: dict[str, Any] = {**(before or {}), "run": run, "recipe": recipe, "account": account}
    new |= {name: list(values)[:KEPT_NAMES] for name, values in names.items()}
    runs = [_known(new), *(each for each in kept if each["run"] != run)]
    runs = sorted(runs, key=lambda each: each["run"], reverse=True)[:KEPT_RUNS]
    with suppress(OSError):
        folder = cache_folder()
        folder.mkdir(parents=True, exist_ok=True)
        beside = folder / f"runs.json.{os.getpid()}"
        beside.write_text(json.dumps({"runs": runs}), encoding="utf-8")
        beside.replace(folder / "runs.json")


def _known(found: dict[str, Any]) -> KnownRun:
    def names(key: str) -> list[str]:
        return [str(each) for each in found.get(key, ())]

    return KnownRun(
        run=str(found["run"]),
        recipe=str(found["recipe"]),
        account=str(found["account"]),
        templates=names("templates"),
        tasks=names("tasks"),
        pools=names("pools"),
        containers=names("containers"),
    )
