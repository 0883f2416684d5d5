"""Which run a command works on: one that is there, or a new one."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from recipebatch.config import accounts
from recipebatch.errors import RecipeBatchError, UsageError
from recipebatch.execution.read_recipe import bound
from recipebatch.execution.recorded_plan import readable_environment, recorded_recipe, resolved, secret_reader
from recipebatch.vocabulary.durations import span

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipebatch.execution.open_account import Services
    from recipebatch.plan.model import Plan
    from recipebatch.recipe import Recipe
    from recipebatch.report import Progress
    from recipebatch.runs import RunRecord

# A user delegation SAS lives at most 7 days. Source: Blob service REST API, "Get User Delegation Key".
_MAX_DELEGATION = timedelta(days=7)
_SHOWN_CHANGES = 20
_SHOWN_FILES = 5


def begin(services: Services, recipe: Recipe, given: Mapping[str, object]) -> RunRecord:
    """Record a new run of a recipe; nothing else is made yet.

    Raises:
        UsageError, InvalidRecipeError: a parameter or a local file is not right.
    """
    from recipebatch.runs import RunRecord, new_run_id

    parameters, inputs = bound(recipe, given)
    now = datetime.now(UTC)
    record = RunRecord(
        run_id=new_run_id(now, secrets.randbits(64)),
        owner=services.store.owner,
        account=services.label,
        created=now,
        recipe_name=recipe.name,
        recipe_version=recipe.version,
        recipe_digest=recipe.digest,
        recipe_text=recipe.text,
        recipe_file=recipe.file,
        recipe_folder=str(recipe.folder),
        recipe_fragments=[fragment.to_json() for fragment in recipe.fragments],
        parameters=parameters,
        inputs=inputs.to_json(),
        environ=readable_environment(recipe),
    )
    # Resolved once before it is recorded, and its secrets read: a recipe that cannot run leaves no run behind.
    plan = resolved(record, recipe, None)
    read = secret_reader(recipe)
    for parameter in recipe.parameters:
        if parameter.type == "secret":
            read(parameter.name)
    _check_sign_in(services, plan)
    _check_identities(services, plan)
    check_credentials(services, plan)
    return services.store.create(record)


def check_credentials(services: Services, plan: Plan) -> None:
    """A run must not outlive what its nodes are given to reach their containers.

    Raises:
        UsageError: it may.
    """
    for container in plan.containers:
        store = services.blobs if container.account is None else services.storage(container.account)
        if container.identity is None and store.signs_by_entra and plan.run_limit > _MAX_DELEGATION:
            raise UsageError(
                f"the run may last {span(plan.run_limit)}, but a SAS for the container {container.logical}, signed"
                f" through Entra ID, lives {span(_MAX_DELEGATION)} at most",
                hint="lower max_wall_clock_time of the jobs, name a managed identity (`access`), or use an account key",
            )


def _check_sign_in(services: Services, plan: Plan) -> None:
    """Images by id and subnets are read in the user's name, which a key is not.

    Source: Batch documentation, "Use a managed image" and "Create a pool in a virtual network": Microsoft Entra ID.

    Raises:
        UsageError: a pool of the plan needs a sign-in, and the Batch account is used with a key.
    """
    if not services.batch_key or services.label == accounts.LOCAL:
        return
    for pool in plan.pools:
        network = pool.properties.get("networkConfiguration", {})
        what = "an image by id" if pool.image is not None and pool.image.id_kind is not None else ""
        what = what or ("a subnet" if "subnetId" in network else "")
        if what:
            raise UsageError(
                f"the pool {pool.logical} has {what}, which the service takes only from an account with Entra ID",
                hint="leave out the Batch account's key: az login, or a managed identity, is used then",
            )


def _check_identities(services: Services, plan: Plan) -> None:
    """The nodes of this machine have no managed identity.

    Raises:
        UsageError: a container of the plan is to be reached by one.
    """
    for container in plan.containers:
        if container.identity is not None and services.label == accounts.LOCAL:
            raise UsageError(
                f"storage.{container.logical} is reached by a managed identity, which this machine's nodes do not have",
                hint="run it on an Azure account, or write `access: sas` for this machine",
            )


def required_run(services: Services, recipe: Recipe, given: Mapping[str, object], *, phase: str) -> RunRecord | None:
    """The run that a phase of a recipe means: this owner's newest, for a phase that makes things an unfinished one.

    None if there is nothing to purge because nothing was ever begun.

    Raises:
        UsageError: there is no run to work on, or it began with other parameters than those given.
    """
    builds = phase in {"stage", "provision", "submit"}
    # What is left of an older run is meant before a newer one that is purged already.
    found = services.store.latest(recipe.name, unfinished=builds, unpurged=True)
    if found is None and not builds:
        found = services.store.latest(recipe.name)
    if found is not None:
        record = services.store.load(found.run_id)
        check_given(record, given)
        return record
    if phase == "purge":
        return None
    kind = "unfinished run" if builds else "run"
    raise UsageError(
        f"there is no {kind} of {recipe.name} by {services.store.owner} in this account",
        hint="begin one with recipebatch stage or apply; recipebatch runs lists all",
    )


def check_given(record: RunRecord, given: Mapping[str, object]) -> None:
    """Parameters that are given with the recipe of a run must be those that the run began with.

    Raises:
        UsageError: they are others.
    """
    if given and _rebound(record, given) != record.parameters:
        raise UsageError(
            f"run {record.run_id} began with other parameters",
            hint="leave the parameters out to mean the newest run, or name the run by its id",
        )


def is_applied(services: Services, recipe: Recipe, given: Mapping[str, object]) -> bool:
    """Whether this owner's newest run of the recipe succeeded with the same recipe, parameters and local files."""
    found = services.store.latest(recipe.name)
    if found is None or found.verdict != "succeeded" or found.digest != recipe.digest:
        return False
    record = services.store.load(found.run_id)
    parameters, inputs = bound(recipe, given)
    return record.parameters == parameters and record.inputs == inputs.to_json()


def choose_run(
    services: Services, recipe: Recipe, given: Mapping[str, object], *, new: bool, progress: Progress
) -> RunRecord:
    """The run to work on: this owner's unfinished run of the recipe, or a new one.

    A run continues with the recipe it began with. One that failed for good is continued only with an unchanged recipe.

    Raises:
        UsageError: parameters are given that differ from those the unfinished run began with.
    """
    found = None if new else services.store.latest(recipe.name, unfinished=True)
    if found is None:
        record = begin(services, recipe, given)
        progress.say(f"run {record.run_id} of {record.recipe_name}")
        return record
    record = services.store.load(found.run_id)
    changed = record.recipe_digest != recipe.digest
    if changed and record.failed_before_tasks:
        progress.say(f"run {record.run_id} failed with another version of the recipe: {_purge_hint(record)}")
        record = begin(services, recipe, given)
        progress.say(f"run {record.run_id} of {record.recipe_name}")
        return record
    if given and _rebound(record, given) != record.parameters:
        raise UsageError(
            f"run {record.run_id} is unfinished and began with other parameters",
            hint="--new starts another run; without -p that one is continued",
        )
    progress.say(f"continuing run {record.run_id} of {record.recipe_name} ({record.status}); --new starts another")
    _tell_changes(record, recipe, progress)
    return record


def _tell_changes(record: RunRecord, recipe: Recipe, progress: Progress) -> None:
    """Say what has changed since a run began: it goes on with what was recorded."""
    from recipebatch.runs import file_changes, recipe_diff

    if record.recipe_digest != recipe.digest:
        progress.say("the recipe has changed since that run began: it continues with the recorded one")
        today = recipe.text, [fragment.to_json() for fragment in recipe.fragments]
        diff = recipe_diff((record.recipe_text, record.recipe_fragments), today, "recorded", recipe.file).splitlines()
        for line in diff[:_SHOWN_CHANGES]:
            progress.say(f"  {line}")
        if len(diff) > _SHOWN_CHANGES:
            progress.say(f"  and {len(diff) - _SHOWN_CHANGES} more lines: recipebatch runs show {record.run_id}")
        return
    try:
        _, inputs = bound(recipe, _given_of(record))
    except RecipeBatchError:
        return  # what is gone was needed when the run began, and may not be needed any more
    for how, names in file_changes(record.inputs, inputs.to_json()).items():
        if names:
            shown = ", ".join(names[:_SHOWN_FILES]) + (", …" if len(names) > _SHOWN_FILES else "")
            progress.say(f"local files {how} since that run began, which goes on with those it staged: {shown}")


def _rebound(record: RunRecord, given: Mapping[str, object]) -> dict[str, object]:
    """The parameters of a run with others given, by the rules of the recipe it began with."""
    from recipebatch import plan as planning

    recipe = recorded_recipe(record)
    return planning.bind_parameters(recipe, {**_given_of(record), **given}, folder=Path.cwd())


def _given_of(record: RunRecord) -> dict[str, object]:
    """The parameters of a run as they can be given again: secrets come from their sources."""
    secret = {parameter.name for parameter in recorded_recipe(record).parameters if parameter.type == "secret"}
    return {name: value for name, value in record.parameters.items() if name not in secret}


def _purge_hint(record: RunRecord) -> str:
    return f"what it left is removed by: recipebatch purge --run {record.run_id}"
