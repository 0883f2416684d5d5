"""Rules about pools."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from lint.findings import JOB, POOL, TOP, findings, messages

from recipebatch.lint import lint
from recipebatch.recipe import parse_recipe
from recipebatch.recipe.source.document import parse
from recipebatch.vocabulary.images import NOTICE, end_of_support


def test_the_day_that_lint_is_given_decides_whether_an_image_is_too_old() -> None:
    text = f"{TOP}{POOL}{JOB}tasks: [{{command_line: a}}]\n"
    recipe = parse_recipe(text, file="r.yaml", folder=Path())
    image = recipe.pools[0].image
    assert image is not None
    ends = end_of_support(image.publisher, image.offer, image.sku)
    assert ends is not None

    def on(day: date) -> list[str]:
        return [problem.code for problem in lint(parse(text, "r.yaml"), recipe, day)]

    assert on(ends - NOTICE - timedelta(days=1)) == []
    assert on(ends - NOTICE) == on(ends + timedelta(days=1)) == ["image-support"]


def test_a_pool_that_no_job_uses_is_found() -> None:
    pools = "pools: {one: {image: ubuntu-24.04, vm_size: v}, two: {image: ubuntu-24.04, vm_size: v}}\n"
    limits = "constraints: {max_wall_clock_time: 1h}"
    text = f"{TOP}{pools}jobs: {{j: {{pool: one, {limits}, tasks: [{{command_line: a}}]}}}}\n"
    assert [line.split()[-1] for line in findings(text)] == ["unused-pool"]
    assert messages(text) == [("no job uses pool two", "use it in a job with `pool: NAME`, or remove it")]
