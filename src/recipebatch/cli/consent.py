"""The question before a recipe from elsewhere is run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.cli.process import ask, can_ask, tell
from recipebatch.errors import UsageError

if TYPE_CHECKING:
    from recipebatch.api import Recipe
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
