"""PhaseOptions: how the phases of a run do their work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from recipebatch.config.secret_grants import SecretGrant
from recipebatch.errors import UsageError
from recipebatch.text.globs import check
from recipebatch.text.patterns import InvalidPatternError
from recipebatch.vocabulary.durations import LONGEST, longest_text

if TYPE_CHECKING:
    from collections.abc import Callable


def keep_all(_kind: str, _names: tuple[str, ...]) -> bool:
    """The default of `confirm`: without anyone to ask, nothing is deleted."""
    return False


def delete_all(_kind: str, _names: tuple[str, ...]) -> bool:
    """A purge that the recipe does not say to ask about needs no confirmation."""
    return True


class NobodyToAskError(UsageError):
    """What `confirm` raises where it has to ask and cannot: a purge then deletes nothing, and names what it would."""


YES_NO = ("yes", "no")
"""The answers of a question that can be answered beforehand."""


def choose_none(_question: str, _answers: tuple[str, ...]) -> str | None:
    """The default of `choose`: no user can be asked."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseOptions:
    """How the phases of a run do their work.

    Attributes:
        output_dir: the folder that relative paths of `collect` start from.
        overwrite: replace local files that an earlier collect did not write.
        include: collect these blobs instead of those that the recipe names.
        timeout: stop watching after this time; None is the recipe's `watch`.
        force: purge outputs even if they were not collected, containers whose retention is not over, and pools that
            jobs of others run on.
        secrets: what the recipe's secrets may be read from, beside what the user's settings allow.
        break_lock: take the run's lock even if another command holds it.
        allow_paths: local files and folders that the run may read beside those of its recipe.
        confirm: with `purge: ask`, called once a kind with the names of the resources before anything is deleted; False
            keeps them, and NobodyToAskError ends the purge.
        choose: called with a question and its answers where a recipe has changed since its run started, and before a
            run of another owner is continued, purged or stopped; returns an answer, or None where no user can be asked.
    """

    output_dir: Path = Path()
    overwrite: bool = False
    include: tuple[str, ...] = ()
    timeout: timedelta | None = None
    force: bool = False
    secrets: tuple[SecretGrant, ...] = ()
    break_lock: bool = False
    allow_paths: tuple[Path, ...] = ()
    confirm: Callable[[str, tuple[str, ...]], bool] = keep_all
    choose: Callable[[str, tuple[str, ...]], str | None] = choose_none

    def __post_init__(self) -> None:
        """Refuse values of a type that would be misread later: a text of `include` is a sequence of characters."""
        for name, expected, words in (
            ("output_dir", Path, "a Path"),
            ("include", tuple, "a tuple of texts"),
            ("secrets", tuple, "a tuple of SecretGrant"),
            ("allow_paths", tuple, "a tuple of Paths"),
            ("timeout", timedelta | None, "a timedelta or None"),
        ):
            value = getattr(self, name)
            if not isinstance(value, expected):
                raise UsageError(f"PhaseOptions: {name} must be {words}, not {type(value).__name__}")
        if self.timeout is not None and not timedelta() <= self.timeout <= LONGEST:
            raise UsageError(f"PhaseOptions: timeout must be from 0 to {longest_text(LONGEST)}")
        for pattern in self.include:
            try:
                check(pattern)
            except InvalidPatternError as error:
                raise UsageError(f"a pattern of include cannot be used: {error}", hint=error.hint) from None
        if not all(isinstance(grant, SecretGrant) for grant in self.secrets):
            raise UsageError("PhaseOptions: secrets must be a tuple of SecretGrant")
