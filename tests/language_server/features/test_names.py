"""Where a name is defined and used, and what to change for another one."""

from __future__ import annotations

from pathlib import Path

import pytest
from language_server.marked import FILE, MARK, RECIPE, RULES, TODAY, known, split

from recipebatch.language_server.analysis import analyse
from recipebatch.language_server.features.names import (
    RenameError,
    check_renamable,
    definitions,
    name_at,
    occurrences,
    renamed,
)
from recipebatch.language_server.knowledge import Name


def named(old: str, new: str) -> Name | None:
    """The name at the mark, which is in `new`."""
    assert old in RECIPE
    return name_at(*split(RECIPE.replace(old, new, 1)), FILE, RULES)


def name(kind: str, text: str) -> Name:
    return next(each for each in known().definitions if (each.kind, each.name) == (kind, text))


def after(old: Name, new: str, recipe: str = RECIPE) -> str:
    """The recipe with another name."""
    edits = renamed(old, new, [known(recipe)], RULES)[FILE]
    for span, written in reversed(edits):
        recipe = recipe[: span.start] + written + recipe[span.end :]
    return recipe


@pytest.mark.parametrize(
    ("old", "new", "kind", "word"),
    [
        ("params.words }} >", f"params.wo{MARK}rds }}}} >", "parameter", "words"),
        ("secrets.token", f"secrets.token{MARK}", "parameter", "token"),
        ("  words:", f"  {MARK}words:", "parameter", "words"),
        ("  double:", f"  double{MARK}:", "variable", "double"),
        ("depends_on: count", f"depends_on: co{MARK}unt", "template", "count"),
        ("- name: count", f"- name: {MARK}count", "template", "count"),
        ("container: output, path", f"container: 'out{MARK}put', path", "container", "output"),
        ("schema_version: 1", f"include: pa{MARK}rts.yaml\nschema_version: 1", "file", "parts.yaml"),
    ],
)
def test_a_name_is_found_where_it_is_defined_and_where_it_is_used(old: str, new: str, kind: str, word: str) -> None:
    found = named(old, new)
    assert found is not None
    assert (found.kind, found.name) == (kind, word)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("- cat *.txt", f"- cat out{MARK}put"),
        ("tasks:", f"ta{MARK}sks:"),
        ("tasks:", f"# out{MARK}put\ntasks:"),
        ("Standard_D2s_v5", "${{ recipe.na" + MARK + "me }}"),
    ],
)
def test_other_words_are_no_names(old: str, new: str) -> None:
    assert named(old, new) is None


def test_a_definition_is_in_the_file_that_has_it() -> None:
    used = named("depends_on: count", f"depends_on: co{MARK}unt")
    assert used is not None
    (only,) = definitions(used, known())
    assert known().files[FILE].text.slice(only.span) == "count"
    assert only.path == ("tasks", 0, "name")


def test_a_file_is_its_own_definition() -> None:
    each = Name("file", "../a/b.yaml", "/x/y/r.yaml", name("container", "input").span, ())
    assert [found.file for found in definitions(each, known())] == ["/x/a/b.yaml"]
    bundled = Name("file", "builtin:topn", FILE, each.span, ())
    assert [found.file for found in definitions(bundled, known())] == ["builtin:topn"]


def test_uses_are_found_with_or_without_the_definition() -> None:
    output = name("container", "output")
    assert len(occurrences(output, [known(), known()])[FILE]) == 4
    assert len(occurrences(output, [known()], definition=False)[FILE]) == 3


def test_a_parameter_gets_another_name_everywhere_but_in_plain_texts() -> None:
    command = "- echo words ${{ params['words'] }} ${{ 'params.words' }} # ${{ params.words }}"
    recipe = RECIPE.replace("- cat *.txt", command)
    text = after(name("parameter", "words"), "number", recipe)
    assert "  number: {type" in text
    assert "double: ${{ params.number * 2 }}" in text
    assert "- echo words ${{ params['number'] }} ${{ 'params.words' }} # ${{ params.words }}" in text
    assert "How many words." in text


def test_a_container_gets_another_name_as_value_and_in_expressions() -> None:
    recipe = RECIPE.replace('TOKEN: "${{ secrets.token }}"', 'URL: "${{ storage.output.url }}"')
    text = after(name("container", "output"), "results", recipe)
    assert text.count("results") == 5
    assert "output" not in text.replace("output_files", "")
    assert known(text).recipe is not None


def test_a_name_that_yaml_reads_as_something_else_is_quoted() -> None:
    assert 'depends_on: "1"' in after(name("template", "count"), "1")


@pytest.mark.parametrize(
    ("kind", "old", "new", "why"),
    [
        ("parameter", "words", "city", "there is another parameter city"),
        ("parameter", "words", "1x", "1x cannot be the name of a parameter"),
        ("container", "output", "Out", "Out cannot be the name of a container"),
        ("template", "count", "a b", "a b cannot be the name of a template"),
    ],
)
def test_a_name_that_does_not_fit_is_refused(kind: str, old: str, new: str, why: str) -> None:
    with pytest.raises(RenameError, match=why):
        renamed(name(kind, old), new, [known()], RULES)


def test_a_name_with_a_hyphen_cannot_stand_in_an_expression() -> None:
    recipe = RECIPE.replace('TOKEN: "${{ secrets.token }}"', 'URL: "${{ storage.output.url }}"')
    with pytest.raises(RenameError, match="letters, digits and _"):
        after(name("container", "output"), "my-output", recipe)
    assert "my-output" in after(name("container", "output"), "my-output")


def test_what_the_recipe_does_not_define_has_no_other_name() -> None:
    with pytest.raises(RenameError, match="no name that the recipe defines"):
        check_renamable(Name("image", "ubuntu-24.04", FILE, name("container", "input").span, ()), [known()])
    with pytest.raises(RenameError, match="the recipe defines no container nothing"):
        check_renamable(Name("container", "nothing", FILE, name("container", "input").span, ()), [known()])


def test_what_a_bundled_recipe_defines_stays_as_it_is() -> None:
    text = "schema_version: 1\nname: r\nextends: builtin:topn\n"
    found = analyse(Path(FILE), text, {}, TODAY).knowledge
    assert found is not None
    words = next(each for each in found.definitions if each.name == "words")
    with pytest.raises(RenameError, match="defined in builtin:topn"):
        check_renamable(words, [found])
