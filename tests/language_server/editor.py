"""An editor: the client of pygls with the server as a process of its own."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.lsp.client import LanguageClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SECONDS = 300
"""So long a test waits for an answer, at most."""


class Editor:
    """One session; documents are named by their paths."""

    def __init__(self, client: Any, folder: Path) -> None:
        self.client = client
        self.folder = folder
        self._published: dict[str, asyncio.Queue[types.PublishDiagnosticsParams]] = {}
        self._versions: dict[str, int] = {}
        client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(partial(self._take))
        client.feature(types.WORKSPACE_CODE_LENS_REFRESH)(lambda _params: None)

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    def open(self, name: str, text: str, language: str = "yaml") -> None:
        self._versions[name] = 1
        item = types.TextDocumentItem(uri=self.uri(name), language_id=language, version=1, text=text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def change(self, name: str, line: int, start: int, end: int, new: str) -> None:
        """Replace a part of a line."""
        self._versions[name] += 1
        what = types.TextDocumentContentChangePartial(
            range=types.Range(types.Position(line, start), types.Position(line, end)), text=new
        )
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(self.versioned(name), [what]))

    def replace(self, name: str, text: str) -> None:
        """Replace the whole text."""
        self._versions[name] += 1
        whole = types.TextDocumentContentChangeWholeDocument(text=text)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(self.versioned(name), [whole]))

    def versioned(self, name: str) -> types.VersionedTextDocumentIdentifier:
        return types.VersionedTextDocumentIdentifier(version=self._versions[name], uri=self.uri(name))

    def at(self, name: str, line: int, character: int) -> dict[str, Any]:
        """What the parameters of most requests begin with."""
        position = types.Position(line, character)
        return {"text_document": types.TextDocumentIdentifier(self.uri(name)), "position": position}

    async def problems(self, name: str) -> list[types.Diagnostic]:
        """The next diagnostics of the newest version of a document."""
        while True:
            queue = self._published.setdefault(self.uri(name), asyncio.Queue())
            found = await asyncio.wait_for(queue.get(), SECONDS)
            if found.version in {None, self._versions.get(name)}:
                return list(found.diagnostics)

    async def end(self) -> int:
        """Ask the server to end; its exit code."""
        await asyncio.wait_for(self.client.shutdown_async(None), SECONDS)
        self.client.exit(None)
        return int(await asyncio.wait_for(self.process.wait(), SECONDS))

    @property
    def process(self) -> Any:
        return self.client._server

    def _take(self, params: types.PublishDiagnosticsParams) -> None:
        self._published.setdefault(params.uri, asyncio.Queue()).put_nowait(params)


CAPABILITIES = types.ClientCapabilities(
    text_document=types.TextDocumentClientCapabilities(
        completion=types.CompletionClientCapabilities(
            completion_item=types.ClientCompletionItemOptions(snippet_support=True)
        )
    ),
    workspace=types.WorkspaceClientCapabilities(
        code_lens=types.CodeLensWorkspaceClientCapabilities(refresh_support=True)
    ),
)


@asynccontextmanager
async def editor(folder: Path, capabilities: types.ClientCapabilities = CAPABILITIES) -> AsyncIterator[Editor]:
    """A session with a server of its own, which is gone at the end."""
    client: Any = LanguageClient("editor", "1")
    environ = {key: value for key, value in os.environ.items() if not key.startswith("RECIPEBATCH_")}
    environ |= {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config")}
    found = Editor(client, folder)
    await client.start_io(sys.executable, "-m", "recipebatch", "lsp", "--stdio", env=environ, cwd=str(folder))
    try:
        parameters = types.InitializeParams(capabilities=capabilities, root_uri=folder.as_uri(), process_id=os.getpid())
        await asyncio.wait_for(client.initialize_async(parameters), SECONDS)
        client.initialized(types.InitializedParams())
        yield found
    finally:
        if found.process is not None and found.process.returncode is None:
            found.process.kill()
            await found.process.wait()
        await client.stop()
