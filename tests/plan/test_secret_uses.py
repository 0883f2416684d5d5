from __future__ import annotations

from pathlib import Path
from typing import Any

from recipebatch.plan import secret_uses
from recipebatch.recipe import parse_recipe

SECTIONS = """\
parameters:
  a: {type: secret, source: {environment_variable: A}}
  b: {type: secret, source: {file: b.txt}}
  c: {type: secret, source: {environment_variable: C}}
job: {common_environment_settings: {B: 'x ${{ secrets.b }}'}}
tasks:
  - {name: one, for_each: {repeat: 3}, command_line: x, environment_settings: {A: '${{ secrets.a }}'}}
  - {name: other, command_line: x}
"""


def test_each_secret_names_its_source_and_what_gets_it(plan_of: Any) -> None:
    pool = "pool: {image: ubuntu-24.04, vm_size: s}\n"
    recipe = parse_recipe(f"schema_version: 1\nname: demo\n{pool}{SECTIONS}", file="r.yaml", folder=Path())
    a, b, c = secret_uses(recipe, plan_of(SECTIONS))
    assert (a.parameter, a.source.environment_variable) == ("a", "A")
    ((job, template), count) = next(iter(a.tasks.items()))
    assert (template, count, len(a.tasks)) == ("one", 3, 1)
    assert (b.source.file, b.jobs, b.tasks) == ("b.txt", (job,), {})
    assert (c.jobs, c.pools, c.tasks) == ((), (), {})
