"""Looks for the local files of a recipe: RequiredInputs → LocalInputs, read only as far as ReadAccess allows."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipebatch.errors import InvalidRecipeError, Problem, ProblemList, SourcePosition
from recipebatch.files import (
    ListedFile,
    Listing,
    ListingBudget,
    ReadAccess,
    RefusedPathError,
    TooManyFilesError,
    Unlisted,
    fixed_part,
    listed_files,
    regular_size,
    why_unreadable,
)
from recipebatch.inputs.factories import items_of, refused_everywhere
from recipebatch.inputs.local_files import LocalFile, LocalInputs
from recipebatch.text.exclusions import Exclusions
from recipebatch.text.globs import matches
from recipebatch.vocabulary.blob_names import unfit
from recipebatch.vocabulary.reserved_characters import MARK_NAMES, has_mark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from recipebatch.inputs.local_files import RequiredInputs, RequiredNames, RequiredTable, RequiredUpload

MAX_TABLE_BYTES = 64 * 1024 * 1024
"""Of all tables of a recipe together."""

MAX_MATCHES = 2_000_000
"""Files times patterns of `exclude`, of all uploads of a recipe; a comparison takes about a microsecond."""

MAX_CONTENT_BYTES = 1024 * 1024
_MAX_TOLD = 20
"""Files of one upload that are named because they cannot be read."""


class InvalidInputsError(InvalidRecipeError):
    """Local files, tables or factories of a recipe are not right.

    Attributes:
        found: what could be read.
        only_files: all but some uploads could be read.
    """

    def __init__(self, problems: tuple[Problem, ...], found: LocalInputs, *, only_files: bool) -> None:
        super().__init__(problems)
        self.found = found
        self.only_files = only_files


def read_local_inputs(
    required: RequiredInputs,
    *,
    access: ReadAccess | None = None,
    refusal: Callable[[str, Path], str | None] = refused_everywhere,
) -> LocalInputs:
    """Look for the files, read the tables and call the custom factories.

    Args:
        required: what to look for.
        access: which files may be read; default: those of the recipe's folder and of its repository.
        refusal: why a custom factory must not run for a recipe of a folder, or None.

    Raises:
        InvalidInputsError: a source matches nothing or must not be read, two files would be one blob, a table cannot
            be read; all at once.
    """
    reader = _Reader(required, access or ReadAccess.of_recipe(required.folder))
    files = reader.uploaded()
    of_files = len(reader.problems)
    tables = reader.tables()
    items = _made(required, refusal, reader.problems)
    names = {each.pattern: reader.names(each) for each in required.names}
    found = LocalInputs(files=files, tables=tables, items=items, names=names, warnings=tuple(reader.warnings))
    if reader.problems:
        problems = sorted(set(reader.problems), key=lambda problem: (problem.at, problem.message))
        raise InvalidInputsError(tuple(problems), found, only_files=len(reader.problems) == of_files)
    return found


def _made(
    required: RequiredInputs, refusal: Callable[[str, Path], str | None], problems: list[Problem]
) -> dict[str, list[Any]]:
    """What each custom factory gives."""
    items: dict[str, list[Any]] = {}
    for call in required.items:
        if call.key not in items:
            try:
                items[call.key] = items_of(call, required.folder_of(call.at), refusal)
            except InvalidRecipeError as error:
                problems += error.problems
    return items


@dataclass(frozen=True, slots=True)
class _Found:
    """A file that fits a source: its path below the source's fixed part (`/` between folders), and without links."""

    name: str
    path: str


class _Reader:
    """Looks for the files of one recipe, within limits that they share, and keeps what is wrong."""

    def __init__(self, required: RequiredInputs, access: ReadAccess) -> None:
        self.problems = ProblemList()
        self.warnings: list[str] = []
        self._required = required
        self._access = access
        self._budget = ListingBudget()
        self._table_bytes = 0
        self._matches = 0

    def uploaded(self) -> dict[str, tuple[LocalFile, ...]]:
        """The files of each container."""
        files: dict[str, dict[str, LocalFile]] = {}
        for upload in self._required.uploads:
            found = files.setdefault(upload.container, {})
            before = len(self.problems)
            count = 0
            for file in self._files_of(upload):
                count += 1
                other = found.setdefault(file.blob, file)
                if other is not file:
                    both = f"{other.source or 'a text'}, {file.source or 'a text'}"
                    message = f"two files would be the blob {file.blob} of {upload.container}: {both}"
                    self.problem(upload.at, message, "duplicate-blob", "give one of them a `prefix`")
            if count == 0 and len(self.problems) == before:
                self.problem(upload.at, f"{upload.source} matches no file", "missing-file", self._looked_in(upload.at))
        return {container: tuple(sorted(found.values())) for container, found in files.items()}

    def tables(self) -> dict[str, str]:
        """The texts of the tables by their paths as the recipe has them."""
        tables: dict[str, str] = {}
        for table in self._required.tables:
            if table.file not in tables:
                text = self._table(table)
                if text is not None:
                    tables[table.file] = text
        return tables

    def names(self, required: RequiredNames) -> list[str]:
        """Paths below the recipe's folder, with `/` between folders, in their order."""
        folder = self._required.folder_of(required.at)
        real = os.path.realpath(folder)
        fixed, _ = fixed_part(required.pattern)
        base = Path(os.path.realpath(folder / fixed))
        if not base.is_relative_to(real) or "\\" in required.pattern or ":" in required.pattern[:2]:
            hint = "a loop over local files is limited to the recipe's folder"
            self.problem(required.at, f"{required.pattern} is outside the recipe's folder", "files-outside", hint)
            return []
        before = len(self.problems)
        candidates = self._candidates(required.pattern, required.at, Exclusions(()))
        for outside in (each for each in candidates if not Path(each.path).is_relative_to(real)):
            hint = "loop over files of the recipe's folder: remove the link, or write a pattern that does not match it"
            self.problem(required.at, f"{outside.name} is a link to outside the recipe's folder", "files-outside", hint)
        found = sorted(
            (base / each.name if base.is_dir() else base).relative_to(real).as_posix() for each in candidates
        )
        refused = next((name for name in found if unfit(name) is not None), None)
        if refused is not None:
            self.problem(required.at, f"{refused!a} {unfit(refused)}", "invalid-blob-name", "rename the file")
        elif not found and len(self.problems) == before:
            message = f"{required.pattern} matches no file"
            self.problem(required.at, message, "missing-file", self._looked_in(required.at))
        return found

    def _files_of(self, upload: RequiredUpload) -> Iterator[LocalFile]:
        if upload.content is not None:
            yield from self._text_of(upload, upload.content)
            return
        exclusions = Exclusions(upload.exclude)
        candidates = self._candidates(upload.source or "", upload.at, exclusions)
        if upload.blob is not None and len(candidates) > 1:
            message = f"blob names one file, but {upload.source} matches {len(candidates)}"
            self.problem(upload.at, message, "duplicate-blob", "use `prefix`, or a source of one file")
            return
        self.warnings += [
            f"{upload.at}: exclude {pattern} matches nothing in {upload.source}: patterns apply to the paths below it"
            for pattern in exclusions.unused()
        ]
        base = os.path.realpath(self._required.folder_of(upload.at) / fixed_part(upload.source or "")[0])
        for found in candidates:
            if not Path(found.path).is_relative_to(base):
                message = f"{base}/{found.name} is a link to outside the folder"
                self.problem(upload.at, message, "files-outside", "upload its target separately, or exclude it")
                continue
            blob = upload.prefix + (upload.blob or found.name)
            problem = unfit(blob)
            if problem is not None:
                self.problem(upload.at, f"{found.path!a} {problem}", "invalid-blob-name", "rename the file")
                continue
            size = self._size(found.path, upload.at)
            if size is not None:
                yield LocalFile(
                    blob=blob,
                    source=found.path,
                    size=size,
                    content_type=upload.content_type or "",
                    metadata=upload.metadata,
                )

    def _size(self, path: str, at: SourcePosition) -> int | None:
        """Bytes of a file that may be read."""
        try:
            self._access.check(path)
            return regular_size(path)
        except RefusedPathError as error:
            self.problem(at, str(error), error.code, error.hint)
        except OSError as error:
            self.problem(at, f"{path} cannot be read: {error.strerror}", _code(error))
        return None

    def _text_of(self, upload: RequiredUpload, content: str) -> Iterator[LocalFile]:
        blob, size = upload.blob or "", len(content.encode())
        problem = unfit(blob)
        if problem is not None:
            self.problem(upload.at, f"{blob!a} {problem}", "invalid-blob-name")
        elif size > MAX_CONTENT_BYTES:
            message = f"the content of {blob} has {size:,} bytes; at most {MAX_CONTENT_BYTES:,} are kept with a run"
            hint = "write it to a file, and use that file as source"
            self.problem(upload.at, message, "file-too-large", hint)
        else:
            yield LocalFile(
                blob=blob,
                source="",
                size=size,
                content=content,
                content_type=upload.content_type or "",
                metadata=upload.metadata,
            )

    def _candidates(self, source: str, at: SourcePosition, exclusions: Exclusions) -> list[_Found]:
        """Files that fit a source, in the order of their names."""
        folder = self._required.folder_of(at)
        fixed, pattern = fixed_part(source)
        try:
            base = self._access.checked(folder / fixed)
            if Path(base).is_dir():
                return self._below(base, source, pattern or "**", at, exclusions)
            why, code = why_unreadable(base)
            if code == "circular-link":
                self.problem(at, f"{folder / fixed} {why}", "circular-link", "correct or remove the link")
                return []
            if pattern or not Path(base).exists():
                return []
            regular_size(base)
            name = (folder / fixed).name
            return [] if self._leaves_out(exclusions, name, is_folder=False) else [_Found(name, base)]
        except RefusedPathError as error:
            self.problem(at, str(error), error.code, error.hint)
        except TooManyFilesError as error:
            self.problem(at, f"{source}: {error}", "too-many-files", error.hint or "name a folder with fewer files")
        except OSError as error:
            self.problem(at, f"{source} cannot be read: {error.strerror}", _code(error))
        return []

    def _below(self, base: str, source: str, pattern: str, at: SourcePosition, exclusions: Exclusions) -> list[_Found]:
        deep = "**" in pattern or "/" in pattern
        parts = pattern.split("/")

        def leaves_out(name: str, is_folder: bool) -> bool:  # noqa: FBT001 - as a Listing calls it
            passed_over = is_folder and not _may_hold(name, parts)
            return passed_over or self._leaves_out(exclusions, name, is_folder=is_folder)

        how = Listing(deep=deep, skip=self._access.left_out, follow=True, leaves_out=leaves_out)
        found: list[_Found] = []
        unlisted: list[Unlisted] = []
        for file in listed_files(base, self._budget, how):
            if isinstance(file, Unlisted) and file.is_folder:
                unlisted.append(file)
            elif ("/" in file.name) <= deep and matches(file.name, (pattern,)):
                if isinstance(file, ListedFile):
                    found.append(_Found(file.name, os.path.realpath(file.path) if file.is_link else file.path))
                else:
                    unlisted.append(file)
        self._tell(unlisted, source, at)
        for each in unlisted:
            exclusions.leave_out(each.name)
        return sorted(found, key=lambda each: each.name)

    def _tell(self, unlisted: list[Unlisted], source: str, at: SourcePosition) -> None:
        """Say what would be missing: an error, unless it is left out on purpose."""
        unlisted.sort(key=lambda each: each.name)
        for each in [each for each in unlisted if each.code][:_MAX_TOLD]:
            hint = "exclude it, or " + ("upload its target separately" if "link" in each.why else "make it readable")
            self.problem(
                at, f"{each.name!a} of {source} {each.why}" if each.name else f"{source} {each.why}", each.code, hint
            )
        git = [each.name for each in unlisted if not each.code]
        if git:
            more = f" (and {len(git) - 1} more)" if len(git) > 1 else ""
            self.warnings.append(f"{at}: {git[0]!a}{more} of {source} is left out: git keeps passwords there")

    def _leaves_out(self, exclusions: Exclusions, name: str, *, is_folder: bool) -> bool:
        self._matches += len(exclusions)
        if self._matches > MAX_MATCHES:
            message = f"more than {MAX_MATCHES:,} comparisons of files and patterns"
            raise TooManyFilesError(message, "use fewer patterns in exclude")
        return exclusions.fits(name, is_folder=is_folder)

    def _table(self, table: RequiredTable) -> str | None:
        name = f"the table {table.file}"
        try:
            data = self._access.read(self._required.folder_of(table.at) / table.file, MAX_TABLE_BYTES)
            text = data.decode("utf-8-sig")
        except RefusedPathError as error:
            self.problem(table.at, str(error), error.code, error.hint)
            return None
        except OSError as error:
            hint = self._looked_in(table.at) if _code(error) == "missing-file" else None
            self.problem(table.at, f"{name} cannot be read: {error.strerror or 'not found'}", _code(error), hint)
            return None
        except UnicodeDecodeError:
            self.problem(table.at, f"{name} is not UTF-8", "not-utf-8", "save it as UTF-8")
            return None
        self._table_bytes += len(data)
        if self._table_bytes > MAX_TABLE_BYTES:
            message = f"the tables have more than {MAX_TABLE_BYTES // 2**20} MiB together"
            self.problem(table.at, message, "file-too-large")
            return None
        if has_mark(text):
            message = f"{name} holds a reserved character ({MARK_NAMES})"
            self.problem(table.at, message, "reserved-character")
            return None
        return text

    def problem(self, at: SourcePosition, message: str, code: str, hint: str | None = None) -> None:
        """Keep one more."""
        self.problems.append(Problem(at, message, code, hint))

    def _looked_in(self, at: SourcePosition) -> str:
        return f"paths are relative to the recipe's folder, {self._required.folder_of(at)}"


def _may_hold(folder: str, pattern: list[str]) -> bool:
    """Whether files below a folder can fit a pattern, by its parts."""
    names = folder.split("/")
    for name, part in zip(names, pattern, strict=False):
        if "**" in part:
            return True
        if not matches(name, (part,)):
            return False
    return len(names) < len(pattern)


def _code(error: OSError) -> str:
    """The code of a problem with a file that cannot be read."""
    return str(getattr(error, "code", "missing-file"))
