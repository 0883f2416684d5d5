"""Which run a command works on: an existing one, or a new one."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from recipebatch.config import accounts
from recipebatch.errors import RecipeBatchError, UsageError
from recipebatch.execution.machine_inputs import readable_environment
from recipebatch.execution.read_recipe import bound
from recipebatch.execution.recorded_plan import RecordedRun, user_receipts
from recipebatch.phases import STAGE, changed_inputs, check_target, failed_before_tasks, status_of
from recipebatch.properties.written_scalars import are_same
from recipebatch.report import Verdict
from recipebatch.vocabulary.durations import span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from recipebatch.config.secret_grants import SecretGrant
    from recipebatch.execution.open_account import Services
    from recipebatch.files import ReadAccess
    from recipebatch.plan.model import Plan
    from recipebatch.recipe import Recipe
    from recipebatch.report import Progress

# A user delegation SAS lives at most 7 days. Source: Blob service REST API, "Get User Delegation Key".
_MAX_DELEGATION = timedelta(days=7)
_MAX_DIFF_LINES = 20
_MAX_FILES = 5


def begin(
    services: Services,
    recipe: Recipe,
    given: Mapping[str, object],
    access: ReadAccess,
    grants: Sequence[SecretGrant] = (),
    output_dir: Path | None = None,
) -> RecordedRun:
    """Record a new run of a recipe, whose secrets may be read by `grants`; nothing else is made yet.

    Args:
        output_dir: what will be collected goes below it; None if nothing will be.

    Raises:
        UsageError, InvalidRecipeError: a parameter or a local file is not right.
        CannotWriteError: what the recipe collects cannot be written.
    """
    from recipebatch.runs import RunRecord, new_run_id

    parameters, inputs = bound(recipe, given, access)
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
        allowed_paths=access.to_json(),
        environ=readable_environment(recipe),
    )
    run = RecordedRun(record, recipe)
    # Resolved once before it is recorded, and its secrets read: a recipe that cannot run leaves no run behind.
    plan = run.plan(None, {})
    for parameter in recipe.parameters:
        if parameter.type == "secret":
            services.read_secret(parameter, recipe.folder_of(parameter.at.file), grants, access)
    _check_sign_in(services, plan)
    _check_identities(services, plan)
    check_credentials(services, plan)
    if output_dir is not None:
        check_target(plan.collect, output_dir)
    user_receipts().add(record)
    run.record = services.store.create(record)
    return run


def check_credentials(services: Services, plan: Plan) -> None:
    """Check that a run does not outlast the SAS of its containers.

    Raises:
        UsageError: it may last longer.
    """
    for container in plan.containers:
        store = services.blobs if container.account is None else services.storage(container.account)
        if container.identity is None and store.signs_with_entra_id and plan.run_limit > _MAX_DELEGATION:
            raise UsageError(
                f"the run may last {span(plan.run_limit)}, but a SAS for the container {container.logical}, signed"
                f" with Entra ID, is valid for at most {span(_MAX_DELEGATION)}",
                hint="lower max_wall_clock_time of the jobs, use a managed identity (`access`), or use an account key",
            )


def _check_sign_in(services: Services, plan: Plan) -> None:
    """Check that images by id and subnets are used with a sign-in, as the service reads them in the user's name.

    Source: Batch documentation, "Use a managed image" and "Create a pool in a virtual network": Microsoft Entra ID.

    Raises:
        UsageError: a pool of the plan needs a sign-in, and the Batch account is used with a key.
    """
    if not services.uses_batch_key or services.label == accounts.LOCAL:
        return
    for pool in plan.pools:
        network = pool.properties.get("networkConfiguration", {})
        what = "an image by id" if pool.image is not None and pool.image.id_kind is not None else ""
        what = what or ("a subnet" if "subnetId" in network else "")
        if what:
            raise UsageError(
                f"the pool {pool.logical} has {what}, which the Batch service accepts only with an Entra ID sign-in",
                hint="leave out the Batch account's key: az login or a managed identity is used then",
            )


def _check_identities(services: Services, plan: Plan) -> None:
    """Check that no container needs a managed identity on the local account, whose nodes have none.

    Raises:
        UsageError: a container of the plan does.
    """
    for container in plan.containers:
        if container.identity is not None and services.label == accounts.LOCAL:
            raise UsageError(
                f"storage.{container.logical} uses a managed identity, which nodes of the local account do not have",
                hint="run it on an Azure account, or write `access: sas` for the local account",
            )


def required_run(
    services: Services,
    recipe: Recipe,
    given: Mapping[str, object],
    *,
    unfinished: bool,
    access: ReadAccess | None = None,
) -> RecordedRun | None:
    """This owner's newest run of a recipe, None if there is none.

    Args:
        services: the account.
        recipe: the recipe.
        given: parameters that the run must have started with, if there are any.
        unfinished: only a run that has not ended.
        access: which local files the recipe may read, where the run may have to.

    Raises:
        UsageError: the run started with other parameters than those given.
    """
    # What is left of an older run is meant before a newer one that is purged already.
    found = services.store.latest(recipe.name, unfinished=unfinished, unpurged=True)
    if found is None and not unfinished:
        found = services.store.latest(recipe.name)
    if found is None:
        return None
    run = RecordedRun(services.store.load(found.run_id))
    run.reuse(recipe, access)
    check_given(run, given)
    return run


def no_run(services: Services, recipe: Recipe, *, unfinished: bool) -> UsageError:
    """The error where a run is needed and there is none."""
    kind = "unfinished run" if unfinished else "run"
    return UsageError(
        f"there is no {kind} of {recipe.name} by {services.store.owner} in this account",
        hint="start one: recipebatch stage or apply; recipebatch runs lists all",
    )


def check_given(run: RecordedRun, given: Mapping[str, object]) -> None:
    """Check that parameters that are given with the recipe of a run are those that the run started with.

    Raises:
        UsageError: they are others.
    """
    if given and not are_same(run.parameters_with(given), run.record.parameters):
        raise UsageError(
            f"run {run.record.run_id} started with other parameters",
            hint="leave the parameters out to use the newest run, or name a run: --run ID",
        )


def is_applied(services: Services, recipe: Recipe, given: Mapping[str, object], access: ReadAccess) -> bool:
    """Whether this owner's newest run of the recipe succeeded with the same recipe, parameters and local files."""
    found = services.store.latest(recipe.name)
    if found is None or found.verdict != Verdict.SUCCEEDED or found.digest != recipe.digest:
        return False
    from recipebatch import plan as planning

    record = services.store.load(found.run_id)
    parameters, inputs = bound(recipe, given, access)
    uploads = {container: planning.planned_uploads(files) for container, files in inputs.files.items()}
    same = are_same(record.parameters, parameters) and record.inputs == inputs.to_json()
    return same and not changed_inputs(uploads, record.staged, access)


def choose_run(
    services: Services,
    recipe: Recipe,
    given: Mapping[str, object],
    access: ReadAccess,
    *,
    new: bool,
    progress: Progress,
    grants: Sequence[SecretGrant] = (),
    output_dir: Path | None = None,
) -> RecordedRun:
    """The run to work on: this owner's unfinished run of the recipe, or a new one.

    A run continues with the recipe it started with. One that failed before any task ran is continued only if the recipe
    has not changed.

    Raises:
        UsageError: parameters are given that differ from those the unfinished run started with.
    """
    found = None if new else services.store.latest(recipe.name, unfinished=True)
    if found is None:
        return _begun(services, recipe, given, access, progress, grants, output_dir)
    run = RecordedRun(services.store.load(found.run_id))
    run.reuse(recipe, access)
    record = run.record
    if record.recipe_digest != recipe.digest and failed_before_tasks(record):
        progress.say(
            f"run {record.run_id} failed with another version of the recipe;"
            f" delete what it left: recipebatch purge --run {record.run_id}"
        )
        return _begun(services, recipe, given, access, progress, grants, output_dir)
    if given and not are_same(run.parameters_with(given), record.parameters):
        raise UsageError(
            f"run {record.run_id} is unfinished and started with other parameters",
            hint="start another run with --new, or leave out -p to continue that one",
        )
    progress.say(
        f"continuing run {record.run_id} of {record.recipe_name} ({status_of(record)}); --new starts another one"
    )
    _report_changes(run, recipe, access, progress)
    return run


def _begun(
    services: Services,
    recipe: Recipe,
    given: Mapping[str, object],
    access: ReadAccess,
    progress: Progress,
    grants: Sequence[SecretGrant],
    output_dir: Path | None,
) -> RecordedRun:
    run = begin(services, recipe, given, access, grants, output_dir)
    progress.say(f"run {run.record.run_id} of {run.record.recipe_name}")
    return run


def _report_changes(run: RecordedRun, recipe: Recipe, access: ReadAccess, progress: Progress) -> None:
    """Say what has changed since a run started: it continues with what was recorded."""
    from recipebatch.runs import DONE, file_changes, recipe_diff

    record = run.record
    if record.recipe_digest != recipe.digest:
        progress.say("the recipe has changed since that run started: the run continues with the recorded one")
        today = recipe.text, [fragment.to_json() for fragment in recipe.fragments]
        diff = recipe_diff((record.recipe_text, record.recipe_fragments), today, "recorded", recipe.file).splitlines()
        for line in diff[:_MAX_DIFF_LINES]:
            progress.say(f"  {line}")
        if len(diff) > _MAX_DIFF_LINES:
            progress.say(f"  and {len(diff) - _MAX_DIFF_LINES} more lines: recipebatch runs show {record.run_id}")
        return
    try:
        _, inputs = bound(recipe, run.given(), access.with_allowed(run.allowed_when_it_began()))
    except RecipeBatchError:
        return  # a file that is gone was needed when the run started, and may not be needed any more
    is_staged = record.state_of(STAGE.name) == DONE
    # What was staged is compared by content when the run goes on.
    compared = {f"{name}/{blob}" for name, blobs in record.staged.items() for blob in blobs} if is_staged else set()
    which = (
        "which continues with those it staged" if is_staged else "which takes those it has as they are when it stages"
    )
    for how, names in file_changes(record.inputs, inputs.to_json()).items():
        new = [name for name in names if how != "changed" or name not in compared]
        if new:
            listed = ", ".join(new[:_MAX_FILES]) + (", …" if len(new) > _MAX_FILES else "")
            progress.say(f"local files {how} since that run started, {which}: {listed}")
