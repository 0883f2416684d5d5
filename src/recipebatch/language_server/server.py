"""The server: messages of an editor → calls of the features, over stdin and stdout with pygls."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from recipebatch._version import __version__
from recipebatch.language_server import to_lsp
from recipebatch.language_server.features.completion import Cursor, complete
from recipebatch.language_server.features.hover import hover
from recipebatch.language_server.source.positions import Point, Text
from recipebatch.language_server.workspace import Document, Workspace, accept, check_document
from recipebatch.text.secret import redacted

if TYPE_CHECKING:
    from recipebatch.language_server.workspace import Checked

DEBOUNCE_SECONDS = 0.15
"""After a change: so long nothing else must change before the text is checked."""

TRIGGERS = (" ", ":", ".", "$", "{", "|", "'", '"', "-", ",", "[")


class Session:
    """One editor: its documents, and the checks that are waiting."""

    def __init__(self, server: Any) -> None:
        self.workspace = Workspace()
        self.exit_code = 1
        """0 once the editor has asked for the end, as LSP wants it; 1 if it just goes away."""
        self._server = server
        self._checks: dict[str, asyncio.Task[None]] = {}
        # One at a time: checks share a processor with the answers.
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="check")
        self._can_snippets = False
        self._can_refresh = False

    def initialize(self, params: types.InitializeParams) -> None:
        """Note what the editor can do."""
        text = params.capabilities.text_document
        item = text.completion.completion_item if text is not None and text.completion is not None else None
        self._can_snippets = bool(item is not None and item.snippet_support)
        uris: list[str] = [str(folder.uri) for folder in params.workspace_folders or ()]
        paths = [to_fs_path(uri) for uri in uris or ([str(params.root_uri)] if params.root_uri else [])]
        self.workspace.folders = tuple(os.path.realpath(path) for path in paths if path)
        workspace = params.capabilities.workspace
        lens = workspace.code_lens if workspace is not None else None
        self._can_refresh = bool(lens is not None and lens.refresh_support)

    def shutdown(self, _params: object) -> None:
        """Prepare for the end."""
        self.exit_code = 0
        for task in self._checks.values():
            task.cancel()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        """Take a document."""
        item = params.text_document
        path = to_fs_path(item.uri) or item.uri.rpartition("/")[2]
        document = Document(
            uri=item.uri,
            path=Path(os.path.realpath(path)),
            text=Text(item.text),
            version=item.version,
            language=item.language_id,
        )
        self.workspace.documents[item.uri] = document
        self._check_soon(document, 0)

    def did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        """Change the text of a document."""
        document = self.workspace.documents.get(params.text_document.uri)
        if document is None:
            return
        for change in params.content_changes:
            if isinstance(change, types.TextDocumentContentChangePartial):
                start, end = change.range.start, change.range.end
                first, last = Point(start.line, start.character), Point(end.line, end.character)
                document.text = document.text.changed(first, last, change.text)
            else:
                document.text = Text(change.text)
        document.version = params.text_document.version
        self._check_soon(document, DEBOUNCE_SECONDS)

    def did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        """Forget a document."""
        document = self.workspace.documents.pop(params.text_document.uri, None)
        if document is not None:
            self._publish(document.uri, None, [])
            self._check_others(document)

    def did_save(self, _params: object) -> None:
        """Check everything again: a file on the disk has changed that a recipe may read."""
        for document in self.workspace.documents.values():
            self._check_soon(document, 0)

    def completion(self, params: types.CompletionParams) -> types.CompletionList | None:
        """What can be written at a position."""
        found = self._at(params)
        if found is None:
            return None
        document, offset = found
        rules = self.workspace.rules(document)
        if rules is None:
            return None
        cursor = Cursor(
            text=document.text, offset=offset, file=document.file, rules=rules, knowledge=document.knowledge
        )
        items = [to_lsp.completion_item(each, document.text, snippets=self._can_snippets) for each in complete(cursor)]
        return types.CompletionList(is_incomplete=False, items=items)

    def hover(self, params: types.HoverParams) -> types.Hover | None:
        """What to show at a position."""
        from datetime import UTC, datetime

        found = self._at(params)
        if found is None:
            return None
        document, offset = found
        rules = self.workspace.rules(document)
        if rules is None:
            return None
        today = datetime.now(UTC).date()
        shown = hover(document.text, offset, rules, document.knowledge, document.found, today)
        return None if shown is None else to_lsp.hover(shown, document.text)

    def _at(self, params: Any) -> tuple[Document, int] | None:
        document = self.workspace.documents.get(params.text_document.uri)
        if document is None:
            return None
        return document, document.text.offset(Point(params.position.line, params.position.character))

    def _check_soon(self, document: Document, delay: float) -> None:
        waiting = self._checks.pop(document.uri, None)
        if waiting is not None:
            waiting.cancel()
        self._checks[document.uri] = asyncio.ensure_future(self._check(document, delay))

    async def _check(self, document: Document, delay: float) -> None:
        await asyncio.sleep(delay)
        try:
            now = self.workspace.snapshot()
            if document.uri not in now.documents:
                return
            loop = asyncio.get_running_loop()
            checked = await loop.run_in_executor(self._pool, check_document, now, now.documents[document.uri])
        except Exception as error:  # noqa: BLE001 - a defect of a check ends no editor's session
            _tell(f"a check failed: {type(error).__name__}: {error}")
            return
        self._take(checked)

    def _take(self, checked: Checked) -> None:
        document = accept(self.workspace, checked)
        if document is None:
            return
        self._publish(document.uri, document.version, to_lsp.diagnostics(document.found, document.text))
        if self._can_refresh:
            self._server.workspace_code_lens_refresh(None)
        self._check_others(document)

    def _check_others(self, changed: Document) -> None:
        """Check the documents that are made from one, or that it is made from, unless they know its text."""
        for document in self.workspace.documents.values():
            known = document.knowledge
            if document is changed or known is None:
                continue
            file = known.files.get(changed.file)
            if file is not None and file.text.text != changed.text.text:
                self._check_soon(document, 0)

    def _publish(self, uri: str, version: int | None, found: list[types.Diagnostic]) -> None:
        params = types.PublishDiagnosticsParams(uri=uri, version=version, diagnostics=found)
        self._server.text_document_publish_diagnostics(params)


def serve() -> int:
    """Serve one editor over stdin and stdout until it goes away; returns the exit code."""
    _quiet()
    server = LanguageServer("recipebatch", __version__, text_document_sync_kind=types.TextDocumentSyncKind.Incremental)
    session = Session(server)
    for name, handler, options in _features(session):
        server.feature(name, options)(partial(handler))  # it takes attributes, as a method does not
    # Whatever else prints must not get between the messages.
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    server.start_io(stdin=sys.stdin.buffer, stdout=output)
    return session.exit_code


def _features(session: Session) -> tuple[tuple[str, Any, Any], ...]:
    """The messages that are understood, with what handles them and what the editor is told of it."""
    completion = types.CompletionOptions(trigger_characters=list(TRIGGERS), resolve_provider=False)
    return (
        (types.INITIALIZE, session.initialize, None),
        (types.SHUTDOWN, session.shutdown, None),
        (types.TEXT_DOCUMENT_DID_OPEN, session.did_open, None),
        (types.TEXT_DOCUMENT_DID_CHANGE, session.did_change, None),
        (types.TEXT_DOCUMENT_DID_CLOSE, session.did_close, None),
        (types.TEXT_DOCUMENT_DID_SAVE, session.did_save, None),
        (types.WORKSPACE_DID_CHANGE_WATCHED_FILES, session.did_save, None),
        (types.TEXT_DOCUMENT_COMPLETION, session.completion, completion),
        (types.TEXT_DOCUMENT_HOVER, session.hover, None),
    )


def _quiet() -> None:
    """The library logs messages with the texts in them; nothing of that is written anywhere."""
    logging.getLogger("pygls").addHandler(logging.NullHandler())
    logging.getLogger("pygls").propagate = False


def _tell(text: str) -> None:
    print(redacted(text), file=sys.stderr)  # noqa: T201 - stderr is the log of a language server
