"""What a command finds around it: a folder that is gone, a home it cannot use, limits, files named as modules."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from command import COMMAND, clean_environment, unmeasured

from recipebatch.__main__ import safe_path

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    # Coverage writes files and imports modules of its own, which limits and shadows would hit.
    return unmeasured(clean_environment(tmp_path))


def shell(script: str, environ: dict[str, str], cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a script in which $RB is the command; without a traceback."""
    environ = environ | {"RB": " ".join(COMMAND)}
    done = subprocess.run(
        ["bash", "-c", script], env=environ, cwd=cwd, capture_output=True, text=True, timeout=120, check=False
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


GONE = "mkdir gone && cd gone && rmdir ../gone && "


@pytest.mark.parametrize(
    "command", ["--version", "explain machine", "plan builtin:topn", "lint builtin:topn", "schema", "emulator status"]
)
def test_a_command_that_needs_no_current_folder_works_where_it_was_deleted(
    environ: dict[str, str], tmp_path: Path, command: str
) -> None:
    assert shell(f"{GONE}$RB {command}", environ, tmp_path).returncode == 0


@pytest.mark.parametrize(("command", "code"), [("plan x.yaml", 4), ("validate x.yaml", 4), ("apply x.yaml", 4)])
def test_a_command_that_needs_the_current_folder_says_that_it_was_deleted(
    environ: dict[str, str], tmp_path: Path, command: str, code: int
) -> None:
    done = shell(f"{GONE}$RB {command}", environ, tmp_path)
    assert done.returncode == code
    assert done.stderr.startswith("error: the current folder no longer exists [machine]\n")


# In /proc not even the superuser can create a folder.
HOMES = ["/dev/null", "$PWD/file", "$PWD/file/below", *(["/proc"] if sys.platform == "linux" else [])]


@pytest.mark.parametrize("home", HOMES)
def test_a_home_that_is_no_folder_is_told_in_words(environ: dict[str, str], tmp_path: Path, home: str) -> None:
    own = {name: value for name, value in environ.items() if not name.startswith(("RECIPEBATCH_STATE", "XDG_"))}
    for command in ("runs", "emulator start"):
        done = shell(f"touch file; HOME={home} $RB {command}", own, tmp_path)
        assert done.returncode == 4, done.stderr
        assert "[local-account]" in done.stderr
    assert shell(f"HOME={home} $RB plan builtin:topn", own, tmp_path).returncode == 0


def test_a_missing_folder_for_temporary_files_is_no_obstacle(environ: dict[str, str], tmp_path: Path) -> None:
    assert shell("TMPDIR=/no/such/folder $RB plan builtin:topn", environ, tmp_path).returncode == 0


@pytest.mark.parametrize("limit", ["-n 6", "-v 60000", "-f 0"])
@pytest.mark.skipif(sys.platform != "linux", reason="the limits are those of Linux")
def test_a_limit_of_the_process_is_told_or_kept(environ: dict[str, str], tmp_path: Path, limit: str) -> None:
    done = shell(f"ulimit {limit}; $RB plan builtin:topn > plan.txt", environ, tmp_path)
    assert done.returncode in {0, 4}, done.stderr
    assert done.returncode == 0 or done.stderr.startswith("error: ")


SHADOWS = ("json", "typing", "__future__", "azure", "typer", "yaml", "ruamel", "rich", "jinja2", "subprocess", "errno")


def test_no_module_of_the_current_folder_or_of_the_recipes_folder_is_imported(
    environ: dict[str, str], tmp_path: Path
) -> None:
    hit = tmp_path / "hit"
    for name in SHADOWS:
        (tmp_path / f"{name}.py").write_text(f"open({str(hit)!r}, 'a').write({name!r})\nraise SystemExit(9)\n")
    (tmp_path / "recipe.yaml").write_text(
        "schema_version: 1\nname: r\npool: {image: ubuntu-24.04, vm_size: standard_d2s_v3, spot_nodes: 1}\n"
        "tasks: [{commands: ['true']}]\n"
    )
    for named in ("", ":", "."):
        done = shell("$RB plan recipe.yaml", environ | {"PYTHONPATH": named}, tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
    assert not hit.exists()


def test_the_search_path_loses_the_current_folder_alone() -> None:
    own = next(item for item in sys.path if safe_path([item], item, "") == [item]) if sys.path else ""
    path = ["", ".", "/here", "/lib", "/named"]
    assert safe_path(path, "/here", "") == ["/lib", "/named"]
    assert safe_path(path, None, "") == ["/here", "/lib", "/named"]
    assert safe_path(path, "/named", ":/named:.") == ["/here", "/lib", "/named"]
    assert safe_path([own], own, "") == [own]


@pytest.mark.skipif(sys.platform != "linux", reason="the modes are those of the system's temporary folder")
def test_what_a_command_writes_follows_the_umask_of_the_user(environ: dict[str, str], tmp_path: Path) -> None:
    assert shell("umask 077; $RB new mine", environ, tmp_path).returncode == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "mine").rglob("*"))
