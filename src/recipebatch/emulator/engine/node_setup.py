"""Sets up nodes, and tasks before they run: application packages, mounts, container images, users."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from recipebatch.emulator.engine.node_mounts import MountError, mount_containers, with_mounts
from recipebatch.emulator.node_agent import (
    Failure,
    ImageError,
    PackageError,
    Registry,
    ResourceFile,
    StalledError,
    Stop,
    TaskEnd,
    TaskRun,
    begin_container,
    end_container,
    find_engine,
    in_container,
    in_thread,
    install_package,
    package_variables,
    pull_image,
    run,
)
from recipebatch.emulator.state.offerings import applications

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from recipebatch.emulator.state import Account, Json, NodeRecord, PoolRecord

_LOG = logging.getLogger(__name__)
_IN_TASKS = frozenset({"containerSettings", "applicationPackageReferences"})


def resource_files(account: Account, listed: Iterable[Json] | None) -> tuple[ResourceFile, ...]:
    """Convert `resourceFiles` for the node agent; replaces auto-storage container names by URLs."""
    storage = account.settings.auto_storage
    found = []
    for file in listed or ():
        name = file.get("autoStorageContainerName")
        if name is not None and storage is not None:
            file = {**file, "storageContainerUrl": storage.container_url(name, account.clock)}  # noqa: PLW2901
        found.append(ResourceFile.from_json(file))
    return tuple(found)


async def set_up_node(account: Account, pool: PoolRecord, node: NodeRecord) -> list[Json]:
    """Install the pool's mounts, packages and images on a node; returns the `errors` of an unusable node.

    The error codes of mounts and packages are unverified; that of images is from user reports.
    """
    root = account.node_root(pool.id, node.id)
    try:
        await mount_containers(account, pool, node)
    except MountError as error:
        message = "An error was encountered while configuring specified mount(s)"
        return [_node_error("MountConfigurationError", message, MountPath=error.path, Message=str(error))]
    for reference in pool.body.get("applicationPackageReferences", ()):
        if (failure := await _install(account, root, reference)) is not None:
            return [_node_error(failure.code, failure.message, **dict(failure.details))]
    container_configuration = pool.body["virtualMachineConfiguration"].get("containerConfiguration", {})
    registries = [Registry.from_json(registry) for registry in container_configuration.get("containerRegistries", ())]
    for image in container_configuration.get("containerImageNames", ()):
        if (failure := await _pull(image, [each for each in registries if each is not None])) is not None:
            return [_node_error(failure.code, failure.message, **dict(failure.details))]
    return []


async def run_with_requirements(
    account: Account,
    pool: PoolRecord,
    node: NodeRecord,
    spec: Mapping[str, Any],
    task_run: TaskRun,
    *,
    start_time: datetime,
    outside: frozenset[str],
    others: Sequence[NodeRecord] = (),
    runner: Callable[..., Awaitable[TaskEnd]] = run,
) -> TaskEnd:
    """Run one attempt of a task after preparing its packages, image and user; if that fails, the attempt fails.

    What it wrote below a writable mount is in the container when this returns; if it is not, the attempt fails.

    Args:
        spec: the definition of the task, of any kind.
        task_run: the attempt.
        start_time: the start time to report.
        outside: names of the variables of this machine, which are not passed to a container.
        others: the nodes of its other instances.
        runner: runs the attempt; called with a TaskRun and `start_time`.
    """
    prepared = partial(
        _run_prepared, account, pool, node, spec, task_run, start_time=start_time, outside=outside, runner=runner
    )
    return await with_mounts(account, pool, (node, *others), prepared, start_time=start_time)


async def _run_prepared(
    account: Account,
    pool: PoolRecord,
    node: NodeRecord,
    spec: Mapping[str, Any],
    task_run: TaskRun,
    *,
    start_time: datetime,
    outside: frozenset[str],
    runner: Callable[..., Awaitable[TaskEnd]],
) -> TaskEnd:
    user = spec.get("userIdentity", {}).get("username")
    if user is None and not pool.body.get("applicationPackageReferences") and _IN_TASKS.isdisjoint(spec):
        return await runner(task_run, start_time=start_time)
    container: Json | None = spec.get("containerSettings")
    failure = _unknown_user(pool, user) or await _packages(account, pool, node, spec)
    if failure is None and container is not None:
        failure = await _image(pool, container)
    if failure is not None:
        return TaskEnd(
            start_time=start_time,
            end_time=datetime.now(UTC),
            exit_code=None,
            failure=failure,
            pre_processing_error=True,
        )
    root = account.node_root(pool.id, node.id)
    task_run = replace(task_run, environment={**_variables(account, pool, root, spec), **task_run.environment})
    engine = find_engine() if container is not None else None
    if container is None or engine is None:
        return await runner(task_run, start_time=start_time)
    made = begin_container(engine, account.directory / "containers")
    inside = in_container(task_run, container=made, settings=container, root=root, outside=outside)
    info: dict[str, str] = {}
    try:
        end = await runner(inside, start_time=start_time)
    finally:
        # A container that ignored the signal goes on running after the engine's process has ended.
        with suppress(OSError):
            info = await in_thread(partial(end_container, made))
    return replace(end, container=info or None)


def _unknown_user(pool: PoolRecord, name: str | None) -> Failure | None:
    """The failure if the task cannot run as that user, else None. The code is not recorded."""
    if name is None or any(account["name"] == name for account in pool.body.get("userAccounts", ())):
        return None
    message = "The specified user account does not exist on the node"
    return Failure(category="UserError", code="CommandLaunchFailed", message=message, details=(("Username", name),))


async def _packages(account: Account, pool: PoolRecord, node: NodeRecord, spec: Mapping[str, Any]) -> Failure | None:
    root = account.node_root(pool.id, node.id)
    for reference in spec.get("applicationPackageReferences", ()):
        if (failure := await _install(account, root, reference)) is not None:
            return failure
    return None


async def _install(account: Account, root: Path, reference: Json) -> Failure | None:
    found = applications.package(account.settings.applications, reference["applicationId"], reference.get("version"))
    name = f"{reference['applicationId']} {reference.get('version', '')}".strip()
    why = "The specified application package does not exist."
    if found is not None:
        application, version, file = found
        try:
            stop = Stop()
            await in_thread(partial(install_package, file, root, application, version, stop), stop=stop)
        except (PackageError, StalledError) as error:
            why = str(error)
        else:
            return None
    message = "One or more application packages could not be installed on the node"
    details = (("ApplicationPackage", name), ("Message", why))
    return Failure(category="ServerError", code="ApplicationPackageError", message=message, details=details)


def _variables(account: Account, pool: PoolRecord, root: Path, spec: Mapping[str, Any]) -> dict[str, str]:
    variables: dict[str, str] = {}
    for where in (pool.body, spec):
        for reference in where.get("applicationPackageReferences", ()):
            version = reference.get("version")
            found = applications.package(account.settings.applications, reference["applicationId"], version)
            if found is not None:
                variables |= package_variables(root, found[0], found[1], is_default=version is None)
    return variables


async def _image(pool: PoolRecord, container: Json) -> Failure | None:
    container_configuration = pool.body["virtualMachineConfiguration"].get("containerConfiguration")
    if container_configuration is None:
        message = "The specified pool does not support container tasks."
        return Failure(category="UserError", code="ContainerPoolNotSupported", message=message)
    listed = [container.get("registry"), *container_configuration.get("containerRegistries", ())]
    registries = [each for each in map(Registry.from_json, listed) if each is not None]
    return await _pull(container["imageName"], registries)


async def _pull(image: str, registries: list[Registry]) -> Failure | None:
    try:
        await in_thread(lambda: pull_image(find_engine(), image, registries))
    except ImageError as error:
        message = "One or more container images specified are invalid or cannot be pulled"
        details = (("ImageName", image), ("Message", str(error)))
        return Failure(category="UserError", code="ContainerInvalidImage", message=message, details=details)
    return None


def _node_error(code: str, message: str, **details: str) -> Json:
    listed = [{"name": name, "value": value} for name, value in details.items()]
    return {"code": code, "message": message, "errorDetails": listed}
