from pathlib import Path
from textwrap import dedent

import pytest

from recipebatch.errors import InvalidRecipeError
from recipebatch.recipe import parse_recipe

TOP = """\
schema_version: 1
name: demo
"""
STORAGE = """\
storage:
  input: {uploads: ["*.txt"]}
  output: {}
"""
POOL = """\
pool: {image: ubuntu-24.04, vm_size: STANDARD_D2S_V3}
"""
TASKS = """\
tasks: [{command_line: "true"}]
"""


def problems_of(text: str) -> list[str]:
    with pytest.raises(InvalidRecipeError) as caught:
        parse_recipe(text, file="r.yaml", folder=Path())
    return [
        f"{problem.at.line}:{problem.at.column} [{problem.code}] {problem.message}"
        + (f" | {problem.hint}" if problem.hint else "")
        for problem in caught.value.problems
    ]


def test_a_whole_recipe_has_no_problem() -> None:
    recipe = parse_recipe(TOP + STORAGE + POOL + TASKS, file="r.yaml", folder=Path())
    assert recipe.name == "demo"


def test_all_problems_of_a_file_come_at_once_in_the_order_of_their_positions() -> None:
    text = TOP + "pool: {image: ubuntu-24.4, vm_size: 7, nodes: 3}\njobb: {}\n" + "tasks: [{command: a}]\n"
    assert problems_of(text) == [
        "3:15 [unknown-image] unknown image ubuntu-24.4 | did you mean ubuntu-24.04?",
        "3:28 [invalid-recipe] vm_size must be a string, not 7",
        "3:40 [unknown-key] unknown key nodes in pool | did you mean spot_nodes?",
        "4:1 [unknown-key] unknown key jobb | did you mean job?",
        "5:9 [missing-key] tasks[1] needs command_line or commands | command: did you mean commands?",
        "5:10 [unknown-key] unknown key command in tasks[1] | did you mean commands?",
    ]


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ("parameters: {n: {type: integr}}", "3:24 [invalid-recipe] type must be string, integer, number, boolean, list, file or secret, not \"integr\" | did you mean integer?"),
        ("parameters: {n: {type: integer, default: a}}", "3:42 [parameter-rule] the default of n must be an integer, not \"a\""),
        ("parameters: {n: {type: integer, default: 1, minimum: 2}}", "3:42 [parameter-rule] the default of n must be at least 2, not 1"),
        ("parameters: {n: {type: integer, maximum: 1, minimum: 2}}", "3:42 [parameter-rule] n cannot be at least 2 and at most 1"),
        ("parameters: {n: {pattern: '('}}", "3:27 [parameter-rule] ( is not a regular expression"),
        ("parameters: {n: {minimum: 1}}", "3:18 [parameter-rule] n is of type string, which has no minimum"),
        ("parameters: {n: {default: '${{ params.m }}'}}", "3:27 [expression-not-here] an expression cannot stand in a parameter: parameters are known before anything else"),
        ("parameters: {t: {type: secret}}", "3:14 [missing-key] the secret t needs a source | for example `source: {environment_variable: NAME}`"),
        ("parameters: {a-b: {}}", "3:14 [invalid-name] a-b cannot be a name in parameters | letters, digits and underscores; it begins with a letter"),
        ("storage: {Input: {}}", "3:11 [invalid-name] Input cannot be a name in storage | lower-case letters, digits, hyphens and underscores; it begins with a letter or digit"),
        ("storage: {a: {existing: true}}", "3:15 [missing-key] a is an existing container without its name | say which one: `container: name`"),
        ("storage: {a: {container: A_b}}", "3:26 [invalid-id] container must be a container name, not \"A_b\" | 3 to 63 lower-case letters, digits and single hyphens, beginning and ending with a letter or digit"),
        ("storage: {a: {uploads: [{source: x, exlude: y}]}}", "3:37 [unknown-key] unknown key exlude in uploads[1] | did you mean exclude?"),
        ("storage: {a: {uploads: ['${{ run.id }}/x']}}", "3:25 [unknown-name] run is not known here | run is known where the run is: not in for_each and uploads, which must be the same for every run"),
        ("job: {priority: 2000}", "3:17 [invalid-recipe] priority must be at most 1000, not 2000"),
        ("job: {id: a b}", "3:11 [invalid-id] id must be 1 to 64 letters, digits, hyphens or underscores, not \"a b\""),
        ("job: {max_parallel_tasks: 0}", "3:27 [invalid-recipe] max_parallel_tasks must be -1 (no limit) or at least 1, not 0"),
        ("job: {constraints: {max_wall_clock_time: soon}}", "3:42 [invalid-duration] max_wall_clock_time must be a duration, not \"soon\" | write PT1H30M or 1h30m, 45s, 2d"),
        ("watch: {timeout: 0s}", "3:18 [invalid-duration] timeout must be longer than nothing"),
        ("watch: {timeout: 3}", "3:9 [invalid-recipe] timeout must be a string, not 3"),
        ("purge: alway", "3:8 [invalid-recipe] purge must be always, on_success, never or ask, not \"alway\" | did you mean always?"),
        ("collect: [{into: x}]", "3:11 [missing-key] collect[1] needs container or task_files"),
        ("collect: [{container: x}]", "3:23 [unknown-container] unknown container x | the recipe has no containers"),
        ("version: 1.0", "3:1 [invalid-recipe] version must be a string, not 1.0 | put it in quotes"),
        ("description: [a]", "3:1 [invalid-recipe] description must be a string, not a list"),
        ("'${{ a }}': 1", "3:1 [expression-in-key] an expression cannot stand in a key | expressions stand in values only"),
        ("1: 1", "3:1 [key-not-text] a key must be a text, not 1 | put it in quotes"),
        ("name: again", "3:1 [duplicate-key] the key name is here a second time | the first is in line 2"),
    ],
)  # fmt: skip
def test_a_wrong_section_is_named(section: str, expected: str) -> None:
    assert problems_of(f"{TOP}{section}\n{POOL}{TASKS}") == [expected]


@pytest.mark.parametrize(
    ("pool", "expected"),
    [
        ("{vm_size: a}", "3:7 [missing-key] the pool needs image | or name a pool that is there already: `existing: POOL_ID`"),
        ("{image: ubuntu-24.04}", "3:7 [missing-key] the pool needs vm_size | or name a pool that is there already: `existing: POOL_ID`"),
        ("{existing: p, vm_size: a}", "3:21 [exclusive-keys] vm_size has no place beside existing: recipebatch does not change a pool that it did not make | remove one of them"),
        ("{image: debian-12, vm_size: a, os: windows}", "3:42 [exclusive-keys] debian-12 is linux, not windows | remove `os`: the image tells it"),
        ("{image: '${{ params.i }}', vm_size: a}", "3:15 [missing-key] an image by expression needs os | add `os: linux` or `os: windows`: it decides how commands are quoted"),
        ("{image: {publisher: a, offer: b}, vm_size: a}", "3:8 [missing-key] image needs sku | The SKU"),
        ("{image: debian-12, vm_size: a, spot_nodes: 1, target_low_priority_nodes: 1}", "3:38 [exclusive-keys] spot_nodes and target_low_priority_nodes are two words for one thing | keep one of them"),
        ("{image: debian-12, vm_size: a, target_dedicated_nodes: -1}", "3:62 [invalid-recipe] target_dedicated_nodes must be at least 0, not -1"),
        ("{image: debian-12, vm_size: a, target_dedicated_nodes: many}", "3:38 [invalid-recipe] target_dedicated_nodes must be an integer, not \"many\" | or one expression, ${{ … }}"),
        ("{image: debian-12, vm_size: a, resize_timeout: 1m}", "3:54 [invalid-duration] resize_timeout must be at least 5 minutes"),
        ("{image: debian-12, vm_size: a, start_task: {}}", "3:38 [missing-key] start_task needs command_line or commands"),
        ("{image: debian-12, vm_size: a, start_task: {commands: []}}", "3:51 [invalid-recipe] commands must not be empty"),
        ("{image: debian-12, vm_size: a, start_task: {commands: [a], wait_for_sucess: true}}", "3:66 [unknown-key] unknown key wait_for_sucess in start_task | did you mean wait_for_success?"),
        ("7", "3:1 [invalid-recipe] pool must be a mapping, not 7"),
    ],
)  # fmt: skip
def test_a_wrong_pool_is_named(pool: str, expected: str) -> None:
    found = problems_of(f"{TOP}pool: {pool}\nparameters: {{i: {{}}}}\n{TASKS}")
    assert found == [expected]


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ("{command_line: a, commands: [b]}", "7:27 [exclusive-keys] commands and command_line exclude each other | keep one of command_line, commands"),
        ("{command_line: '${{ parms.n }}'}", "7:24 [unknown-name] unknown name parms | did you mean params?"),
        ("{command_line: '${{ params.m }}'}", "7:24 [unknown-name] unknown parameter m | known: n"),
        ("{command_line: '${{ params.n'}", "7:24 [expression-syntax] an expression begins with ${{ and has no }} | write $${{ for a literal ${{"),
        ("{command_line: '${{ }}'}", "7:24 [expression-syntax] an expression is empty | write a name between the braces"),
        ("{command_line: '${{ 1 + }}'}", "7:24 [expression-syntax] 1 + is not an expression: unexpected 'end of print statement'"),
        ("{command_line: '${{ params.n | uper }}'}", "7:24 [unknown-name] unknown filter uper | did you mean upper?"),
        ("{command_line: '${{ params.n.__class__ }}'}", "7:24 [expression-syntax] a name here cannot begin with an underscore"),
        ("{command_line: '${{ params.n.format(1) }}'}", "7:24 [unknown-name] unknown method format | known: endswith, lower, lstrip, removeprefix, removesuffix, replace, rstrip, split, startswith, strip, title, upper, zfill"),
        ("{command_line: '${{ secrets.tok }}'}", "7:24 [secret-on-command-line] a secret on a command line can be read by everyone who sees the task | pass it by environment_settings and use $NAME in `commands`"),
        ("{command_line: '${{ params.tok }}'}", "7:24 [unknown-name] tok is a secret, not a plain parameter | write secrets.tok"),
        ("{commands: [\"${{ storage.output.sas_token('w') }}\"]}", "7:21 [secret-on-command-line] a SAS token on a command line can be read by everyone who sees the task | pass it by environment_settings and use $NAME in `commands`"),
        ("{commands: ['${{ storage.output.url }}']}", "7:21 [deferred-not-here] a container's URL is not known when the command line is made | pass it by environment_settings and use $NAME in `commands`"),
        ("{commands: ['${{ storage.outptu.name }}']}", "7:21 [unknown-container] unknown container outptu | did you mean output?"),
        ("{commands: ['${{ storage.output.nam }}']}", "7:21 [unknown-name] a container has no nam | did you mean name?"),
        ("{commands: ['echo \"${{ params.n }}\"']}", "7:21 [expression-in-quotes] the expression ${{ params.n }} stands inside quotes | remove the quotes: its result is quoted safely"),
        ("{commands: [\"sh -c 'echo ${{ params.n }}'\"]}", "7:21 [expression-in-quotes] the expression ${{ params.n }} stands inside quotes | remove the quotes: its result is quoted safely"),
        ("{command_line: a, environment_settings: {A: \"${{ storage.output.sas_token('wriet') }}\"}}", "7:53 [unknown-permission] unknown SAS permission wriet | did you mean write?"),
        ("{command_line: a, environment_settings: {A: '${{ storage.output.sas_token }}'}}", "7:53 [unknown-permission] sas_token needs permissions | write storage.output.sas_token('create', 'write') with what it shall permit"),
        ("{command_line: a, environment_settings: {a b: c}}", "7:50 [invalid-name] a b cannot be a name in environment_settings | letters, digits and underscores; it begins with a letter"),
        ("{command_line: a, environment_settings: {A: [b]}}", "7:50 [invalid-recipe] A must be a string, a number or true or false, not a list"),
        ("{command_line: a, display_name: '${{ secrets.tok }}'}", "7:41 [deferred-not-here] a secret cannot stand here | give it to the program by environment_settings"),
        ("{command_line: '${{ item }}'}", "7:24 [unknown-name] item is not known here | item is known in a task template with for_each, but not where it loops over files: write file there"),
        ("{command_line: a, resource_files: ['${{ file }}']}", "7:44 [unknown-name] file is not known here | file is the blob of a task whose template loops over files (for_each: files)"),
        ("{command_line: a, resource_files: ['x.txt']}", "7:44 [invalid-recipe] resource_files[1] must be a mapping, not \"x.txt\" | or one expression, ${{ … }}"),
        ("{command_line: a, resource_files: [{container: x}]}", "7:56 [unknown-container] unknown container x | known: input, output"),
        ("{command_line: a, resource_files: [{container: input, file_path: ../x}]}", "7:74 [invalid-recipe] file_path must stay below the working directory, not \"../x\""),
        ("{command_line: a, resource_files: [{http_url: 'https://h/x?sig=1'}]}", "7:55 [invalid-recipe] http_url must not carry a key or SAS: name the container in storage instead"),
        ("{command_line: a, resource_files: [{container: input, file_mode: 755}]}", "7:63 [invalid-recipe] file_mode must be a string, not 755"),
        ("{command_line: a, output_files: [{file_pattern: x}]}", "7:42 [missing-key] output_files[1] needs container | The container of `storage` that they go to"),
        ("{command_line: a, for_each: {}}", "7:27 [missing-key] for_each needs files, items, product, range or rows"),
        ("{command_line: a, for_each: {zip: {}}}", "7:38 [unknown-key] unknown key zip in for_each | known: exclude, files, items, limit, product, range, rows"),
        ("{command_line: a, for_each: {files: inptu}}", "7:45 [unknown-container] unknown container inptu | did you mean input?"),
        ("{command_line: a, for_each: {product: {}}}", "7:38 [invalid-recipe] product must not be empty"),
        ("{command_line: a, for_each: {range: {stop: x}}}", "7:46 [invalid-recipe] stop must be a number, not \"x\" | or one expression, ${{ … }}"),
        ("{command_line: a, for_each: {range: {stop: 3, step: 0}}}", "7:61 [invalid-recipe] step must not be 0"),
        ("{command_line: '${{ item.b }}', for_each: {product: {a: [1]}}}", "7:24 [unknown-name] item has no b | known: a"),
        ("{command_line: '${{ file.nam }}', for_each: {files: input}}", "7:24 [unknown-name] file has no nam | did you mean name?"),
        ("{command_line: a, required_slots: 0}", "7:43 [invalid-recipe] required_slots must be at least 1, not 0"),
        ("{command_line: a, user_identity: {auto_user: {elevation_level: root}}}", "7:72 [invalid-recipe] elevation_level must be nonadmin or admin, not \"root\""),
        ("{command_line: a, depends_on: x}", "7:27 [unknown-key] unknown key depends_on in tasks[1] | known: command_line, commands, constraints, display_name, environment_settings, for_each, id, name, output_files, required_slots, resource_files, user_identity"),
    ],
)  # fmt: skip
def test_a_wrong_task_is_named(task: str, expected: str) -> None:
    parameters = "parameters: {n: {}, tok: {type: secret, source: {environment_variable: T}}}\n"
    found = problems_of(f"{TOP}{parameters}storage: {{input: {{}}, output: {{}}}}\n{POOL}\ntasks: [{task}]\n")
    if "zip" in task:
        assert expected in found
    else:
        assert found == [expected]


def test_two_templates_of_one_name_are_an_error() -> None:
    text = TOP + POOL + "tasks:\n  - {name: a, command_line: a}\n  - {name: A, command_line: b}\n"
    assert problems_of(text) == [
        "6:5 [duplicate-name] a second task template is called A"
        " | the first is in line 5; give each template a `name` of its own"
    ]


def test_what_is_missing_at_the_top_is_named() -> None:
    assert problems_of("name: a\n") == [
        "1:1 [missing-key] the recipe needs pool | The nodes",
        "1:1 [missing-key] the recipe needs schema_version | The version of the recipe language",
        "1:1 [missing-key] the recipe needs tasks | Task templates",
    ]


def test_free_keys_are_allowed_at_every_level_and_may_hold_anchors() -> None:
    text = TOP + dedent(
        """\
        x-common: &common {A: 1, x-note: free}
        pool: {image: ubuntu-24.04, vm_size: a, x-b: 1}
        tasks:
          - command_line: a
            x-c: [1]
            environment_settings: {<<: *common, B: 2, x-d: 4}
        """
    )
    recipe = parse_recipe(text, file="r.yaml", folder=Path())
    assert [name for name, _ in recipe.tasks[0].environment_settings] == ["B", "A"]


def test_the_digest_ignores_layout_comments_and_free_keys() -> None:
    plain = parse_recipe(TOP + POOL + TASKS, file="a", folder=Path())
    other = parse_recipe(
        "# hi\nx-a: 1\n" + TOP + "\n" + POOL + "tasks:\n- command_line: 'true'\n", file="b", folder=Path()
    )
    changed = parse_recipe(TOP + POOL + "tasks: [{command_line: 'false'}]", file="a", folder=Path())
    assert plain.digest == other.digest != changed.digest
