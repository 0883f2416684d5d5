from recipebatch.runs.changes import file_changes, recipe_diff


def test_a_diff_covers_the_recipe_and_the_files_it_is_made_from() -> None:
    before = ("a: 1\nb: 2\n", [{"name": "part.yaml", "text": "c: 3\n"}])
    after = ("a: 1\nb: 3\n", [{"name": "part.yaml", "text": "c: 4\n"}])
    assert recipe_diff(before, before, "x", "y") == ""
    diff = recipe_diff(before, after, "x", "y")
    assert [line for line in diff.splitlines() if line[0] in "+-"][2:] == ["-b: 2", "+b: 3", "-c: 3", "+c: 4"]


def test_files_are_added_removed_and_changed() -> None:
    def file(name: str, size: int, source: str = "/x") -> dict[str, object]:
        return {"blob": name, "size": size, "source": source}

    before = {"files": {"in": [file("a", 1), file("b", 2), file("c", 3)]}, "tables": {"t.csv": "x"}}
    after = {"files": {"in": [file("a", 1, "/elsewhere"), file("b", 5), file("d", 4)]}, "tables": {"t.csv": "y"}}
    assert file_changes(before, after) == {"added": ["in/d"], "removed": ["in/c"], "changed": ["in/b", "t.csv"]}
    staged = {"in": {"a": "1" * 32, "c": "2" * 32}}
    assert file_changes(before, after, staged, {"in": {"a": "3" * 32}})["changed"] == ["in/a", "in/b", "t.csv"]
    assert file_changes(before, after, staged, staged)["changed"] == ["in/b", "t.csv"]


def test_a_last_line_without_its_end_is_no_part_of_the_next() -> None:
    diff = recipe_diff(("name: a", []), ("name: b", []), "x", "y")
    assert [line for line in diff.splitlines() if line[0] in "+-"][2:] == ["-name: a", "+name: b"]
