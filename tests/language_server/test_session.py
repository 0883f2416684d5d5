"""The server as an editor has it: a process that is spoken to over stdin and stdout."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from typing import TYPE_CHECKING

from language_server.editor import SECONDS, editor
from language_server.marked import RECIPE
from lsprotocol import types

if TYPE_CHECKING:
    from pathlib import Path

EMOJI = RECIPE.replace("      - cat *.txt\n", "      - echo 😀 ${{ params.wrods }}\n")
"""Behind the emoji, a name that is wrong."""
LINE = EMOJI.splitlines().index("      - echo 😀 ${{ params.wrods }}")


def test_a_session_from_the_first_text_to_the_end(tmp_path: Path) -> None:
    async def story() -> int:
        async with editor(tmp_path) as each:
            each.open("r.yaml", EMOJI)
            (wrong,) = [found for found in await each.problems("r.yaml") if found.severity == 1]
            assert (wrong.code, wrong.source) == ("unknown-name", "recipebatch")
            # `      - echo 😀 ${{ params.` are 26 characters, of which one is two units.
            assert wrong.range == types.Range(types.Position(LINE, 27), types.Position(LINE, 32))
            each.change("r.yaml", LINE, 27, 32, "words")
            assert [found.message for found in await each.problems("r.yaml") if found.severity == 1] == []
            shown = await each.client.text_document_hover_async(types.HoverParams(**each.at("r.yaml", LINE, 28)))
            assert "Value: `3`" in shown.contents.value
            each.change("r.yaml", LINE, 26, 32, ".")
            offered = await each.client.text_document_completion_async(
                types.CompletionParams(**each.at("r.yaml", LINE, 27))
            )
            assert {item.label for item in offered.items} == {"words", "city"}
            each.open("other.yaml", "kind: Pod\n")
            assert await each.problems("other.yaml") == []
            nothing = types.CompletionParams(**each.at("other.yaml", 1, 0))
            assert await each.client.text_document_completion_async(nothing) is None
            assert await each.client.text_document_hover_async(types.HoverParams(**each.at("gone.yaml", 0, 0))) is None
            each.client.text_document_did_close(
                types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(each.uri("r.yaml")))
            )
            while await each.problems("r.yaml"):
                pass
            return await each.end()

    assert asyncio.run(story()) == 0


def test_hostile_texts_end_no_session(tmp_path: Path) -> None:
    texts = (
        "schema_version: 1\n" + "a: [" * 3_000,
        "schema_version: 1\n\tname: x\r\n\r\n",
        "schema_version: 1\nname: \x00\x1b[31m\ud800\n".encode("utf-8", "replace").decode(),
        "schema_version: 1\nx-a: &a [1, 1, 1]\n" + "".join(f"x-{n}: &b{n} [*a, *a, *a]\n" for n in range(3)),
        "schema_version: 1\nname: " + "x" * 2_000_000,
        "schema_version: 1\nname: ${{ " + "(" * 500 + "\n",
    )

    async def story() -> int:
        async with editor(tmp_path) as each:
            each.open("r.yaml", texts[0])
            assert await each.problems("r.yaml")
            for text in texts[1:]:
                each.replace("r.yaml", text)
                assert await each.problems("r.yaml")
                await each.client.text_document_completion_async(types.CompletionParams(**each.at("r.yaml", 1, 3)))
            each.replace("r.yaml", RECIPE.replace("\n", "\r\n"))
            assert [found for found in await each.problems("r.yaml") if found.severity == 1] == []
            return await each.end()

    assert asyncio.run(story()) == 0


def test_an_editor_that_goes_away_ends_the_server(tmp_path: Path) -> None:
    async def story() -> int:
        async with editor(tmp_path) as each:
            each.open("r.yaml", RECIPE)
            each.process.stdin.close()
            return int(await asyncio.wait_for(each.process.wait(), SECONDS))

    assert asyncio.run(story()) == 1


def test_the_end_without_a_shutdown_is_no_success_and_nothing_of_a_text_is_logged(tmp_path: Path) -> None:
    """What LSP says of `exit`; a message that is no message is passed over."""
    junk = b"Content-Length: 5\r\n\r\nhello"
    leave = b'{"jsonrpc":"2.0","method":"exit"}'
    opened = b'{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":"sesame"}}'
    parts = (
        junk,
        b"Content-Length: %d\r\n\r\n%b" % (len(opened), opened),
        b"Content-Length: %d\r\n\r\n%b" % (len(leave), leave),
    )
    done = subprocess.run(
        [sys.executable, "-m", "recipebatch", "lsp"],
        input=b"".join(parts),
        capture_output=True,
        cwd=tmp_path,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 1
    assert re.search(rb"sesame|Traceback", done.stderr) is None
