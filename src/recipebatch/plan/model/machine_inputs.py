"""MachineInputs: what a run takes from the machine that starts it, beyond the recipe's own folder."""

from __future__ import annotations

from dataclasses import dataclass

MAX_FILES = 1000
"""Files that are listed one by one; the others are counted."""

MAX_PLACES = 20
"""Places that are named for one secret; the others are counted."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class TakenFile:
    """A local file outside of the recipe's folder.

    Attributes:
        path: absolute, with its links followed.
        use: what becomes of it, such as `blob a.txt of input`, or `table`.
    """

    path: str
    use: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenSecret:
    """A secret parameter.

    Attributes:
        source: where its value is read, in words.
        used_by: the first pools, jobs and tasks that get it.
        uses: how many do.
    """

    name: str
    source: str
    used_by: tuple[str, ...]
    uses: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineInputs:
    """What a run takes from the machine that starts it.

    Attributes:
        folder: of the recipe.
        files: outside of the folder; the first `MAX_FILES` of them.
        file_count: how many there are.
        variables: of the environment, that the recipe's expressions read.
        secrets: the secret parameters.
        accounts: other storage accounts of the user's settings, whose containers the tasks can reach.
        factories: functions of installed packages that are called.
    """

    folder: str
    files: tuple[TakenFile, ...] = ()
    file_count: int = 0
    variables: tuple[str, ...] = ()
    secrets: tuple[TakenSecret, ...] = ()
    accounts: tuple[str, ...] = ()
    factories: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it takes nothing beyond the folder."""
        return not (self.files or self.variables or self.secrets or self.accounts or self.factories)
