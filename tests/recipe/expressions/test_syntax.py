"""Which expressions are well formed, and which names they use."""

from __future__ import annotations

import pytest

from recipebatch.recipe.expressions.syntax import (
    MAX_LENGTH,
    Expression,
    ExpressionError,
    Scope,
    check_names,
    sas_letters,
    template,
)

SCOPE = Scope(
    {
        "params": frozenset(("count", "name")),
        "secrets": frozenset(("token",)),
        "storage": frozenset(("input", "output")),
        "item": None,
    },
    {"run": "run.id is available in tasks"},
)


def expression(source: str) -> Expression:
    (found,) = template("${{ " + source + " }}")
    assert isinstance(found, Expression)
    return found


def refusal(text: str) -> tuple[str, str, str | None]:
    with pytest.raises(ExpressionError) as caught:
        template(text)
    return caught.value.code, str(caught.value), caught.value.hint


def unknown(source: str) -> list[tuple[str, str, str | None]]:
    return [(error.code, str(error), error.hint) for error in check_names(expression(source), SCOPE)]


def test_a_text_keeps_its_literals_beside_its_expressions() -> None:
    first, name, last = template("a-${{ params.name }}.txt")
    assert (first, last) == ("a-", ".txt")
    assert isinstance(name, Expression)
    assert (name.source, name.raw, name.names, name.deferred) == ("params.name", False, frozenset({"params"}), None)


def test_a_text_without_expressions_is_one_literal_and_an_empty_one_is_none() -> None:
    assert template("a $${{ b") == ("a ${{ b",)
    assert template("") == ()


def test_range_is_a_function_and_no_name() -> None:
    assert expression("range(params.count)[index]").names == {"params", "index"}


@pytest.mark.parametrize(
    ("source", "ends_in_raw"), [("item | raw", True), ("item | upper | raw", True), ("item", False), ("'raw'", False)]
)
def test_an_expression_that_ends_in_raw_is_not_quoted(source: str, *, ends_in_raw: bool) -> None:
    assert expression(source).raw is ends_in_raw


@pytest.mark.parametrize(
    ("source", "deferred"),
    [
        ("secrets.token", "secret"),
        ("secrets.token ~ storage.input.url", "secret"),
        ("storage.input.url", "url"),
        ("storage.input['url']", "url"),
        ("storage.input.url ~ '?' ~ storage.input.sas_token('read')", "sas"),
        ("storage.input.name", None),
        ("item.url", None),
    ],
)
def test_a_value_that_is_known_only_in_the_run_is_deferred(source: str, deferred: str | None) -> None:
    assert expression(source).deferred == deferred


def test_an_expression_has_at_most_2000_characters() -> None:
    assert expression("'" + "a" * (MAX_LENGTH - 2) + "'").source.count("a") == 1998
    too_long = "'" + "a" * (MAX_LENGTH - 1) + "'"
    message = "an expression has 2001 characters; at most 2000 are allowed"
    assert refusal("${{ " + too_long + " }}") == ("expression-syntax", message, None)


def test_an_expression_is_nested_at_most_40_levels_deep() -> None:
    assert expression("[" * 40 + "1" + "]" * 40).names == frozenset()
    too_deep = ("expression-syntax", "an expression is nested too deep", None)
    assert refusal("${{ " + "[" * 41 + "1" + "]" * 41 + " }}") == too_deep
    assert refusal("${{ " + "(" * 990 + "1" + ")" * 990 + " }}") == too_deep


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("a b", "a b is not an expression: expected token 'end of print statement', got 'b'"),
        (
            "1 " + "x" * 58,
            f"1 {'x' * 58} is not an expression: expected token 'end of print statement', got '{'x' * 58}'",
        ),
        ("1 +" + "+" * 58, f"1 +{'+' * 54}... is not an expression: unexpected 'end of print statement'"),
        ("(item | raw) ~ 'a'", "(item | raw) ~ 'a': raw must be the last filter of an expression"),
        ("item._secret", "a name here cannot begin with an underscore"),
        ("len(item)", "only range and methods can be called"),
        ("item.split()()", "only range and methods can be called"),
        ("range(**item)", "* and ** are not allowed in a call"),
    ],
)
def test_what_is_not_one_bounded_expression_is_refused(source: str, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        expression(source)
    assert (caught.value.code, str(caught.value)) == ("expression-syntax", message)


def test_a_filter_test_or_method_that_does_not_exist_is_named_with_what_is_meant() -> None:
    assert refusal("${{ item | joim }}") == ("unknown-name", "unknown filter joim", "did you mean join?")
    assert refusal("${{ item is evn }}") == ("unknown-name", "unknown test evn", "did you mean even?")
    assert refusal("${{ item.uper() }}") == ("unknown-name", "unknown method uper", "did you mean upper?")


@pytest.mark.parametrize(("called", "filter_name"), [("uppercase", "upper"), ("len", "length"), ("zzz", "upper")])
def test_a_function_is_answered_with_the_filter_to_write(called: str, filter_name: str) -> None:
    hint = f"write a filter behind the value, for example x | {filter_name}"
    message = "only range and methods can be called"
    assert refusal(f"${{{{ {called}(item) }}}}") == ("expression-syntax", message, hint)


@pytest.mark.parametrize("source", ["params.count", "params['name']", "item.anything.below", "storage.input.name", "1"])
def test_known_names_are_accepted(source: str) -> None:
    assert unknown(source) == []


@pytest.mark.parametrize(
    ("source", "code", "message", "hint"),
    [
        ("params.cuont", "unknown-name", "unknown parameter cuont", "did you mean count?"),
        ("params['cuont']", "unknown-name", "unknown parameter cuont", "did you mean count?"),
        ("params.token", "unknown-name", "token is a secret, not a plain parameter", "write secrets.token"),
        ("secrets.tokn", "unknown-name", "unknown secret tokn", "did you mean token?"),
        ("storage.inptu.name", "unknown-container", "unknown container inptu", "did you mean input?"),
        ("storage.input.nmae", "unknown-name", "a container has no nmae", "did you mean name?"),
        ("run.id", "unknown-name", "run is not available here", "run.id is available in tasks"),
        ("itm", "unknown-name", "unknown name itm", "did you mean item?"),
        (
            "storage.input",
            "unknown-name",
            "storage.input cannot be used as a value",
            "write storage.input.name, storage.input.url or storage.input.sas_token('read')",
        ),
        (
            "storage.input.sas_token",
            "unknown-permission",
            "sas_token needs permissions",
            "write storage.input.sas_token('create', 'write') with the permissions to grant",
        ),
        ("storage.input.sas_token('raed')", "unknown-permission", "unknown SAS permission raed", "did you mean read?"),
    ],
)
def test_a_name_that_does_not_exist_is_refused(source: str, code: str, message: str, hint: str) -> None:
    assert unknown(source) == [(code, message, hint)]


def test_every_unknown_name_of_an_expression_is_reported() -> None:
    assert [message for _, message, _ in unknown("params.a ~ secrets.b ~ zz")] == [
        "unknown parameter a",
        "unknown secret b",
        "unknown name zz",
    ]


def test_permissions_that_an_expression_computes_are_checked_when_it_is_evaluated() -> None:
    assert unknown("storage.input.sas_token(params.name)") == []


def test_a_parameter_of_a_recipe_without_any_is_refused_with_that_hint() -> None:
    (error,) = check_names(expression("params.a"), Scope({"params": frozenset()}, {}))
    assert (str(error), error.hint) == ("unknown parameter a", "the recipe has no parameters")


@pytest.mark.parametrize(
    ("words", "letters"),
    [
        (("read",), "r"),
        (("list", "read"), "rl"),
        (("list,write create",), "cwl"),
        (("ldwcar",), "racwdl"),
        (("read", "r", "rl"), "rl"),
    ],
)
def test_the_letters_of_a_sas_are_in_the_order_of_the_storage_service(words: tuple[object, ...], letters: str) -> None:
    assert sas_letters(words) == letters


@pytest.mark.parametrize("words", [(), ("",), (" , ",)])
def test_a_sas_without_permissions_is_refused(words: tuple[object, ...]) -> None:
    with pytest.raises(ExpressionError) as caught:
        sas_letters(words)
    assert (caught.value.code, str(caught.value), caught.value.hint) == (
        "unknown-permission",
        "sas_token needs the permissions to grant",
        "for example sas_token('create', 'write')",
    )
