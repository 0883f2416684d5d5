"""A run that begins: its record with everything that it is made from, once it is known that the account can run it."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from recipebatch.config import accounts
from recipebatch.errors import UsageError
from recipebatch.execution.costs import check_max_cost, cost_of_plan
from recipebatch.execution.machine_inputs import readable_environment
from recipebatch.execution.read_recipe import bound
from recipebatch.execution.recorded_plan import RecordedRun, user_receipts
from recipebatch.phases import check_target
from recipebatch.vocabulary.durations import span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from recipebatch.config.secret_grants import SecretGrant
    from recipebatch.execution.open_account import Services
    from recipebatch.files import ReadAccess
    from recipebatch.plan.model import Plan
    from recipebatch.recipe import Recipe

# A user delegation SAS lives at most 7 days. Source: Blob service REST API, "Get User Delegation Key".
_MAX_DELEGATION = timedelta(days=7)


def record_run(
    services: Services,
    run: RecordedRun,
    plan: Plan,
    access: ReadAccess,
    grants: Sequence[SecretGrant] = (),
    output_dir: Path | None = None,
) -> RecordedRun:
    """Record a run that `unrecorded_run` made, whose secrets may be read by `grants`; nothing else is made yet.

    Its secrets are read before: a recipe that cannot run leaves no run behind.

    Args:
        services: the account.
        run: that is to begin.
        plan: of the run.
        access: which local files it may read.
        grants: what its secrets may be read from.
        output_dir: what will be collected goes below it; None if nothing will be.

    Raises:
        UsageError: a secret must not or cannot be read.
        CannotWriteError: what the recipe collects cannot be written.
    """
    for parameter in run.recipe.parameters:
        if parameter.type == "secret":
            services.read_secret(parameter, run.recipe.folder_of(parameter.at.file), grants, access)
    if output_dir is not None:
        check_target(plan.collect, output_dir)
    if plan.max_cost is not None:
        check_max_cost(cost_of_plan(plan, services.prices(), run.record.created), run.recipe)
    run.record = replace(run.record, labels=_labels(plan))
    user_receipts().add(run.record)
    run.record = services.store.create(run.record)
    return run


def _labels(plan: Plan) -> dict[str, str]:
    """The metadata that the recipe gives its jobs and pools; that of a job counts before that of a pool."""
    return dict(pair for things in (plan.pools, plan.jobs) for thing in things for pair in thing.metadata)


def unrecorded_run(
    services: Services,
    recipe: Recipe,
    given: Mapping[str, object],
    access: ReadAccess,
    now: datetime,
    run_id: str | None = None,
) -> tuple[RecordedRun, Plan]:
    """A run that begins now and its plan, neither recorded nor made.

    Args:
        services: the account.
        recipe: the recipe.
        given: its parameters.
        access: which local files it may read.
        now: when it begins.
        run_id: its id; None makes one.

    Raises:
        UsageError, InvalidRecipeError: a parameter or a local file is not right, or the account does not fit.
    """
    from recipebatch.runs import RunRecord, new_run_id

    parameters, inputs = bound(recipe, given, access)
    record = RunRecord(
        run_id=run_id or new_run_id(now, secrets.randbits(64)),
        owner=services.store.owner,
        account=services.label,
        created=now,
        recipe_name=recipe.name,
        recipe_version=recipe.version,
        recipe_digest=recipe.digest,
        recipe_text=recipe.text,
        recipe_file=recipe.file,
        recipe_folder=str(recipe.folder),
        recipe_source=recipe.source,
        recipe_fragments=[fragment.to_json() for fragment in recipe.fragments],
        parameters=parameters,
        inputs=inputs.to_json(),
        allowed_paths=access.to_json(),
        environ=readable_environment(recipe),
    )
    run = RecordedRun(record, recipe)
    plan = run.plan(None, {}, today=now.date())
    _check_sign_in(services, plan)
    _check_identities(services, plan)
    check_credentials(services, plan)
    return run, plan


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
