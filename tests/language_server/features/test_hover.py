"""What is shown of the word under the pointer."""

from __future__ import annotations

import pytest
from language_server.marked import FILE, MARK, RECIPE, RULES, TODAY, analysed, split

from recipebatch.language_server.features.diagnostics import diagnostics
from recipebatch.language_server.features.hover import Hover, Subject, hover


def shown(old: str, new: str, recipe: str = RECIPE) -> Hover | None:
    """What is shown at the mark, which is in `new`."""
    assert old in recipe
    text, offset = split(recipe.replace(old, new, 1))
    analysis = analysed(text.text)
    found = diagnostics(analysis.problems, FILE, text)
    subject = Subject(
        text=text,
        file=FILE,
        rules=RULES,
        today=TODAY,
        knowledge=analysis.knowledge,
        found=found,
        plan=analysis.plan,
    )
    return hover(subject, offset)


def markdown(old: str, new: str) -> str:
    found = shown(old, new)
    assert found is not None
    return found.markdown


def test_a_key_says_what_it_takes_what_it_means_its_default_and_an_example() -> None:
    text = markdown("target_dedicated_nodes: 1", f"task_{MARK}slots_per_node: 2")
    assert text.startswith("**task_slots_per_node**: integer, 1 to 256, or an expression\n\nThe number of tasks")
    assert "Default: `1`" in text
    assert "Example: `task_slots_per_node: 4`" in text


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("ubuntu-24.04", f"ubu{MARK}ntu-24.04", "linux, generation 2, x64"),
        ("Standard_D2s_v5", f"Standard_{MARK}D2s_v5", "2 cores"),
        ("params.words }} >", f"params.wo{MARK}rds }}}} >", "Value: `3`"),
        ("params.words }} >", f"params.wo{MARK}rds }}}} >", "How many words."),
        ("params.words }} >", f"params.words + 1 {MARK}}}}} >", "`params.words + 1` = `4`"),
        ("params.words * 2", f"params.words *{MARK} 2", "`params.words * 2` = `6`"),
        ("params.city", f"params.ci{MARK}ty", "No value: pass `-p city=…`"),
        ("secrets.token", f"secrets.to{MARK}ken", "`***`"),
        ("  city:\n", f"  ci{MARK}ty:\n", "**parameter city**"),
        ("depends_on: count", f"depends_on: c{MARK}ount", "**template count**\n\nDefined in r.yaml, line 19"),
        ("container: output, path", f"container: ou{MARK}tput, path", "**container output**"),
        ("type: string", f"type: str{MARK}ing", "**type**"),
        ("  double:", f"  dou{MARK}ble:", "Value: `6`"),
    ],
)
def test_names_values_and_expressions_say_what_they_are(old: str, new: str, expected: str) -> None:
    assert expected in markdown(old, new)


def test_a_problem_is_explained_below() -> None:
    text = markdown("image: ubuntu-24.04", f"imgae{MARK}: ubuntu-24.04")
    assert "**unknown-key**" in text
    assert "Fix: " in text


@pytest.mark.parametrize(
    ("old", "new"),
    [("- cat *.txt", f"- ca{MARK}t *.txt"), ("tasks:\n", f"# no{MARK}te\ntasks:\n"), ("pool:\n", f"pool:\n{MARK}\n")],
)
def test_of_plain_text_there_is_nothing_but_what_its_key_means(old: str, new: str) -> None:
    found = shown(old, new)
    assert found is None or found.markdown.startswith("**")


def test_the_value_of_an_expression_on_one_line_of_a_block_of_text() -> None:
    old = "      - count ${{ item }} ${{ params.words }} > out.txt\n"
    new = "      - |\n        count ${{ item }}\n        head -n ${{ params.w" + MARK + "ords }}\n"
    assert "Value: `3`" in markdown(old, new)


def test_a_command_shows_what_its_first_task_runs() -> None:
    complete = RECIPE.replace("    type: string\n", "    default: Oslo\n")
    found = shown("- count ${{ item }}", f"- co{MARK}unt ${{{{ item }}}}", complete)
    assert found is not None
    assert "Task `count-0`, and 1 more:\n\n```sh\ncount north 3 > out.txt\n```" in found.markdown
    in_expression = shown("- count ${{ item }}", f"- count ${{{{ it{MARK}em }}}}", complete)
    assert in_expression is not None
    assert "count north 3" in in_expression.markdown
