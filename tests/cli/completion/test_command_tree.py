"""The commands as plain data, kept in a cache."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import typer

from recipebatch.cli.app import app
from recipebatch.cli.completion import command_tree as module
from recipebatch.cli.completion.command_tree import build_tree, command_tree
from recipebatch.cli.completion.entry import candidates, main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def root() -> Any:
    return typer.main.get_command(app)


def test_the_tree_is_built_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECIPEBATCH_COMPLETION_CACHE", str(tmp_path / "cache"))
    built = command_tree(root)
    assert built == build_tree(root())
    monkeypatch.setattr(module, "build_tree", lambda _root: {"commands": {}})
    assert command_tree(root) == built
    monkeypatch.setattr(module, "_version", lambda: "newer")
    assert command_tree(root) == {"commands": {}}
    (tmp_path / "cache" / "commands.json").write_text("{", encoding="utf-8")
    assert command_tree(root) == {"commands": {}}
    assert json.loads((tmp_path / "cache" / "commands.json").read_text(encoding="utf-8"))["key"] == "newer"


def test_a_completion_imports_no_parser_and_no_service(tmp_path: Path) -> None:
    environ = {**os.environ, "RECIPEBATCH_COMPLETION_CACHE": str(tmp_path)}
    script = (
        "import sys; from recipebatch.__main__ import main; sys.argv = ['recipebatch', *sys.argv[1:]]; main();"
        "loaded = {name.partition('.')[0] for name in sys.modules};"
        "print(sorted(loaded & {'typer', 'rich', 'azure', 'ruamel', 'jsonschema'}))"
    )
    shown = [
        subprocess.run(
            [sys.executable, "-c", script, "__complete", "fish", "bu", "apply"],
            env=environ,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.splitlines()
        for _ in range(2)
    ]
    assert "builtin:topn\tbundled recipe" in shown[0]
    assert shown[1][-1] == "[]"


def test_what_fails_completes_nothing(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    main(["fish"], root)
    assert capsysbinary.readouterr() == (b"", b"")


def test_bash_gives_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECIPEBATCH_COMPLETION_CACHE", str(tmp_path))
    assert candidates(["bash", "recipebatch appl"], root) == ["apply "]
