"""Codes of what is wrong with a file before a recipe can be seen in it: its encoding, its YAML, its keys."""

from __future__ import annotations

from recipebatch.explain.model import Example, Explanation

ENTRIES = (
    Explanation(
        code="unreadable-recipe",
        title="The file cannot be read",
        cause="There is no file at this path, or you may not read it.",
        cure="Check the path. A bundled recipe is named `builtin:NAME`; `recipebatch recipes` lists them.",
        shown="recipebatch validate builtin:topn",
    ),
    Explanation(
        code="file-too-large",
        title="The file is too large",
        cause="A recipe or a table has a limit, so that a wrong path does not fill the memory.",
        cure="Keep data in a table that a task loops over (`for_each: {rows: data.csv}`), and large data in blobs.",
        shown="for_each: {rows: values.csv}",
    ),
    Explanation(
        code="not-utf-8",
        title="The file is not UTF-8",
        cause="Recipes and tables are UTF-8 text. A byte was found that cannot stand in it, often of Latin-1 or "
        "UTF-16.",
        cure="Save the file as UTF-8 in your editor, or convert it.",
        shown="iconv -f latin1 -t utf-8 old.csv > new.csv",
    ),
    Explanation(
        code="empty-file",
        title="The file is empty",
        cause="A recipe says at least its schema version, its name, a pool and tasks.",
        cure="Start from a bundled recipe.",
        shown="recipebatch new mine --from topn",
    ),
    Explanation(
        code="not-a-mapping",
        title="The file is not a mapping",
        cause="The top of a recipe is `key: value` lines; this file holds a list or a single text.",
        cure="Write the sections of the recipe as keys in the first column.",
        example=Example("- 1\n", "name: demo\n"),
    ),
    Explanation(
        code="yaml-syntax",
        title="The text is not YAML as recipes use it",
        cause="The text breaks a rule of YAML 1.2: the indentation, a quote without its end, a tab, an unknown alias, "
        "or a second document.",
        cure="The message names the place. Indent with spaces, the same for keys of one mapping, and quote a text "
        "that holds `: ` or begins with one of @ ` % & * ! | > [ ] { }.",
        example=Example("description: what: it does\n", 'description: "what: it does"\n'),
    ),
    Explanation(
        code="yaml-tag",
        title="A YAML tag that means nothing here",
        cause="A recipe is plain data. Tags such as !!binary or !include would need a program to be understood.",
        cure="Remove the tag; quote a value that shall be a text.",
        example=Example("description: !note hello\n", "description: hello\n"),
    ),
    Explanation(
        code="duplicate-key",
        title="A key stands twice in one mapping",
        cause="YAML would keep one of them in silence; which one is meant cannot be known.",
        cure="Remove one, or merge the two. The hint names the line of the first.",
        example=Example("purge: ask\npurge: never\n", "purge: never\n"),
    ),
    Explanation(
        code="key-not-text",
        title="A key is not a text",
        cause="A key such as 1, true or an empty one is a number, a truth value or nothing in YAML.",
        cure="Put the key in quotes, if it is meant at all.",
        example=Example("x-table: {1: a}\n", 'x-table: {"1": a}\n'),
    ),
    Explanation(
        code="not-finite",
        title="Infinity or not-a-number",
        cause="`.inf` and `.nan` are numbers of YAML that no setting can use and that JSON cannot hold.",
        cure="Write a number, leave the key out, or quote it if it is a text.",
        example=Example("x-limit: .inf\n", 'x-limit: ".inf"\n'),
    ),
    Explanation(
        code="number-too-long",
        title="A number with hundreds of digits",
        cause="It is most likely an identifier that was not quoted.",
        cure="Put it in quotes.",
        shown="id: '00000000…'",
    ),
    Explanation(
        code="too-deep",
        title="Nested too deep",
        cause="Nothing in the recipe language needs so many levels; the limit guards against hostile files.",
        cure="Flatten the data, or move it into a table (`for_each: {rows: …}`).",
        shown="for_each: {rows: values.jsonl}",
    ),
    Explanation(
        code="too-many-aliases",
        title="Aliases that grow beyond measure",
        cause="An alias of an alias of an alias can write out millions of values from a few lines.",
        cure="Refer to an anchor less often, or write the value out once where it is needed.",
        shown="x-common: &common {A: 1}   # one anchor, used a few times",
    ),
    Explanation(
        code="reserved-character",
        title="A character that cannot stand in a recipe or table",
        cause="NUL, half of a surrogate pair, and the private characters U+E000 and U+E001 cannot be sent to the "
        "service or have a meaning inside recipebatch.",
        cure="Remove the character; it most often comes from copied text.",
        example=Example('description: "a\\0b"\n', "description: ab\n"),
    ),
    Explanation(
        code="unknown-key",
        title="A key that the recipe language does not have",
        cause="A mistyped or invented key would otherwise be ignored, and the recipe would do something else than it "
        "says.",
        cure="The hint names the nearest known key. Free keys begin with `x-`; a property of the REST API that "
        "the language does not have goes into `raw:`.",
        example=Example("purgee: never\n", "purge: never\n"),
    ),
    Explanation(
        code="missing-key",
        title="Something that must be said is not said",
        cause="The service or the language has no default for it.",
        cure="Add the key that the message names; the hint tells what it means.",
        example=Example("collect: [{into: results}]\n", "collect: [{task_files: [stdout.txt], into: results}]\n"),
    ),
    Explanation(
        code="exclusive-keys",
        title="Two keys that exclude each other",
        cause="Both decide the same thing, or one makes the other meaningless.",
        cure="Keep the one that is meant.",
        example=Example(
            "tasks: [{command_line: date, commands: [date]}]\n",
            "tasks: [{commands: [date]}]\n",
        ),
    ),
    Explanation(
        code="invalid-name",
        title="A name with characters that names cannot have",
        cause="Names of parameters and environment variables are used in expressions, names of containers and jobs "
        "become parts of ids; each has its own alphabet, which the hint tells.",
        cure="Rename it.",
        example=Example("parameters: {word-count: {default: a}}\n", "parameters: {word_count: {default: a}}\n"),
    ),
    Explanation(
        code="invalid-recipe",
        title="A value is not what its key takes",
        cause="It has another type, lies outside the range, or is none of the words that are known.",
        cure="The message says what the value must be; `docs/recipe-language.md` and `recipebatch schema` tell of "
        "each key.",
        example=Example("purge: sometimes\n", "purge: on_success\n"),
    ),
)
"""In the order in which a file is read."""
