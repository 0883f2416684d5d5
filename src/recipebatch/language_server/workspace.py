"""The documents that an editor has open, what kind each is, and what is known of them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import Enum
from typing import TYPE_CHECKING

from recipebatch.errors import InvalidRecipeError
from recipebatch.files import AllowedPath, ReadAccess, RefusedPathError
from recipebatch.language_server.analysis import Analysis, analyse
from recipebatch.language_server.features.diagnostics import Diagnostic, diagnostics, elsewhere
from recipebatch.language_server.knowledge import Knowledge, SourceFile
from recipebatch.language_server.schema import schema
from recipebatch.recipe import check, read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from recipebatch.errors import Problem
    from recipebatch.language_server.schema import Schema
    from recipebatch.language_server.source.positions import Text

LANGUAGE = "recipebatch"
"""The language id by which a client can say that a document is a recipe, whatever its name and text."""

_RECIPE, _TESTS = "recipe.schema.json", "recipe-test.schema.json"
_VERSION = re.compile(r"^schema_version[ \t]*:", re.MULTILINE)
_MADE_OF = re.compile(r"^(?:extends|include)[ \t]*:", re.MULTILINE)
_SECTION = re.compile(r"^(?:parameters|storage|pool|pools|job|jobs|tasks|collect|purge)[ \t]*:", re.MULTILINE)
_CASES = re.compile(r"^cases[ \t]*:", re.MULTILINE)
_MODELINE = re.compile(r"^# yaml-language-server: \$schema=\S*?(recipe(?:-test)?\.schema\.json)\s*$", re.MULTILINE)
_MOST_FILES = 100
"""Recipes of a folder that are looked at for whether they include a fragment."""

_MOST_FOLDERS = 4
_MOST_BYTES = 1_500_000


class DocumentKind(Enum):
    """What a document is."""

    RECIPE = "recipe"
    FRAGMENT = "fragment"
    TESTS = "tests"
    OTHER = "other"


@dataclass(slots=True)
class Document:
    """One document that is open.

    Attributes:
        path: of its file, without links; the file need not exist.
        analysis: of the newest text that was checked, of a recipe; of a fragment, that of a recipe that includes it.
        knowledge: of the newest text that could be read.
        found: the diagnostics of the newest text that was checked.
        is_fragment: a recipe is made from it, or it says so itself.
    """

    uri: str
    path: Path
    text: Text
    version: int | None
    language: str = ""
    analysis: Analysis | None = None
    knowledge: Knowledge | None = None
    found: tuple[Diagnostic, ...] = ()
    is_fragment: bool = False

    @property
    def file(self) -> str:
        """How positions call it."""
        return str(self.path)


@dataclass(slots=True)
class Workspace:
    """All documents that are open, by their URIs; `folders` are those that the editor has open, without links."""

    documents: dict[str, Document] = field(default_factory=dict)
    folders: tuple[str, ...] = ()

    def open_texts(self) -> dict[str, str]:
        """Real path → text of every document."""
        return {document.file: document.text.text for document in self.documents.values()}

    def snapshot(self) -> Workspace:
        """The documents as they are now, for a check that runs while they change."""
        return Workspace({uri: replace(document) for uri, document in self.documents.items()}, self.folders)

    def kind(self, document: Document) -> DocumentKind:
        """What a document is, by its name and its text, and by what its last check found."""
        text, name = document.text.text, document.path.name
        schema_named = _MODELINE.search(text)
        if name.endswith((".test.yaml", ".test.yml")) or (schema_named is not None and schema_named[1] == _TESTS):
            is_tests = schema_named is not None or _CASES.search(text) is not None
            return DocumentKind.TESTS if is_tests else DocumentKind.OTHER
        is_named = name.endswith((".recipe.yaml", ".recipe.yml")) or document.language == LANGUAGE
        if is_named or _VERSION.search(text):
            return DocumentKind.RECIPE
        if _MADE_OF.search(text) and _SECTION.search(text):
            return DocumentKind.RECIPE
        is_fragment = document.is_fragment or schema_named is not None
        return DocumentKind.FRAGMENT if is_fragment else DocumentKind.OTHER

    def rules(self, document: Document) -> Schema | None:
        """The schema of a document; None for one that is no recipe, fragment or test file."""
        kind = self.kind(document)
        if kind is DocumentKind.OTHER:
            return None
        return schema(_TESTS if kind is DocumentKind.TESTS else _RECIPE)

    def roots(self, fragment: Document) -> Iterator[tuple[Path, str]]:
        """The recipes that include or extend a document, with their texts: open ones, then those on the disk."""
        seen = {fragment.file}
        for document in self.documents.values():
            known = document.knowledge
            if document.file not in seen and known is not None and fragment.file in known.files:
                seen.add(document.file)
                yield document.path, document.text.text
        for path in _recipes_near(fragment.path, self.folders):
            if str(path) in seen:
                continue
            text = _text_of(path)
            if text is None or fragment.path.name not in text or _MADE_OF.search(text) is None:
                continue
            analysis = analyse(path, text, self.open_texts(), _today())
            if analysis.knowledge is not None and fragment.file in analysis.knowledge.files:
                yield path, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check of one document found; it is given to the documents afterwards, by `accept`."""

    uri: str
    version: int | None
    text: Text
    analysis: Analysis | None = None
    found: tuple[Diagnostic, ...] = ()
    is_fragment: bool = False


def check_document(workspace: Workspace, document: Document) -> Checked:
    """Check a document as it is now. It changes nothing, so that it can run while the editor goes on."""
    kind = workspace.kind(document)
    text = document.text
    base = Checked(uri=document.uri, version=document.version, text=text)
    if kind is DocumentKind.TESTS:
        return replace(base, found=diagnostics(_of_alone(document, _TESTS), document.file, text))
    others = {path: each for path, each in workspace.open_texts().items() if path != document.file}
    if kind is DocumentKind.RECIPE:
        analysis = analyse(document.path, text.text, others, _today())
        closed = frozenset(problem.at.file for problem in analysis.problems) - {document.file, *others}
        found = (*diagnostics(analysis.problems, document.file, text), *elsewhere(analysis.problems, closed, text))
        return replace(base, analysis=analysis, found=found)
    for path, root in workspace.roots(document):
        analysis = analyse(path, root, workspace.open_texts(), _today())
        found = diagnostics(analysis.problems, document.file, text)
        return replace(base, analysis=analysis, found=found, is_fragment=True)
    if kind is DocumentKind.OTHER:
        return base
    return replace(base, found=diagnostics(_of_alone(document, _RECIPE), document.file, text), is_fragment=True)


def accept(workspace: Workspace, checked: Checked) -> Document | None:
    """Give a document what its check found; None if its text has changed since, or it is closed."""
    document = workspace.documents.get(checked.uri)
    if document is None or document.text is not checked.text:
        return None
    document.found, document.is_fragment = checked.found, checked.is_fragment
    document.analysis = checked.analysis
    known = checked.analysis.knowledge if checked.analysis is not None else None
    if checked.is_fragment and checked.analysis is None:
        known = _alone(document)
    if known is not None:
        document.knowledge = known
    return document


def _alone(document: Document) -> Knowledge | None:
    """What is known of a text that no recipe includes."""
    try:
        node = read_yaml(document.text.text, document.file)
    except InvalidRecipeError:
        return None
    files = {document.file: SourceFile(document.file, document.text, node)}
    return Knowledge(files=files, recipe=None, parameters={}, scopes_by_position={})


def _of_alone(document: Document, name: str) -> tuple[Problem, ...]:
    """What the schema refuses of a text alone; a fragment may lack what a recipe must have."""
    try:
        node = read_yaml(document.text.text, document.file)
    except InvalidRecipeError as error:
        return error.problems
    problems, _ = check(node, name)
    if name == _TESTS:
        return tuple(replace(each, message=each.message.replace("the recipe", "the test", 1)) for each in problems)
    return tuple(each for each in problems if not (each.code == "missing-key" and each.at == node.at))


def _recipes_near(path: Path, folders: tuple[str, ...]) -> Iterator[Path]:
    """YAML files of the folder of a file and of those above it, as far as its repository or the editor's folder."""
    allowed = [AllowedPath(folder) for folder in folders if path.is_relative_to(folder)]
    access = ReadAccess.of_recipe(path.parent).with_allowed(allowed)
    for folder in (path.parent, *path.parents[1:_MOST_FOLDERS]):
        try:
            access.check(str(folder))
            with os.scandir(folder) as entries:
                names = sorted(entry.name for entry in entries if entry.name.endswith((".yaml", ".yml")))
        except (OSError, RefusedPathError):
            return
        yield from (folder / name for name in names[:_MOST_FILES])


def _text_of(path: Path) -> str | None:
    try:
        return ReadAccess.of_recipe(path.parent).read(path, _MOST_BYTES).decode("utf-8-sig")
    except (OSError, RefusedPathError, UnicodeDecodeError):
        return None


def _today() -> date:
    return datetime.now(UTC).date()
