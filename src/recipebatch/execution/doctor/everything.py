"""check_everything: whether a run would start, one check after the other, each in bounded time; nothing is changed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from recipebatch import local
from recipebatch.config import accounts
from recipebatch.errors import RecipeBatchError
from recipebatch.execution.doctor.check import Check, bad, checked, fine, not_checked
from recipebatch.execution.doctor.machine import (
    ENGINE,
    NODE,
    check_certificates,
    check_disk,
    check_engine,
    check_node,
    check_proxy,
)
from recipebatch.execution.doctor.recipe import (
    IMAGES,
    POOLS,
    RECIPE,
    check_images,
    check_plan,
    check_pools,
    check_sizes,
    runs_containers,
)
from recipebatch.execution.doctor.services import (
    QUOTA,
    ROLES,
    SIGN_IN,
    STORAGE,
    ask,
    check_clock,
    check_quota,
    check_reachable,
    check_roles,
    check_storage,
)
from recipebatch.execution.open_account import account_services, accounts_file
from recipebatch.report import Quiet
from recipebatch.vocabulary.ids import RECORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from recipebatch.execution.open_account import Services
    from recipebatch.plan.model import Plan
    from recipebatch.service import SupportedImage

ACCOUNT, BATCH, BLOBS, AZURITE = "account", "Batch endpoint", "storage endpoint", "Azurite"


def check_everything(
    account_name: str | None, recipe: str = "", make_plan: Callable[[], Plan] | None = None
) -> tuple[Check, ...]:
    """Check all that a run needs.

    Args:
        account_name: as commands take it; None is the one that they would use.
        recipe: its name.
        make_plan: the plan of a recipe; None checks no recipe.
    """
    return tuple(_checks(account_name, recipe, make_plan))


def _checks(account_name: str | None, recipe: str, make_plan: Callable[[], Plan] | None) -> Iterator[Check]:
    plan = None
    if make_plan is not None:
        first, plan = _planned(make_plan, recipe)
        yield first
        if plan is not None:
            yield check_sizes(plan)
    try:
        account = accounts.account(account_name, os.environ, accounts_file())
    except RecipeBatchError as error:
        yield bad(ACCOUNT, error.message, error.hint or "")
        yield check_disk(Path.cwd())
        return
    if isinstance(account, accounts.LocalChoice):
        yield fine(ACCOUNT, f"local, this machine ({account.origin})")
        ready = yield from _machine_of_local(plan)
        if not ready:
            yield not_checked(BATCH, "the local account cannot be started")
            return
        yield from _services_checks(accounts.LOCAL, None, "its key", plan)
    else:
        yield fine(ACCOUNT, str(account))
        yield from _machine(plan, is_local=False, folder=Path.cwd())
        signs = "the key" if account.batch_key is not None else "the sign-in"
        yield from _services_checks(account_name, (account.batch_endpoint, account.blob_endpoint), signs, plan)


def _planned(make_plan: Callable[[], Plan], recipe: str) -> tuple[Check, Plan | None]:
    try:
        return check_plan(make_plan, recipe)
    except RecipeBatchError as error:
        return bad(RECIPE, f"{recipe}: {error.message.splitlines()[0]}", error.hint or ""), None


def _machine(plan: Plan | None, *, is_local: bool, folder: Path) -> Iterator[Check]:
    yield check_disk(folder)
    yield check_proxy(os.environ, is_local=is_local)
    yield check_certificates(os.environ, is_local=is_local)
    yield checked(NODE, lambda: check_node(is_local=is_local))
    images = plan is not None and runs_containers(plan)
    yield checked(ENGINE, lambda: check_engine(is_local=is_local, images=images))


def _machine_of_local(plan: Plan | None) -> Generator[Check, None, bool]:
    """What the local account needs; returns whether it can be started."""
    needs = local.requirements()
    ready = True
    for check in _machine(plan, is_local=True, folder=needs.state):
        ready = ready and (check.lets_run or check.name == ENGINE)
        yield check
    if needs.missing:
        yield bad(AZURITE, f"not installed: {', '.join(needs.missing)}", "pip install 'recipebatch[local]'")
        return False
    if not needs.installed:
        why = f"Azurite {needs.azurite} is not installed yet: the first start installs it with npm"
        yield not_checked(AZURITE, why, "recipebatch emulator start")
        return False
    yield fine(AZURITE, f"{needs.azurite} is installed")
    return ready


def _services_checks(
    account_name: str | None, endpoints: tuple[str, str] | None, signs: str, plan: Plan | None
) -> Iterator[Check]:
    """What the services of an account answer."""
    try:
        with account_services(account_name, Quiet()) as services:
            if endpoints is None:
                found = local.status().endpoints
                endpoints = found["batch"], found["blob"]
            yield from _asked(services, endpoints, signs, plan)
    except RecipeBatchError as error:
        yield bad(ACCOUNT, error.message.splitlines()[0], error.hint or "")


def _asked(services: Services, endpoints: tuple[str, str], signs: str, plan: Plan | None) -> Iterator[Check]:
    batch, blob = (ask(url) for url in endpoints)
    yield check_reachable(BATCH, endpoints[0], batch)
    yield check_clock(batch)
    images: list[SupportedImage] = []

    def sign_in() -> Check:
        images.extend(services.batch.supported_images())
        return fine(SIGN_IN, f"{signs} fits the Batch account")

    if batch.problem:
        yield not_checked(SIGN_IN, "the Batch service does not answer")
    else:
        yield checked(SIGN_IN, sign_in)
    yield check_reachable(BLOBS, endpoints[1], blob)
    if blob.problem:
        yield not_checked(STORAGE, "the storage account does not answer")
    else:
        yield checked(STORAGE, lambda: check_storage(services, RECORDS))
    if batch.problem or blob.problem or not images:
        yield not_checked(ROLES, "the account cannot be used")
    else:
        yield checked(ROLES, lambda: check_roles(services))
        yield checked(QUOTA, lambda: check_quota(services, plan))
    if plan is None:
        return
    if not images:
        yield not_checked(IMAGES, "the account cannot be used")
        return
    yield checked(IMAGES, lambda: check_images(plan, images))
    yield checked(POOLS, lambda: check_pools(plan, services.batch))
