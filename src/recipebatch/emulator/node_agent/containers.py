"""Container tasks: the container engine, image pulls, and a task's command line inside a container."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from recipebatch.emulator.node_agent.model import TaskRun

_ENGINES = ("docker", "podman")
_PULL_SECONDS = 3600.0
_END_SECONDS = 30.0
_INFO_SECONDS = 10.0
_LOOK_SECONDS = 6.0
_BIND_SOURCES = {
    "Shared": "AZ_BATCH_NODE_SHARED_DIR",
    "Startup": "AZ_BATCH_NODE_STARTUP_DIR",
    "VfsMounts": "AZ_BATCH_NODE_MOUNTS_DIR",
    "Task": "AZ_BATCH_TASK_DIR",
    "JobPrep": "AZ_BATCH_JOB_PREP_DIR",
}
"""The variable that holds the directory of each source; "Applications" has none."""
_INSPECTED = "{{.Id}}\t{{.State.Status}}\t{{.State.Error}}"


class ImageError(Exception):
    """An image is not available; the message is that of the engine."""


class Container(NamedTuple):
    """The container of one attempt of a task.

    Attributes:
        engine: path of the container engine's program.
        note: a marker file, present while the container may exist.
    """

    engine: str
    name: str
    note: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """A container registry with its credentials."""

    server: str = ""
    username: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def from_json(cls, document: Mapping[str, Any] | None) -> Self | None:
        """The REST form, or None."""
        if document is None:
            return None
        names = {"server": "registryServer", "username": "username", "password": "password"}
        return cls(**{name: document.get(wire, "") for name, wire in names.items()})


def find_engine() -> str | None:
    """The path of docker or podman, preferring docker if it works; None if neither is installed. Blocking."""
    return _first_that_answers(tuple(path for engine in _ENGINES if (path := shutil.which(engine)) is not None))


@lru_cache(maxsize=8)
def _first_that_answers(paths: tuple[str, ...]) -> str | None:
    if len(paths) > 1:
        # docker needs a running daemon; podman does not.
        for path in paths:
            if _engine([path, "info"], {}, seconds=_INFO_SECONDS) is None:
                return path
    return paths[0] if paths else None


def engine_error(engine: str) -> str:
    """Why docker or podman does not work now, as where docker's daemon does not run; empty if it does. Blocking."""
    return _engine([engine, "info"], {}, seconds=_LOOK_SECONDS) or ""


def pull_image(engine: str | None, image: str, registries: Sequence[Registry]) -> None:
    """Pull an image unless this machine has it already. Blocking.

    Raises:
        ImageError: there is no engine, it does not work, or the image cannot be pulled.
    """
    if engine is None:
        raise ImageError("neither docker nor podman is installed on this machine")
    if _engine([engine, "image", "inspect", image], {}) is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        environment = {}
        fitting = [each for each in registries if each.username and _is_from(image, each.server)]
        for registry in fitting:
            # A separate configuration, so that the user's is neither read nor written.
            environment = {"DOCKER_CONFIG": folder, "REGISTRY_AUTH_FILE": str(Path(folder, "auth.json"))}
            login = [engine, "login", "--username", registry.username, "--password-stdin"]
            server = [registry.server] if registry.server else []
            if (error := _engine([*login, *server], environment, registry.password)) is not None:
                raise ImageError(error)
        if (error := _engine([engine, "pull", image], environment)) is not None:
            raise ImageError(error)


def _mount(place: str, suffix: str) -> list[str]:
    """A directory under its own path; a colon in it, which would end it in `--volume`, is written in `--mount`."""
    if ":" not in place:
        return ["--volume", f"{place}:{place}{suffix}"]
    fields = ["type=bind", f"source={place}", f"target={place}", *(["readonly"] if suffix else [])]
    quoted = ('"' + field.replace('"', '""') + '"' if set(field) & set(',"\n') else field for field in fields)
    return ["--mount", ",".join(quoted)]


def in_container(
    task: TaskRun, *, container: Container, settings: Mapping[str, Any], root: Path, outside: frozenset[str]
) -> TaskRun:
    """Wrap the command of a task to run in a container. Pure.

    The node's directories are in the container under the same paths. The process gets the task's variables except
    those of this machine.

    Args:
        task: the task without a container.
        container: the container to run.
        settings: `containerSettings`.
        root: the node's root directory.
        outside: names of the variables of this machine.
    """
    arguments = [container.engine, "run", "--name", container.name]
    mounts = settings.get("containerHostBatchBindMounts")
    places = {str(root): ""} if mounts is None else _mounted(task, mounts, root)
    for place, suffix in places.items():
        arguments += _mount(place, suffix)
    if settings.get("workingDirectory", "taskWorkingDirectory") == "taskWorkingDirectory":
        working = f"{task.directory}/wd"
        arguments += ["--workdir", working]
        if not places.keys() & {str(root), str(task.directory)}:
            # podman needs the directory to exist; what is not mounted is inside the container only.
            arguments += ["--tmpfs", working]
    # Names only: every user of the machine can read command lines.
    for variable in sorted(set(task.environment) - outside - {"HOME"}):
        arguments += ["--env", variable]
    arguments += shlex.split(settings.get("containerRunOptions", ""))
    arguments += [settings["imageName"], *shlex.split(task.command_line)]
    return replace(task, command_line=shlex.join(arguments))


def begin_container(engine: str, notes: Path) -> Container:
    """Choose a container name and write the marker file by which the next emulator finds an orphan. Blocking."""
    name = f"recipebatch-{uuid4().hex}"
    notes.mkdir(mode=0o700, exist_ok=True)
    note = notes / name
    note.write_text(engine, encoding="utf-8")
    return Container(engine, name, note)


def end_container(container: Container) -> dict[str, str]:
    """Remove a container whose task has ended; returns its `containerInfo`, or {} if there was none. Blocking."""
    inspect = [container.engine, "container", "inspect", "--format", _INSPECTED, container.name]
    found = _ask(inspect, {}, seconds=_END_SECONDS)
    if found is not None and "\trunning" in found.stdout:
        # podman's "rm --force" would first send SIGTERM and wait ten seconds.
        _engine([container.engine, "kill", container.name], {}, seconds=_END_SECONDS)
    _engine([container.engine, "rm", "--force", container.name], {}, seconds=_END_SECONDS)
    container.note.unlink(missing_ok=True)
    if found is None or found.returncode != 0:
        return {}
    parts = found.stdout.strip("\n").split("\t")
    names = ("containerId", "state", "error")
    return {name: part for name, part in zip(names, parts, strict=False) if part}


def remove_orphan_containers(accounts: Path) -> None:
    """Remove the containers left by a killed emulator. Blocking.

    Args:
        accounts: the directory of all accounts.
    """
    for note in accounts.glob("*/containers/*"):
        if note.is_file():
            end_container(Container(note.read_text(encoding="utf-8", errors="replace"), note.name, note))


def _mounted(task: TaskRun, mounts: Sequence[Mapping[str, Any]], root: Path) -> dict[str, str]:
    """The directories to mount, with their mount options; an empty list mounts none (REST API)."""
    places = {}
    for mount in mounts:
        variable = _BIND_SOURCES.get(mount["source"])
        place = str(root / "applications") if variable is None else task.environment.get(variable)
        if place is not None:
            places[place] = ":ro" if mount.get("isReadOnly") else ""
    return places


def _is_from(image: str, server: str) -> bool:
    first, slash, _ = image.partition("/")
    named = first if slash and ("." in first or ":" in first or first == "localhost") else "docker.io"
    return (server or "docker.io").removeprefix("https://").rstrip("/") in {named, f"index.{named}"}


def _engine(
    arguments: Sequence[str], more: Mapping[str, str], text: str | None = None, *, seconds: float = _PULL_SECONDS
) -> str | None:
    """Run the engine; None if it succeeded, else the last line it wrote."""
    done = _ask(arguments, more, text, seconds=seconds)
    if done is None:
        return "the container engine cannot be run or did not end in time"
    lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    return (
        None
        if done.returncode == 0
        else (lines[-1] if lines else f"{arguments[0]} ended with exit code {done.returncode}")
    )


def _ask(
    arguments: Sequence[str], more: Mapping[str, str], text: str | None = None, *, seconds: float
) -> subprocess.CompletedProcess[str] | None:
    """Run the engine; None if it could not be run or did not end in time."""
    try:
        return subprocess.run(
            arguments,
            env={**os.environ, **more},
            input=text,
            stdin=subprocess.DEVNULL if text is None else None,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
