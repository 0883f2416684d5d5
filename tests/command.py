"""The command as a user runs it: a process of its own, with an environment of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

TIMEOUT = 300
COMMAND = (sys.executable, "-m", "recipebatch")
PRINTED: list[str] = []
"""All that all commands of the tests printed, but for what is asked for its secrets."""


@dataclass(frozen=True)
class Cli:
    """`recipebatch` with an environment.

    Attributes:
        printed: all that any call printed; what must never be in it is searched at the end.
    """

    environ: dict[str, str]
    printed: list[str] = field(default_factory=list)

    def __call__(
        self,
        *arguments: str | Path,
        cwd: Path | None = None,
        limits: Callable[[], None] | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*COMMAND, *map(str, arguments)],
            cwd=cwd,
            env={**self.environ, **(environ or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=TIMEOUT,
            check=False,
            preexec_fn=limits,
        )
        self.printed.extend((done.stdout, done.stderr))
        PRINTED.extend((done.stdout, done.stderr))
        return done

    def json(self, *arguments: str | Path, cwd: Path | None = None, exit_code: int = 0) -> dict[str, Any]:
        """The document that a call with `--json` prints, and nothing else, on stdout."""
        done = self(*arguments, "--json", cwd=cwd)
        assert done.returncode == exit_code, done.stderr
        body = json.loads(done.stdout)
        assert isinstance(body, dict)
        return body

    def account(self, **changed: str) -> dict[str, str]:
        """The local account as the Azure CLI's variables, with something changed."""
        exports = self("emulator", "env").stdout
        del self.printed[-2:], PRINTED[-2:]
        pairs = (line.removeprefix("export ").partition("=") for line in exports.splitlines())
        return {name: value.strip("'") for name, _, value in pairs} | changed

    def start(self, *arguments: str | Path, cwd: Path | None = None) -> subprocess.Popen[str]:
        """A call that goes on while the test does something else."""
        return subprocess.Popen(
            [*COMMAND, *map(str, arguments)],
            cwd=cwd,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def clean_environment(folder: Path) -> dict[str, str]:
    """The environment of the tests without any account, and with configuration and state below a folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AZURE_", "RECIPEBATCH_"))}
    cache = {name: os.environ[name] for name in ("RECIPEBATCH_CACHE_DIR",) if name in os.environ}
    return (
        kept
        | cache
        | {
            "RECIPEBATCH_STATE_DIR": str(folder / "state"),
            "RECIPEBATCH_CONFIG_DIR": str(folder / "config"),
            "RECIPEBATCH_OWNER": "tester",
            "COLUMNS": "200",
            "PYTHONIOENCODING": "utf-8",
        }
    )


def unmeasured(environ: dict[str, str]) -> dict[str, str]:
    """An environment in which the coverage of commands is not measured: for many of them that do what others do."""
    return {name: value for name, value in environ.items() if not name.startswith("COVERAGE")}
