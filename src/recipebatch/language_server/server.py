"""The server: the messages of an editor over stdin and stdout, with pygls."""

from __future__ import annotations

import logging
import os
import sys
from functools import partial
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from recipebatch._version import __version__
from recipebatch.language_server.answers import Answers
from recipebatch.language_server.session import Session

TRIGGERS = (" ", ":", ".", "$", "{", "|", "'", '"', "-", ",", "[")


def serve() -> int:
    """Serve one editor over stdin and stdout until it goes away; returns the exit code."""
    _quiet()
    server = LanguageServer("recipebatch", __version__, text_document_sync_kind=types.TextDocumentSyncKind.Incremental)
    session = Session(server)
    for name, handler, options in _features(session, Answers(session)):
        server.feature(name, options)(partial(handler))  # it takes attributes, as a method does not
    # Whatever else prints must not get between the messages.
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    server.start_io(stdin=sys.stdin.buffer, stdout=output)
    return session.exit_code


def _features(session: Session, answers: Answers) -> tuple[tuple[str, Any, Any], ...]:
    """The messages that are understood, with what handles them and what the editor is told of it."""
    completion = types.CompletionOptions(trigger_characters=list(TRIGGERS), resolve_provider=False)
    actions = types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix])
    return (
        (types.INITIALIZE, session.initialize, None),
        (types.SHUTDOWN, session.shutdown, None),
        (types.TEXT_DOCUMENT_DID_OPEN, session.did_open, None),
        (types.TEXT_DOCUMENT_DID_CHANGE, session.did_change, None),
        (types.TEXT_DOCUMENT_DID_CLOSE, session.did_close, None),
        (types.TEXT_DOCUMENT_DID_SAVE, session.did_save, types.SaveOptions(include_text=False)),
        (types.WORKSPACE_DID_CHANGE_WATCHED_FILES, session.did_save, None),
        (types.TEXT_DOCUMENT_COMPLETION, answers.completion, completion),
        (types.TEXT_DOCUMENT_HOVER, answers.hover, None),
        (types.TEXT_DOCUMENT_DEFINITION, answers.definition, None),
        (types.TEXT_DOCUMENT_REFERENCES, answers.references, None),
        (types.TEXT_DOCUMENT_PREPARE_RENAME, answers.prepare_rename, None),
        (types.TEXT_DOCUMENT_RENAME, answers.rename, types.RenameOptions(prepare_provider=True)),
        (types.TEXT_DOCUMENT_CODE_ACTION, answers.code_actions, actions),
        (types.TEXT_DOCUMENT_CODE_LENS, answers.code_lens, types.CodeLensOptions(resolve_provider=False)),
        (types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, answers.document_symbols, None),
    )


def _quiet() -> None:
    """The library logs messages with the texts in them; nothing of that is written anywhere."""
    logging.getLogger("pygls").addHandler(logging.NullHandler())
    logging.getLogger("pygls").propagate = False
