"""The local files that a plan needs: which (RequiredInputs), and what was found (LocalInputs).

LocalInputs is plain data with a JSON form, so another process on another machine can resolve the same plan.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from recipebatch.errors import InvalidRecipeError, Problem, SourcePosition
from recipebatch.inputs.factories import items_of, refused_everywhere
from recipebatch.properties.files import Upload
from recipebatch.text.globs import has_wildcard, matches
from recipebatch.vocabulary.blob_names import unfit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from recipebatch.inputs.factories import RequiredItems

MAX_TABLE_BYTES = 256 * 1024 * 1024
MAX_CONTENT_BYTES = 1024 * 1024
_RESERVED = ("\ue000", "\ue001")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredUpload(Upload):
    """An upload of a container, and where it is written."""

    container: str
    at: SourcePosition


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredTable:
    """A table that a task template loops over."""

    file: str
    at: SourcePosition


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredNames:
    """A pattern of local files whose names a task template loops over."""

    pattern: str
    at: SourcePosition


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredInputs:
    """What `read_local_inputs` shall look for.

    Attributes:
        folder: where relative paths start.
        folders: the same for the files of the recipe that stand elsewhere, by the name positions give them.
    """

    folder: Path
    uploads: tuple[RequiredUpload, ...]
    tables: tuple[RequiredTable, ...]
    items: tuple[RequiredItems, ...] = ()
    names: tuple[RequiredNames, ...] = ()
    folders: dict[str, Path] = field(default_factory=dict)

    def folder_of(self, at: SourcePosition) -> Path:
        """Where the relative paths start that are written there."""
        return self.folders.get(at.file, self.folder)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class LocalFile:
    """One local file, or a text, that becomes a blob.

    Attributes:
        source: its absolute path; empty for a text.
        size: bytes.
        content: the text.
        metadata: of the blob.
    """

    blob: str
    source: str
    size: int
    content: str = ""
    content_type: str = ""
    metadata: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, without what it does not have."""
        more = {"content": self.content, "content_type": self.content_type, "metadata": dict(self.metadata)}
        return {
            "blob": self.blob,
            "source": self.source,
            "size": self.size,
            **{name: value for name, value in more.items() if value},
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> LocalFile:
        """The inverse of `to_json`."""
        return cls(**{**value, "metadata": tuple(value.get("metadata", {}).items())})


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalInputs:
    """What was found.

    Attributes:
        files: of each container, in the order of their blobs' names.
        tables: texts by path.
        items: what custom factories gave, by `RequiredItems.key`.
        names: paths of local files below the recipe's folder, by pattern.
    """

    files: dict[str, tuple[LocalFile, ...]]
    tables: dict[str, str]
    items: dict[str, list[Any]] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "files": {container: [file.to_json() for file in files] for container, files in self.files.items()},
            "tables": dict(self.tables),
            # Records of runs without a factory stay as they were.
            **({"items": dict(self.items)} if self.items else {}),
            **({"names": dict(self.names)} if self.names else {}),
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> LocalInputs:
        """The inverse of `to_json`."""
        return cls(
            files={
                container: tuple(LocalFile.from_json(file) for file in files)
                for container, files in value["files"].items()
            },
            tables=dict(value["tables"]),
            items=dict(value.get("items", {})),
            names=dict(value.get("names", {})),
        )


def read_local_inputs(
    required: RequiredInputs, *, refusal: Callable[[str, Path], str | None] = refused_everywhere
) -> LocalInputs:
    """Look for the files, read the tables and call the custom factories.

    Args:
        required: what to look for.
        refusal: why a custom factory must not run for a recipe of a folder, or None.

    Raises:
        InvalidRecipeError: a source matches nothing, two files would be one blob, a table cannot be read; all at once.
    """
    problems: list[Problem] = []
    files = _uploaded(required, problems)
    tables: dict[str, str] = {}
    for table in required.tables:
        if table.file not in tables:
            text = _table(table, required.folder_of(table.at), problems)
            if text is not None:
                tables[table.file] = text
    items = _made(required, refusal, problems)
    names = {each.pattern: _names(each, required.folder_of(each.at), problems) for each in required.names}
    if problems:
        raise InvalidRecipeError(tuple(sorted(set(problems), key=lambda problem: (problem.at, problem.message))))
    return LocalInputs(files=files, tables=tables, items=items, names=names)


def _uploaded(required: RequiredInputs, problems: list[Problem]) -> dict[str, tuple[LocalFile, ...]]:
    """The files of each container."""
    files: dict[str, dict[str, LocalFile]] = {}
    for upload in required.uploads:
        found = files.setdefault(upload.container, {})
        folder = required.folder_of(upload.at)
        count = 0
        for file in _files_of(upload, folder, problems):
            count += 1
            other = found.setdefault(file.blob, file)
            if (other.source, other.content) != (file.source, file.content):
                both = f"{other.source or 'a text'}, {file.source or 'a text'}"
                message = f"two files would be the blob {file.blob} of {upload.container}: {both}"
                problems.append(Problem(upload.at, message, "duplicate-blob", "give one of them a `prefix`"))
        if count == 0 and not any(problem.at == upload.at for problem in problems):
            message = f"{upload.source} matches no file"
            problems.append(Problem(upload.at, message, "missing-file", _looked_in(folder)))
    return {container: tuple(sorted(found.values())) for container, found in files.items()}


def _names(required: RequiredNames, folder: Path, problems: list[Problem]) -> list[str]:
    """Paths below the recipe's folder, with `/` between folders, in their order."""
    fixed, _ = _fixed_part(required.pattern)
    inside = (folder / fixed).resolve().is_relative_to(folder)
    if not inside or "\\" in required.pattern or ":" in required.pattern[:2]:
        message = f"{required.pattern} is outside the recipe's folder"
        problems.append(
            Problem(required.at, message, "files-outside", "a loop over local files is limited to the recipe's folder")
        )
        return []
    found = sorted(
        path.relative_to(folder).as_posix()
        for _, path in _candidates(required.pattern, folder)
        if path.resolve().is_relative_to(folder)
    )
    refused = next((name for name in found if unfit(name) is not None), None)
    if refused is not None:
        problems.append(Problem(required.at, f"{refused!a} {unfit(refused)}", "invalid-blob-name", "rename the file"))
    elif not found:
        message = f"{required.pattern} matches no file"
        problems.append(Problem(required.at, message, "missing-file", _looked_in(folder)))
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


def _looked_in(folder: Path) -> str:
    return f"paths are relative to the recipe's folder, {folder}"


def _files_of(upload: RequiredUpload, folder: Path, problems: list[Problem]) -> Iterator[LocalFile]:
    if upload.content is not None:
        yield from _text_of(upload, upload.content, problems)
        return
    candidates = list(_candidates(upload.source or "", folder))
    if upload.blob is not None and len(candidates) > 1:
        message = f"blob names one file, but {upload.source} matches {len(candidates)}"
        problems.append(Problem(upload.at, message, "duplicate-blob", "use `prefix`, or a source of one file"))
        return
    for relative, path in candidates:
        if upload.exclude and matches(relative, upload.exclude):
            continue
        if _leads_out(relative, path):
            message = f"{path} is a link to outside the folder"
            hint = "upload its target separately, or exclude it"
            problems.append(Problem(upload.at, message, "files-outside", hint))
            continue
        blob = upload.prefix + (upload.blob or relative)
        problem = unfit(blob)
        if problem is not None:
            problems.append(Problem(upload.at, f"{str(path)!a} {problem}", "invalid-blob-name", "rename the file"))
            continue
        try:
            size = path.stat().st_size
        except OSError as error:
            message = f"{path} cannot be read: {error.strerror}"
            problems.append(Problem(upload.at, message, "missing-file"))
            continue
        yield LocalFile(
            blob=blob,
            source=str(path),
            size=size,
            content_type=upload.content_type or "",
            metadata=upload.metadata,
        )


def _text_of(upload: RequiredUpload, content: str, problems: list[Problem]) -> Iterator[LocalFile]:
    blob, size = upload.blob or "", len(content.encode())
    problem = unfit(blob)
    if problem is not None:
        problems.append(Problem(upload.at, f"{blob!a} {problem}", "invalid-blob-name"))
    elif size > MAX_CONTENT_BYTES:
        message = f"the content of {blob} has {size:,} bytes; at most {MAX_CONTENT_BYTES:,} are kept with a run"
        problems.append(
            Problem(upload.at, message, "file-too-large", "write it to a file, and use that file as source")
        )
    else:
        yield LocalFile(
            blob=blob,
            source="",
            size=size,
            content=content,
            content_type=upload.content_type or "",
            metadata=upload.metadata,
        )


def _candidates(source: str, folder: Path) -> Iterator[tuple[str, Path]]:
    """Files that fit a source, each with its path below the source's fixed part (`/` between folders)."""
    fixed, pattern = _fixed_part(source)
    base = (folder / fixed).resolve()
    if not pattern:
        if base.is_file():
            yield (folder / fixed).name, base
            return
        pattern = "**"
    if not base.is_dir():
        return
    deep = "**" in pattern or "/" in pattern
    for path in sorted(base.rglob("*") if deep else base.iterdir()):
        relative = path.relative_to(base).as_posix()
        if path.is_file() and _fits(relative, pattern):
            yield relative, path


def _leads_out(relative: str, path: Path) -> bool:
    """Whether a file that was found, not named, is a link to somewhere outside of the folder it was found in."""
    return not path.resolve().is_relative_to(path.parents[relative.count("/")])


def _fits(relative: str, pattern: str) -> bool:
    return ("/" in relative) <= ("/" in pattern or "**" in pattern) and matches(relative, (pattern,))


def _fixed_part(source: str) -> tuple[str, str]:
    """A source's folder without wildcards and the pattern below it; no pattern when there is no wildcard."""
    parts = source.replace("\\", "/").split("/") if "\\" in source and ":" in source[:2] else source.split("/")
    for number, part in enumerate(parts):
        if has_wildcard(part):
            return "/".join(parts[:number]) or ("/" if source.startswith("/") else "."), "/".join(parts[number:])
    return source, ""


def _table(table: RequiredTable, folder: Path, problems: list[Problem]) -> str | None:
    path = folder / table.file
    try:
        if path.stat().st_size > MAX_TABLE_BYTES:
            message = f"{table.file} has more than {MAX_TABLE_BYTES // 2**20} MiB"
            problems.append(Problem(table.at, message, "file-too-large"))
            return None
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        hint = _looked_in(folder)
        message = f"the table {table.file} cannot be read: {error.strerror or 'not found'}"
        problems.append(Problem(table.at, message, "missing-file", hint))
        return None
    except UnicodeDecodeError:
        problems.append(Problem(table.at, f"the table {table.file} is not UTF-8", "not-utf-8", "save it as UTF-8"))
        return None
    if any(character in text for character in _RESERVED):
        message = f"the table {table.file} holds a reserved character (U+E000 or U+E001)"
        problems.append(Problem(table.at, message, "reserved-character"))
        return None
    return text
