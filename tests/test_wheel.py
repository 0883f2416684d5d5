"""The wheel works where it is installed: schemas, node scripts and recipes travel inside it."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from recipebatch._version import __version__

if TYPE_CHECKING:
    from command import Cli

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the wheel of this checkout is installed into, apart from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "-w", str(folder / "dist"), str(ROOT)], check=True)
    (wheel,) = (folder / "dist").glob("*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--target", str(folder / "site"), str(wheel)], check=True)
    return folder / "site"


def test_the_wheel_has_the_version_of_the_sources(installed: Path) -> None:
    (distribution,) = metadata.distributions(path=[str(installed)], name="recipebatch")
    assert distribution.version == __version__


def test_the_bundled_files_come_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    script = "from recipebatch import bundled_files as b; print(b.root()); print(*b.recipes())"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={"PYTHONPATH": str(installed)},
        check=True,
        capture_output=True,
        text=True,
    )
    root, recipes = done.stdout.splitlines()
    assert Path(root) == installed / "recipebatch" / "bundled"
    assert "topn" in recipes.split()


def test_the_explanations_of_codes_come_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    script = "from recipebatch.explain import all_explanations as a; print(len(a()), a()[0].code)"
    here, there = (
        subprocess.run(
            [sys.executable, "-c", script], cwd=tmp_path, env=environ, check=True, capture_output=True
        ).stdout
        for environ in ({"PYTHONPATH": str(ROOT / "src")}, {"PYTHONPATH": str(installed)})
    )
    assert there == here


def test_the_page_of_a_report_comes_from_the_wheel_with_its_library_and_licence(
    installed: Path, tmp_path: Path
) -> None:
    script = "from recipebatch.pages.page import static as s; print(len(s('report.html')), s('uplot.min.js')[:60])"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={"PYTHONPATH": str(installed)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert "https://github.com/leeoniya/uPlot (v1.6.32)" in done.stdout
    licence = installed / "recipebatch" / "pages" / "static" / "uplot.LICENSE.txt"
    assert "The MIT License" in licence.read_text("utf-8")


def test_the_bundled_recipe_runs_from_any_folder_with_the_wheel(installed: Path, cli: Cli, tmp_path: Path) -> None:
    done = cli("apply", "builtin:topn", cwd=tmp_path, environ={"PYTHONPATH": str(installed)})
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "topn-output").glob("*_OUTPUT.txt"))) == 3


def test_the_local_account_starts_with_the_wheel(installed: Path, cli: Cli, tmp_path: Path) -> None:
    environ = {"PYTHONPATH": str(installed), "RECIPEBATCH_STATE_DIR": str(tmp_path / "state")}
    assert cli("emulator", "start", cwd=tmp_path, environ=environ).returncode == 0
    assert cli("emulator", "stop", cwd=tmp_path, environ=environ).returncode == 0
