"""save_plan and run_of_saved_plan: a compared plan that is kept, and carried out only while all of it still holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recipebatch.errors import UsageError
from recipebatch.execution.comparison.compare import compared_plan
from recipebatch.execution.recipe_runs import RunSelector, SavedPlan, StalePlanError, record_run
from recipebatch.execution.recorded_plan import RecordedRun, user_receipts
from recipebatch.execution.resources.holdings import load_record
from recipebatch.phases import STAGE
from recipebatch.properties.written_scalars import are_same
from recipebatch.report.changes import LASTS
from recipebatch.runs import DONE, file_changes
from recipebatch.text.name_lists import counted_names

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from recipebatch.config.secret_grants import SecretGrant
    from recipebatch.execution.open_account import Services
    from recipebatch.execution.recipe_runs.compared_plan import ComparedPlan
    from recipebatch.files import ReadAccess
    from recipebatch.recipe import Recipe
    from recipebatch.report import Progress
    from recipebatch.runs import RunRecord

_SHOWN = 3
_AGAIN = "make the plan again: recipebatch plan RECIPE -o FILE"


def save_plan(
    path: Path,
    found: ComparedPlan,
    recipe: Recipe,
    *,
    given: Sequence[str],
    came_with_recipe: Sequence[str],
    new: bool,
) -> SavedPlan:
    """Write what was compared, to be carried out as it is.

    Args:
        path: of the file.
        found: the plan, compared.
        recipe: as it was planned.
        given: the parameters that the user gave.
        came_with_recipe: those of them whose values a file of the recipe's own gives.
        new: another run was to be started even if one is unfinished.

    Raises:
        UsageError: the plan cannot be carried out, as something is in its way; or the file cannot be written.
    """
    comparison, record = found.comparison, found.record
    if comparison is None or record is None:
        raise UsageError(
            f"a plan is saved with what an account has: {found.not_compared}", hint="start the account, or name another"
        )
    if comparison.refused:
        raise UsageError(f"the plan is not saved, as apply would not begin: {comparison.refused}")
    if found.purges_first:
        raise UsageError(f"the plan is not saved: {comparison.step}", hint="purge that run first")
    if conflict := next((change for change in comparison.changes if change.action == "conflict"), None):
        raise UsageError(
            f"the plan is not saved, as apply would end at the {conflict.kind} {conflict.name}",
            hint=conflict.reason or None,
        )
    saved = SavedPlan(
        recipe=recipe.source,
        record=record,
        given=tuple(given),
        came_with_recipe=tuple(came_with_recipe),
        new=new,
        storage=found.storage,
        content=_content(found),
        comparison=comparison.to_json(),
        seen=comparison.seen,
    )
    saved.write(path)
    # What the plan says of local files counts only if this user made it here.
    user_receipts().add(record)
    return saved


def _content(found: ComparedPlan) -> dict[str, dict[str, str]]:
    """The MD5 of the local files that are still to be staged."""
    staged = found.record is not None and found.record.state_of(STAGE.name) == DONE
    return {} if found.hashes is None or staged else found.hashes.of_containers(found.plan.containers)


def selector_of_saved_plan(saved: SavedPlan, recipe: Recipe) -> RunSelector:
    """The run of a saved plan, of which a path counts as named by the user only if this user made the plan here."""
    given = RecordedRun(saved.record, recipe).given() if recipe.text == saved.record.recipe_text else {}
    own = user_receipts().knows(saved.record)
    named = set(saved.given) - set(saved.came_with_recipe) if own else set()
    return RunSelector(recipe=recipe, given=given, came_with_recipe=frozenset(given.keys() - named), saved=saved)


def run_of_saved_plan(
    services: Services,
    saved: SavedPlan,
    recipe: Recipe,
    access: ReadAccess,
    progress: Progress,
    *,
    grants: Sequence[SecretGrant] = (),
    output_dir: Path | None = None,
    agree: Callable[[ComparedPlan], None] | None = None,
) -> RecordedRun:
    """The run of a saved plan, which begins or goes on now, once it is known that all that was planned still holds.

    Everything is planned once more, and compared with what was saved: nothing is taken from the file but the
    parameters, the id of the run and its time.

    Raises:
        StalePlanError: something has changed since.
    """
    record = saved.record
    if (services.label, services.blobs.account_name) != (record.account, saved.storage):
        raise _stale(
            f"it is for account {record.account} (storage account {saved.storage}), not for {services.label}"
            f" ({services.blobs.account_name})"
        )
    if record.owner != services.store.owner:
        raise _stale(f"it was made by {record.owner}, not by {services.store.owner}")
    _check_recipe(record, recipe)
    if not saved.continues:
        _check_not_begun(services, record)
    if user_receipts().knows(record):
        access = access.with_allowed(access.allowed_from_json(record.allowed_paths))
    given = RecordedRun(record, recipe).given()
    found = compared_plan(
        services, recipe, given, access, progress, new=saved.new, run_id=record.run_id, now=record.created
    )
    now = {} if found.comparison is None else found.comparison.to_json()
    seen = {} if found.comparison is None else found.comparison.seen
    _check_run(saved, now, seen)
    if found.record is not None:
        _check_inputs(saved, found.record, _content(found))
    _check_services(saved, now, seen)
    if agree is not None:
        agree(found)
    if found.record is None or saved.continues:
        run = RecordedRun(load_record(services, record.run_id))
        run.reuse(recipe, access)
        return run
    run = RecordedRun(found.record, recipe)
    run.reuse(recipe, access)
    run = record_run(services, run, found.plan, access, grants, output_dir)
    progress.say(f"run {record.run_id} of {record.recipe_name}, as it was planned")
    return run


def _stale(why: str, hint: str = _AGAIN) -> StalePlanError:
    return StalePlanError(f"the saved plan is not carried out: {why}", hint=hint)


def _check_not_begun(services: Services, record: RunRecord) -> None:
    try:
        kept = services.store.load(record.run_id)
    except UsageError:
        return
    what, command = ("see what that run did", "runs show") if kept.ended else ("continue that run", "runs resume")
    raise _stale(
        f"it was carried out before, as run {record.run_id}",
        hint=f"{what}: recipebatch {command} {record.run_id}; or {_AGAIN}",
    )


def _check_recipe(record: RunRecord, recipe: Recipe) -> None:
    fragments = [fragment.to_json() for fragment in recipe.fragments]
    if (recipe.text, fragments) != (record.recipe_text, record.recipe_fragments):
        raise _stale(f"{recipe.file} has changed since it was made")


def _check_inputs(saved: SavedPlan, now: RunRecord, content: dict[str, dict[str, str]]) -> None:
    """Check that everything local is as it was: parameters, variables, files and their content."""
    record = saved.record
    if not are_same(now.parameters, record.parameters):
        names = [name for name, value in now.parameters.items() if record.parameters.get(name) != value]
        raise _stale(f"parameters have other values: {counted_names(names, _SHOWN)}")
    if now.environ != record.environ:
        names = sorted({name for name, _ in set(now.environ.items()) ^ set(record.environ.items())})
        raise _stale(f"environment variables have other values: {counted_names(names, _SHOWN)}")
    for how, names in file_changes(record.inputs, now.inputs, saved.content, content).items():
        if names:
            raise _stale(f"local files were {how} since it was made: {counted_names(names, _SHOWN)}")
    if now.inputs != record.inputs:
        raise _stale("local files that the recipe reads have changed since it was made")
    if now.listings != record.listings:
        changed = [name for name, blobs in (now.listings or {}).items() if (record.listings or {}).get(name) != blobs]
        raise _stale(f"containers that tasks loop over have other blobs: {counted_names(changed, _SHOWN)}")


def _check_run(saved: SavedPlan, now: dict[str, Any], seen: dict[str, str]) -> None:
    """Check that the same run would be worked on, from where it stood."""
    if saved.continues and now.get("run") == saved.comparison.get("run") and seen.get("run") != saved.seen.get("run"):
        raise _stale(f"a command has worked on run {saved.record.run_id} since it was made")
    if now.get("run") != saved.comparison.get("run") or now.get("refused"):
        raise _stale(f"apply would do something else now: {now.get('refused') or now.get('step')}")


def _check_services(saved: SavedPlan, now: dict[str, Any], seen: dict[str, str]) -> None:
    """Check that the account has what it had, and that the same would be done with it."""
    names = [name for name in {**saved.seen, **seen} if saved.seen.get(name) != seen.get(name)]
    if names:
        raise _stale(f"what the account has was changed since it was made: {counted_names(names, _SHOWN)}")
    before, after = saved.comparison.get("changes", []), now.get("changes", [])
    if not are_same_changes(before, after):
        raise _stale(f"apply would do something else now: {now.get('summary')}")


def are_same_changes(before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]]) -> bool:
    """Whether the same would be done with each resource; when pools are scaled to zero moves on with the time."""

    def lasting(changes: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            {**change, "differences": [each for each in change["differences"] if each["property"] != LASTS]}
            for change in changes
        ]

    return lasting(before) == lasting(after)
