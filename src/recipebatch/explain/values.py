"""Codes of what is wrong with values: parameters, expressions, ids, durations, command lines, secrets."""

from __future__ import annotations

from recipebatch.explain.model import Example, Explanation

ENTRIES = (
    Explanation(
        code="parameter-rule",
        title="A parameter that contradicts itself",
        cause="A rule does not belong to the parameter's type, its pattern is no regular expression, or its default "
        "breaks its own rules.",
        cure="Change the type, the rule or the default so that they fit each other.",
        example=Example(
            "parameters: {words: {type: integer, minimum: 1, default: 0}}\n",
            "parameters: {words: {type: integer, minimum: 1, default: 3}}\n",
        ),
    ),
    Explanation(
        code="expression-not-here",
        title="An expression where none can stand",
        cause="Parameters are known before anything else, so nothing can be filled into them.",
        cure="Write a plain value, and put the expression where the parameter is used.",
        example=Example(
            "parameters: {to: {default: '${{ run.id }}'}}\n",
            "parameters: {to: {default: results}}\n",
        ),
    ),
    Explanation(
        code="expression-in-key",
        title="An expression in a key",
        cause="Keys are the structure of a recipe: they must be known to editors and to the checks.",
        cure="Put the expression into the value.",
        example=Example("x-a: {'${{ params.b }}': 1}\n", "x-a: {b: '${{ params.b }}'}\n"),
    ),
    Explanation(
        code="expression-syntax",
        title="A text in ${{ … }} that is no expression",
        cause="It is empty or has no end, or it holds something that the small language of expressions does not have: "
        "statements, assignments, calls of anything but the known methods.",
        cure="Write names, numbers, texts in quotes, operators, filters and the known methods. `$${{` stands for a "
        "literal `${{`.",
        example=Example(
            "tasks: [{command_line: 'echo ${{ 1 + }}'}]\n",
            "tasks: [{command_line: 'echo ${{ 1 + 1 }}'}]\n",
        ),
    ),
    Explanation(
        code="expression-failed",
        title="An expression has no value here",
        cause="It is well formed, but with the values of this run it cannot be computed: a division by zero, a text "
        "where a number is needed, an item without that member.",
        cure="Look at the values: `recipebatch plan` with other parameters shows which one fails. `| default(…)` and "
        "`x if y else z` catch what may be missing.",
        example=Example(
            "tasks: [{command_line: 'echo ${{ 1 / (index - index) }}', for_each: {items: [1]}}]\n",
            "tasks: [{command_line: 'echo ${{ 1 / (index + 1) }}', for_each: {items: [1]}}]\n",
        ),
    ),
    Explanation(
        code="unknown-name",
        title="A name that an expression cannot use at this place",
        cause="The name is mistyped, or it is known elsewhere only: `item` in a template that loops, `file` in one "
        "that "
        "loops over files, `job` in tasks.",
        cure="The hint says what was probably meant, or where the name is known.",
        example=Example(
            "parameters: {words: {default: a}}\ntasks: [{command_line: 'echo ${{ params.wrods }}'}]\n",
            "parameters: {words: {default: a}}\ntasks: [{command_line: 'echo ${{ params.words }}'}]\n",
        ),
    ),
    Explanation(
        code="unknown-permission",
        title="A permission that no SAS has",
        cause="`sas_token(…)` takes what the SAS shall permit: read, add, create, write, delete, list, or their "
        "letters.",
        cure="Name the least that the task needs.",
        example=Example(
            "storage: {output: {}}\n"
            "tasks: [{command_line: a, environment_settings: {SAS: \"${{ storage.output.sas_token('put') }}\"}}]\n",
            "storage: {output: {}}\n"
            "tasks: [{command_line: a, environment_settings: {SAS: \"${{ storage.output.sas_token('write') }}\"}}]\n",
        ),
    ),
    Explanation(
        code="invalid-duration",
        title="A text that is no duration, or one out of range",
        cause="Durations are ISO 8601 (PT1H30M) or short (1h30m, 45s, 2d); some have a least or greatest length that "
        "the "
        "service sets.",
        cure="Write the duration in one of the two forms, inside the range that the message names.",
        example=Example("watch: {timeout: soon}\n", "watch: {timeout: 1h30m}\n"),
    ),
    Explanation(
        code="invalid-time",
        title="A text that is no point in time",
        cause="Points in time are ISO 8601; without an offset they are UTC.",
        cure="Write it like 2030-01-31T06:00:00Z.",
        example=Example(
            "job: {schedule: {do_not_run_until: tomorrow}, job_manager_task: {command_line: a}}\n",
            "job: {schedule: {do_not_run_until: '2030-01-31T06:00:00Z'}, job_manager_task: {command_line: a}}\n",
        ),
    ),
    Explanation(
        code="invalid-id",
        title="An id or container name that the service does not take",
        cause="Ids of pools, jobs and tasks have 1 to 64 letters, digits, hyphens and underscores; container names 3 "
        "to 63 "
        "lower-case letters, digits and single hyphens.",
        cure="Change the text, or leave the id out: recipebatch makes one that fits.",
        example=Example("job: {id: my job}\n", "job: {id: my-job}\n"),
    ),
    Explanation(
        code="duplicate-id",
        title="An id that is taken already",
        cause="Two tasks of a job, or two jobs of a run, would have the same id; the service tells ids apart without "
        "regard to case.",
        cure="Put `${{ index }}` or more of the item into the id, or leave the id out.",
        example=Example(
            "tasks: [{id: t, command_line: a, for_each: {items: [1, 2]}}]\n",
            "tasks: [{id: 't${{ item }}', command_line: a, for_each: {items: [1, 2]}}]\n",
        ),
    ),
    Explanation(
        code="expression-in-quotes",
        title="An expression inside quotes of a command",
        cause="In commands a result is quoted for the shell already. Inside further quotes, a comment, a here-document "
        "or backquotes the shell would read that quoting otherwise, and a file name could become a command.",
        cure='Remove the quotes around the expression; or give the value by `environment_settings` and write "$NAME".',
        example=Example(
            "tasks: [{commands: ['echo \"${{ item }}\"'], for_each: {items: [a]}}]\n",
            "tasks: [{commands: ['echo ${{ item }}'], for_each: {items: [a]}}]\n",
        ),
    ),
    Explanation(
        code="unfinished-command",
        title="A command that ends inside a quote",
        cause="Each entry of `commands` is a command of its own; a quote, parenthesis or here-document that is still "
        "open "
        "at its end would swallow the next one.",
        cure="Close it, or write the whole as one entry with several lines (`- |`).",
        example=Example('tasks: [{commands: ["echo \'a"]}]\n', "tasks: [{commands: [\"echo 'a'\"]}]\n"),
    ),
    Explanation(
        code="secret-on-command-line",
        title="A secret or SAS on a command line",
        cause="A command line can be read by everyone who sees the task, and on the node by every process.",
        cure='Give it by `environment_settings`, and write "$NAME" in `commands`.',
        example=Example(
            "parameters: {tok: {type: secret, source: {environment_variable: TOK}}}\n"
            "tasks: [{commands: ['get --token ${{ secrets.tok }}']}]\n",
            "parameters: {tok: {type: secret, source: {environment_variable: TOK}}}\n"
            "tasks: [{commands: ['get --token \"$TOK\"'], environment_settings: {TOK: '${{ secrets.tok }}'}}]\n",
        ),
    ),
    Explanation(
        code="deferred-not-here",
        title="A secret, a SAS or a container's address where it cannot stand",
        cause="These values exist only in the moment of the request, and only where the service keeps them to itself.",
        cure="Give it to the program by `environment_settings`.",
        example=Example(
            "storage: {output: {}}\ntasks: [{commands: ['put ${{ storage.output.url }}']}]\n",
            "storage: {output: {}}\n"
            "tasks: [{commands: ['put \"$TO\"'], environment_settings: {TO: '${{ storage.output.url }}'}}]\n",
        ),
    ),
    Explanation(
        code="secret-in-recipe",
        title="Something that looks like a secret stands in the recipe",
        cause="A recipe is shared, kept in version control and recorded with each run. An account key, a SAS, a "
        "connection string or a password in it is known to all of them, and for as long.",
        cure="Make a parameter of type `secret` with a `source`, and use `${{ secrets.NAME }}`; for a container of the "
        "recipe use `sas_token`. Then replace the secret where it came from: it has been seen.",
        example=Example(
            "tasks: [{command_line: a, environment_settings: {C: 'AccountKey=abc'}}]\n",
            "parameters: {key: {type: secret, source: {environment_variable: STORAGE_KEY}}}\n"
            "tasks: [{command_line: a, environment_settings: {C: '${{ secrets.key }}'}}]\n",
        ),
    ),
)
