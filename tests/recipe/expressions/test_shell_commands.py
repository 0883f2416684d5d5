"""Texts for a shell as simple commands."""

from __future__ import annotations

import pytest

from recipebatch.recipe.expressions import template
from recipebatch.recipe.expressions.shell_commands import simple_commands


def read(text: str, shell: str | None = "bash") -> str:
    """`WORDS` of each command, `|` behind those that are piped, with `/` between; an expression is `@`."""
    found = simple_commands(template(text), shell)
    texts = [" ".join(word.text for word in each.words) + " |" * each.piped for each in found]
    return " / ".join(texts).replace("\0", "@")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a 'b c' | d > e", "a 'b c' | / d > e"),
        ("a || b && c; d &", "a / b / c / d"),
        ("a | b || c", "a | / b / c"),
        ("x=$(a | b) y", "x=$(…) y / a | / b"),
        ('echo "$(a | b ${{ x }})" z', 'echo "$(…)" z / a | / b @'),
        ("case x in a|b) c | d;; e|f) g;; esac | h", "case x in a / b / c | / d / e / f / g / esac | / h"),
        ("cat <<E | sort\na | b\nE\nfoo bar", "cat < | / sort / foo bar"),
        ("cat <<E\na|b\nE\nfoo", "cat < / foo"),
        ("cat <<< ${{ x }}", "cat < @"),
        ("(a; b) | c", " | / a / b / c"),
        ("! a | b", "a | / b"),
        ("if a | b; then c; fi", "a | / b / c / fi"),
        ("[[ a || b =~ x|y ]] && c", "[[ a || b =~ x|y ]] / c"),
        ("prog 2>&1 >|x | y", "prog 2>&1 >|x | / y"),
        ("a # b | c\nd", "a / d"),
        ("echo `a | b` c", "echo (…) c / a | / b"),
        ("echo $((1|2)) x", "echo $(…) x / (1|2)"),
        ("((i|3)); y", "(i|3) / y"),
        ("echo a\\|b 'c|d' \"e|f\"", "echo a\\|b 'c|d' \"e|f\""),
        ("diff <(a | b) c", "diff <(…) c / a | / b"),
        ("a |& b", "a | / b"),
    ],
)
def test_a_text_is_read_as_its_simple_commands(text: str, expected: str) -> None:
    assert read(text) == expected


def test_without_a_shell_there_is_one_command() -> None:
    assert read("bash -c 'a | b' ${{ x }} | c (d)", None) == "bash -c 'a | b' @ | c (d)"


def test_a_command_has_a_name_arguments_and_words_without_their_quotes() -> None:
    (command,) = simple_commands(template("A=1 '/bin/echo' x\"y z\"${{ v }}"), "sh")
    assert command.name == "echo"
    (argument,) = command.arguments
    assert (argument.text, argument.bare) == ('x"y z"\0', "x\0")
    assert [each.source for each in argument.expressions] == ["v"]
    assert simple_commands(template("A=1"), "sh")[0].name == ""
