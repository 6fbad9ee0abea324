"""A real single-node Slurm with four GPU entries, for the tests of this folder.

Needs root and Debian's packages slurm-wlm and munge. The GPU entries are device nodes without hardware.
The configuration goes to /etc/slurm, since jobs of Snakemake's executor drop the variable SLURM_CONF.
"""

import fcntl
import glob
import os
import shutil
import socket
import stat
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest
from workflow_harness import wait_for

STATE = Path("/var/tmp/gengap-test-slurm")
MUNGE_KEY, MUNGE_SOCKET = STATE / "munge.key", STATE / "munge.socket"
HOST = socket.gethostname().split(".")[0]

OURS = "# Of the tests of gengap.\n"
# Four CPUs and plenty of memory whatever the machine has, so that four jobs always run at once.
SLURM_CONF = f"""\
{OURS}ClusterName=gengap-test
SlurmctldHost={HOST}(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={MUNGE_SOCKET}
CredType=cred/munge
StateSaveLocation={STATE}/slurmctld
SlurmdSpoolDir={STATE}/slurmd
SlurmctldPidFile={STATE}/slurmctld.pid
SlurmdPidFile={STATE}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=batch_sched_delay=1,sched_interval=2
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=5
MinJobAge=3600
GresTypes=gpu
NodeName={HOST} NodeAddr=127.0.0.1 CPUs=4 RealMemory=256000 Gres=gpu:test:4 State=UNKNOWN
PartitionName=main Nodes={HOST} Default=YES MaxTime=INFINITE State=UP
"""
CONFIGURATION = {
    Path("/etc/slurm/slurm.conf"): SLURM_CONF,
    Path("/etc/slurm/gres.conf"): f"{OURS}AutoDetect=off\nName=gpu Type=test File={STATE}/gpu[0-3]\n",
}
# Each stays in the foreground.
DAEMONS = {
    "munged": [
        *("--foreground", f"--key-file={MUNGE_KEY}", f"--socket={MUNGE_SOCKET}"),
        *(f"--pid-file={STATE}/munged.pid", f"--seed-file={STATE}/munged.seed"),
    ],
    "slurmctld": ["-D"],
    "slurmd": ["-D"],
}


def why_not():
    """Why a cluster cannot be started here, or `None`."""
    if os.getuid() != 0:
        return "starting Slurm needs root"
    missing = [name for name in (*DAEMONS, "sbatch") if shutil.which(name) is None]
    if missing:
        return f"{', '.join(missing)} not installed (Debian packages slurm-wlm and munge)"
    if glob.glob("/dev/nvidia[0-9]*"):
        return "this machine has GPUs of its own, which jobs with the cluster's made-up ones would use"
    if any(path.exists() and not path.read_text().startswith(OURS) for path in CONFIGURATION):
        return "/etc/slurm belongs to a cluster that is not ours"
    return None


@pytest.fixture(scope="session")
def cluster():
    """A Slurm that takes jobs, never shared by two test runs; its files go when it ends."""
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    with open("/run/lock/gengap-test-slurm", "w") as guard, ExitStack() as at_the_end:
        fcntl.flock(guard, fcntl.LOCK_EX)
        # A test run that was killed has left its own behind.
        clear()
        at_the_end.callback(clear)
        configure()
        daemons = []
        for name, arguments in DAEMONS.items():
            # However the tests end, the daemons end with them, but not by Control-C: jobs are ended first.
            command = ["setpriv", "--pdeathsig", "KILL", name, *arguments]
            daemon = at_the_end.enter_context(subprocess.Popen(command, cwd=STATE, start_new_session=True))
            at_the_end.callback(daemon.kill)
            daemons.append(daemon)
        wait_for(lambda: takes_jobs() or any(daemon.poll() is not None for daemon in daemons), seconds=30)
        assert takes_jobs(), "a daemon has ended; its messages stand above"
        at_the_end.callback(end_jobs)
        yield


def configure():
    for name in ("slurmctld", "slurmd"):
        (STATE / name).mkdir(parents=True)
    # Whatever the mask of new files is: munge's socket must be open to all.
    STATE.chmod(0o755)
    for index in range(4):
        os.mknod(STATE / f"gpu{index}", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    MUNGE_KEY.write_bytes(os.urandom(128))
    MUNGE_KEY.chmod(0o600)
    for path, text in CONFIGURATION.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def clear():
    for path in CONFIGURATION:
        path.unlink(missing_ok=True)
    shutil.rmtree(STATE, ignore_errors=True)


def takes_jobs():
    return answer("sinfo", "--noheader", "--format=%T") in ("idle", "mixed", "allocated")


def end_jobs():
    answer("scancel", "--partition=main")
    wait_for(lambda: not answer("squeue", "--noheader"), seconds=30)


def answer(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
