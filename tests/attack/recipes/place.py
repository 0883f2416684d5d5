"""The folders of one attack: a recipe's folder with traps in it, a home with files that nobody may read, a state."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch import bundled_files

if TYPE_CHECKING:
    from pathlib import Path

CANARIES = ("canary-of-a-file", "canary-of-the-environment", "canary-of-a-secret")
"""Texts that are outside of the recipe's folder, in the environment, and in a secret: no output may hold them."""


@dataclass(frozen=True, slots=True)
class Place:
    """The folders below a root."""

    root: Path

    @property
    def recipe(self) -> Path:
        """The recipe that is attacked with."""
        return self.root / "recipe" / "hostile.yaml"

    @property
    def tests(self) -> Path:
        """Its tests."""
        return self.root / "recipe" / "hostile.test.yaml"

    @property
    def current(self) -> Path:
        """The current folder of the command."""
        return self.root / "current"

    @property
    def home(self) -> Path:
        """The user's home."""
        return self.root / "home"

    @property
    def settings(self) -> Path:
        """Where the user's settings are."""
        return self.home / ".config"

    @property
    def state(self) -> Path:
        """Where the tool may write."""
        return self.root / "state"

    def lay_out(self) -> None:
        """Make all of it."""
        for folder in ("recipe/data", "current", "home/.ssh", "home/.config", "outside", "state"):
            (self.root / folder).mkdir(parents=True, mode=0o700)
        self._fill()
        data = self.root / "recipe" / "data"
        (data / "rows.csv").write_text("name,n\nann,1\nbob,2\n", encoding="utf-8")
        for name in ("a.txt", "b.txt", "xc.txt"):
            (data / name).write_text("hello\n", encoding="utf-8")
        own = self.recipe.parent
        shutil.copytree(bundled_files.recipes()["topn"].parent, own, dirs_exist_ok=True)
        shutil.copytree(bundled_files.root() / "node", own / "node")
        (own / "link-to-file").symlink_to("../outside/secret.txt")
        (own / "link-to-folder").symlink_to("../outside", target_is_directory=True)
        (own / "loop").symlink_to(".", target_is_directory=True)
        os.mkfifo(own / "pipe")
        (own / "json.py").write_text("raise SystemExit('a module of the recipe was imported')\n", encoding="utf-8")
        (own / "golden-link").symlink_to("../home/.profile")
        self.tests.write_text(_TESTS, encoding="utf-8")

    def environment(self) -> dict[str, str]:
        """The variables of the command."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "VIRTUAL_ENV", "PYTHONPATH") if name in os.environ}
        return {
            **kept,
            "HOME": str(self.home),
            "AWS_SECRET_ACCESS_KEY": CANARIES[1],
            "RECIPEBATCH_SECRET_TOKEN": CANARIES[2],
            "RECIPEBATCH_STATE_DIR": str(self.state / "state"),
            "RECIPEBATCH_CACHE_DIR": str(self.state / "cache"),
            "COLUMNS": "80",
            "TERM": "dumb",
            "NO_COLOR": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def changes(self) -> list[str]:
        """What was written outside of the recipe's folder and the state."""
        changed = [
            f"wrote {path}"
            for path in self._kept()
            if path.read_text(encoding="utf-8") != f"{CANARIES[0]} of {path.name}\n"
        ]
        if changed:
            self._fill()
        made = [
            f"made {path}"
            for folder in (self.current, self.home, self.root / "outside")
            for path in folder.rglob("*")
            if path.is_file() and path not in self._kept() and self.settings not in path.parents
        ]
        return changed + made

    def _fill(self) -> None:
        for path in self._kept():
            path.write_text(f"{CANARIES[0]} of {path.name}\n", encoding="utf-8")

    def _kept(self) -> list[Path]:
        return [
            self.root / "outside" / "secret.txt",
            self.root / "outside" / "rows.csv",
            self.home / ".profile",
            self.home / ".ssh" / "id_rsa",
        ]


_TESTS = """\
recipe: hostile.yaml
cases:
  - name: a file beside it
    expect: {golden: golden.json}
  - name: a file outside
    expect: {golden: ../home/.profile}
  - name: a link
    expect: {golden: golden-link}
"""
