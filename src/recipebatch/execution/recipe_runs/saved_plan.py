"""SavedPlan: what `plan -o FILE` writes and `apply FILE` carries out; a file of JSON without any secret."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from recipebatch._version import __version__
from recipebatch.errors import RecipeBatchError, UsageError
from recipebatch.files import read_regular
from recipebatch.folder_files import open_folder, replaceable
from recipebatch.runs import record_from_json

if TYPE_CHECKING:
    from pathlib import Path

    from recipebatch.runs import RunRecord

KIND = "recipebatch-plan"
VERSION = 1
_MAX_BYTES = 512 * 1024 * 1024


class StalePlanError(UsageError):
    """A saved plan is not carried out, as something that it was made against has changed."""

    code = "stale-plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPlan:
    """A plan that is to be carried out as it is.

    Attributes:
        recipe: the path of its file with all links followed, or `builtin:NAME`.
        record: of its run: as it would begin, or as it was when it goes on. It has the recipe, parameters, local files
            and listings, and its id.
        given: the parameters that the user gave; a path in another one is not allowed by that.
        came_with_recipe: those of them whose values a file of the recipe's own gives.
        new: another run was to be started even if one is unfinished.
        storage: the name of the storage account that has the record.
        content: by container of the recipe, the MD5 of each local file, in hexadecimal.
        comparison: what was to be done with each resource, as JSON.
        seen: what the account had of each: its ETag, or what it was.
        version: of the recipebatch that wrote it.
    """

    recipe: str
    record: RunRecord
    given: tuple[str, ...] = ()
    came_with_recipe: tuple[str, ...] = ()
    new: bool = False
    storage: str = ""
    content: dict[str, dict[str, str]] = field(default_factory=dict)
    comparison: dict[str, Any] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)
    version: str = __version__

    @property
    def continues(self) -> bool:
        """An unfinished run goes on; otherwise another one begins."""
        return self.comparison.get("run") is not None

    @property
    def given_values(self) -> dict[str, Any]:
        """The parameters that the user gave, with their values."""
        return {name: self.record.parameters[name] for name in self.given if name in self.record.parameters}

    def to_json(self) -> str:
        """The text of the file."""
        body = {
            "kind": KIND,
            "version": VERSION,
            "recipebatch": self.version,
            "recipe": self.recipe,
            "account": self.record.account,
            "storage": self.storage,
            "given": list(self.given),
            "came_with_recipe": list(self.came_with_recipe),
            "new": self.new,
            "comparison": self.comparison,
            "seen": self.seen,
            "content": self.content,
            "record": json.loads(self.record.to_json()),
        }
        return json.dumps(body, indent=1) + "\n"

    def write(self, path: Path) -> None:
        """Write the file, whole or not at all, for this user alone.

        Raises:
            UsageError: it cannot be written.
        """
        try:
            real = replaceable(path)
            with open_folder(real.parent) as folder:
                folder.write(real.name, self.to_json().encode("ascii"), 0o600)
        except OSError as error:
            raise UsageError(f"{path} cannot be written: {error.strerror or error}") from None


def read_saved_plan(path: Path) -> SavedPlan | None:
    """The saved plan in a file; None if the file is something else, such as a recipe.

    Raises:
        UsageError: it is a saved plan of another version, or it is damaged.
    """
    try:
        if not path.is_file():
            return None
        content = read_regular(os.path.realpath(path), _MAX_BYTES)
        body = json.loads(content) if content.lstrip().startswith(b"{") else None
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(body, dict) or body.get("kind") != KIND:
        return None
    made_by = body.get("recipebatch")
    if body.get("version") != VERSION or made_by != __version__:
        raise StalePlanError(
            f"{path} was saved by recipebatch {made_by}, and this is {__version__}", hint="make the plan again"
        )
    try:
        return _read(body)
    except (RecipeBatchError, KeyError, TypeError, ValueError, AttributeError):
        raise UsageError(f"{path} is a saved plan that is damaged", hint="make the plan again") from None


def _read(body: dict[str, Any]) -> SavedPlan:
    record = body["record"]
    return SavedPlan(
        recipe=str(body["recipe"]),
        record=record_from_json(json.dumps(record), etag=None, run_id=str(record["run_id"])),
        given=tuple(map(str, body["given"])),
        came_with_recipe=tuple(map(str, body["came_with_recipe"])),
        new=bool(body["new"]),
        storage=str(body["storage"]),
        content={name: {blob: str(md5) for blob, md5 in blobs.items()} for name, blobs in body["content"].items()},
        comparison=dict(body["comparison"]),
        seen={name: str(etag) for name, etag in body["seen"].items()},
    )
