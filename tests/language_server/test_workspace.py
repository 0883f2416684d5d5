"""What kind each open document is, and how fragments are checked with the recipes that include them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from language_server.marked import RECIPE

from recipebatch.language_server.source.positions import Text
from recipebatch.language_server.workspace import Document, DocumentKind, Workspace, accept, check_document

if TYPE_CHECKING:
    from pathlib import Path

INCLUDES = "schema_version: 1\nname: r\ninclude: parts/pool.yaml\ntasks: [{command_line: a}]\n"


def document(path: Path, text: str, language: str = "yaml") -> Document:
    return Document(uri=path.as_uri(), path=path, text=Text(text), version=1, language=language)


def opened(*documents: Document, folders: tuple[str, ...] = ()) -> Workspace:
    workspace = Workspace({each.uri: each for each in documents}, folders)
    for each in documents:
        accept(workspace, check_document(workspace.snapshot(), each))
    return workspace


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("a.yaml", "schema_version: 1\n", DocumentKind.RECIPE),
        ("a.yaml", "extends: base.yaml\npool: {}\n", DocumentKind.RECIPE),
        ("a.yaml", "extends: airbnb\nrules: {}\n", DocumentKind.OTHER),
        ("a.recipe.yaml", "", DocumentKind.RECIPE),
        ("a.yaml", "apiVersion: v1\nkind: Pod\n", DocumentKind.OTHER),
        ("a.yaml", "", DocumentKind.OTHER),
        ("a.test.yaml", "cases: []\n", DocumentKind.TESTS),
        ("a.test.yaml", "other: 1\n", DocumentKind.OTHER),
        ("a.yaml", "# yaml-language-server: $schema=../recipe.schema.json\npool: {}\n", DocumentKind.FRAGMENT),
        ("a.yaml", "# yaml-language-server: $schema=recipe-test.schema.json\n", DocumentKind.TESTS),
    ],
)
def test_a_document_is_known_by_its_text_or_its_name(tmp_path: Path, name: str, text: str, kind: DocumentKind) -> None:
    each = document(tmp_path / name, text)
    workspace = opened(each)
    assert workspace.kind(each) is kind
    assert (workspace.rules(each) is None) == (kind is DocumentKind.OTHER)
    if kind is DocumentKind.OTHER:
        assert each.found == ()


def test_the_language_of_the_editor_makes_a_recipe_of_an_empty_text(tmp_path: Path) -> None:
    each = document(tmp_path / "a.yaml", "", "recipebatch")
    assert opened(each).kind(each) is DocumentKind.RECIPE


def test_a_fragment_is_checked_with_the_recipe_on_the_disk_that_includes_it(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(INCLUDES, encoding="utf-8")
    fragment = document(tmp_path / "parts" / "pool.yaml", "pool: {existing: p, imgae: x}\n")
    fragment.path.parent.mkdir()
    workspace = opened(fragment, folders=(str(tmp_path),))
    assert workspace.kind(fragment) is DocumentKind.FRAGMENT
    assert [each.code for each in fragment.found] == ["unknown-key"]
    assert fragment.knowledge is not None


def test_a_fragment_is_checked_with_the_recipe_that_is_open(tmp_path: Path) -> None:
    root = document(tmp_path / "r.yaml", INCLUDES)
    fragment = document(tmp_path / "parts" / "pool.yaml", "pool: {existing: p, id: q}\n")
    workspace = Workspace({each.uri: each for each in (root, fragment)})
    for each in (root, fragment):
        accept(workspace, check_document(workspace.snapshot(), each))
    assert [each.code for each in fragment.found if each.severity == "error"] == ["exclusive-keys"]
    assert root.found == ()


def test_problems_of_a_fragment_that_is_not_open_stand_at_its_name(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "pool.yaml").write_text("pool: {existing: p, imgae: x}\n", encoding="utf-8")
    root = document(tmp_path / "r.yaml", INCLUDES)
    opened(root)
    assert [root.text.slice(each.span) for each in root.found] == ["pool.yaml"]


def test_a_fragment_alone_may_lack_what_a_recipe_must_have(tmp_path: Path) -> None:
    text = "# yaml-language-server: $schema=recipe.schema.json\npool: {imgae: a}\n"
    each = document(tmp_path / "a.yaml", text)
    opened(each)
    assert [found.code for found in each.found] == ["unknown-key"]
    assert each.knowledge is not None


def test_a_test_file_is_checked_by_its_own_schema(tmp_path: Path) -> None:
    each = document(tmp_path / "a.test.yaml", "cases:\n- {name: a, expcet: {}}\n")
    opened(each)
    assert [found.code for found in each.found] == ["unknown-key"]
    broken = document(tmp_path / "a.test.yaml", "cases: [\n")
    opened(broken)
    assert [found.code for found in broken.found] == ["yaml-syntax"]


def test_what_was_known_stays_while_the_text_is_no_yaml(tmp_path: Path) -> None:
    each = document(tmp_path / "r.yaml", RECIPE)
    workspace = opened(each)
    before = each.knowledge
    each.text = Text(RECIPE + "  broken: [\n")
    accept(workspace, check_document(workspace.snapshot(), each))
    assert [found.code for found in each.found] == ["yaml-syntax"]
    assert each.knowledge is before


def test_the_result_for_a_text_that_has_changed_is_dropped(tmp_path: Path) -> None:
    each = document(tmp_path / "r.yaml", RECIPE)
    workspace = opened(each)
    checked = check_document(workspace.snapshot(), each)
    each.text = Text("schema_version: 1\n")
    assert accept(workspace, checked) is None
    del workspace.documents[each.uri]
    assert accept(workspace, checked) is None
