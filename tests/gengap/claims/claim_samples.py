"""Made-up evidence on the paper's claims, and what a rule says of it."""

import numpy as np
import pandas as pd

from gengap.claims.evidence import Evidence, ResultTable
from gengap.claims.verdicts import judge

SIZES = ("128", "512", "1024", "2048")
METRICS = {
    "train_error_percent": [0, 0, 0.1, 0.5],
    "test_error_percent": [0.5, 0.6, 0.7, 0.9],
    "train_cross_entropy": [0.001, 0.001, 0.002, 0.003],
    "test_cross_entropy": [0.02, 0.021, 0.022, 0.023],
    "weight_penalty": [0.1, 0.2, 0.3, 0.4],
    "train_loss": [0.101, 0.201, 0.302, 0.403],
    "test_loss": [0.12, 0.221, 0.322, 0.423],
    "updates": [28140, 7080, 3540, 1800],
    "weight_distance": [20.0, 15.0, 10.0, 5.0],
}

# Seen, and left after a control.
SEEN, LEFT, GONE = ("yes", "not known"), ("yes", "yes"), ("yes", "no")
PARTLY, NOT_SEEN, CANNOT = ("partly", "not known"), ("no", "not known"), ("", "not known")


def table(full_length=True, labels=SIZES, **metrics):
    columns = {f"{name}_mean": values for name, values in (METRICS | metrics).items()}
    columns |= {f"{name}_std": np.nan for name in METRICS}
    rows = pd.DataFrame({"batch_size": labels, "seeds": 1, "diverged": 0, "epochs": 60.0} | columns)
    return ResultTable("lenet5", rows, full_length)


def judged(check, evidence, argument="", tables="6"):
    claim = {"place": "Section 5", "claim": "A claim", "check": check, "argument": argument, "tables": tables}
    return judge(pd.DataFrame([claim]), evidence).iloc[0]


def verdict(check, evidence, argument="", tables="6"):
    """Whether a claim is seen and left, or nothing where no table was judged."""
    row = judged(check, evidence, argument, tables)
    return (row["seen"], row["left"]) if row["judged"] else None


def of(result, number="6", **parts):
    return Evidence(tables={number: result}, **parts)


def equal_updates(metric, reference, normal, equal, *, at=512, sizes=("128", "1024", "2048"), experiment="lenet5"):
    """Lines of one pair, whose smallest batch size lies below the reference."""
    lines = {"title": "LeNet-5", "experiment": experiment, "batch_size": sizes, "reference": at, "seeds": 1}
    for name, values in (("reference", reference), ("normal", normal), ("equal", equal)):
        lines |= {f"{metric}_{name}": values, f"{metric}_std_{name}": np.nan}
    return pd.DataFrame(lines)
