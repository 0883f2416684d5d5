"""The other bundled recipes, applied for real, each with a result that was found by other means."""

from __future__ import annotations

import csv
import json
import math
import re
import shutil
import struct
import subprocess
import zlib
from statistics import NormalDist
from typing import TYPE_CHECKING

import pytest

from recipebatch import bundled_files

if TYPE_CHECKING:
    from pathlib import Path

    from command import Cli

TEXTS = sorted((bundled_files.root() / "recipes" / "topn").glob("taskdata*.txt"))


def test_wordcount_counts_the_words_of_all_files_through_a_tree_of_merges(cli: Cli, tmp_path: Path) -> None:
    done = cli("apply", "builtin:wordcount", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    words = sorted(word for text in TEXTS for word in text.read_text(encoding="utf-8").lower().split())
    runs = [match[0].split("\n") for match in re.finditer(r"(?m)^(.*)$(\n^\1$)*", "\n".join(words))]
    expected = "".join(f"{run[0]}\t{len(run)}\n" for run in runs)
    assert (tmp_path / "wordcount-output" / "words.tsv").read_text(encoding="utf-8") == expected
    assert sorted(path.name for path in (tmp_path / "wordcount-output").iterdir()) == [
        "recipebatch-manifest.json",
        "words.tsv",
    ]


def test_montecarlo_comes_near_the_formula_and_twice_to_the_same_prices(cli: Cli, tmp_path: Path) -> None:
    tables = []
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        done = cli("apply", "builtin:montecarlo", "-p", "paths=500", cwd=tmp_path / folder)
        assert done.returncode == 0, done.stderr
        tables.append((tmp_path / folder / "montecarlo-output" / "prices.csv").read_text())
    assert tables[0] == tables[1]
    rows = list(csv.DictReader(tables[0].splitlines()))
    assert [row["strike"] for row in rows] == ["90.0", "100.0", "110.0"]
    for row in rows:
        assert int(row["paths"]) == 4 * 500
        assert abs(float(row["price"]) - black_scholes(float(row["strike"]))) < 5 * float(row["error"])


def black_scholes(strike: float) -> float:
    """The exact price of what the script simulates: spot 100, rate 3 %, volatility 20 %, one year."""
    upper = (math.log(100 / strike) + 0.03 + 0.02) / 0.2
    normal = NormalDist()
    return 100 * normal.cdf(upper) - strike * math.exp(-0.03) * normal.cdf(upper - 0.2)


def test_twostage_works_on_every_part_that_its_first_job_made(cli: Cli, tmp_path: Path) -> None:
    done = cli("apply", "builtin:twostage", "-p", "lines=10", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    parts = sorted((tmp_path / "twostage-output").glob("part-*.txt"))
    text = TEXTS[0].read_text(encoding="utf-8")
    assert len(parts) == math.ceil(text.count("\n") / 10)
    translated = "".join(part.read_text(encoding="utf-8") for part in parts)
    assert translated == re.sub("[a-z]", lambda letter: letter[0].upper(), text)


def test_rows_runs_a_task_for_each_row_and_a_name_is_one_argument(cli: Cli, tmp_path: Path) -> None:
    done = cli("apply", "builtin:rows", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    tables = {
        path.name: list(csv.DictReader(path.read_text().splitlines()))
        for path in (tmp_path / "rows-output").glob("*.csv")
    }
    assert {table[0]["name"]: len(table) for table in tables.values()} == {
        "hares, north": 13,
        "hares south": 13,
        "voles": 7,
    }
    # 120 + 0.3 * 120 * (1 - 120 / 900), by hand.
    assert [row["size"] for row in tables["grow-0.csv"][:2]] == ["120.000", "151.200"]


def test_images_halves_every_picture_and_keeps_the_folders(cli: Cli, tmp_path: Path) -> None:
    done = cli("apply", "builtin:images", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    pictures = bundled_files.root() / "recipes" / "images"
    for path in sorted(pictures.rglob("*.png")):
        made = (tmp_path / "images-output" / path.relative_to(pictures)).read_bytes()
        width, height = struct.unpack(">II", path.read_bytes()[16:24])
        assert struct.unpack(">II", made[16:24]) == (width // 2, height // 2)
    # The sky of the hills is (140, 190, 240) everywhere in the upper left corner: its mean is 190.
    hills = (tmp_path / "images-output" / "day" / "hills.png").read_bytes()
    packed = hills[hills.index(b"IDAT") + 4 : hills.index(b"IEND") - 8]
    assert zlib.decompress(packed)[:9] == b"\0" + bytes([190] * 8)


def engine_with_an_image() -> str | None:
    """A container image with a shell that an engine of this machine has already, or None."""
    for engine in ("docker", "podman"):
        if shutil.which(engine) is None:
            continue
        listed = subprocess.run(
            [engine, "images", "--format", "{{.Repository}}:{{.Tag}}"], capture_output=True, text=True, check=False
        )
        for image in listed.stdout.split():
            tried = subprocess.run(
                [engine, "run", "--rm", image, "/bin/sh", "-c", "wc -w /dev/null"], capture_output=True, check=False
            )
            if tried.returncode == 0:
                return image
    return None


def test_containers_runs_its_tasks_in_a_container_or_says_why_it_cannot(cli: Cli, tmp_path: Path) -> None:
    image = engine_with_an_image()
    done = cli("apply", "builtin:containers", "-p", f"image={image or 'nowhere.invalid/none:1'}", cwd=tmp_path)
    if image is None:
        # Without an engine, or without an image, every task says so as the service would.
        assert done.returncode == 1, done.stderr
        assert "container" in done.stderr.lower()
        return
    assert done.returncode == 0, done.stderr
    counts = {path.stem: int(path.read_text()) for path in (tmp_path / "containers-output").glob("*.txt")}
    assert counts == {text.stem: len(text.read_text(encoding="utf-8").split()) for text in TEXTS}


@pytest.mark.parametrize("launcher", ["auto", "sockets"])
def test_mpi_says_hello_from_every_node_and_every_rank(launcher: str, cli: Cli, tmp_path: Path) -> None:
    done = cli("apply", "builtin:mpi", "-p", "nodes=3", "-p", f"launcher={launcher}", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    hello = json.loads((tmp_path / "mpi-output" / "hello.json").read_text())
    assert len(set(hello["nodes"])) == 3
    assert [(found["rank"], found["size"]) for found in hello["ranks"]] == [(0, 3), (1, 3), (2, 3)]
    # `auto` takes mpirun where there is one that works, and says which it was.
    if launcher == "sockets" or shutil.which("mpirun") is None:
        assert hello["launcher"] == "sockets"
    if hello["launcher"] == "sockets":
        assert [found["host"] for found in hello["ranks"]] == hello["nodes"]


def test_the_bundled_recipes_are_listed_with_their_parameters(cli: Cli) -> None:
    document = cli.json("recipes")
    assert {found["name"] for found in document["recipes"]} == set(bundled_files.recipes())
    assert all(found["description"] for found in document["recipes"])
    plain = cli("recipes")
    assert "builtin:wordcount" in plain.stdout
    assert "fan_in" in plain.stdout
