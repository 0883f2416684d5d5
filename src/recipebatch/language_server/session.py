"""One editor's session: its documents as it changes them, and the checks that follow each change."""

from __future__ import annotations

import asyncio
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.uris import to_fs_path

from recipebatch.language_server import to_lsp
from recipebatch.language_server.source.positions import Point, Text
from recipebatch.language_server.workspace import Document, Workspace, accept, check_document
from recipebatch.text.secret import redacted

if TYPE_CHECKING:
    from recipebatch.language_server.knowledge import SourceFile
    from recipebatch.language_server.workspace import Checked

DEBOUNCE_SECONDS = 0.15
"""After a change: so long nothing else must change before the text is checked."""


class Session:
    """The documents of one editor, and the checks that are waiting.

    Attributes:
        exit_code: 0 once the editor has asked for the end, as LSP wants it; 1 if it just goes away.
        knows_snippets: the editor inserts snippets.
    """

    def __init__(self, server: Any) -> None:
        self.workspace = Workspace()
        self.exit_code = 1
        self.knows_snippets = False
        self._server = server
        self._checks: dict[str, asyncio.Task[None]] = {}
        # One at a time: checks share a processor with the answers.
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="check")
        self._can_refresh = False

    def initialize(self, params: types.InitializeParams) -> None:
        """Note what the editor can do, and which folders it has open."""
        text = params.capabilities.text_document
        item = text.completion.completion_item if text is not None and text.completion is not None else None
        self.knows_snippets = bool(item is not None and item.snippet_support)
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

    async def checked(self, document: Document) -> SourceFile | None:
        """The document as it was read, once all checks that it waits for are done; None if it is not YAML."""
        while (task := self._checks.get(document.uri)) is not None and not task.done():
            await asyncio.wait([task])
        file = document.knowledge.files.get(document.file) if document.knowledge is not None else None
        return file if file is not None and file.text.text == document.text.text else None

    async def in_thread(self, function: Any, *arguments: Any) -> Any:
        """The result of a function that takes long, while other messages are answered."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, *arguments)

    def _check_soon(self, document: Document, delay: float) -> None:
        waiting = self._checks.pop(document.uri, None)
        if waiting is not None:
            waiting.cancel()
        self._checks[document.uri] = asyncio.ensure_future(self._check(document, delay))

    async def _check(self, document: Document, delay: float) -> None:
        await asyncio.sleep(delay)
        now = self.workspace.snapshot()
        if document.uri not in now.documents:
            return
        try:
            checked = await self.in_thread(check_document, now, now.documents[document.uri])
        except Exception as error:  # noqa: BLE001 - a defect of a check ends no editor's session
            tell(f"a check failed: {type(error).__name__}: {error}")
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
            if document.uri == changed.uri or known is None:
                continue
            file = known.files.get(changed.file)
            if file is not None and file.text.text != changed.text.text:
                self._check_soon(document, 0)

    def _publish(self, uri: str, version: int | None, found: list[types.Diagnostic]) -> None:
        params = types.PublishDiagnosticsParams(uri=uri, version=version, diagnostics=found)
        self._server.text_document_publish_diagnostics(params)


def tell(text: str) -> None:
    """Write a line to stderr, which is the log of a language server."""
    print(redacted(text), file=sys.stderr)  # noqa: T201
