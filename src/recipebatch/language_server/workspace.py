"""The documents that an editor has open, what kind each is, and what is known of them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from recipebatch.errors import InvalidRecipeError
from recipebatch.files import AllowedPath, ReadAccess, RefusedPathError
from recipebatch.language_server.analysis import Analysis, analyse
from recipebatch.language_server.features.diagnostics import Diagnostic, diagnostics, elsewhere
from recipebatch.language_server.features.names import BUNDLED
from recipebatch.language_server.knowledge import Knowledge, SourceFile
from recipebatch.language_server.schema import schema
from recipebatch.language_server.source.positions import Text
from recipebatch.recipe import check, read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.errors import Problem
    from recipebatch.language_server.schema import Schema

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

    def roots(self, fragment: Path) -> Iterator[Analysis]:
        """What is known of the recipes that include or extend a file: open ones, then those on the disk."""
        texts = self.open_texts()
        for path in dict.fromkeys((*map(Path, texts), *_recipes_near(fragment, self.folders))):
            text = texts[str(path)] if str(path) in texts else _text_of(path)
            if path == fragment or text is None or fragment.name not in text or _MADE_OF.search(text) is None:
                continue
            analysis = analyse(path, text, texts, _today())
            if analysis.knowledge is not None and str(fragment) in analysis.knowledge.files:
                yield analysis

    def family(self, document: Document) -> tuple[Knowledge, ...]:
        """What is known of a recipe, of others that share files with it, and of their tests, as they are now."""
        known: dict[str, Knowledge] = {}
        waiting = [document.path]
        if document.knowledge is not None:
            known[next(iter(document.knowledge.files))] = document.knowledge
            waiting += [Path(file) for file in document.knowledge.files if not file.startswith(BUNDLED)]
        for path in dict.fromkeys(waiting):
            for analysis in self.roots(path):
                if analysis.knowledge is not None:
                    known.setdefault(next(iter(analysis.knowledge.files)), analysis.knowledge)
        tests = [found for file in known if (found := self._tests_of(Path(file))) is not None]
        return (*known.values(), *tests)

    def _tests_of(self, recipe: Path) -> Knowledge | None:
        """What is known of the test file beside a recipe; None if there is none."""
        path = recipe.with_name(f"{recipe.stem}.test.yaml")
        text = self.open_texts().get(str(path)) or _text_of(path)
        return None if text is None else _alone(str(path), Text(text), schema(_TESTS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check of one document found; it is given to the documents afterwards, by `accept`."""

    uri: str
    version: int | None
    text: Text
    analysis: Analysis | None = None
    knowledge: Knowledge | None = None
    found: tuple[Diagnostic, ...] = ()
    is_fragment: bool = False


def check_document(workspace: Workspace, document: Document) -> Checked:
    """Check a document as it is now. It changes nothing, so that it can run while the editor goes on."""
    checked = _checked(workspace, document)
    if checked.knowledge is not None:
        checked.knowledge.prepare()
    return checked


def _checked(workspace: Workspace, document: Document) -> Checked:
    kind = workspace.kind(document)
    text = document.text
    base = Checked(uri=document.uri, version=document.version, text=text)
    if kind is DocumentKind.TESTS:
        found = diagnostics(_of_alone(document, _TESTS), document.file, text)
        return replace(base, found=found, knowledge=_of_tests(workspace, document))
    others = {path: each for path, each in workspace.open_texts().items() if path != document.file}
    if kind is DocumentKind.RECIPE:
        analysis = analyse(document.path, text.text, others, _today())
        closed = frozenset(problem.at.file for problem in analysis.problems) - {document.file, *others}
        found = (*diagnostics(analysis.problems, document.file, text), *elsewhere(analysis.problems, closed, text))
        return replace(base, analysis=analysis, found=found, knowledge=analysis.knowledge)
    for analysis in workspace.roots(document.path):
        found = diagnostics(analysis.problems, document.file, text)
        return replace(base, analysis=analysis, found=found, knowledge=analysis.knowledge, is_fragment=True)
    if kind is DocumentKind.OTHER:
        return base
    found = diagnostics(_of_alone(document, _RECIPE), document.file, text)
    known = _alone(document.file, text, schema(_RECIPE))
    return replace(base, found=found, knowledge=known, is_fragment=True)


def accept(workspace: Workspace, checked: Checked) -> Document | None:
    """Give a document what its check found; None if its text has changed since, or it is closed."""
    document = workspace.documents.get(checked.uri)
    if document is None or document.text is not checked.text:
        return None
    document.found, document.is_fragment = checked.found, checked.is_fragment
    document.analysis = checked.analysis
    if checked.knowledge is not None:
        document.knowledge = checked.knowledge
    return document


def _alone(file: str, text: Text, rules: Schema) -> Knowledge | None:
    """What is known of a text that no recipe includes."""
    try:
        node = read_yaml(text.text, file)
    except InvalidRecipeError:
        return None
    files = {file: SourceFile(file, text, node, rules)}
    return Knowledge(files=files, recipe=None, parameters={}, scopes_by_position={})


def _of_tests(workspace: Workspace, document: Document) -> Knowledge | None:
    """What is known of a test file and of the recipe beside it."""
    own = _alone(document.file, document.text, schema(_TESTS))
    if own is None:
        return None
    named = own.files[document.file].tree.scalar(("recipe",))
    path = document.path.with_name(document.path.name.replace(".test.", ".")) if named is None else None
    path = path or Path(os.path.realpath(document.path.parent / str(named)))
    texts = workspace.open_texts()
    text = texts[str(path)] if str(path) in texts else _text_of(path)
    known = None if text is None else analyse(path, text, texts, _today()).knowledge
    return own if known is None else replace(known, files={**own.files, **known.files})


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
