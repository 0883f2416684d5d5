"""What an editor asks, answered by a process that is spoken to over stdin and stdout."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from language_server.editor import SECONDS, Editor, editor
from language_server.marked import RECIPE
from lsprotocol import types
from pygls.exceptions import JsonRpcException

if TYPE_CHECKING:
    from pathlib import Path

LINES = RECIPE.splitlines()
POOL = "pool:\n  image: ubuntu-24.04\n  vm_size: Standard_D2s_v5\n  target_dedicated_nodes: ${{ params.nodes }}\n"
BASE = "schema_version: 1\nname: r\nparameters: {nodes: {default: 1, type: integer}}\ninclude: parts/pool.yaml\n"
ROOT = f"{BASE}tasks: [{{command_line: 'echo ${{{{ params.nodes }}}}'}}]\n"
TESTS = "cases:\n- name: one\n  parameters: {nodes: 2}\n"


def line_of(text: str) -> int:
    return next(number for number, line in enumerate(LINES) if text in line)


async def refused(request: Any) -> str:
    with pytest.raises(JsonRpcException) as caught:
        await request
    return str(caught.value.message)


async def names(each: Editor) -> None:
    """Go to the definition of a template, find the uses of a container, and rename a parameter."""
    client = each.client
    merge = each.at("r.yaml", line_of("depends_on: count"), 18)
    (found,) = await client.text_document_definition_async(types.DefinitionParams(**merge))
    assert found.range == types.Range(types.Position(18, 10), types.Position(18, 15))
    output = each.at("r.yaml", line_of("  output: {}"), 3)
    context = types.ReferenceContext(include_declaration=True)
    uses = await client.text_document_references_async(types.ReferenceParams(**output, context=context))
    assert len(uses) == 4
    words = each.at("r.yaml", line_of("  words:"), 4)
    span = await client.text_document_prepare_rename_async(types.PrepareRenameParams(**words))
    assert span == types.Range(types.Position(3, 2), types.Position(3, 7))
    changed = await client.text_document_rename_async(types.RenameParams(**words, new_name="number"))
    (document,) = changed.document_changes
    assert [edit.new_text for edit in document.edits] == ["number"] * 3
    taken = client.text_document_rename_async(types.RenameParams(**words, new_name="city"))
    assert await refused(taken) == "there is another parameter city"
    image = each.at("r.yaml", line_of("image:"), 10)
    assert "no name that the recipe defines" in await refused(
        client.text_document_prepare_rename_async(types.PrepareRenameParams(**image))
    )
    nothing = each.at("r.yaml", line_of("cat *.txt"), 10)
    assert await client.text_document_definition_async(types.DefinitionParams(**nothing)) is None
    assert await client.text_document_prepare_rename_async(types.PrepareRenameParams(**nothing)) is None


async def overview(each: Editor) -> None:
    """The plan above the tasks, and the sections."""
    document = types.TextDocumentIdentifier(each.uri("r.yaml"))
    lenses = await each.client.text_document_code_lens_async(types.CodeLensParams(document))
    assert [lens.command.title for lens in lenses] == ["plan: needs a value of city"]
    found = await each.client.text_document_document_symbol_async(types.DocumentSymbolParams(document))
    assert {"parameters", "pool", "tasks"} <= {symbol.name for symbol in found}


async def fixes(each: Editor) -> None:
    """A word that is wrong, with what its hint says."""
    line = line_of("depends_on: count")
    each.change("r.yaml", line, 16, 21, "cuont")
    (wrong,) = [found for found in await each.problems("r.yaml") if found.severity == 1]
    actions = await each.client.text_document_code_action_async(
        types.CodeActionParams(
            text_document=types.TextDocumentIdentifier(each.uri("r.yaml")),
            range=wrong.range,
            context=types.CodeActionContext(diagnostics=[wrong]),
        )
    )
    assert [(action.title, action.is_preferred) for action in actions] == [("Replace with count", True)]
    (edit,) = actions[0].edit.changes[each.uri("r.yaml")]
    assert edit == types.TextEdit(wrong.range, "count")
    each.change("r.yaml", line, 16, 21, "count")
    assert [found for found in await each.problems("r.yaml") if found.severity == 1] == []


async def cancelled(each: Editor) -> None:
    """A request that waits for a check is given up when the editor says so."""
    each.change("r.yaml", 0, 0, 0, "# x\n")
    parameters = types.CodeLensParams(types.TextDocumentIdentifier(each.uri("r.yaml")))
    waiting = each.client.protocol.send_request(types.TEXT_DOCUMENT_CODE_LENS, parameters, msg_id="lens")
    each.client.cancel_request(types.CancelParams(id="lens"))
    with pytest.raises(JsonRpcException) as caught:
        await asyncio.wait_for(asyncio.wrap_future(waiting), SECONDS)
    assert caught.value.code == -32800


async def broken(each: Editor) -> None:
    """Nothing is renamed in a text that cannot be read, but definitions are still found."""
    each.change("r.yaml", 0, 0, 0, "a: [\n")
    assert (await each.problems("r.yaml"))[0].code == "yaml-syntax"
    merge = each.at("r.yaml", line_of("depends_on: count") + 2, 18)
    assert "correct it first" in await refused(
        each.client.text_document_rename_async(types.RenameParams(**merge, new_name="x"))
    )
    assert len(await each.client.text_document_definition_async(types.DefinitionParams(**merge))) == 1
    document = types.TextDocumentIdentifier(each.uri("r.yaml"))
    assert await each.client.text_document_document_symbol_async(types.DocumentSymbolParams(document)) is None


def test_questions_about_one_recipe(tmp_path: Path) -> None:
    async def story() -> int:
        async with editor(tmp_path) as each:
            each.open("r.yaml", RECIPE)
            await each.problems("r.yaml")
            for part in (names, overview, fixes, cancelled, broken):
                await part(each)
            return await each.end()

    assert asyncio.run(story()) == 0


def test_a_recipe_of_several_files_is_one_thing(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "pool.yaml").write_text(POOL.replace("ubuntu-24.04", "beos"), encoding="utf-8")
    (tmp_path / "r.yaml").write_text(ROOT, encoding="utf-8")
    (tmp_path / "r.test.yaml").write_text(TESTS, encoding="utf-8")

    async def story() -> int:
        async with editor(tmp_path) as each:
            each.open("r.yaml", ROOT)
            (wrong,) = [found for found in await each.problems("r.yaml") if found.severity == 1]
            assert (wrong.code, wrong.range.start.line) == ("unknown-image", 3)
            each.open("parts/pool.yaml", POOL)
            assert [found for found in await each.problems("parts/pool.yaml") if found.severity == 1] == []
            # The text in the editor counts, not the one on the disk.
            assert [found for found in await each.problems("r.yaml") if found.severity == 1] == []
            nodes = each.at("parts/pool.yaml", 3, 40)
            (found,) = await each.client.text_document_definition_async(types.DefinitionParams(**nodes))
            assert (found.uri, found.range.start) == (each.uri("r.yaml"), types.Position(2, 13))
            included = each.at("r.yaml", 3, 12)
            (file,) = await each.client.text_document_definition_async(types.DefinitionParams(**included))
            assert file.uri == each.uri("parts/pool.yaml")
            changed = await each.client.text_document_rename_async(types.RenameParams(**nodes, new_name="count"))
            edited = {document.text_document.uri: len(document.edits) for document in changed.document_changes}
            assert edited == {each.uri("r.yaml"): 2, each.uri("parts/pool.yaml"): 1, each.uri("r.test.yaml"): 1}
            each.open("r.test.yaml", TESTS.replace("nodes: 2", ""))
            await each.problems("r.test.yaml")
            offered = await each.client.text_document_completion_async(
                types.CompletionParams(**each.at("r.test.yaml", 2, 15))
            )
            assert "nodes" in {item.label for item in offered.items}
            return await each.end()

    assert asyncio.run(story()) == 0
