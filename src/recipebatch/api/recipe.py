"""Recipe: `Recipe.load(path).with_params(words=5).plan()`, and `.apply()`."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from recipebatch import execution
from recipebatch.api.look.report import check_target, report_at_end
from recipebatch.api.phases import apply
from recipebatch.files import ReadAccess
from recipebatch.report import Quiet

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from recipebatch.cost import Durations, PlanCost
    from recipebatch.errors import Problem
    from recipebatch.phases import PhaseOptions
    from recipebatch.plan.model import Plan
    from recipebatch.recipe import Parameter
    from recipebatch.recipe import Recipe as CheckedRecipe
    from recipebatch.report import PhaseReport, Progress, RunReport


class Recipe:
    """A valid recipe and the parameters it is given; immutable: `with_params` returns another one.

    Args:
        checked: as `recipebatch.recipe` reads it; `Recipe.load` is the usual way.
        given: parameters by name.
        came_with_recipe: those of them whose values a file of the recipe's own gives.
    """

    def __init__(
        self,
        checked: CheckedRecipe,
        given: Mapping[str, object] | None = None,
        came_with_recipe: frozenset[str] = frozenset(),
    ) -> None:
        self._checked = checked
        self._given = dict(given or {})
        self._came_with_recipe = came_with_recipe

    def __repr__(self) -> str:
        return f"<Recipe {self.name} ({self._checked.file})>"

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read and check a recipe.

        Args:
            path: of the file; or `builtin:NAME` for a bundled recipe.

        Raises:
            InvalidRecipeError: with every problem of the file.
            UsageError: the file cannot be read.
        """
        return cls(execution.load_recipe(os.fspath(path)))

    @property
    def name(self) -> str:
        """The recipe's name."""
        return self._checked.name

    @property
    def version(self) -> str | None:
        """The recipe's version, or None."""
        return self._checked.version

    @property
    def description(self) -> str | None:
        """What it does, or None."""
        return self._checked.description

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The inputs it has, with their types, rules and defaults."""
        return self._checked.parameters

    @property
    def given(self) -> Mapping[str, object]:
        """The parameters it was given."""
        return dict(self._given)

    @property
    def came_with_recipe(self) -> frozenset[str]:
        """The parameters whose values a file of the recipe's own gives: a path there is not allowed by that."""
        return self._came_with_recipe

    def with_params(self, values: Mapping[str, object] | None = None, /, **named: object) -> Self:
        """The same recipe with parameters set beside those it was given before; a path that is a value may be read.

        Args:
            values: typed values, or texts as on the command line; a relative path of a `file` starts at the folder
                the program runs in.
            named: the same by keyword.

        Raises:
            UsageError: a name is unknown, or a value does not fit its parameter.
        """
        new = {**(values or {}), **named}
        given = {**self._given, **new}
        _check_given(self._checked, given)
        return type(self)(self._checked, given, self._came_with_recipe - new.keys())

    @property
    def missing(self) -> tuple[str, ...]:
        """The parameters that have no value yet: neither given, nor in the environment, nor by default."""
        from recipebatch.plan import environment_parameters

        given = environment_parameters(self._checked, os.environ) | self._given
        return tuple(
            parameter.name
            for parameter in self.parameters
            if parameter.type != "secret" and not parameter.has_default and parameter.name not in given
        )

    def with_params_file(self, path: Path, names: Collection[str] | None = None) -> Self:
        """The same recipe with the parameters of a YAML or JSON file set beside those it was given before.

        A path that is a value may be read only if the file is the user's: one in the recipe's folder, or in the
        repository that holds it, came with the recipe.

        Args:
            path: of the file.
            names: only these parameters; None is all that the file has.

        Raises:
            UsageError: the file cannot be read, a name is unknown, or a value does not fit its parameter.
            InvalidRecipeError: the file is not well formed.
        """
        from recipebatch.recipe import read_parameters

        values = {name: value for name, value in read_parameters(path).items() if names is None or name in names}
        access = ReadAccess.of_recipe(self._checked.folder)
        # A link that came with the recipe does not make what it leads to the user's.
        lies = str(Path(os.path.realpath(path.parent)) / path.name)
        own = access.is_own(lies) or access.is_own(os.path.realpath(path))
        found = self.with_params(values)
        came_with_recipe = found.came_with_recipe | (values.keys() if own else frozenset())
        return type(self)(self._checked, found.given, frozenset(came_with_recipe))

    def plan(self, *, allow_paths: Sequence[Path] = ()) -> Plan:
        """What a run would create, down to every command line; needs no account and creates nothing.

        Args:
            allow_paths: local files and folders that may be read beside those of the recipe.

        Raises:
            UsageError: a parameter has no value.
            InvalidRecipeError: an expression fails, an id is not unique, a local file is missing or must not be read.
        """
        given = execution.checked_parameters(self._checked, self._given)
        return execution.offline_plan(self._checked, given, self._access(given, allow_paths))

    def partial_problems(self, *, allow_paths: Sequence[Path] = ()) -> tuple[Problem, ...]:
        """What `plan` would refuse whatever values the `missing` parameters get. Arguments as of `plan`."""
        from recipebatch.plan import environment_parameters

        given = environment_parameters(self._checked, os.environ) | self._given
        return execution.partial_problems(self._checked, given, self._access(given, allow_paths))

    def from_elsewhere(
        self, *, allow_paths: Sequence[Path] = (), account: str | None = None
    ) -> execution.RecipeFromElsewhere | None:
        """What a user should agree to before a recipe from elsewhere is run: its plan, with what it takes.

        Args:
            allow_paths: local files and folders that may be read beside those of the recipe.
            account: what it would be run on, as of `apply`; an agreement holds for one account.

        Returns:
            None for a recipe of the current folder, a bundled one, and one that the user agreed to (`trust`) that has
            not changed since.

        Raises:
            InvalidRecipeError: as of `plan`.
        """
        given = execution.checked_parameters(self._checked, self._given)
        return execution.from_elsewhere(self._checked, given, self._access(given, allow_paths), account)

    def _access(self, given: Mapping[str, object], allow_paths: Sequence[Path]) -> ReadAccess:
        return execution.read_access(
            self._checked, given, came_with_recipe=self._came_with_recipe, allow_paths=allow_paths
        )

    def apply(
        self,
        *,
        account: str | None = None,
        phases: Sequence[str] = (),
        new: bool = False,
        options: PhaseOptions | None = None,
        progress: Progress | None = None,
        on_phase: Callable[[PhaseReport], None] | None = None,
        report_file: str | os.PathLike[str] | None = None,
        agree: Callable[[execution.ComparedPlan], None] | None = None,
        agree_always: bool = False,
    ) -> RunReport:
        """Run the recipe: stage, provision, submit, watch, collect, purge; an unfinished run is continued.

        Args:
            account: an entry of `accounts.yaml`, `environment`, or `local`; None is the configured one, else `local`.
            phases: only these; none means all six.
            new: start another run even if one is unfinished.
            options: how the phases do their work.
            progress: receives progress messages.
            on_phase: is given the report of each phase when it ends.
            report_file: the page of the run's report, which is written at the end, also where a phase failed.
            agree: is given what would be done, compared with what the account has, before anything is made; what it
                raises ends the call. Where nothing of the names can exist yet, it is not called.
            agree_always: it is called in any case.

        Returns:
            What was done, with the verdict: `report.exit_code` is 1 if a task failed.

        Raises:
            RecipeBatchError: of the phase that failed; its class, `code` and `hint` say more.
        """
        if report_file is not None:
            check_target(report_file)
        runs: list[str] = []
        try:
            return apply(
                self,
                phases=phases,
                new=new,
                account=account,
                options=options,
                progress=progress,
                on_phase=on_phase,
                on_run=runs.append,
                agree=agree,
                agree_always=agree_always,
            )
        finally:
            if report_file is not None and runs:
                report_at_end(runs[-1], report_file, account=account, progress=progress or Quiet())

    def is_applied(
        self, *, account: str | None = None, progress: Progress | None = None, allow_paths: Sequence[Path] = ()
    ) -> bool:
        """Whether the newest run succeeded with the same recipe, parameters and local files; arguments as above."""
        given = execution.checked_parameters(self._checked, self._given)
        access = self._access(given, allow_paths)
        with execution.account_services(account, progress or Quiet()) as services:
            return execution.is_applied(services, self._checked, given, access)

    def compare(
        self,
        *,
        account: str | None = None,
        new: bool = False,
        required: bool = False,
        saves: bool = False,
        allow_paths: Sequence[Path] = (),
        progress: Progress | None = None,
    ) -> execution.ComparedPlan:
        """The plan of what `apply` would do now, compared with what the account has. Changes and starts nothing.

        Args:
            account: as in `apply`; a local account that does not run is not started.
            new: `apply` would be told to start another run.
            required: an account that cannot be asked is an error; otherwise the plan says why it is not compared.
            saves: `save_plan` follows: the account is required, and a run that begins has its id already.
            allow_paths: local files and folders that may be read beside those of the recipe.
            progress: receives progress messages.

        Raises:
            UsageError: a parameter has no value; or the account is required, and it does not run or fit.
            InvalidRecipeError: as of `plan`.
            ServiceError: the account is required, and it cannot be asked.
        """
        given = execution.checked_parameters(self._checked, self._given)
        access = self._access(given, allow_paths)
        return execution.plan_against(
            self._checked, given, access, account, progress or Quiet(), new=new, required=required or saves, saves=saves
        )

    def save_plan(self, found: execution.ComparedPlan, path: Path, *, new: bool = False) -> execution.SavedPlan:
        """Save what `compare` found, so that `apply_saved` carries out exactly that; the file holds no secret.

        Args:
            found: of this recipe, compared with `saves`.
            path: of the file, which only its owner can read.
            new: as of `compare`.

        Raises:
            UsageError: `apply` would end at something, or the file cannot be written.
        """
        given = sorted(execution.checked_parameters(self._checked, self._given))
        came = sorted(self._came_with_recipe)
        return execution.save_plan(path, found, self._checked, given=given, came_with_recipe=came, new=new)

    def pending(
        self, *, account: str | None = None, progress: Progress | None = None, allow_paths: Sequence[Path] = ()
    ) -> execution.PendingChanges:
        """What `apply` would change now, and the target nodes that `scale` gave pools. Arguments as above.

        A run that has ended is not continued: `apply` starts another one, so that something would change.

        Raises:
            UsageError: `apply` would be refused: the unfinished run started with other parameters.
            RunStoppedError, RunPausedError: the unfinished run is stopped or paused.
        """
        given = execution.checked_parameters(self._checked, self._given)
        access = self._access(given, allow_paths)
        with execution.account_services(account, progress or Quiet()) as services:
            return execution.pending_changes(services, self._checked, given, access)

    def pending_changes(
        self, *, account: str | None = None, progress: Progress | None = None, allow_paths: Sequence[Path] = ()
    ) -> str:
        """What `apply` would change now, as a sentence; empty if nothing. Arguments and errors as of `pending`."""
        return self.pending(account=account, progress=progress, allow_paths=allow_paths).text

    def cost(self, plan: Plan, *, account: str | None = None, durations: Durations | None = None) -> PlanCost:
        """What a run costs an hour and at most, and what it probably will, by the prices of an account.

        Args:
            plan: as `plan` or `compare` made it.
            account: whose prices; None is the configured one, else this machine, which is free.
            durations: how long tasks took the last time, as `compare` found it.

        Raises:
            MaxCostError: it can cost more than the recipe's `max_cost`.
            UsageError: the account, or a file of prices, is not valid.
        """
        return execution.recipe_cost(self._checked, plan, account, durations)

    @property
    def checked(self) -> CheckedRecipe:
        """The recipe as the packages below see it."""
        return self._checked


def _check_given(recipe: CheckedRecipe, given: Mapping[str, object]) -> None:
    """Check what is given, though more may be missing yet."""
    from recipebatch.plan import bind_parameters

    names = {parameter.name for parameter in recipe.parameters}
    if names >= given.keys():
        known = tuple(parameter for parameter in recipe.parameters if parameter.name in given)
        recipe = replace(recipe, parameters=known)
    bind_parameters(recipe, given)


def plan_as_json(plan: Plan) -> dict[str, Any]:
    """A plan as JSON values; secrets show as `***`, durations are seconds."""
    from recipebatch.plan import plan_as_json

    return plan_as_json(plan)
