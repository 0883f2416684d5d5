"""Codes of the rules of `recipebatch lint`: what runs, and is still a bad idea."""

from __future__ import annotations

from recipebatch.explain.model import Example, Explanation

ENTRIES = (
    Explanation(
        code="secret-by-name",
        severity="warning",
        title="An environment setting whose name says secret has its value in the recipe",
        cause="NAME_KEY, NAME_TOKEN, NAME_PASSWORD and NAME_SECRET hold secrets nearly always, and a recipe is shared.",
        cure="Use `${{ secrets.NAME }}` of a parameter of type `secret`; or ignore the rule where the value is public.",
        example=Example(
            "tasks: [{command_line: a, environment_settings: {DB_PASSWORD: hunter2}}]\n",
            "parameters: {db: {type: secret, source: {environment_variable: DB_PASSWORD}}}\n"
            "tasks: [{command_line: a, environment_settings: {DB_PASSWORD: '${{ secrets.db }}'}}]\n",
        ),
    ),
    Explanation(
        code="account-address",
        severity="error",
        title="The address of a storage or Batch account stands in the recipe",
        cause="The recipe runs on this account alone: not for a colleague, and not on the local account.",
        cure="Name the container in `storage:` and use `${{ storage.NAME.url }}`; accounts belong in `accounts.yaml`.",
        example=Example(
            "tasks: [{command_line: a, environment_settings: {TO: 'https://mine.blob.core.windows.net/out'}}]\n",
            "storage: {out: {}}\n"
            "tasks: [{command_line: a, environment_settings: {TO: '${{ storage.out.url }}'}}]\n"
            "collect: [{container: out}]\n",
        ),
    ),
    Explanation(
        code="unquoted-expression",
        severity="warning",
        title="An expression goes into a command unquoted",
        cause="`| raw` puts the text into the command as it is: blanks split it, and `;` or `$(…)` in it runs.",
        cure="Remove `| raw`; a list becomes several quoted arguments by itself.",
        example=Example(
            "tasks: [{commands: ['ls ${{ item | raw }}'], for_each: {items: [a]}}]\n",
            "tasks: [{commands: ['ls ${{ item }}'], for_each: {items: [a]}}]\n",
        ),
    ),
    Explanation(
        code="unquoted-variable",
        severity="warning",
        title="A shell variable without quotes",
        cause="The shell splits the value of an unquoted $NAME at blanks and takes * in it for a pattern.",
        cure='Write "$NAME".',
        example=Example("tasks: [{commands: ['ls $HOME']}]\n", "tasks: [{commands: ['ls \"$HOME\"']}]\n"),
    ),
    Explanation(
        code="no-shell",
        severity="warning",
        title="A command line that looks as if a shell read it",
        cause="`command_line` is started without a shell: $NAME, |, >, && and ; are plain characters to the program.",
        cure="Write `commands: [...]`, which runs in a shell.",
        example=Example("tasks: [{command_line: 'echo $HOME > a'}]\n", "tasks: [{commands: ['echo \"$HOME\" > a']}]\n"),
    ),
    Explanation(
        code="raw-used",
        severity="note",
        title="A `raw:` block",
        cause="What stands in it goes into the request unchecked, and may mean something else in another version of "
        "the "
        "service.",
        cure="Nothing, if it is needed: this shows where to look. Use a key of the language where there is one.",
        example=Example(
            "tasks: [{command_line: a, raw: {affinityInfo: {affinityId: x}}}]\n",
            "tasks: [{command_line: a}]\n",
        ),
    ),
    Explanation(
        code="unused-parameter",
        severity="warning",
        title="A parameter that nothing uses",
        cause="Whoever sets it expects something to change, and nothing does.",
        cure="Use it, or remove it.",
        example=Example(
            "parameters: {words: {default: a, description: A word.}}\n",
            "parameters: {words: {default: a, description: A word.}}\n"
            "tasks: [{commands: ['echo ${{ params.words }}']}]\n",
        ),
    ),
    Explanation(
        code="unused-variable",
        severity="warning",
        title="A value of `vars` that nothing reads",
        cause="No expression has `vars.NAME`. It may be mistyped where it was meant.",
        cure="Use it, or remove it.",
        example=Example(
            "vars: {n: 3}\ntasks: [{command_line: a}]\n",
            "vars: {n: 3}\ntasks: [{command_line: 'a ${{ vars.n }}'}]\n",
        ),
    ),
    Explanation(
        code="unused-container",
        severity="warning",
        title="A container that nothing uses",
        cause="It is made and filled for each run, and no task, loop or collection reads or writes it.",
        cure="Use it, or remove it.",
        example=Example(
            "storage: {input: {}}\n",
            "storage: {input: {}}\ntasks: [{command_line: a, keep_logs: input}]\ncollect: [{container: input}]\n",
        ),
    ),
    Explanation(
        code="undescribed-parameter",
        severity="note",
        title="A parameter without a description",
        cause="`recipebatch recipes`, and errors about the value, have nothing to say of it.",
        cure="Add `description:`, one sentence, with the unit of a number.",
        example=Example(
            "parameters: {n: {default: a}}\n",
            "parameters: {n: {default: a, description: The name of the thing.}}\n",
        ),
    ),
    Explanation(
        code="latest-image",
        severity="warning",
        title="A container image without a fixed version",
        cause="`latest`, or no tag at all, is another image tomorrow: results cannot be repeated, and nodes of one "
        "pool may "
        "differ.",
        cure="Name a version, or a digest.",
        example=Example(
            "tasks: [{command_line: a, container_settings: {image_name: 'debian:latest'}}]\n",
            "tasks: [{command_line: a, container_settings: {image_name: 'debian:12.5'}}]\n",
        ),
    ),
    Explanation(
        code="image-support",
        severity="warning",
        title="An image that is mended no longer, or not for long",
        cause="The maker of the operating system ends its security updates; the service then takes the image away.",
        cure="Name a newer image; `recipebatch schema` lists the aliases.",
        example=Example(
            "pool:\n  image: {publisher: canonical, offer: ubuntuserver, sku: 18.04-lts}\n  vm_size: a\n",
            "pool: {image: ubuntu-24.04, vm_size: a}\n",
        ),
    ),
    Explanation(
        code="unused-pool",
        severity="warning",
        title="A pool that no job runs on",
        cause="It is made all the same, and its nodes cost.",
        cure="Name it in a job with `pool: NAME`, or remove it.",
        example=Example(
            "pools: {a: {existing: p}, b: {existing: q}}\njobs: {one: {pool: a, tasks: [{command_line: x}]}}\n",
            "pools: {a: {existing: p}}\njobs: {one: {pool: a, tasks: [{command_line: x}]}}\n",
        ),
    ),
    Explanation(
        code="no-time-limit",
        severity="warning",
        title="Tasks without a limit of time",
        cause="Neither the template nor its job has `max_wall_clock_time`: a task that hangs holds its node, and the "
        "bill, "
        "until somebody looks.",
        cure="Set `constraints: {max_wall_clock_time: 1h}` in the template or the job.",
        example=Example(
            "tasks: [{command_line: a}]\n",
            "tasks: [{command_line: a, constraints: {max_wall_clock_time: 1h}}]\n",
        ),
    ),
    Explanation(
        code="endless-retries",
        severity="warning",
        title="A task that may be tried for ever",
        cause="`max_task_retry_count: -1` has no end, and neither task nor job has one.",
        cure="Set a number of retries, or a `max_wall_clock_time` of the job.",
        example=Example(
            "tasks: [{command_line: a, constraints: {max_task_retry_count: -1}}]\n",
            "job: {constraints: {max_wall_clock_time: 1h}}\n"
            "tasks: [{command_line: a, constraints: {max_task_retry_count: -1}}]\n",
        ),
    ),
    Explanation(
        code="pool-stays",
        severity="warning",
        title="A pool of nodes that nobody removes",
        cause="With `purge: never` the nodes of the recipe's own pool go on costing after its tasks have ended, until "
        "the time of the run is over: a day, or what the limits of its jobs say.",
        cure="Write `purge: on_success` or `always`, let an autoscale formula take the nodes away, or name an "
        "`existing` pool.",
        example=Example(
            "pool: {image: ubuntu-24.04, vm_size: STANDARD_D2S_V3, target_dedicated_nodes: 1}\npurge: never\n",
            "pool: {image: ubuntu-24.04, vm_size: STANDARD_D2S_V3, target_dedicated_nodes: 1}\npurge: on_success\n",
        ),
    ),
    Explanation(
        code="uncollected-output",
        severity="warning",
        title="An output that is removed without being collected",
        cause="Tasks write to a container of the run, `collect` does not name it, and the purge removes it.",
        cure="Add the container to `collect`, use an `existing` one, or write `purge: never`.",
        example=Example(
            "storage: {out: {}}\npurge: always\n"
            "tasks: [{command_line: a, output_files: [{file_pattern: r.txt, container: out}]}]\n",
            "storage: {out: {}}\npurge: always\ncollect: [{container: out}]\n"
            "tasks: [{command_line: a, output_files: [{file_pattern: r.txt, container: out}]}]\n",
        ),
    ),
    Explanation(
        code="limit-beyond-job",
        severity="warning",
        title="A task with more time than its job",
        cause="The `max_wall_clock_time` of a task is longer than that of its job, which ends all its tasks.",
        cure="Set a longer `constraints: {max_wall_clock_time: …}` in the job, or leave it out there.",
        example=Example(
            "job: {constraints: {max_wall_clock_time: 1h}}\n"
            "tasks: [{command_line: a, constraints: {max_wall_clock_time: 12h}}]\n",
            "job: {constraints: {max_wall_clock_time: 13h}}\n"
            "tasks: [{command_line: a, constraints: {max_wall_clock_time: 12h}}]\n",
        ),
    ),
    Explanation(
        code="unknown-lint-code",
        severity="warning",
        title="`x-lint` names a rule that does not exist",
        cause="The code is mistyped, or the rule is an error that cannot be ignored.",
        cure="The hint names the nearest; `recipebatch explain` lists all codes.",
        example=Example(
            "x-lint: {ignore: [no-time-limits]}\n",
            "x-lint: {ignore: [no-time-limit]}\n",
        ),
    ),
    Explanation(
        code="unused-ignore",
        severity="note",
        title="`x-lint` ignores what is not there",
        cause="The rule would report nothing here, so the exception hides only what comes later.",
        cure="Remove the code from `ignore`.",
        example=Example(
            "x-lint: {ignore: [pool-stays]}\n",
            "x-lint: {ignore: [no-time-limit]}\n",
        ),
    ),
)
