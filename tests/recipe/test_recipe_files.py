import subprocess
import sys
from pathlib import Path

import pytest

from recipebatch.errors import InvalidRecipeError, UsageError
from recipebatch.properties.purge import PurgeRule, PurgeWhen
from recipebatch.recipe import read_recipe


def test_a_recipe_knows_its_folder_and_its_name_as_the_user_gave_it(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    path.write_text("schema_version: 1\nname: a\npool: {existing: p}\ntasks: [{command_line: b}]\n", encoding="utf-8")
    recipe = read_recipe(path, shown_as="r.yaml")
    assert (recipe.folder, recipe.file, recipe.purge) == (tmp_path.resolve(), "r.yaml", PurgeRule.of(PurgeWhen.ASK))


def test_errors_name_the_file_as_the_user_gave_it(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text("a: 1", encoding="utf-8")
    with pytest.raises(InvalidRecipeError) as caught:
        read_recipe(tmp_path / "r.yaml", shown_as="builtin:r")
    assert {problem.at.file for problem in caught.value.problems} == {"builtin:r"}


def test_a_file_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"r\.yaml cannot be read: No such file or directory"):
        read_recipe(tmp_path / "r.yaml", shown_as="r.yaml")


def test_validating_imports_no_azure_package() -> None:
    program = (
        "import sys, pathlib; from recipebatch import bundled_files; from recipebatch.recipe import read_recipe;"
        "light = [m for m in sys.modules if m.partition('.')[0] in ('azure', 'jinja2', 'jsonschema', 'ruamel')];"
        "read_recipe(bundled_files.recipes()['topn']);"
        "heavy = [m for m in sys.modules if m.partition('.')[0] == 'azure'];"
        "print(light, heavy)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] []"
