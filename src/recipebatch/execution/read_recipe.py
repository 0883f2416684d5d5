"""Recipes and their plans as a user names them, before there is a run."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from recipebatch.config import accounts, trusted_recipes
from recipebatch.config.current_folder import current_folder
from recipebatch.config.secret_grants import granted_vault_hosts
from recipebatch.errors import InvalidRecipeError, UsageError
from recipebatch.execution.open_account import accounts_file
from recipebatch.files import AllowedPath, ReadAccess
from recipebatch.text.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date

    from recipebatch.config.secret_grants import SecretGrant
    from recipebatch.errors import Problem
    from recipebatch.inputs import LocalInputs
    from recipebatch.plan.model import Plan
    from recipebatch.recipe import Recipe


_OF_MISSING_FILES = frozenset(("empty-for-each", "empty-job", "empty-reduce", "unknown-item", "unknown-task"))
"""Codes of problems that a recipe may have because files that it uploads are missing."""


def recipe_path(argument: str) -> Path:
    """Where a recipe is: a path, or that of a bundled one as `builtin:NAME`.

    Raises:
        UsageError: there is no such bundled recipe.
    """
    from recipebatch import bundled_files

    if not argument.startswith("builtin:"):
        return Path(argument)
    known = bundled_files.recipes()
    name = argument.removeprefix("builtin:")
    if name not in known:
        raise UsageError(f"there is no bundled recipe {name!r}", hint="there are: " + ", ".join(known))
    return known[name]


def load_recipe(argument: str) -> Recipe:
    """The recipe at a path, or a bundled one as `builtin:NAME`.

    Raises:
        UsageError: there is no such file or bundled recipe.
        InvalidRecipeError: with all that is wrong with it.
    """
    from recipebatch import recipe

    return recipe.read_recipe(recipe_path(argument), shown_as=argument, is_named_vault=is_named_vault)


def read_access(
    recipe: Recipe,
    given: Mapping[str, object],
    *,
    came_with_recipe: Collection[str] = (),
    allow_paths: Iterable[Path] = (),
) -> ReadAccess:
    """Which local files a recipe may read: its own, those that the user named, and those that the settings allow.

    Args:
        recipe: the recipe.
        given: its parameters; a value that is a path names it, be it of type `file` or of another.
        came_with_recipe: parameters whose values a file of the recipe's own gives: they name nothing.
        allow_paths: files and folders, relative to the folder the user stands in.

    Raises:
        UsageError: there is nothing at a path to allow, or the settings are not right.
    """
    types = {parameter.name: parameter.type for parameter in recipe.parameters}
    named: list[AllowedPath] = []
    for name, value in given.items():
        if name not in came_with_recipe:
            # A file is meant from where the user stands, other texts from where the recipe uses them.
            named += _named(value, current_folder() if types.get(name) == "file" else recipe.folder)
    return folder_access(recipe.folder, allow_paths).with_allowed(named)


def folder_access(folder: Path, allow_paths: Iterable[Path] = ()) -> ReadAccess:
    """The same without parameters, for the recipe of a folder."""
    access = ReadAccess.of_recipe(folder)
    allowed: list[AllowedPath] = []
    for path in allow_paths:
        if not os.path.lexists(path):
            raise UsageError(f"--allow-path {path}: there is no such file or folder")
        allowed.append(AllowedPath.of(path, current_folder()))
    settings = accounts_file()
    # What the recipe brings is no setting of the user's.
    if settings.is_file() and not access.is_own(os.path.realpath(settings)):
        allowed += [AllowedPath.of(Path(text).expanduser(), settings.parent) for text in accounts.allow_paths(settings)]
    return access.with_allowed(allowed)


def _named(value: object, folder: Path) -> list[AllowedPath]:
    """The paths that a value given by the user names: `/` or a home folder must be allowed as such."""
    found = []
    for text in value if isinstance(value, (list, tuple)) else (value,):
        if isinstance(text, (str, Path)) and "\x00" not in str(text):
            named = AllowedPath.of(text, folder)
            found += [] if named.is_broad else [named]
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeFromElsewhere:
    """A recipe outside of the folder the user stands in, that the user has not yet agreed to run.

    Attributes:
        folder: of the recipe, without links.
        plan: of a run with what it takes from this machine; None if a parameter has no value yet.
        digest: of the recipe, all its files and the account.
        account: the name of what it is run on.
        is_local: the account is this machine.
    """

    folder: str
    plan: Plan | None
    digest: str
    account: str
    is_local: bool

    def trust(self) -> bool:
        """Remember that the user agreed; False if it cannot be remembered."""
        return trusted_recipes.trust(self.digest, recipe_folder=self.folder)


def from_elsewhere(
    recipe: Recipe, given: Mapping[str, object], access: ReadAccess, account_name: str | None = None
) -> RecipeFromElsewhere | None:
    """What to ask the user about before a recipe is run; None for one of the current folder, or one that is trusted.

    Raises:
        InvalidRecipeError: the recipe cannot be planned.
        UsageError: the account is not known.
    """
    folder = os.path.realpath(recipe.folder)
    if recipe.file.startswith("builtin:") or Path(folder).is_relative_to(os.path.realpath(current_folder())):
        return None
    account = accounts.account(account_name, os.environ, accounts_file())
    try:
        # It may be an unfinished run that goes on: only a new one is refused for what has ended meanwhile.
        plan, inputs = _planned(recipe, given, access, today=None)
        files = [file.source for found in inputs.files.values() for file in found if file.source]
        tables = [text for name in sorted(inputs.tables) for text in (name, inputs.tables[name])]
        # The recipe's own names and items are a part of its commands, as its text is.
        tables += [json.dumps([inputs.names, inputs.items], sort_keys=True), "planned"]
    except UsageError:  # an unfinished run may be continued without its parameters
        plan, files, tables = None, [], []
    fragments = [text for fragment in recipe.fragments for text in (fragment.name, fragment.text)]
    digest = trusted_recipes.digest_of([account.name, recipe.text, *fragments, *tables], files)
    if trusted_recipes.is_trusted(digest, recipe_folder=folder):
        return None
    return RecipeFromElsewhere(
        folder=folder, plan=plan, digest=digest, account=account.name, is_local=account.name == accounts.LOCAL
    )


def offline_plan(recipe: Recipe, given: Mapping[str, object], access: ReadAccess | None = None) -> Plan:
    """The plan of a run that does not exist yet, from local files alone; its id says so."""
    return _planned(recipe, given, access, today=_today())[0]


def partial_problems(
    recipe: Recipe, given: Mapping[str, object], access: ReadAccess | None = None
) -> tuple[Problem, ...]:
    """What is wrong with a recipe of which some parameters have no value, whatever values they get."""
    try:
        parameters, inputs = bound(recipe, given, access, partly=True)
        _resolved(recipe, parameters, inputs, today=_today())
    except InvalidRecipeError as error:
        return error.problems
    return ()


def _planned(
    recipe: Recipe, given: Mapping[str, object], access: ReadAccess | None, *, today: date | None
) -> tuple[Plan, LocalInputs]:
    from recipebatch import plan as planning
    from recipebatch.execution.machine_inputs import machine_inputs

    parameters, inputs = bound(recipe, given, access)
    plan = _resolved(recipe, parameters, inputs, today=today)
    required = planning.required_inputs(recipe, parameters)
    return replace(plan, takes=machine_inputs(recipe, plan, required, inputs)), inputs


def is_named_vault(host: str) -> bool:
    """Whether the user's settings name a host as a key vault."""
    return host in granted_vault_hosts(accounts_file())


def check_grants(recipe: Recipe, grants: Sequence[SecretGrant]) -> None:
    """Refuse what is given for secrets that the recipe does not have.

    Raises:
        UsageError: a recipe has no such secret parameter, or no secret is read from such a variable.
    """
    secrets = {parameter.name: parameter.source for parameter in recipe.parameters if parameter.source is not None}
    variables = {source.environment_variable for source in secrets.values()} - {None}
    for grant in grants:
        hint: str | None
        if grant.parameter is not None and grant.parameter not in secrets:
            hint = did_you_mean(grant.parameter, secrets) or "the recipe has no such parameter of type secret"
            raise UsageError(f"--secret {grant.parameter}: {recipe.name} has no such secret", hint=hint)
        if grant.parameter is None and grant.variable not in variables:
            hint = did_you_mean(str(grant.variable), [str(each) for each in variables])
            message = f"--secret {grant.variable}: {recipe.name} reads no secret from this variable"
            raise UsageError(
                message, hint=hint or "write PARAMETER=env:VARIABLE to read a secret from another variable"
            )


def checked_parameters(recipe: Recipe, given: Mapping[str, object]) -> Mapping[str, object]:
    """The given parameters and those of the environment, once they are known to fit the recipe.

    It is asked before an account is opened for nothing. What is given is stronger than the environment.

    Raises:
        UsageError: a name or a value does not fit, or one is missing beside those given.
    """
    from recipebatch import plan as planning

    given = planning.environment_parameters(recipe, os.environ) | dict(given)
    # Without any, an unfinished run may be continued, which has them all.
    if given:
        planning.bind_parameters(recipe, given)
    return given


def bound(
    recipe: Recipe, given: Mapping[str, object], access: ReadAccess | None = None, *, partly: bool = False
) -> tuple[dict[str, object], LocalInputs]:
    """Everything local that a run is made from: parameters, and the files and tables they lead to.

    `partly`: parameters may have no value; what depends on them is not looked for.
    """
    from recipebatch import plan as planning
    from recipebatch.inputs import InvalidInputsError, read_local_inputs

    parameters = planning.bind_parameters(recipe, given, folder=current_folder(), partly=partly)
    required = planning.required_inputs(recipe, parameters)
    access = access or read_access(recipe, given)
    try:
        return parameters, read_local_inputs(required, access=access, refusal=_factory_refusal)
    except InvalidInputsError as error:
        more = _other_problems(recipe, parameters, error.found) if error.only_files else ()
        together = sorted({*error.problems, *more}, key=lambda problem: (problem.at, problem.message))
        raise InvalidRecipeError(tuple(together)) from None


def _other_problems(recipe: Recipe, parameters: Mapping[str, object], found: LocalInputs) -> tuple[Problem, ...]:
    """What else is wrong with a recipe whose uploads are not all there, but for what follows from that."""
    try:
        _resolved(recipe, parameters, found, today=_today())
    except InvalidRecipeError as error:
        return tuple(problem for problem in error.problems if problem.code not in _OF_MISSING_FILES)
    return ()


def _resolved(recipe: Recipe, parameters: Mapping[str, object], inputs: LocalInputs, *, today: date | None) -> Plan:
    """The plan of a run that does not exist yet."""
    from recipebatch import plan as planning

    return planning.resolve(
        recipe,
        run_id="new-run",
        owner=accounts.owner(os.environ),
        parameters=parameters,
        inputs=inputs,
        environ=os.environ,
        listings=None,
        now=datetime.now(UTC),
        today=today,
    )


def _today() -> date:
    return datetime.now(UTC).date()


def _factory_refusal(name: str, folder: Path) -> str | None:
    return accounts.factory_refusal(name, folder, current_folder().resolve(), os.environ)
