"""What pools, jobs and tasks of a plan have in common: commands, identities, environment, files, raw properties."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from recipebatch.plan import redact, written_commands
from recipebatch.vocabulary.durations import span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import timedelta

    from recipebatch.properties.files import OutputFile, ResourceFile
    from recipebatch.properties.task import UserIdentity

MOST_CHARACTERS = 4000
"""Of one command, if everything is listed."""


def counted(count: int, what: str) -> str:
    """`1 task`, `3,000 tasks`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def time(limit: timedelta) -> str:
    """`30 min`, `1 h 30 min`, `7 days`."""
    return re.sub(r" (minute|hour)s?", lambda found: " min" if found[1] == "minute" else " h", span(limit))


def listed(parts: Iterable[str]) -> str:
    """Parts that are not empty, separated by points."""
    return " · ".join(part for part in parts if part)


def command(text: str, *, indent: int) -> list[str]:
    """The lines of a command as the recipe has them, without the shell that runs them.

    Only a line end begins another one: a carriage return is shown as the escape it is.
    """
    text = written_commands(text)
    more = len(text) - MOST_CHARACTERS
    shown = f"{text[:MOST_CHARACTERS]}… (and {more:,} more characters; --json shows all)" if more > 0 else text
    return [" " * indent + line for line in shown.removesuffix("\n").split("\n")]


def identity(user: UserIdentity, os: str) -> str:
    """Under which account a command runs, if that is not an ordinary one of the service's."""
    if user.user_name is not None:
        return f"as user {user.user_name}"
    if user.elevation_level == "admin":
        return "as administrator" if os == "windows" else "as root"
    return ""


def tries(retries: int) -> str:
    """`2 tries` of 1 retry; -1 is no limit."""
    return "tried without limit" if retries < 0 else counted_tries(str(retries + 1))


EVERYTHING = 1_000_000_000
"""As the most that is shown of something."""


def counted_tries(number: str) -> str:
    """`1 try`, `2 tries`, `1-3 tries`."""
    return "1 try" if number == "1" else f"{number} tries"


def resource_files(files: Sequence[ResourceFile], *, indent: int, most: int = 4) -> list[str]:
    """What comes to the node, and where from; of many the first ones."""
    lines = [f"{' ' * indent}{_resource_file(file)}" for file in files[:most]]
    more = len(files) - most
    return [*lines, f"{' ' * indent}… and {counted(more, 'more resource file')}"] if more > 0 else lines


def _resource_file(file: ResourceFile) -> str:
    """What comes to the node, and where from."""
    source = f"{file.container}/{file.blob or file.blob_prefix or '*'}" if file.container else _elsewhere(file)
    mode = f", mode {file.file_mode}" if file.file_mode is not None else ""
    return f"resource file {file.file_path or '.'} from {source}{mode}"


def _elsewhere(file: ResourceFile) -> str:
    """Where a resource file comes from that is in no container of the recipe."""
    return file.http_url or f"container {file.auto_storage_container_name} of the Batch account's storage"


def target_of(file: OutputFile) -> str:
    """Where an output file goes: a blob, or the folder of several."""
    return f"{file.container}/{file.path}" if file.path else file.container


def output_file(file: OutputFile, target: str) -> str:
    """What a task uploads, where to, and when."""
    conditions = {"tasksuccess": ", if the task succeeds", "taskfailure": ", if the task fails"}
    when = conditions.get(file.upload_condition, "")
    return f"output file {file.file_pattern} to {target}{when}{'' if file.required else ', required: false'}"


def environment(settings: Iterable[tuple[str, Any]], *, indent: int) -> list[str]:
    """Variables, secrets in them as `***`."""
    return [f"{' ' * indent}{name}={redact(value)}" for name, value in settings]


def packages(references: Iterable[tuple[str, str | None]], *, indent: int) -> list[str]:
    """Application packages of the account."""
    names = [f"{name} {version}" if version else name for name, version in references]
    return [f"{' ' * indent}application packages: {', '.join(names)}"] if names else []


def raw_properties(raw: dict[str, object] | None, *, indent: int) -> list[str]:
    """What `raw:` adds."""
    return [f"{' ' * indent}raw: {redacted(raw)}"] if raw else []


def redacted(properties: Any) -> str:
    """Properties of a request, with secrets as `***`."""
    return json.dumps(properties, ensure_ascii=False, sort_keys=True, default=redact)
