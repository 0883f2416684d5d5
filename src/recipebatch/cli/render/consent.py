"""What a user agrees to who runs a recipe from elsewhere: short enough that no recipe scrolls a part of it away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from recipebatch.cli.render import block
from recipebatch.cli.render.plan import taken_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from recipebatch.plan.model import Plan, PlannedPool

MAX_LINES = 8
"""Lines of one kind; the others are counted."""

MAX_TAKEN = 20
"""The same of what is taken from the machine."""

MAX_LINE = 150
"""Characters of a line: two lines of a usual terminal."""

_BLANKS = re.compile(r"\s{2,}")


def consent_text(name: str, folder: str, planned: Plan | None, *, account: str, is_local: bool) -> str:
    """What is shown before the question.

    Args:
        name: of the recipe.
        folder: of the recipe.
        planned: a run with what it takes; None if that depends on parameters without a value.
        account: what it is run on.
        is_local: the account is this machine.
    """
    lines = [f"The recipe {name} comes from elsewhere: {folder}"]
    if planned is None:
        lines.append("What it takes from this machine depends on its parameters: see recipebatch plan.")
    else:
        lines += _some("pools", [_pool(pool) for pool in planned.pools])
        lines += _some("jobs", [f"  job {job.id}: {_count(job.tasks)}" for job in planned.jobs])
        lines += _containers(planned)
        taken, *more = taken_text(planned.takes) or ["It takes nothing from this machine beyond its own folder."]
        lines += [taken, *_some("things it takes", more, MAX_TAKEN)]
    lines.append(f"It runs its commands on account {account}.")
    if is_local:
        lines.append("Its tasks run on this machine as you, and can do all that you can do.")
    return block([*(_short(line) for line in lines), "`recipebatch plan` shows all of it."])


def _pool(pool: PlannedPool) -> str:
    if pool.existing:
        return f"  existing pool {pool.id}"
    return f"  pool {pool.id}: {pool.target_dedicated_nodes} x {pool.vm_size}"


def _count(tasks: Sequence[object] | None) -> str:
    return "tasks that depend on blobs" if tasks is None else f"{len(tasks):,} tasks"


def _containers(planned: Plan) -> Iterable[str]:
    """What it uses of the account beside what the run makes, and what it uploads and downloads."""
    yield from _some(
        "existing containers",
        [
            f"  existing container {container.name}{f' of account {container.account}' if container.account else ''}"
            for container in planned.containers
            if container.existing or container.account
        ],
    )
    uploads = [upload for container in planned.containers for upload in container.uploads]
    if uploads:
        size = sum(upload.size for upload in uploads)
        yield f"  uploads: {len(uploads):,} files, {size:,} bytes"
    if planned.collect:
        yield f"  downloads into: {', '.join(dict.fromkeys(entry.into for entry in planned.collect))}"


def _some(what: str, lines: list[str], most: int = MAX_LINES) -> list[str]:
    more = len(lines) - most
    return [*lines[:most], *([f"  … and {more:,} more {what}"] if more > 0 else [])]


def _short(line: str) -> str:
    """A line without long blanks, which could look like the end of it, cut at its end."""
    indent = "  " if line.startswith("  ") else ""
    line = indent + _BLANKS.sub(" ", line.strip())
    return line if len(line) <= MAX_LINE else f"{line[:MAX_LINE]}…"
