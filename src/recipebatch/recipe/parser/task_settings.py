"""How a task runs and what follows from its end: containers, several nodes, packages, exit conditions, retries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.recipe.model import (
    ContainerSettingsSpec,
    ExitConditionsSpec,
    ExitRuleSpec,
    MultiInstanceSpec,
    PackageSpec,
    RegistrySpec,
    RetrySpec,
    value_types,
)
from recipebatch.recipe.parser.task_files import resource_files

if TYPE_CHECKING:
    from recipebatch.recipe.model import Setting
    from recipebatch.recipe.nodes import Node
    from recipebatch.recipe.parser.section_reader import Reader

_WORKING_DIRECTORIES = {
    "task_working_directory": "taskWorkingDirectory",
    "container_image_default": "containerImageDefault",
}


def word(parent: Node | None, key: str) -> str | None:
    """One of the schema's words, or None."""
    node = parent.get(key) if parent is not None else None
    return None if node is None else str(node.value)


def flag(parent: Node | None, key: str, *, default: bool) -> bool:
    """True or false."""
    node = parent.get(key) if parent is not None else None
    return default if node is None else node.value is True


def retries(parent: Node, reader: Reader) -> Setting[int, None]:
    """How often a task is tried again: `retry.exit_code`, or `constraints.max_task_retry_count`."""
    retry, constraints = parent.get("retry"), parent.get("constraints")
    entries = retry.entries() if retry is not None else {}
    written = reader.setting(constraints, "max_task_retry_count", value_types.integer(-1), None)
    if "exit_code" not in entries:
        return written
    if written.node is not None:
        message = "retry.exit_code and constraints.max_task_retry_count are two words for one thing"
        reader.problem(entries["exit_code"].key_at, message, "exclusive-keys", "keep one of them")
    return reader.setting(retry, "exit_code", value_types.integer(-1), None)


def tool_retry(parent: Node, reader: Reader) -> RetrySpec | None:
    """What of `retry:` the service does not do: it is done while the run is followed."""
    node = parent.get("retry")
    causes, codes = (node.get("causes"), node.get("exit_codes")) if node is not None else (None, None)
    limit = node.get("limit") if node is not None else None
    if causes is None and codes is None:
        if limit is not None:
            message, hint = "limit needs causes or exit_codes", "the service's own retries are `exit_code: N`"
            reader.problem(limit.at, message, "missing-key", hint)
        return None
    return RetrySpec(
        causes=tuple(str(item.value) for item in (causes.items() if causes is not None else ())),
        exit_codes=tuple(
            item.value for item in (codes.items() if codes is not None else ()) if isinstance(item.value, int)
        ),
        limit=reader.setting(node, "limit", value_types.integer(1), 1),
    )


def exit_conditions(parent: Node, reader: Reader) -> ExitConditionsSpec | None:
    """`exit_conditions:`."""
    node = parent.get("exit_conditions")
    if node is None:
        return None
    codes, ranges = node.get("exit_codes"), node.get("exit_code_ranges")
    code = value_types.integer(-(2**31), 2**32 - 1)
    return ExitConditionsSpec(
        at=node.at,
        exit_codes=tuple(
            (reader.setting(entry, "code", code, 0), _rule(entry)) for entry in (codes.items() if codes else ())
        ),
        exit_code_ranges=tuple(
            (reader.setting(entry, "start", code, 0), reader.setting(entry, "end", code, 0), _rule(entry))
            for entry in (ranges.items() if ranges else ())
        ),
        pre_processing_error=_optional_rule(node.get("pre_processing_error")),
        file_upload_error=_optional_rule(node.get("file_upload_error")),
        default=_optional_rule(node.get("default")),
    )


def multi_instance(parent: Node, reader: Reader, containers: frozenset[str]) -> MultiInstanceSpec | None:
    """`multi_instance_settings:`."""
    node = parent.get("multi_instance_settings")
    if node is None:
        return None
    slots = parent.get("required_slots")
    if slots is not None and slots.value != 1:
        message = "a multi-instance task takes whole nodes of one slot each: required_slots is 1"
        reader.problem(slots.at, message, "multi-instance", "remove required_slots")
    commands, line = node.get("coordination_commands"), node.get("coordination_command_line")
    if commands is not None and line is not None:
        message = "coordination_commands and coordination_command_line exclude each other"
        reader.problem(line.at, message, "exclusive-keys", "keep one of them")
    written = commands if commands is not None else line
    command = None if written is None else reader.command_of(written, shell=commands is not None)
    return MultiInstanceSpec(
        at=node.at,
        number_of_instances=reader.setting(node, "number_of_instances", value_types.integer(1), 1),
        coordination=command,
        common_resource_files=resource_files(node, reader, containers, key="common_resource_files"),
    )


def container_settings(parent: Node, reader: Reader) -> ContainerSettingsSpec | None:
    """`container_settings:`."""
    node = parent.get("container_settings")
    if node is None:
        return None
    directory = word(node, "working_directory")
    return ContainerSettingsSpec(
        at=node.at,
        image_name=reader.text(node, "image_name"),
        container_run_options=reader.text(node, "container_run_options"),
        working_directory=None if directory is None else _WORKING_DIRECTORIES.get(directory, directory),
        registry=registry(written, reader) if (written := node.get("registry")) is not None else None,
    )


def packages(parent: Node, reader: Reader) -> tuple[PackageSpec, ...]:
    """`application_package_references:`."""
    node = parent.get("application_package_references")
    return tuple(
        PackageSpec(application_id=reader.text(entry, "application_id"), version=reader.text(entry, "version"))
        for entry in (node.items() if node is not None else ())
    )


def registry(node: Node, reader: Reader) -> RegistrySpec:
    """A container registry; a password is never written out."""
    user, password, identity = (node.get(key) for key in ("user_name", "password", "identity"))
    if (user is None) != (password is None):
        message = "a registry needs user_name and password together"
        reader.problem(node.at, message, "missing-key", "write both, or `identity`, or neither")
    elif user is not None and identity is not None:
        message = "identity and user_name are two ways to log in"
        reader.problem(identity.at, message, "exclusive-keys", "keep one of them")
    if password is not None and "secrets." not in str(password.value):
        message = "a password stands in the recipe"
        reader.problem(
            password.at, message, "secret-in-recipe", "write ${{ secrets.NAME }}, a parameter of type secret"
        )
    return RegistrySpec(
        registry_server=reader.text(node, "registry_server"),
        user_name=reader.text(node, "user_name"),
        password=reader.setting(node, "password", value_types.some_text, None, deferred=True),
        identity=reader.text(node, "identity"),
    )


def _rule(node: Node) -> ExitRuleSpec:
    return ExitRuleSpec(job_action=word(node, "job_action"), dependency_action=word(node, "dependency_action"))


def _optional_rule(node: Node | None) -> ExitRuleSpec | None:
    return None if node is None else _rule(node)
