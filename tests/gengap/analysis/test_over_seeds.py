import json
from pathlib import Path

import numpy as np
import pytest

from gengap.analysis.over_seeds import METRICS, read_metrics, results_table
from gengap.errors import UserError

ERRORS = (7.5, 8.1, 7.7)


def test_mean_and_sample_deviation_are_numpys_and_a_diverged_run_counts_in_neither(stages):
    table = results_table(stages.loaded([("128", ERRORS), ("4096->128", [9.6, None]), ("8192", [None])]))
    means, deviations = [np.mean(ERRORS), 9.6, np.nan], [np.std(ERRORS, ddof=1), np.nan, np.nan]
    assert table["test_error_percent_mean"].tolist() == pytest.approx(means, nan_ok=True)
    assert table["test_error_percent_std"].tolist() == pytest.approx(deviations, nan_ok=True)
    assert table.loc[2, [f"{metric}_mean" for metric in METRICS]].isna().all()


@pytest.mark.parametrize("name", ["weight_penalty", "seed"])
def test_a_metrics_file_without_a_value_is_named(stages, name):
    path = Path(stages.metrics())
    path.write_text(json.dumps(json.loads(path.read_text()) | {name: None}))
    with pytest.raises(UserError, match=rf"metrics\.json has no value for `{name}`"):
        read_metrics(path)
