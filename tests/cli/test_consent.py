"""A recipe from elsewhere is run once the user agreed to what it takes and does."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from plans import a_plan, a_pool

from recipebatch import Recipe
from recipebatch.api import ComparedPlan
from recipebatch.cli.consent import agreement, ask_for_consent
from recipebatch.cli.options import SharedOptions
from recipebatch.errors import UsageError
from recipebatch.report import Action, Change, Comparison

RECIPE = """\
schema_version: 1
name: stranger
parameters: {n: {type: integer, default: 2}}
pool: {image: ubuntu-24.04, vm_size: standard_d2s_v3, target_dedicated_nodes: 3}
storage: {input: {uploads: [a.txt]}}
tasks: [{name: a, for_each: {range: {start: 0, stop: '${{ params.n }}'}}, command_line: run}]
"""
VAULT = "parameters: {s: {type: secret, source: {key_vault: {url: https://v.vault.azure.net, name: s}}}}"


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a recipe beside the one the user stands in."""
    for name in ("r", "here"):
        (tmp_path / name).mkdir()
    (tmp_path / "r" / "recipe.yaml").write_text(RECIPE)
    (tmp_path / "r" / "a.txt").write_text("words")
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("RECIPEBATCH_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("RECIPEBATCH_CONFIG_DIR", str(tmp_path / "no-settings"))
    return (tmp_path / "r").resolve()


def asked(monkeypatch: pytest.MonkeyPatch, typed: str | None, shared: SharedOptions | None = None) -> str:
    """What is shown; the error is raised. Without a text to type there is no terminal."""
    stream = io.StringIO() if typed is None else Terminal()
    monkeypatch.setattr("sys.stdin", io.StringIO() if typed is None else Terminal(typed))
    monkeypatch.setattr("sys.stderr", stream)
    ask_for_consent(Recipe.load("../r/recipe.yaml"), shared or SharedOptions())
    return stream.getvalue()


def test_it_is_asked_once_and_shows_what_is_taken_and_run_where(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = asked(monkeypatch, "y\n")
    for text in (
        f"The recipe stranger comes from elsewhere: {folder}",
        "3 x standard_d2s_v3",
        ": 3 tasks",
        "1 files, 5 bytes",
    ):
        assert text in shown
    assert "It takes nothing from this machine beyond its own folder." in shown
    assert "on this machine as you" in shown
    assert asked(monkeypatch, "") == ""
    assert asked(monkeypatch, None) == ""


@pytest.mark.parametrize("typed", ["n\n", "\n", "", "maybe\nno\n"])
def test_without_a_yes_nothing_is_run_and_it_is_asked_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    for _ in range(2):
        with pytest.raises(UsageError, match="is not run: you did not agree"):
            asked(monkeypatch, typed)
    assert not (folder.parent / "state").exists()


@pytest.mark.parametrize("name", ["recipe.yaml", "a.txt"])
def test_a_change_of_any_of_its_files_is_asked_again(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    asked(monkeypatch, "y\n")
    text = (folder / name).read_text()
    (folder / name).write_text(text.replace("run", "rum").replace("words", "sword"))
    with pytest.raises(UsageError):
        asked(monkeypatch, "n\n")
    (folder / name).write_text(text)
    assert asked(monkeypatch, "n\n") == ""


def test_yes_answers_beforehand(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked(monkeypatch, "n\n", SharedOptions(yes=True)) == ""
    assert not (folder.parent / "state").exists()


def test_without_a_terminal_it_is_said_and_done(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked(monkeypatch, None) == f"note: the recipe stranger comes from elsewhere: {folder}\n"


def test_without_a_terminal_no_vault_is_read_in_the_name_of_the_user(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "recipe.yaml").write_text(RECIPE.replace("parameters: {", VAULT[:-1] + ", "))
    with pytest.raises(UsageError, match=r"reads the secret s from https://v\.vault\.azure\.net in your name"):
        asked(monkeypatch, None)
    with pytest.raises(UsageError):  # a variable of that name is given, not the secret
        asked(monkeypatch, None, SharedOptions(secret=["s"]))
    assert asked(monkeypatch, None, SharedOptions(yes=True)) == ""
    assert "note: " in asked(monkeypatch, None, SharedOptions(secret=["s=env:MINE"]))


@pytest.mark.parametrize("recipe", ["builtin:topn", "mine.yaml", "below/mine.yaml"])
def test_a_recipe_of_the_current_folder_and_a_bundled_one_are_not_asked_about(
    folder: Path, monkeypatch: pytest.MonkeyPatch, recipe: str
) -> None:
    path = Path(recipe)
    if path.suffix:
        path.parent.mkdir(exist_ok=True)
        path.write_text(RECIPE)
        (path.parent / "a.txt").write_text("words")
    monkeypatch.setattr("sys.stdin", Terminal(""))
    ask_for_consent(Recipe.load(recipe), SharedOptions())
    assert not (folder.parent / "state").exists()


def test_a_link_into_the_current_folder_does_not_make_a_recipe_ones_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("mine.yaml").symlink_to(folder / "recipe.yaml")
    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    monkeypatch.setattr("sys.stderr", Terminal())
    with pytest.raises(UsageError):
        ask_for_consent(Recipe.load("mine.yaml"), SharedOptions())


def test_a_parameter_that_is_missing_leaves_what_is_taken_open(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "recipe.yaml").write_text(RECIPE.replace(", default: 2", ""))
    assert "depends on its parameters" in asked(monkeypatch, "y\n")


@pytest.mark.usefixtures("folder")
def test_an_agreement_for_one_account_is_none_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ACCOUNT": "mine", "ENDPOINT": "https://mine.test", "ACCESS_KEY": "a2V5"}.items():
        monkeypatch.setenv(f"AZURE_BATCH_{name}", value)
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT", "store")
    shown = asked(monkeypatch, "y\n")
    assert "It runs its commands on account environment." in shown
    assert "as you" not in shown
    assert asked(monkeypatch, "n\n") == ""
    with pytest.raises(UsageError, match="you did not agree"):
        asked(monkeypatch, "n\n", SharedOptions(account="local"))


def test_an_agreement_without_a_plan_is_none_for_a_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = RECIPE.replace(", default: 2", "").replace("storage: {input: {uploads: [a.txt]}}\n", "")
    (folder / "recipe.yaml").write_text(text)
    asked(monkeypatch, "y\n")
    monkeypatch.setenv("RECIPEBATCH_PARAM_N", "2")
    with pytest.raises(UsageError, match="you did not agree"):
        asked(monkeypatch, "n\n")


def compared(action: Action) -> ComparedPlan:
    pool = Change(action=action, kind="pool", name="p1")
    return ComparedPlan(
        plan=a_plan(pools=(a_pool(),)), comparison=Comparison(account="prod", run_id=None, step="s", changes=(pool,))
    )


@pytest.mark.parametrize(
    ("action", "always", "yes", "typed", "shown"),
    [
        (Action.CHANGE, False, False, "y\n", "Apply changes what exists in account prod\n  ~ change pool p1"),
        (Action.CHANGE, True, False, "y\n", "recipe r\ncompared with account prod"),
        (Action.CREATE, True, False, "y\n", "recipe r\ncompared with account prod"),
        (Action.CREATE, True, True, "", "recipe r\ncompared with account prod"),
        (Action.CREATE, False, False, "", ""),
    ],
)
def test_what_exists_is_changed_once_the_user_agreed(
    monkeypatch: pytest.MonkeyPatch, action: Action, *, always: bool, yes: bool, typed: str, shown: str
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    monkeypatch.setattr("sys.stderr", stream)
    agree = agreement(always=always, yes=yes)
    assert agree is not None
    agree(compared(action))
    assert stream.getvalue().startswith(shown)
    assert ("Go on? [y/N]" in stream.getvalue()) == bool(typed)


def test_without_an_agreement_nothing_is_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    monkeypatch.setattr("sys.stderr", Terminal())
    agree = agreement(always=False, yes=False)
    assert agree is not None
    with pytest.raises(UsageError, match="nothing was changed"):
        agree(compared(Action.REPLACE))


def test_without_a_terminal_nothing_is_asked_unless_it_has_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    monkeypatch.setattr("sys.stderr", io.StringIO())
    assert agreement(always=False, yes=False) is None
    assert agreement(always=False, yes=True) is None
    with pytest.raises(UsageError, match="--confirm asks, and there is no terminal") as error:
        agreement(always=True, yes=False)
    assert error.value.exit_code == 2
    assert agreement(always=True, yes=True) is not None
