"""Exit conditions, containers, several nodes, packages and `raw:` of a task → functions to their planned form."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

from recipebatch.errors import InvalidRecipeError, Problem, SourcePosition
from recipebatch.plan.expressions import command_line_of, data, now, ready, ready_command
from recipebatch.plan.model import (
    ExitOptions,
    PlannedContainerSettings,
    PlannedExitConditions,
    PlannedMultiInstance,
    PlannedOutputFile,
    PlannedRegistry,
    PlannedRetry,
    UserIdentity,
)
from recipebatch.vocabulary.causes import Cause

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from recipebatch.plan.model import PlannedPool, PlannedResourceFile
    from recipebatch.recipe import Node
    from recipebatch.recipe.model import (
        CommandSpec,
        ContainerSettingsSpec,
        ExitConditionsSpec,
        ExitRuleSpec,
        MultiInstanceSpec,
        PackageSpec,
        RegistrySpec,
        ResourceFileSpec,
        RetrySpec,
        TaskSpec,
        Text,
        UserIdentitySpec,
    )

    Names = Mapping[str, object]
    MakeFiles = Callable[[tuple[ResourceFileSpec, ...]], Callable[[Names], tuple[PlannedResourceFile, ...]]]

_GO_ON = ExitOptions(dependency_action="satisfy")


def command(spec: CommandSpec, os: str, static: Names, dynamic: frozenset[str]) -> Callable[[Names], str]:
    """A function to the whole command line."""
    lines = [ready_command(line, os, static, dynamic, shell=spec.shell) for line in spec.lines]
    if spec.shell:
        return lambda names: command_line_of([line(names) for line in lines], os)
    return lines[0]


def identity(spec: UserIdentitySpec, names: Names) -> UserIdentity:
    """The account that runs a command."""
    if spec.user_name is not None:
        return UserIdentity(user_name=now(spec.user_name, names))
    return UserIdentity(scope=spec.scope, elevation_level=spec.elevation_level)


def raw(node: Node | None, names: Names) -> dict[str, object] | None:
    """A `raw:` block with its expressions evaluated."""
    if node is None:
        return None
    found = data(node, names)
    return {key: value for key, value in found.items() if not key.startswith("x-")} if isinstance(found, dict) else None


def exit_conditions(
    spec: ExitConditionsSpec | None, static: Names, dynamic: frozenset[str], *, go_on: bool
) -> Callable[[Names], PlannedExitConditions | None]:
    """A function to what follows from a task's end; `go_on`: a merge goes on without it when it failed."""
    if spec is None:
        only = PlannedExitConditions(default=_GO_ON) if go_on else None
        return lambda _names: only
    codes = [(ready(code, static, dynamic), _options(rule)) for code, rule in spec.exit_codes]
    ranges = [
        (ready(start, static, dynamic), ready(end, static, dynamic), _options(rule))
        for start, end, rule in spec.exit_code_ranges
    ]
    default = None if spec.default is None else _options(spec.default)
    if go_on and (default is None or default.dependency_action is None):
        default = replace(default, dependency_action="satisfy") if default is not None else _GO_ON
    before = None if spec.pre_processing_error is None else _options(spec.pre_processing_error)
    upload = None if spec.file_upload_error is None else _options(spec.file_upload_error)

    def make(names: Names) -> PlannedExitConditions:
        found = tuple((start(names), end(names), options) for start, end, options in ranges)
        wrong = next(((start, end) for start, end, _ in found if end < start), None)
        if wrong is not None:
            message = f"the range of exit codes ends at {wrong[1]}, before it starts at {wrong[0]}"
            fail(spec.at, message, "invalid-recipe")
        return PlannedExitConditions(
            exit_codes=tuple((code(names), options) for code, options in codes),
            exit_code_ranges=found,
            pre_processing_error=before,
            file_upload_error=upload,
            default=default,
        )

    return make


def planned_registry(spec: RegistrySpec, names: Names) -> PlannedRegistry:
    """A container registry; its password is filled in at the request."""
    return PlannedRegistry(
        registry_server=now(spec.registry_server, names),
        user_name=now(spec.user_name, names),
        password=now(spec.password, names),
        identity=now(spec.identity, names),
    )


def container_settings(
    spec: ContainerSettingsSpec | None, static: Names, dynamic: frozenset[str]
) -> Callable[[Names], PlannedContainerSettings | None]:
    """A function to the container image of a task."""
    if spec is None:
        return lambda _names: None
    image, options = ready(spec.image_name, static, dynamic), ready(spec.container_run_options, static, dynamic)
    registry = None
    if spec.registry is not None:
        registry = planned_registry(spec.registry, static)
    return lambda names: PlannedContainerSettings(
        image_name=image(names) or "",
        container_run_options=options(names),
        working_directory=spec.working_directory,
        registry=registry,
    )


def multi_instance(
    spec: MultiInstanceSpec | None, os: str, static: Names, dynamic: frozenset[str], make_files: MakeFiles
) -> Callable[[Names], PlannedMultiInstance | None]:
    """A function to the settings of a task on several nodes."""
    if spec is None:
        return lambda _names: None
    number = ready(spec.number_of_instances, static, dynamic)
    nothing = "cmd /c rem" if os == "windows" else "/bin/true"
    line = command(spec.coordination, os, static, dynamic) if spec.coordination is not None else lambda _names: nothing
    files = make_files(spec.common_resource_files)
    return lambda names: PlannedMultiInstance(
        number_of_instances=number(names),
        coordination_command_line=line(names),
        common_resource_files=files(names),
    )


def packages(
    specs: tuple[PackageSpec, ...], static: Names, dynamic: frozenset[str]
) -> Callable[[Names], tuple[tuple[str, str | None], ...]]:
    """A function to the application packages."""
    made = [(_text(spec.application_id, static, dynamic), _text(spec.version, static, dynamic)) for spec in specs]
    return lambda names: tuple((application(names) or "", version(names)) for application, version in made)


def logs(container: str, task_id: str) -> PlannedOutputFile:
    """The upload of stdout.txt and stderr.txt, however the task ends."""
    return PlannedOutputFile(
        file_pattern="../std*.txt", container=container, path=task_id, upload_condition="taskcompletion"
    )


def check_pool(spec: TaskSpec, pool: PlannedPool) -> None:
    """Refuse what the pool cannot run.

    Raises:
        InvalidRecipeError: several nodes without inter-node communication, or with more than one task slot each.
    """
    if pool.existing:
        return
    check_containers(spec.container_settings, pool, "a container task")
    if spec.multi_instance_settings is None:
        return
    at = spec.multi_instance_settings.at
    if not _has_communication(pool):
        message = "a multi-instance task needs a pool with inter-node communication"
        fail(at, message, "multi-instance", "add `enable_inter_node_communication: true` to the pool")
    if pool.task_slots_per_node != 1:
        message = f"a multi-instance task needs nodes of one task slot; the pool's have {pool.task_slots_per_node}"
        fail(at, message, "multi-instance", "remove task_slots_per_node from the pool")


def check_containers(spec: ContainerSettingsSpec | None, pool: PlannedPool, what: str) -> None:
    """Refuse a task in a container on a pool that has none; what an existing pool has is not known.

    Raises:
        InvalidRecipeError: the pool has no container configuration.
    """
    if spec is not None and not pool.existing and not _has_containers(pool):
        message = f"{what} needs a pool with a container configuration"
        fail(spec.at, message, "no-container-configuration", "add one to the pool")


def _has_communication(pool: PlannedPool) -> bool:
    """What the pool says, by its own key or in `raw:`."""
    return pool.enable_inter_node_communication or (pool.raw or {}).get("enableInterNodeCommunication") is True


def _has_containers(pool: PlannedPool) -> bool:
    machine = (pool.raw or {}).get("virtualMachineConfiguration")
    in_raw = isinstance(machine, dict) and bool(machine.get("containerConfiguration"))
    return in_raw or pool.container_configuration is not None


def fail(at: SourcePosition, message: str, code: str, hint: str | None = None) -> NoReturn:
    """One problem at a position."""
    raise InvalidRecipeError((Problem(at, message, code, hint),))


def _text(setting: Text, static: Names, dynamic: frozenset[str]) -> Callable[[Names], str | None]:
    return ready(setting, static, dynamic)


def _options(rule: ExitRuleSpec) -> ExitOptions:
    return ExitOptions(job_action=rule.job_action, dependency_action=rule.dependency_action)


def retry(spec: RetrySpec | None, names: Names) -> PlannedRetry | None:
    """When recipebatch tries a task again; codes alone mean the cause `exit_code`."""
    if spec is None:
        return None
    causes = spec.causes if not spec.exit_codes else tuple(dict.fromkeys((*spec.causes, Cause.EXIT_CODE.value)))
    return PlannedRetry(causes=causes, exit_codes=spec.exit_codes, limit=now(spec.limit, names))
