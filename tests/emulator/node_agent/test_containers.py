from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from recipebatch.emulator.node_agent.containers import (
    Container,
    ImageError,
    Registry,
    begin_container,
    end_container,
    in_container,
    pull_image,
    remove_orphan_containers,
)
from recipebatch.emulator.node_agent.model import TaskRun

if TYPE_CHECKING:
    from collections.abc import Callable

    Program = Callable[[str], Path]

ROOT = Path("/node")
TASK = TaskRun(
    directory=ROOT / "workitems/j/job-1/t",
    command_line="python run.py 'a b'",
    environment={
        "HOME": "/home",
        "PATH": "/bin",
        "AZ_BATCH_TASK_DIR": str(ROOT / "workitems/j/job-1/t"),
        "AZ_BATCH_NODE_SHARED_DIR": "/node/shared",
        "NAME": "secret",
    },
)
CONTAINER = Container("/bin/docker", "c-1", Path("/notes/c-1"))


def command(outside: frozenset[str] = frozenset(), **settings: Any) -> list[str]:
    settings = {"imageName": "python:3", **settings}
    inside = in_container(TASK, container=CONTAINER, settings=settings, root=ROOT, outside=outside)
    return shlex.split(inside.command_line)


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Makes a container engine that writes its arguments to `calls` and does what a script says."""

    def make(script: str) -> Path:
        path = tmp_path / "engine"
        path.write_text(f'#!/bin/sh\necho "$*" >> {tmp_path}/calls\n{script}\n', encoding="utf-8")
        path.chmod(0o755)
        return path

    return make


def test_the_command_runs_with_the_nodes_directories_and_the_tasks_variables() -> None:
    assert command(outside=frozenset({"PATH"})) == [
        *("/bin/docker", "run", "--name", "c-1", "--volume", "/node:/node"),
        *("--workdir", "/node/workitems/j/job-1/t/wd"),
        *("--env", "AZ_BATCH_NODE_SHARED_DIR", "--env", "AZ_BATCH_TASK_DIR", "--env", "NAME"),
        *("python:3", "python", "run.py", "a b"),
    ]


def test_no_value_of_a_variable_is_on_the_command_line() -> None:
    assert "secret" not in " ".join(command())


def test_only_named_places_are_mounted() -> None:
    mounts = [{"source": "Shared", "isReadOnly": True}, {"source": "Task"}, {"source": "JobPrep"}]
    arguments = command(containerHostBatchBindMounts=mounts)
    assert arguments[4:8] == [
        *("--volume", "/node/shared:/node/shared:ro"),
        *("--volume", f"{TASK.directory}:{TASK.directory}"),
    ]
    assert "--tmpfs" not in arguments


def test_a_node_whose_path_has_a_colon_a_comma_or_quotes_is_mounted() -> None:
    root = Path('/a:b,"c"')
    settings = {"imageName": "python:3"}
    inside = in_container(TASK, container=CONTAINER, settings=settings, root=root, outside=frozenset())
    assert shlex.split(inside.command_line)[4:6] == [
        "--mount",
        'type=bind,"source=/a:b,""c""","target=/a:b,""c"""',
    ]


def test_a_working_directory_that_is_not_mounted_is_the_containers_own() -> None:
    arguments = command(containerHostBatchBindMounts=[])
    assert "--volume" not in arguments
    assert arguments[arguments.index("--tmpfs") + 1] == f"{TASK.directory}/wd"


def test_the_image_can_keep_its_working_directory_and_options_are_handed_on() -> None:
    arguments = command(workingDirectory="containerImageDefault", containerRunOptions="--rm --user 'a b'")
    assert "--workdir" not in arguments
    assert arguments[arguments.index("--rm") :][:4] == ["--rm", "--user", "a b", "python:3"]


def test_an_image_that_is_there_is_not_pulled(program: Program, tmp_path: Path) -> None:
    pull_image(str(program("exit 0")), "python:3", [])
    assert (tmp_path / "calls").read_text("utf-8") == "image inspect python:3\n"


def test_only_a_registry_of_the_image_is_logged_in_to(program: Program, tmp_path: Path) -> None:
    engine = program('case "$1" in image) exit 1;; login) cat >> ' + str(tmp_path) + "/passwords;; esac")
    registries = [
        Registry(server="mine.example", username="me", password="p1"),
        Registry(server="other.example", username="me", password="p2"),
    ]
    pull_image(str(engine), "mine.example/tool:1", registries)
    calls = (tmp_path / "calls").read_text("utf-8").splitlines()
    assert calls[1:] == ["login --username me --password-stdin mine.example", "pull mine.example/tool:1"]
    assert (tmp_path / "passwords").read_text("utf-8") == "p1"


def test_the_error_of_a_pull_is_the_last_line_of_the_engine(program: Program) -> None:
    engine = program('[ "$1" = image ] && exit 1; echo warning >&2; echo "no such image" >&2; exit 125')
    with pytest.raises(ImageError, match=r"^no such image$"):
        pull_image(str(engine), "none", [])


def test_without_an_engine_there_is_no_image() -> None:
    with pytest.raises(ImageError, match="neither docker nor podman"):
        pull_image(None, "python:3", [])


def test_a_container_is_noted_until_it_has_been_removed(program: Program, tmp_path: Path) -> None:
    engine = program("printf 'id-1\\texited\\t\\n'")
    container = begin_container(str(engine), tmp_path / "notes")
    assert container.note.read_text("utf-8") == str(engine)
    assert end_container(container) == {"containerId": "id-1", "state": "exited"}
    assert not container.note.exists()
    assert (tmp_path / "calls").read_text("utf-8").splitlines()[1:] == [f"rm --force {container.name}"]


def test_a_container_that_runs_is_killed_first(program: Program, tmp_path: Path) -> None:
    container = begin_container(str(program("printf 'id-1\\trunning\\t\\n'")), tmp_path / "notes")
    end_container(container)
    verbs = [line.split()[0] for line in (tmp_path / "calls").read_text("utf-8").splitlines()]
    assert verbs == ["container", "kill", "rm"]


def test_orphan_containers_are_found_by_their_notes(program: Program, tmp_path: Path) -> None:
    notes = tmp_path / "accounts" / "local" / "containers"
    notes.parent.mkdir(parents=True)
    container = begin_container(str(program("exit 1")), notes)
    remove_orphan_containers(tmp_path / "accounts")
    assert list(notes.iterdir()) == []
    assert f"rm --force {container.name}" in (tmp_path / "calls").read_text("utf-8")
