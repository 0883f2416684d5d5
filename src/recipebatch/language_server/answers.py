"""What an editor asks of a document → the features, and their results → the protocol."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from recipebatch import bundled_files
from recipebatch.language_server import to_lsp
from recipebatch.language_server.features.completion import Cursor, complete
from recipebatch.language_server.features.hover import Subject, hover
from recipebatch.language_server.features.names import (
    BUNDLED,
    RenameError,
    check_renamable,
    definitions,
    name_at,
    occurrences,
    renamed,
)
from recipebatch.language_server.features.outline import lenses, symbols
from recipebatch.language_server.features.quick_fixes import quick_fixes
from recipebatch.language_server.source.positions import Point, Text

if TYPE_CHECKING:
    from recipebatch.language_server.knowledge import Knowledge, Name
    from recipebatch.language_server.schema import Schema
    from recipebatch.language_server.session import Session
    from recipebatch.language_server.source.positions import Span
    from recipebatch.language_server.workspace import Document

_FAILED = -32803
"""`RequestFailed` of LSP: the request is right, but cannot be fulfilled; the editor shows the message."""


class Answers:
    """Answers the requests of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def completion(self, params: types.CompletionParams) -> types.CompletionList | None:
        """What can be written at a position."""
        found = self._at(params)
        if found is None:
            return None
        document, offset, rules = found
        cursor = Cursor(
            text=document.text, offset=offset, file=document.file, rules=rules, knowledge=document.knowledge
        )
        snippets = self._session.knows_snippets
        items = [to_lsp.completion_item(each, document.text, snippets=snippets) for each in complete(cursor)]
        return types.CompletionList(is_incomplete=False, items=items)

    def hover(self, params: types.HoverParams) -> types.Hover | None:
        """What to show at a position."""
        found = self._at(params)
        if found is None:
            return None
        document, offset, rules = found
        subject = Subject(
            text=document.text,
            file=document.file,
            rules=rules,
            today=datetime.now(UTC).date(),
            knowledge=document.knowledge,
            found=document.found,
            plan=document.analysis.plan if document.analysis is not None else None,
        )
        shown = hover(subject, offset)
        return None if shown is None else to_lsp.hover(shown, document.text)

    async def definition(self, params: types.DefinitionParams) -> list[types.Location] | None:
        """Where the name at a position is defined."""
        found = self._name(params)
        if found is None:
            return None
        document, name, _ = found
        await self._session.checked(document)
        if document.knowledge is None:
            return None
        places = [(each.file, each.span) for each in definitions(name, document.knowledge)]
        return self._locations(places, document.knowledge)

    async def references(self, params: types.ReferenceParams) -> list[types.Location] | None:
        """Where the name at a position stands."""
        found = self._name(params)
        if found is None:
            return None
        document, name, _ = found
        known = await self._family(document)
        stand = occurrences(name, known, definition=params.context.include_declaration)
        places = [(file, span) for file, spans in stand.items() for span in spans]
        return self._locations(places, *known)

    async def prepare_rename(self, params: types.PrepareRenameParams) -> types.Range | None:
        """The name at a position, if it can be changed."""
        found = self._name(params)
        if found is None:
            return None
        document, name, _ = found
        try:
            check_renamable(name, await self._family(document))
        except RenameError as error:
            raise JsonRpcException(str(error), _FAILED) from None
        return to_lsp.span(name.span, document.text)

    async def rename(self, params: types.RenameParams) -> types.WorkspaceEdit | None:
        """What to change to give the name at a position another one."""
        found = self._name(params)
        if found is None:
            return None
        document, name, rules = found
        if await self._session.checked(document) is None:
            raise JsonRpcException("the document is not YAML that can be read: correct it first", _FAILED)
        known = await self._family(document)
        try:
            edits = renamed(name, params.new_name, known, rules)
        except RenameError as error:
            raise JsonRpcException(str(error), _FAILED) from None
        texts = _texts(known)
        changes: list[Any] = [
            types.TextDocumentEdit(
                text_document=types.OptionalVersionedTextDocumentIdentifier(
                    uri=self._uri(file), version=self._version(file)
                ),
                edits=[types.TextEdit(to_lsp.span(span, texts[file]), new) for span, new in parts],
            )
            for file, parts in edits.items()
        ]
        return types.WorkspaceEdit(document_changes=changes)

    async def code_actions(self, params: types.CodeActionParams) -> list[types.CodeAction] | None:
        """What can be done about the problems of a part of a document."""
        document = self._document(params)
        if document is None:
            return None
        file = await self._session.checked(document)
        first, last = params.range.start, params.range.end
        start = document.text.offset(Point(first.line, first.character))
        end = document.text.offset(Point(last.line, last.character))
        problems = [each for each in document.found if each.span.start <= end and start <= each.span.end]
        return [
            types.CodeAction(
                title=fix.title,
                kind=types.CodeActionKind.QuickFix,
                diagnostics=to_lsp.diagnostics([fix.problem], document.text),
                is_preferred=fix.is_preferred or None,
                edit=types.WorkspaceEdit(changes={document.uri: _edits(fix.edits, document.text)}),
            )
            for problem in problems
            for fix in quick_fixes(problem, document.text, file)
        ]

    async def code_lens(self, params: types.CodeLensParams) -> list[types.CodeLens] | None:
        """What a run would create."""
        document = self._document(params)
        if document is None:
            return None
        file = await self._session.checked(document)
        if file is None or document.analysis is None:
            return None
        return [
            types.CodeLens(range=to_lsp.span(each.span, file.text), command=types.Command(title=each.title, command=""))
            for each in lenses(document.analysis, file)
        ]

    async def document_symbols(self, params: types.DocumentSymbolParams) -> list[types.DocumentSymbol] | None:
        """The sections of a document and what they define."""
        document = self._document(params)
        rules = self._session.workspace.rules(document) if document is not None else None
        if document is None or rules is None:
            return None
        file = await self._session.checked(document)
        return None if file is None else [to_lsp.symbol(each, file.text) for each in symbols(file, rules)]

    def _document(self, params: Any) -> Document | None:
        return self._session.workspace.documents.get(params.text_document.uri)

    def _at(self, params: Any) -> tuple[Document, int, Schema] | None:
        """A document with the offset of a position and its schema; None for what is no recipe."""
        document = self._document(params)
        rules = self._session.workspace.rules(document) if document is not None else None
        if document is None or rules is None:
            return None
        return document, document.text.offset(Point(params.position.line, params.position.character)), rules

    def _name(self, params: Any) -> tuple[Document, Name, Schema] | None:
        found = self._at(params)
        if found is None:
            return None
        document, offset, rules = found
        name = name_at(document.text, offset, document.file, rules)
        return None if name is None else (document, name, rules)

    async def _family(self, document: Document) -> tuple[Knowledge, ...]:
        await self._session.checked(document)
        now = self._session.workspace.snapshot()
        known: tuple[Knowledge, ...] = await self._session.in_thread(now.family, now.documents[document.uri])
        return known

    def _locations(self, places: list[tuple[str, Span]], *known: Knowledge) -> list[types.Location]:
        texts = _texts(known)
        return [
            types.Location(uri=self._uri(file), range=to_lsp.span(span, texts.get(file) or Text("")))
            for file, span in places
            if file in texts or _exists(file)
        ]

    def _uri(self, file: str) -> str:
        """The URI of a file, as the editor calls it if it is open."""
        for document in self._session.workspace.documents.values():
            if document.file == file:
                return document.uri
        return _path(file).as_uri()

    def _version(self, file: str) -> int | None:
        documents = self._session.workspace.documents.values()
        return next((document.version for document in documents if document.file == file), None)


def _path(file: str) -> Path:
    if file.startswith(BUNDLED):
        return bundled_files.recipes().get(file.removeprefix(BUNDLED), Path("/"))
    return Path(file)


def _exists(file: str) -> bool:
    return file.removeprefix(BUNDLED) in bundled_files.recipes() if file.startswith(BUNDLED) else Path(file).is_file()


def _texts(known: tuple[Knowledge, ...]) -> dict[str, Text]:
    return {file: each.text for knowledge in known for file, each in knowledge.files.items()}


def _edits(edits: tuple[tuple[Span, str], ...], text: Text) -> list[types.TextEdit]:
    return [types.TextEdit(to_lsp.span(span, text), new) for span, new in edits]
