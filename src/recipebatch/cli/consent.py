"""The questions before a recipe from elsewhere is run, and before what exists is changed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from recipebatch.cli.process import ask, can_ask, stderr_width, tell, tell_problems
from recipebatch.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipebatch.api import ComparedPlan, Recipe
    from recipebatch.cli.options import SharedOptions


def ask_for_consent(recipe: Recipe, shared: SharedOptions) -> None:
    """Ask once whether a recipe from elsewhere may run; without a terminal, it may if nothing has to be asked.

    Raises:
        UsageError: the user does not agree, or cannot be asked about what the recipe takes.
    """
    if shared.yes:
        return
    found = recipe.from_elsewhere(allow_paths=tuple(shared.allow_path or ()), account=shared.account)
    if found is None:
        return
    if not can_ask():
        _check_vaults(recipe, shared)
        tell(f"note: the recipe {recipe.name} comes from elsewhere: {found.folder}")
        return
    from recipebatch.cli.render.consent import consent_text

    tell(consent_text(recipe.name, found.folder, found.plan, account=found.account, is_local=found.is_local))
    if not ask("Run it?", default=False):
        raise UsageError(f"the recipe {recipe.name} is not run: you did not agree", hint="nothing was created")
    if not found.trust():
        tell("note: this cannot be remembered, so it is asked again")


def agreement(*, always: bool, yes: bool) -> Callable[[ComparedPlan], None] | None:
    """Shows what `apply` would do, and asks; None if nothing is to be shown or asked.

    Args:
        always: show all of it in any case; otherwise, on a terminal, what exists and would be changed or replaced.
        yes: do not ask.

    Raises:
        UsageError: the user is to be asked, and there is no terminal.
    """
    if not always and (yes or not can_ask()):
        return None
    if not (yes or can_ask()):
        raise UsageError(
            "--confirm asks, and there is no terminal to ask on",
            hint="--yes goes on without; or save a plan, look at it, and apply that: recipebatch plan RECIPE -o FILE",
        )

    def agree(found: ComparedPlan) -> None:
        from recipebatch.cli.render.plan import existing_text, painted, plan_text

        if found.comparison is None or not (always or found.comparison.changes_existing):
            return
        whole = partial(plan_text, found.plan, found.scaled, comparison=found.comparison, width=stderr_width())
        tell_problems(whole() if always else existing_text(found.plan, found.comparison, stderr_width()), painted)
        if not yes and not ask("Go on?", default=False):
            raise UsageError("nothing was changed: you did not agree")

    return agree


def _check_vaults(recipe: Recipe, shared: SharedOptions) -> None:
    """Check that no secret is read with the user's identity that the user did not give by name."""
    given = {name for name, equals, _ in (text.partition("=") for text in shared.secret or ()) if equals}
    for parameter in recipe.parameters:
        if parameter.source is not None and parameter.source.key_vault_url is not None and parameter.name not in given:
            raise UsageError(
                f"the recipe {recipe.name} comes from elsewhere and reads the secret {parameter.name} from"
                f" {parameter.source.key_vault_url} in your name",
                hint="if it may: --yes, or run it from its own folder",
            )
