"""The language of autoscale formulas: text and samples in, target numbers of nodes out.

`parse` reads a formula, `evaluate` runs one; `Samples` keeps what a pool measured. Nothing here has a clock or I/O.

`grammar.py` is the syntax, `parsing.py` makes the statements of `formula.py` from text; `values.py`, `operators.py`,
`functions.py` and `metrics.py` say what each thing means, `evaluation.py` puts them together.

Sources, in this order: answers of the service that were recorded or published, the Azure Batch article "Create a
formula to automatically scale compute nodes in a Batch pool" ("the article" from here on), formulas that public
projects run. What none of them settles is marked "unverified" where it is decided.
"""

from recipebatch.emulator.scheduler.autoscale.evaluation import AutoScaleError, AutoScaleRun, PoolSizes, evaluate
from recipebatch.emulator.scheduler.autoscale.metrics import METRICS
from recipebatch.emulator.scheduler.autoscale.samples import Samples
from recipebatch.emulator.scheduler.autoscale.syntax import Formula, FormulaSyntaxError, FormulaTooLongError, parse

__all__ = [
    "METRICS",
    "AutoScaleError",
    "AutoScaleRun",
    "Formula",
    "FormulaSyntaxError",
    "FormulaTooLongError",
    "PoolSizes",
    "Samples",
    "evaluate",
    "parse",
]
