"""Completion in real shells, as a person types."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

import pyte
import pytest
from system_programs import required_program
from waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A home with the command, a recipe and the cache of an earlier completion."""
    program = tmp_path / "bin" / "recipebatch"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m recipebatch "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    (tmp_path / "my recipe.yaml").write_text("parameters:\n  words: {type: integer}\n", encoding="utf-8")
    return {
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "TERM": "vt100",
        "LANG": "C.UTF-8",
        "PS1": "$ ",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "RECIPEBATCH_COMPLETION_CACHE": str(tmp_path / "cache"),
    }


class Shell:
    """An interactive shell on a terminal in memory."""

    def __init__(self, command: list[str], environ: dict[str, str], folder: Path) -> None:
        ours, theirs = pty.openpty()
        self._ours = ours
        self.process = subprocess.Popen(
            command, env=environ, cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        os.close(theirs)
        os.set_blocking(ours, False)
        self.screen = pyte.Screen(120, 30)
        self._stream = pyte.ByteStream(self.screen)

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def shows(self, text: str) -> bool:
        try:
            while piece := os.read(self._ours, 65536):
                self._stream.feed(piece)
        except BlockingIOError:
            pass
        return any(text in line for line in self.screen.display)

    def expect(self, text: str) -> None:
        wait_for(lambda: self.shows(text), text)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)


@pytest.fixture
def shells() -> Iterator[list[Shell]]:
    started: list[Shell] = []
    yield started
    for shell in started:
        shell.close()


@pytest.mark.parametrize("name", ["bash", "zsh"])
def test_a_shell_completes_commands_recipes_and_parameters(
    name: str, environ: dict[str, str], tmp_path: Path, shells: list[Shell]
) -> None:
    options = {"bash": ["--norc", "--noprofile", "-i"], "zsh": ["-f", "-i"]}[name]
    shell = Shell([required_program(name), *options], environ, tmp_path)
    shells.append(shell)
    prepared = {"bash": "", "zsh": "PS1='$ '; autoload -Uz compinit; compinit -D -u; "}[name]
    shell.type(f"{prepared}source <(recipebatch completion {name}); echo re''ady\n")
    shell.expect("ready")
    shell.type("recipebatch va\t")
    shell.expect("recipebatch validate ")
    shell.type("bui\t")
    shell.expect("validate builtin:")
    shell.type("top\t")
    shell.expect("validate builtin:topn ")
    shell.type("-p w\t5\n")
    shell.expect("-p words=5")
    shell.type("recipebatch apply my\t")
    shell.expect("apply my\\ recipe.yaml ")
    shell.type("-p w\t")
    shell.expect("my\\ recipe.yaml -p words=")


def test_fish_completes_commands_recipes_and_parameters(environ: dict[str, str], tmp_path: Path) -> None:
    fish = required_program("fish")

    def completed(line: str) -> list[str]:
        script = f"recipebatch completion fish | source; complete -C '{line}'"
        done = subprocess.run(
            [fish, "--no-config", "-c", script], env=environ, cwd=tmp_path, capture_output=True, text=True, check=True
        )
        return done.stdout.splitlines()

    assert [line.split("\t")[0] for line in completed("recipebatch va")] == ["validate"]
    assert completed("recipebatch apply builtin:top") == ["builtin:topn\tbundled recipe"]
    assert completed("recipebatch apply builtin:topn -p wo") == ["words=\tparameter"]
