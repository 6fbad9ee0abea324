"""A job that trains in a host, as the workflow's script does; its log goes to standard error.

Arguments: the folder to meet in, the job as JSON, seconds after which an idle host ends.
"""

import json
import sys
from pathlib import Path

from gengap.job import job_log
from gengap.training.host import client
from gengap.training.job import TrainingJob

client.IDLE_SECONDS = float(sys.argv[3])
job = TrainingJob(**json.loads(sys.argv[2]))
with job_log(None):
    client.train_in_host(job, "0" if job.run["compute"]["device"] == "cuda" else "cpu", Path(sys.argv[1]))
assert "torch" not in sys.modules
