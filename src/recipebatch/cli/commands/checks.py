"""validate, lint, test, explain: problems of recipes, and what their codes mean."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recipebatch.cli import output
from recipebatch.cli.options import AllowPathOption, JsonOption, ParameterOption, ParametersOption, parameters
from recipebatch.cli.process import print_problems, print_text, tell, tell_problems
from recipebatch.cli.render import block
from recipebatch.cli.render.problems import explanation_text, explanations_text, problems_text, test_results_text
from recipebatch.cli.render.source_lines import painted
from recipebatch.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipebatch.api import RecipeCheck, Values

MAX_IN_DOCUMENT = 1000
"""Problems in one JSON or SARIF document; `total` of JSON says how many there are."""

_ERRORS_FIRST = "correct its errors first, others may follow"

RecipesArgument = Annotated[
    list[str], typer.Argument(help="Recipes, or folders with recipes; builtin:NAME is a bundled one.")
]
FormatOption = Annotated[
    output.Format, typer.Option("--format", help="Format of the results; sarif is for code review tools.")
]


def validate(
    recipes: RecipesArgument,
    param: ParameterOption = None,
    params: ParametersOption = None,
    allow_path: AllowPathOption = None,
    *,
    form: FormatOption = output.Format.TEXT,
    json: JsonOption = False,
) -> None:
    """Check recipes, expanded where every parameter has a value, and report every error; needs no account."""
    from recipebatch import api

    form = _one_format(form, json=json)
    _print("validate", api.validate(recipes, _values(param, params, allow_path)), form)


def lint(
    recipes: RecipesArgument,
    param: ParameterOption = None,
    params: ParametersOption = None,
    allow_path: AllowPathOption = None,
    *,
    strict: Annotated[bool, typer.Option("--strict", help="Treat warnings as errors.")] = False,
    form: FormatOption = output.Format.TEXT,
    json: JsonOption = False,
) -> None:
    """Check recipes for errors, and for what is valid but inadvisable (x-lint: {ignore: [CODE]})."""
    from recipebatch import api

    form = _one_format(form, json=json)
    _print("lint", api.lint(recipes, _values(param, params, allow_path), strict=strict), form)


def _values(param: list[str] | None, params: list[Path] | None, allow_path: list[Path] | None) -> Values:
    from recipebatch import api

    return api.Values(given=parameters(param), files=tuple(params or ()), allow_paths=tuple(allow_path or ()))


def recipe_tests(
    paths: Annotated[
        list[str],
        typer.Argument(help="Folders, recipes, or test files; the tests of NAME.yaml are in NAME.test.yaml."),
    ],
    *,
    update: Annotated[bool, typer.Option("--update", help="Rewrite golden files whose plan has changed.")] = False,
    junit: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help="Also write the results as JUnit XML.")
    ] = None,
    allow_path: AllowPathOption = None,
    json: JsonOption = False,
) -> None:
    """Test what recipes expand to, without an account or a network. The exit code is 1 if a test fails."""
    from recipebatch import api

    report = api.run_tests(paths, update=update, allow_paths=tuple(allow_path or ()))
    if junit is not None:
        api.write_junit(report, junit)
    if json:
        body = {"passed": len(report.cases) - report.failed, "failed": report.failed}
        output.print_json("test", {**body, "cases": [output.plain(case) for case in report.cases]})
    else:
        print_text(test_results_text(report))
    if report.exit_code:
        raise typer.Exit(report.exit_code)


def explain(
    code: Annotated[
        str | None,
        typer.Argument(help="The code in brackets at the end of an error; default: list all codes."),
    ] = None,
    *,
    json: JsonOption = False,
) -> None:
    """Explain an error code: meaning, cause, fix and an example."""
    from recipebatch import api

    if code is None:
        entries = api.explanations()
        if json:
            output.print_json("explain", {"codes": [output.plain(entry) for entry in entries]})
        else:
            print_text(explanations_text(entries))
        return
    entry = api.explain(code)
    if json:
        output.print_json("explain", {"explanation": output.plain(entry)})
    else:
        print_text(explanation_text(entry))


def _one_format(form: output.Format, *, json: bool) -> output.Format:
    """`--json` is short for `--format json`."""
    if json and form is output.Format.SARIF:
        raise UsageError("--json cannot be combined with --format sarif")
    return output.Format.JSON if json else form


def _print(kind: str, checks: Sequence[RecipeCheck], form: output.Format) -> None:
    found = [problem for check in checks for problem in check.problems]
    whys = {check.file: _ERRORS_FIRST if check.stopped else check.not_expanded for check in checks}
    not_expanded = {name: why for name, why in whys.items() if why is not None}
    errors = any(problem.severity == "error" for problem in found)
    if form is output.Format.SARIF:
        output.print_sarif(found[:MAX_IN_DOCUMENT])
    elif form is output.Format.JSON:
        shown = [output.plain(item) for item in found[:MAX_IN_DOCUMENT]]
        body = {"files": [check.file for check in checks], "valid": not errors, "problems": shown, "total": len(found)}
        output.print_json(kind, {**body, "not_expanded": not_expanded})
    elif found:
        # For lint, problems are the result and belong on stdout; for validate they are errors.
        (tell_problems if kind == "validate" else print_problems)(problems_text(found), painted)
        if not_expanded:
            tell(block(f"{name}: not expanded: {why}" for name, why in not_expanded.items()))
    else:
        fine = "valid" if kind == "validate" else "no problems"
        more = {name: f"; not expanded: {why}" for name, why in not_expanded.items()}
        print_text(block(f"{check.file}: {fine}{more.get(check.file, '')}" for check in checks))
    if errors:
        raise typer.Exit(ExitCode.INVALID_RECIPE)
