"""The language of autoscale formulas: formula text and samples → target numbers of nodes.

`parse` parses a formula, `evaluate` evaluates it; `Samples` holds the measurements of a pool. No code here uses a clock
or I/O.

`grammar.py` is the syntax, `parsing.py` makes the statements of `formula.py` from text; `values.py`, `operators.py`,
`functions.py` and `metrics.py` define the semantics, `evaluation.py` combines them.

Sources, in this order: answers of the service that were recorded or published, the Azure Batch article "Create a
formula to automatically scale compute nodes in a Batch pool" ("the article" from here on), formulas that public
projects run. Behavior that none of them defines is marked "unverified".
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
