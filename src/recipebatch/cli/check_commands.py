"""validate, lint, test, explain: what is wrong with recipes, and what that means."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recipebatch.cli import output, render
from recipebatch.cli.options import JsonOption
from recipebatch.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipebatch.errors import Problem

_INVALID = 3

RecipesArgument = Annotated[
    list[str], typer.Argument(help="Recipes, or folders of them; builtin:NAME is a bundled one.")
]
FormatOption = Annotated[
    output.Format, typer.Option("--format", help="How to print what is found; sarif is what code review reads.")
]


def validate(recipes: RecipesArgument, *, form: FormatOption = output.Format.TEXT, json: JsonOption = False) -> None:
    """Check recipes and report all that is wrong with them; needs no account and no network."""
    from recipebatch import api

    form = _one_format(form, json=json)
    recipes = list(api.files_of(recipes))
    _print("validate", recipes, api.problems(recipes), form)


def lint(
    recipes: RecipesArgument,
    *,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings are errors.")] = False,
    form: FormatOption = output.Format.TEXT,
    json: JsonOption = False,
) -> None:
    """Check recipes for all that is wrong, and for what runs and is still a bad idea (x-lint: {ignore: [CODE]})."""
    from recipebatch import api

    form = _one_format(form, json=json)
    recipes = list(api.files_of(recipes))
    _print("lint", recipes, api.findings(recipes, strict=strict), form)


def recipe_tests(
    paths: Annotated[
        list[str],
        typer.Argument(help="Folders, recipes, or test files: cases stand in NAME.test.yaml beside NAME.yaml."),
    ],
    *,
    update: Annotated[
        bool, typer.Option("--update", help="Write golden files anew where the plan has changed.")
    ] = False,
    junit: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help="Also write the results as JUnit XML.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Run the tests of recipes: what they expand to, without an account or a network. Exit code 1 if a case fails."""
    from recipebatch import api

    report = api.run_tests(paths, update=update)
    if junit is not None:
        api.write_junit(report, junit)
    if json:
        body = {"passed": len(report.cases) - report.failed, "failed": report.failed}
        output.print_json("test", {**body, "cases": [output.plain(case) for case in report.cases]})
    else:
        typer.echo(render.cases(report))
    if report.exit_code:
        raise typer.Exit(report.exit_code)


def explain(
    code: Annotated[
        str | None, typer.Argument(help="The code in brackets at the end of an error; none lists all.")
    ] = None,
    *,
    json: JsonOption = False,
) -> None:
    """Tell what the code of an error means, how it comes and what to do, with an example."""
    from recipebatch import api

    if code is None:
        entries = api.explanations()
        if json:
            output.print_json("explain", {"codes": [output.plain(entry) for entry in entries]})
        else:
            typer.echo(render.explanations(entries))
        return
    entry = api.explain(code)
    if json:
        output.print_json("explain", {"explanation": output.plain(entry)})
    else:
        typer.echo(render.explanation(entry))


def _one_format(form: output.Format, *, json: bool) -> output.Format:
    """`--json` is short for `--format json`."""
    if json and form is output.Format.SARIF:
        raise UsageError("--json and --format sarif are two documents: choose one of them")
    return output.Format.JSON if json else form


def _print(kind: str, files: list[str], found: Sequence[Problem], form: output.Format) -> None:
    errors = any(problem.severity == "error" for problem in found)
    if form is output.Format.SARIF:
        output.print_sarif(found)
    elif form is output.Format.JSON:
        body = {"files": files, "valid": not errors, "problems": [output.plain(item) for item in found]}
        output.print_json(kind, body)
    elif found:
        # An answer like any other, where it is no error that stopped the command.
        typer.echo(render.problems(found), err=kind == "validate")
    else:
        typer.echo("\n".join(f"{name}: {'valid' if kind == 'validate' else 'nothing to report'}" for name in files))
    if errors:
        raise typer.Exit(_INVALID)
