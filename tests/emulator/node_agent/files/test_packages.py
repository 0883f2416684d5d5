from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from recipebatch.emulator.node_agent.files.packages import PackageError, install_package, package_variables
from recipebatch.emulator.node_agent.http_client import Stop

if TYPE_CHECKING:
    from pathlib import Path


def zip_file(path: Path, **entries: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in entries.items():
            archive.writestr(name, text)
    return path


def test_variables_name_the_directory_with_and_without_the_version(tmp_path: Path) -> None:
    directory = str(tmp_path / "applications" / "my.tool-a" / "1.0")
    assert package_variables(tmp_path, "my.tool-a", "1.0", is_default=True) == {
        "AZ_BATCH_APP_PACKAGE_my_tool_a_1_0": directory,
        "AZ_BATCH_APP_PACKAGE_my_tool_a": directory,
    }
    assert list(package_variables(tmp_path, "Tool", "2", is_default=False)) == ["AZ_BATCH_APP_PACKAGE_Tool_2"]


def test_a_package_is_unpacked_once(tmp_path: Path) -> None:
    install_package(zip_file(tmp_path / "1.zip", **{"bin/tool": "one"}), tmp_path, "tool", "1", Stop())
    install_package(zip_file(tmp_path / "2.zip", **{"bin/tool": "two"}), tmp_path, "tool", "1", Stop())
    assert (tmp_path / "applications/tool/1/bin/tool").read_text("utf-8") == "one"
    assert [path.name for path in (tmp_path / "applications/tool").iterdir()] == ["1"]


def test_a_program_in_a_package_stays_one(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "1.zip", "w") as archive:
        entry = zipfile.ZipInfo("run")
        entry.external_attr = 0o100755 << 16
        archive.writestr(entry, "#!/bin/sh\n")
    install_package(tmp_path / "1.zip", tmp_path, "tool", "1", Stop())
    assert (tmp_path / "applications/tool/1/run").stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("name", ["../out", "/out", "a/../../out"])
def test_a_name_that_leads_out_of_the_package_is_refused_and_nothing_stays(tmp_path: Path, name: str) -> None:
    with pytest.raises(PackageError, match="leads out of the package"):
        install_package(zip_file(tmp_path / "1.zip", **{"good": "", name: ""}), tmp_path, "tool", "1", Stop())
    assert list((tmp_path / "applications/tool").iterdir()) == []


def test_a_file_that_is_no_zip_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "1.zip").write_bytes(b"not a zip file")
    with pytest.raises(PackageError, match="not a zip file"):
        install_package(tmp_path / "1.zip", tmp_path, "tool", "1", Stop())
