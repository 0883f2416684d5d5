"""Container tasks: which engine there is, pulling images, and a task's command line inside a container."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from recipebatch.emulator.node_runner.model import TaskRun

_ENGINES = ("docker", "podman")
_PULL_SECONDS = 3600.0
_END_SECONDS = 30.0
_BIND_SOURCES = {
    "Shared": "shared",
    "Startup": "startup",
    "VfsMounts": "fsmounts",
    "Applications": "applications",
    "Task": "workitems",
    "JobPrep": "workitems",
}


class ImageError(Exception):
    """An image cannot be had; the message is the engine's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """Where images come from, and who may have them."""

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
    """The path of docker or podman on this machine; None if neither is there."""
    return next((path for engine in _ENGINES if (path := shutil.which(engine)) is not None), None)


def pull_image(engine: str | None, image: str, registries: Sequence[Registry]) -> None:
    """Have an image on this machine; one that is there is not looked up again. Blocking.

    Raises:
        ImageError: there is no engine, it does not run, or the image cannot be pulled.
    """
    if engine is None:
        raise ImageError("neither docker nor podman is installed on this machine")
    if _engine([engine, "image", "inspect", image], {}) is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        environment = {}
        fitting = [each for each in registries if each.username and _is_from(image, each.server)]
        for registry in fitting:
            # A configuration of its own: the user's is neither read nor written.
            environment = {"DOCKER_CONFIG": folder, "REGISTRY_AUTH_FILE": str(Path(folder, "auth.json"))}
            login = [engine, "login", "--username", registry.username, "--password-stdin"]
            server = [registry.server] if registry.server else []
            if (error := _engine([*login, *server], environment, registry.password)) is not None:
                raise ImageError(error)
        if (error := _engine([engine, "pull", image], environment)) is not None:
            raise ImageError(error)


def in_container(
    task: TaskRun, *, engine: str, settings: Mapping[str, Any], root: Path, name: str, outside: frozenset[str]
) -> TaskRun:
    """The same task, its command in a container. Pure.

    The node's directories are in the container under the same paths. The process sees the task's variables, but for
    those that belong to this machine.

    Args:
        task: as it would run without one.
        engine: path of the program.
        settings: `containerSettings`.
        root: of the node.
        name: of the container.
        outside: names of the variables of this machine.
    """
    arguments = [engine, "run", "--rm", "--name", name]
    mounts = settings.get("containerHostBatchBindMounts")
    if mounts is None:
        arguments += ["--volume", f"{root}:{root}"]
    else:
        # The task's own directory is always there: the command runs in it.
        places = {f"{task.directory}": ""}
        for mount in mounts:
            place = str(root / _BIND_SOURCES[mount["source"]])
            places[place] = ":ro" if mount.get("isReadOnly") else ""
        for place, suffix in places.items():
            arguments += ["--volume", f"{place}:{place}{suffix}"]
    if settings.get("workingDirectory", "taskWorkingDirectory") == "taskWorkingDirectory":
        arguments += ["--workdir", f"{task.directory}/wd"]
    # By name alone: a value on a command line could be read by everybody.
    for variable in sorted(set(task.environment) - outside - {"HOME"}):
        arguments += ["--env", variable]
    arguments += shlex.split(settings.get("containerRunOptions", ""))
    arguments += [settings["imageName"], *shlex.split(task.command_line)]
    return replace(task, command_line=shlex.join(arguments))


def end_container(engine: str, name: str) -> None:
    """Remove a container whose task has ended, if it is still there. Blocking."""
    _engine([engine, "rm", "--force", name], {}, seconds=_END_SECONDS)


def _is_from(image: str, server: str) -> bool:
    first, slash, _ = image.partition("/")
    named = first if slash and ("." in first or ":" in first or first == "localhost") else "docker.io"
    return (server or "docker.io").removeprefix("https://").rstrip("/") in {named, f"index.{named}"}


def _engine(
    arguments: Sequence[str], more: Mapping[str, str], text: str | None = None, *, seconds: float = _PULL_SECONDS
) -> str | None:
    """Run the engine; None if it succeeded, else the last line it wrote."""
    try:
        done = subprocess.run(
            arguments,
            env={**os.environ, **more},
            input=text,
            stdin=subprocess.DEVNULL if text is None else None,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    return None if done.returncode == 0 else (lines[-1] if lines else f"the engine ended with {done.returncode}")
