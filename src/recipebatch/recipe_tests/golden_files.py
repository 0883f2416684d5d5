"""Golden files on disk: read and written below the folder of the test file, and only if `test --update` wrote them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from recipebatch.errors import fail_at
from recipebatch.folder_files import FileTooLargeError, NotOwnFileError, read_below, write_below

if TYPE_CHECKING:
    from pathlib import Path

    from recipebatch.errors import SourcePosition

MAX_BYTES = 16 * 1024 * 1024
RUN_ID = "test"
"""Of every plan that is compared with a golden file."""


class UnusableGoldenFileError(Exception):
    """What has the name of a golden file is none; the text says why."""


@dataclass(frozen=True, slots=True)
class GoldenFile:
    """The file that a case names.

    Attributes:
        folder: of the test file.
        name: below it, with `/` between folders.
    """

    folder: Path
    name: str

    @property
    def path(self) -> Path:
        """Where it is."""
        return self.folder / self.name

    def read(self) -> str | None:
        """Its text; None if there is no such file.

        Raises:
            UnusableGoldenFileError: it is a link, no regular file, too large, not UTF-8, or cannot be read.
        """
        try:
            return read_below(self.folder, self.name, max_bytes=MAX_BYTES).decode()
        except FileNotFoundError:
            return None
        except UnicodeDecodeError:
            raise UnusableGoldenFileError(f"{self.name} is not UTF-8") from None
        except (NotOwnFileError, FileTooLargeError) as error:
            raise UnusableGoldenFileError(f"{self.name} is not read: {error}") from None
        except OSError as error:
            raise UnusableGoldenFileError(f"{self.name} cannot be read: {error.strerror}") from None

    def write(self, text: str) -> None:
        """Replace it, whole or not at all.

        Raises:
            UnusableGoldenFileError: what is there was not written by `test --update`, or it cannot be written.
        """
        there = self.read()
        if there is not None and not is_golden(there):
            message = f"{self.name} is not replaced: it is no golden file; delete it, or choose another name"
            raise UnusableGoldenFileError(message)
        try:
            write_below(self.folder, self.name, text.encode())
        except NotOwnFileError as error:
            raise UnusableGoldenFileError(f"{self.name} is not written: {error}") from None
        except OSError as error:
            raise UnusableGoldenFileError(f"{self.name} cannot be written: {error.strerror}") from None


def is_golden(text: str) -> bool:
    """Whether a text is the plan of a test, be it one of an older recipe."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(body, dict) and body.get("run_id") == RUN_ID and "recipe_name" in body


def check_name(name: str, at: SourcePosition) -> None:
    """Check that a golden file is below the folder of its test file, and that no program reads it as its settings.

    Raises:
        InvalidRecipeError: it is elsewhere, or hidden.
    """
    parts = PurePosixPath(name).parts
    if name.startswith("/") or ".." in parts or "\\" in name or "\x00" in name or not parts:
        hint = "write a path below that folder, such as demo.plan.json"
        fail_at(at, f"the golden file {name!a} is not below the folder of the test file", "files-outside", hint)
    if any(part.startswith(".") for part in parts):
        hint = "programs read hidden files as their settings: choose another name"
        fail_at(at, f"the golden file {name!a} is hidden", "files-outside", hint)
