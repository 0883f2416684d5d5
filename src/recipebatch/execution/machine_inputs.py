"""What a recipe takes from the machine that starts its run: files outside of its folder, variables, secrets, code."""

from __future__ import annotations

import os
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from recipebatch.files import is_bundled
from recipebatch.plan.model.machine_inputs import MAX_FILES, MAX_PLACES, MachineInputs, TakenFile, TakenSecret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.inputs import LocalInputs, RequiredInputs
    from recipebatch.plan.model import Plan
    from recipebatch.recipe import Recipe, SecretSource


NOT_KNOWN = object()
"""What stands for tasks that are known when they are submitted: they may have any secret."""


def machine_inputs(recipe: Recipe, plan: Plan, required: RequiredInputs, inputs: LocalInputs) -> MachineInputs:
    """What a run of a plan takes.

    Args:
        recipe: the recipe.
        plan: of the run.
        required: which files it needs.
        inputs: what was found.
    """
    folder = os.path.realpath(recipe.folder)
    files = {
        TakenFile(path=file.source, use=f"blob {file.blob} of {container}")
        for container, found in inputs.files.items()
        for file in found
        if file.source and _is_outside(file.source, folder)
    }
    tables = {os.path.realpath(required.folder_of(table.at) / table.file) for table in required.tables}
    files |= {TakenFile(path=path, use="table") for path in tables if _is_outside(path, folder)}
    return MachineInputs(
        folder=folder,
        files=tuple(sorted(files)[:MAX_FILES]),
        file_count=len(files),
        variables=tuple(sorted(readable_environment(recipe))),
        secrets=_secrets(recipe, plan),
        accounts=tuple(sorted({container.account for container in plan.containers if container.account})),
        factories=tuple(sorted({call.name for call in required.items})),
    )


def _is_outside(path: str, folder: str) -> bool:
    return not Path(path).is_relative_to(folder) and not is_bundled(path)


def secret_source(source: SecretSource) -> str:
    """Where a secret is read from, in words."""
    if source.environment_variable is not None:
        return f"environment variable {source.environment_variable}"
    if source.file is not None:
        return f"file {source.file}"
    return f"key vault {source.key_vault_url}, secret {source.key_vault_secret}"


def readable_environment(recipe: Recipe) -> dict[str, str]:
    """The variables that the recipe's expressions may read, and only those it names: a record keeps no others."""
    from recipebatch.plan import env

    sources = {parameter.source.environment_variable for parameter in recipe.parameters if parameter.source is not None}
    return {
        name: str(value)
        for name, value in env(os.environ).values.items()
        if recipe.mentions(name) and name not in sources
    }


def _secrets(recipe: Recipe, plan: Plan) -> tuple[TakenSecret, ...]:
    sources = {parameter.name: parameter.source for parameter in recipe.parameters if parameter.source is not None}
    if not sources:
        return ()
    used: dict[str, list[str]] = {name: [] for name in sources}
    for place, value in _places(plan):
        names = sources if value is NOT_KNOWN else _secrets_in(value)
        for name in names:
            used.setdefault(name, []).append(place)
    return tuple(
        TakenSecret(
            name=name, source=secret_source(source), used_by=tuple(used[name][:MAX_PLACES]), uses=len(used[name])
        )
        for name, source in sources.items()
    )


def _places(plan: Plan) -> Iterator[tuple[str, object]]:
    """Every part of a plan that can hold a secret, with its name."""
    for pool in plan.pools:
        yield f"pool {pool.logical}", pool
    for job in plan.jobs:
        yield f"job {job.logical}", [getattr(job, field.name) for field in fields(job) if field.name != "tasks"]
        if job.tasks is None:
            yield f"tasks of job {job.logical} that are not known yet", NOT_KNOWN
        for task in job.tasks or ():
            # The fields of a task whose rows may be deferred; a plan can have 1,000,000 tasks.
            yield f"task {task.id}", (task.environment_settings, task.container_settings)


def _secrets_in(value: object) -> set[str]:
    """The names of the secrets in a part of a plan."""
    from recipebatch.plan import DeferredText, SecretParameter, deferred_values

    found: set[str] = set()
    stack = [value]
    while stack:
        inner = stack.pop()
        if isinstance(inner, DeferredText):
            found.update(each.name for each in deferred_values(inner) if isinstance(each, SecretParameter))
        elif isinstance(inner, (list, tuple)):
            stack.extend(inner)
        elif isinstance(inner, dict):
            stack.extend(inner.values())
        elif is_dataclass(inner):
            stack.extend(getattr(inner, field.name) for field in fields(inner))
    return found
