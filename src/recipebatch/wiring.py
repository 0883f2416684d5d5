"""Chooses local or Azure account, builds the clients; the only file that knows both."""

from __future__ import annotations

import logging
import os
import secrets
import socket
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipebatch import settings
from recipebatch.errors import InterruptedRunError, RecipeBatchError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from recipebatch.phases import Session
    from recipebatch.plan.model import Plan
    from recipebatch.recipe import LocalInputs, Recipe
    from recipebatch.report import Progress
    from recipebatch.runs import RunRecord, RunStore
    from recipebatch.service.batch_client import AzureBatch
    from recipebatch.service.blob_client import AzureBlobs
    from recipebatch.vocabulary.secret import Secret

_LOCAL_POLLS = (timedelta(milliseconds=50), timedelta(milliseconds=500))
_AZURE_POLLS = (timedelta(seconds=1), timedelta(seconds=10))
# A service on this machine answers at once or not at all; Azure may have a bad moment. The storage SDK's own waits
# (16 s, 18 s, 24 s) are for a job nobody watches.
_BATCH_RETRIES: dict[bool, dict[str, Any]] = {
    True: {"retry_total": 3, "retry_backoff_factor": 0.2},
    False: {"retry_status": 6},
}
_BLOB_RETRIES: dict[bool, dict[str, Any]] = {
    True: {"retry_total": 3, "initial_backoff": 0.1, "increment_base": 0.5, "random_jitter_range": 0},
    False: {"retry_total": 6, "retry_connect": 3, "initial_backoff": 1, "increment_base": 2},
}
# A user delegation SAS lives at most 7 days. Source: Blob service REST API, "Get User Delegation Key".
_MAX_DELEGATION = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """An account, opened.

    Attributes:
        label: what the first line of output says of it.
        polls: the quickest and the slowest rhythm in which a wait looks at the service.
        storage: opens another storage account, by its name in `accounts.yaml`.
        entra: SAS tokens are signed with a user delegation key.
        batch_key: the Batch account is used with its key.
    """

    label: str
    batch: AzureBatch
    blobs: AzureBlobs
    store: RunStore
    polls: tuple[timedelta, timedelta]
    storage: Callable[[str], AzureBlobs]
    entra: bool
    batch_key: bool


def accounts_file() -> Path:
    """Where accounts are configured: `accounts.yaml` in the user's configuration folder."""
    import platformdirs

    if folder := os.environ.get("RECIPEBATCH_CONFIG_DIR"):
        return Path(folder) / "accounts.yaml"
    return platformdirs.user_config_path("recipebatch") / "accounts.yaml"


@contextmanager
def opened(account_name: str | None, progress: Progress) -> Iterator[Services]:
    """Open the account that is asked for; the local one is started if it does not run.

    Raises:
        UsageError: the account is not known or not complete.
        LocalAccountError: the local account cannot be started.
    """
    account = settings.account(account_name, os.environ, accounts_file())
    if isinstance(account, settings.LocalChoice):
        from recipebatch import local

        progress.say(f"account: local, this machine ({account.origin})")
        running = local.ensure_running(say=progress.say, idle_minutes=account.idle_minutes)
        account = settings.AzureAccount(
            name=settings.LOCAL,
            origin=account.origin,
            batch_account=running.batch_account,
            batch_endpoint=running.batch_endpoint,
            batch_key=running.batch_key,
            storage_account=running.storage_account,
            blob_endpoint=running.blob_endpoint,
            storage_key=running.storage_key,
        )
    else:
        progress.say(f"account: {account}")
    with ExitStack() as stack:
        yield _services(account, stack)


def _services(account: settings.AzureAccount, stack: ExitStack) -> Services:
    from azure.batch import BatchClient
    from azure.core.credentials import AzureNamedKeyCredential
    from azure.storage.blob import BlobServiceClient

    from recipebatch.runs import RunStore
    from recipebatch.service.batch_client import AzureBatch
    from recipebatch.service.blob_client import AzureBlobs
    from recipebatch.service.retries import BatchRetries, as_busy

    # The SDKs log what they could not read, answers without a body above all; it is no news for a user.
    logging.getLogger("azure").addHandler(logging.NullHandler())
    entra: Any = None
    if account.batch_key is None or account.storage_key is None:
        from azure.identity import DefaultAzureCredential

        entra = DefaultAzureCredential()
        stack.callback(entra.close)
    batch_credential: Any = entra
    if account.batch_key is not None:
        _check_key(account.batch_key.reveal(), "the Batch account's key")
        batch_credential = AzureNamedKeyCredential(account.batch_account, account.batch_key.reveal())
    blob_credential: Any = entra
    if account.storage_key is not None:
        _check_key(account.storage_key.reveal(), "the storage account's key")
        blob_credential = {"account_name": account.storage_account, "account_key": account.storage_key.reveal()}
    local = account.name == settings.LOCAL
    batch = AzureBatch(
        BatchClient(account.batch_endpoint, batch_credential, retry_policy=BatchRetries(**_BATCH_RETRIES[local]))
    )
    stack.callback(batch.close)
    blobs = AzureBlobs(
        BlobServiceClient(
            account.blob_endpoint, credential=blob_credential, raw_response_hook=as_busy, **_BLOB_RETRIES[local]
        ),
        account_key=account.storage_key,
    )
    stack.callback(blobs.close)
    others: dict[str, AzureBlobs] = {}

    def storage(name: str) -> AzureBlobs:
        # On this machine there is one storage account, and every name means it.
        if not local and name not in others:
            others[name] = _other_storage(settings.storage_account(name, os.environ, accounts_file()), stack)
        return others.get(name, blobs)

    store = RunStore(blobs, owner=settings.owner(os.environ), host=socket.gethostname())
    return Services(
        label=account.name,
        batch=batch,
        blobs=blobs,
        store=store,
        polls=_LOCAL_POLLS if local else _AZURE_POLLS,
        storage=storage,
        entra=account.storage_key is None,
        batch_key=account.batch_key is not None,
    )


def _other_storage(account: settings.StorageAccount, stack: ExitStack) -> AzureBlobs:
    """A storage account beside that of the run."""
    from azure.storage.blob import BlobServiceClient

    from recipebatch.service.blob_client import AzureBlobs
    from recipebatch.service.retries import as_busy

    credential: Any
    if account.storage_key is None:
        from azure.identity import DefaultAzureCredential

        credential = DefaultAzureCredential()
        stack.callback(credential.close)
    else:
        _check_key(account.storage_key.reveal(), f"the key of the storage account {account.name}")
        credential = {"account_name": account.storage_account, "account_key": account.storage_key.reveal()}
    client = BlobServiceClient(
        account.blob_endpoint, credential=credential, raw_response_hook=as_busy, **_BLOB_RETRIES[False]
    )
    blobs = AzureBlobs(client, account_key=account.storage_key)
    stack.callback(blobs.close)
    return blobs


def _check_key(key: str, what: str) -> None:
    import base64
    import binascii

    try:
        base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError):
        raise UsageError(f"{what} is not base64", hint="copy it again from the portal; keys end in ==") from None


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


def read_recipe(argument: str) -> Recipe:
    """The recipe at a path, or a bundled one as `builtin:NAME`.

    Raises:
        UsageError: there is no such file or bundled recipe.
        InvalidRecipeError: with all that is wrong with it.
    """
    from recipebatch import recipe

    return recipe.read_recipe(recipe_path(argument), shown_as=argument)


def offline_plan(recipe: Recipe, given: Mapping[str, object]) -> Plan:
    """The plan of a run that does not exist yet, from local files alone; its id says so."""
    from recipebatch import plan as planning
    from recipebatch.recipe import read_local_inputs

    parameters = planning.bind_parameters(recipe, given, folder=Path.cwd())
    inputs = read_local_inputs(planning.wanted_inputs(recipe, parameters), refusal=_factory_refusal)
    return planning.resolve(
        recipe,
        run_id="new-run",
        owner=settings.owner(os.environ),
        parameters=parameters,
        inputs=inputs,
        environ=os.environ,
        listings=None,
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


def begin(services: Services, recipe: Recipe, given: Mapping[str, object]) -> RunRecord:
    """Record a new run of a recipe; nothing else is made yet.

    Raises:
        UsageError, InvalidRecipeError: a parameter or a local file is not right.
    """
    from recipebatch.runs import RunRecord, new_run_id

    parameters, inputs = _bound(recipe, given)
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
        environ=_readable_environment(recipe),
    )
    # Resolved once before it is recorded, and its secrets read: a recipe that cannot run leaves no run behind.
    plan = _resolve(record, recipe, None)
    read = _secret_reader(recipe)
    for parameter in recipe.parameters:
        if parameter.type == "secret":
            read(parameter.name)
    _check_sign_in(services, plan)
    _check_identities(services, plan)
    for container in plan.containers:
        if container.account is not None:
            services.storage(container.account)
    if services.entra and plan.run_limit > _MAX_DELEGATION:
        raise UsageError(
            f"the run may last {plan.run_limit}, but a SAS signed through Entra ID lives at most {_MAX_DELEGATION}",
            hint="set job.constraints.max_wall_clock_time below that, or use an account key",
        )
    return services.store.create(record)


def _check_sign_in(services: Services, plan: Plan) -> None:
    """Images by id and subnets are read in the user's name, which a key is not.

    Source: Batch documentation, "Use a managed image" and "Create a pool in a virtual network": Microsoft Entra ID.

    Raises:
        UsageError: a pool of the plan needs a sign-in, and the Batch account is used with a key.
    """
    if not services.batch_key or services.label == settings.LOCAL:
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
        if container.identity is not None and services.label == settings.LOCAL:
            raise UsageError(
                f"storage.{container.logical} is reached by a managed identity, which this machine's nodes do not have",
                hint="run it on an Azure account, or write `access: sas` for this machine",
            )


def required_run(services: Services, recipe: Recipe, *, phase: str) -> RunRecord | None:
    """The run that a phase of a recipe means: this owner's newest, for a phase that makes things an unfinished one.

    None if there is nothing to purge because nothing was ever begun.

    Raises:
        UsageError: there is no run to work on.
    """
    builds = phase in {"stage", "provision", "submit"}
    # What is left of an older run is meant before a newer one that is purged already.
    found = services.store.latest(recipe.name, unfinished=builds, unpurged=True)
    if found is None and not builds:
        found = services.store.latest(recipe.name)
    if found is not None:
        return services.store.load(found.run_id)
    if phase == "purge":
        return None
    kind = "unfinished run" if builds else "run"
    raise UsageError(
        f"there is no {kind} of {recipe.name} by {services.store.owner} in this account",
        hint="begin one with recipebatch stage or apply; recipebatch runs lists all",
    )


def is_applied(services: Services, recipe: Recipe, given: Mapping[str, object]) -> bool:
    """Whether this owner's newest run of the recipe succeeded with the same recipe, parameters and local files."""
    found = services.store.latest(recipe.name)
    if found is None or found.verdict != "succeeded" or found.digest != recipe.digest:
        return False
    record = services.store.load(found.run_id)
    parameters, inputs = _bound(recipe, given)
    return record.parameters == parameters and record.inputs == inputs.to_json()


def _bound(recipe: Recipe, given: Mapping[str, object]) -> tuple[dict[str, object], LocalInputs]:
    """Everything local that a run is made from: parameters, and the files and tables they lead to."""
    from recipebatch import plan as planning
    from recipebatch.recipe import read_local_inputs

    parameters = planning.bind_parameters(recipe, given, folder=Path.cwd())
    return parameters, read_local_inputs(planning.wanted_inputs(recipe, parameters), refusal=_factory_refusal)


def _factory_refusal(name: str, folder: Path) -> str | None:
    return settings.factory_refusal(name, folder, Path.cwd().resolve(), os.environ)


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
    if changed:
        progress.say("the recipe has changed since that run began: it continues with the recorded one")
    return record


def _recorded_recipe(record: RunRecord) -> Recipe:
    """The recipe as it was when the run began, with the files it was made from."""
    from recipebatch.recipe import Fragment, parse_recipe, recorded_fragments

    fragments = [Fragment.from_json(value) for value in record.recipe_fragments]
    return parse_recipe(
        record.recipe_text,
        file=record.recipe_file,
        folder=Path(record.recipe_folder),
        fetch=recorded_fragments(fragments),
    )


def _rebound(record: RunRecord, given: Mapping[str, object]) -> dict[str, object]:
    """The parameters of a run with others given, by the rules of the recipe it began with."""
    from recipebatch import plan as planning

    recipe = _recorded_recipe(record)
    secret = {parameter.name for parameter in recipe.parameters if parameter.type == "secret"}
    recorded = {name: value for name, value in record.parameters.items() if name not in secret}
    return planning.bind_parameters(recipe, {**recorded, **given}, folder=Path.cwd())


def _purge_hint(record: RunRecord) -> str:
    return f"what it left is removed by: recipebatch purge --run {record.run_id}"


@contextmanager
def session(
    services: Services, record: RunRecord, progress: Progress, *, doing: str | None, break_lock: bool = False
) -> Iterator[Session]:
    """A run at work: its plan resolved from its own record, its access signed from now on.

    Args:
        doing: the command, for others who find the run locked; None works without the lock.
        break_lock: take the lock whoever holds it.

    Raises:
        InterruptedRunError: on Ctrl-C, saying what goes on and how to continue.
    """
    from recipebatch.phases import purge_command, remaining

    with ExitStack() as stack:
        guard: Callable[[], None] = _unguarded
        if break_lock and (held := services.store.break_lock(record.run_id)):
            progress.say(f"broke the lock of run {record.run_id} ({held})")
        if doing is not None:
            guard = stack.enter_context(services.store.locked(record.run_id, doing, say=progress.say)).check
            # What a holder before us wrote while we waited for the lock counts.
            record = services.store.load(record.run_id)
        if record.owner != services.store.owner:
            progress.say(f"this run is {record.owner}'s")
        at_work = _session(services, record, progress, guard)
        try:
            yield at_work
        except RecipeBatchError as error:
            # Whatever phase failed, what was made is there and may cost: it is said with the error.
            if at_work.record.failed and at_work.has_left_something:
                error.add_note(f"{remaining(at_work)}; {purge_command(at_work)}")
            raise
        except KeyboardInterrupt:
            raise InterruptedRunError(
                f"interrupted; {remaining(at_work)}",
                hint=f"continue: the same command again; {purge_command(at_work)}",
            ) from None


def _unguarded() -> None:
    """What only reads needs no lock."""


def _session(services: Services, record: RunRecord, progress: Progress, guard: Callable[[], None]) -> Session:
    from recipebatch.phases import PhaseContext, Session
    from recipebatch.runs import Marks
    from recipebatch.service import Access

    recipe = _recorded_recipe(record)
    limit = _resolve(record, recipe, None).run_limit
    marks = Marks(
        run_id=record.run_id,
        owner=record.owner,
        digest=record.recipe_digest,
        created=record.created,
        expires=record.created + limit,
    )

    def plan_of(
        listings: dict[str, tuple[str, ...]] | None, job_listings: Mapping[str, Mapping[str, tuple[str, ...]]]
    ) -> Plan:
        return marks.on(_resolve(record, recipe, listings, job_listings))

    def context_of(plan: Plan) -> PhaseContext:
        expiry = datetime.now(UTC) + plan.run_limit
        named = {container.account for container in plan.containers} - {None}
        accounts = {name: services.storage(name) for name in named if name is not None}
        return PhaseContext(
            plan=plan,
            marks=marks,
            batch=services.batch,
            blobs=services.blobs,
            access=Access(plan, services.blobs, expiry=expiry, secret_value=_secret_reader(recipe), accounts=accounts),
            accounts=accounts,
            progress=progress,
            poll_interval=services.polls[0],
            slow_poll_interval=services.polls[1],
        )

    return Session(record, services.store, plan_of=plan_of, context_of=context_of, looped=_looped(recipe), guard=guard)


def recorded_plan(record: RunRecord) -> Plan:
    """The plan of a run, as far as its record tells, with the jobs of its retries."""
    from recipebatch import plan as planning

    listings = record.listings
    plan = _resolve(
        record,
        _recorded_recipe(record),
        None if listings is None else {name: tuple(blobs) for name, blobs in listings.items()},
        {job: {name: tuple(blobs) for name, blobs in listed.items()} for job, listed in record.job_listings.items()},
    )
    return planning.with_retries(plan, [planning.Retry.from_json(value) for value in record.retries])


def _resolve(
    record: RunRecord,
    recipe: Recipe,
    listings: dict[str, tuple[str, ...]] | None,
    job_listings: Mapping[str, Mapping[str, tuple[str, ...]]] | None = None,
) -> Plan:
    from recipebatch import plan as planning
    from recipebatch.recipe import LocalInputs

    return planning.resolve(
        recipe,
        run_id=record.run_id,
        owner=record.owner,
        parameters=record.parameters,
        inputs=LocalInputs.from_json(record.inputs),
        environ=record.environ,
        listings=listings,
        job_listings=job_listings,
    )


def _readable_environment(recipe: Recipe) -> dict[str, str]:
    """The variables that the recipe's expressions may read, and only those it names: a record keeps no others."""
    from recipebatch.plan.names import env

    sources = {parameter.source.environment_variable for parameter in recipe.parameters if parameter.source is not None}
    return {
        name: str(value)
        for name, value in env(os.environ).values.items()
        if recipe.mentions(name) and name not in sources
    }


def _looped(recipe: Recipe) -> dict[str, frozenset[str]]:
    """By job, the containers whose blobs its tasks are made from: they are listed once, when it is submitted."""
    from recipebatch.recipe.model import ForFiles

    return {
        job.logical: frozenset(
            task.for_each.source.container
            for task in job.tasks
            if task.for_each is not None
            and isinstance(task.for_each.source, ForFiles)
            and task.for_each.source.local is None
        )
        for job in recipe.jobs
    }


def _secret_reader(recipe: Recipe) -> Callable[[str], Secret]:
    from recipebatch.service.secret_sources import read_secret

    by_name = {parameter.name: parameter for parameter in recipe.parameters}
    return lambda name: read_secret(by_name[name], os.environ)
